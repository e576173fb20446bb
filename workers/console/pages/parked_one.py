"""One message that waits for a person: what it says and what was understood of it, its history, and its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from connectors.vocabulary import Item
from credit.access import foureyes
from credit.access.account import EVERY_ORGAN
from credit.access.refusal import AccessRefused
from credit.identity import IN_FULL, MASKED
from credit.store import parked as parking
from credit.store.queries import parked as queries
from credit.store.queries.parked import Parked, Story
from schemas.envelope import family_of
from schemas.reasons import HINTS, Reason
from schemas.rights import Right
from schemas.words import Tone
from workers import logs
from workers.console.asked import Asked, Missing
from workers.console.leading import lead
from workers.console.pages.parked import items_of, say_wrong, sees_sealed, state_cell
from workers.console.screens import Cell, Page, Screen
from workers.console.telling import telling
from workers.decisions.parking import find_of_two
from workers.show.detail import say_detail
from workers.show.faults import find_wrong, is_wrong
from workers.show.withheld import may_be_sealed, withhold
from workers.show.words import PARKED_ACTIONS, arrange, say, say_value
from workers.whom import find_of_parked

_NOT_FOUND = "没有这一编号的挂起报文。"


def number_of(asked: Asked) -> int:
    """Return the number in the address.

    Raises:
        Missing: it is longer than any number is.
    """
    number = int(asked.path("number"))
    if number >= 2**63:
        raise Missing(_NOT_FOUND)
    return number


def read_story(asked: Asked, number: int) -> Story:
    """Return a parked message, masked, and what may be sealed kept back from who may not see that.

    Which persons it names is written in the log first.

    Raises:
        Missing: there is none of that number, or it came from an organ whose messages the account does not see.
    """
    with telling(_NOT_FOUND, Missing), asked.reading() as connection:
        story = queries.read_story(connection, number, asked.runtime.keyring, MASKED)
    organs = asked.holder.organs
    if organs is not None and story.row.sender not in organs:
        raise Missing(_NOT_FOUND)
    shown = story if sees_sealed(asked, story.row) else withhold(story, asked.runtime.reader.law)
    if shown.message == story.message:
        _note_look(asked, story.row)
    return shown


def _note_look(asked: Asked, row: Parked) -> None:
    """Write in the log whose message is looked at; of one that nobody can be found by, the key of the message."""
    with asked.reading() as connection:
        found = find_of_parked(connection, asked.runtime.reader.registry, asked.runtime.keyring, row)
    asked.look_at(found, "挂起的报文")


def take_up(asked: Asked, number: int, right: Right) -> Story:
    """Return a parked message for somebody who is about to change it or to see its bytes.

    Raises:
        AccessRefused: the right is not for its sender, or it may be sealed and the account may not see that.
        Missing: as `read_story`.
    """
    story = read_story(asked, number)
    asked.holder.require(right, story.row.sender or EVERY_ORGAN)
    if sees_sealed(asked, story.row):
        return story
    with asked.reading() as connection:
        whole = queries.read_story(connection, number, asked.runtime.keyring, MASKED)
    if may_be_sealed(whole, asked.runtime.reader.law):
        told = f"这份报文可能涉及封存记录，{asked.holder.why_not(Right.SEALED, story.row.sender or EVERY_ORGAN)}"
        raise AccessRefused(f"parked message {number} may be about a sealed record", told)
    return story


def why_not_alone(asked: Asked, number: int) -> str | None:
    """Return in Chinese why nobody mends a message: what it does takes two persons; None where it takes one."""
    with asked.reading() as connection:
        said = queries.read_said(connection, number, asked.runtime.keyring)
    kind = find_of_two(said.raw, json.loads(said.headers))
    return f"不能修正，请提交作废。{foureyes.say_where(kind)}" if kind is not None else None


def _understand(asked: Asked, story: Story) -> list[tuple[str, Cell]]:
    """Return what the message says, item by item; what is wrong or lacking in the tone of an alarm."""
    try:
        content = json.loads(story.message)
    except (ValueError, RecursionError):
        return []
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        return []
    row, items = story.row, items_of(asked, story.row.type)
    wrong = () if row.closed_as else find_wrong(row.reason, row.detail, items)
    found = [
        (
            f"{each.item.title}（{each.name}）",
            Cell(_say(each.item, each.value), tone=Tone.ALARM if is_wrong(each.name, wrong) else None),
        )
        for each in arrange(data, items)
    ]
    return found + [
        (f"{items[name].title}（{name}）" if name in items else name, Cell("缺少", tone=Tone.ALARM))
        for name in find_lacking(asked, row, data)
    ]


def find_lacking(asked: Asked, row: Parked, data: Mapping[str, Any]) -> list[str]:
    """Return the items that a message of this type has to have, and this one has not."""
    entry = asked.runtime.reader.registry.entries.get(row.type or "")
    if entry is None:
        return []
    fields = entry[1].model.model_fields
    return [name for name, info in fields.items() if info.is_required() and data.get(name) in (None, "")]


def _say(item: Item, value: Any) -> str:
    return "—" if value is None or value == "" else say_value(item, value)


def _show_one(asked: Asked) -> Page:
    number = number_of(asked)
    story = read_story(asked, number)
    row = story.row
    closed = None if row.closed_as is None else "这份报文已经处理。"
    return Page(
        "parked_one.html",
        {
            "title": f"挂起 {number} 号",
            "row": row,
            "reason": lead(HINTS[Reason(row.reason)], asked.may),
            "detail": lead(say_detail(row.detail, items_of(asked, row.type)), asked.may),
            "wrong": say_wrong(asked, row.reason, row.detail, row.type),
            "closed_by": say(PARKED_ACTIONS, row.closed_by),
            "sender": say(asked.names.organs, row.sender),
            "state": state_cell(row),
            "received": story.received_at,
            "understood": _understand(asked, story),
            "message": story.message,
            "kind": say(asked.names.vocabulary.titles, family_of(row.type)) if row.type else "—",
            "events": [(event, say(PARKED_ACTIONS, event.action)) for event in story.events],
            "why_not": {
                "mend": closed or asked.holder.why_not(Right.MEND, row.sender) or why_not_alone(asked, number),
                "replay": closed or asked.holder.why_not(Right.REPLAY, row.sender),
                "discard": closed or asked.holder.why_not(Right.DISCARD, row.sender),
                "note": asked.holder.why_not(Right.MEND, row.sender),
                "raw": asked.holder.why_not(Right.NUMBERS, row.sender),
            },
        },
    )


def _show_raw(asked: Asked) -> Page:
    number = number_of(asked)
    take_up(asked, number, Right.NUMBERS)
    return Page("parked_raw.html", {"title": f"挂起 {number} 号的原文", "number": number})


def _send_raw(asked: Asked) -> Response:
    """Hand the exact bytes out, once it is written down who looks and why."""
    number, why = number_of(asked), asked.required("why", "查看事由")
    take_up(asked, number, Right.NUMBERS)
    with telling(_NOT_FOUND, Missing), asked.writing() as connection:
        found = queries.read_raw(connection, number, asked.runtime.keyring, IN_FULL, asked.decision(why))
    logs.always().info("bytes_shown", parked_id=number, account=asked.holder.account)
    headers = {"Content-Disposition": f'attachment; filename="parked-{number}.bin"'}
    return Response(found, media_type="application/octet-stream", headers=headers)


def _note_one(asked: Asked) -> Response:
    number, why = number_of(asked), asked.required("why", "备注")
    take_up(asked, number, Right.MEND)
    with asked.writing() as connection:
        parking.note(connection, [number], "note", asked.decision(why))
    return asked.go(f"/parked/{number}", "已加上备注。")


SCREENS = (
    Screen("/parked/{number:int}", "挂起的报文", Right.LOOK, _show_one),
    Screen("/parked/{number:int}/note", "加备注", Right.MEND, _show_one, _note_one),
    Screen("/parked/{number:int}/raw", "查看原文", Right.NUMBERS, _show_raw, answer=_send_raw),
)
