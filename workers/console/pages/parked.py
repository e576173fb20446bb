"""The messages that wait for a person: in groups, as a list, and one of them with what it says and its history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from connectors.vocabulary import Item
from credit.access.account import EVERY_ORGAN, Holder
from credit.access.refusal import AccessRefused
from credit.identity import IN_FULL, MASKED
from credit.record.merging import Outcome
from credit.store import parked as parking
from credit.store.parked import Choice, count
from credit.store.queries import parked as queries
from credit.store.queries.parked import Page as Part
from credit.store.queries.parked import Parked, Pile, Story
from schemas.envelope import family_of
from schemas.reasons import HINTS, Reason
from schemas.rights import Right
from schemas.words import Tone
from workers import logs
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.screens import Button, Cell, Column, Filter, Listing, Menu, Page, Screen, nobody
from workers.console.telling import telling
from workers.console.whom import find_parties
from workers.moments import read_moment
from workers.show.detail import NO_ITEMS, say_detail
from workers.show.style import moment
from workers.show.withheld import may_be_sealed, withhold
from workers.show.words import PARKED_ACTIONS, arrange, say, say_value
from workers.web.pages import with_query

_NOT_FOUND = "没有这一编号的挂起报文。"
_MOST_NOTED = 10_000
_CHOICES = ("reason", "source", "sender", "item", "since", "until")


def word_of(reason: str) -> str:
    """Return what a reason is called: the first sentence of what is said of it."""
    return HINTS[Reason(reason)].partition("。")[0]


def _reasons() -> Mapping[str, str]:
    return {reason.value: word_of(reason.value) for reason in Reason}


def organs_of(holder: Holder, right: Right) -> frozenset[str] | None:
    """Return the organs that a right is for, among those that the holder sees; None: all."""
    if not holder.may(right):
        return frozenset()
    only = holder.only.get(right)
    return only if holder.organs is None else holder.organs if only is None else only & holder.organs


def read_choice(asked: Asked, said: Mapping[str, str], right: Right) -> Choice:
    """Return which messages are meant by what an address or a form says, among those for which the account has a right.

    Raises:
        Incomplete: a reason that there is none of, or what is no day and no moment.
    """
    reason = said.get("reason", "")
    if reason and reason not in _reasons():
        raise Incomplete("没有这一挂起原因，请从列表中选择。")
    try:
        since = read_moment(said["since"]) if said.get("since") else None
        until = read_moment(said["until"], whole_days=1) if said.get("until") else None
    except ValueError:
        raise Incomplete("起止时间应写作 2026-06-01 或 2026-06-01T14:30。") from None
    return Choice(
        reason=Reason(reason) if reason else None,
        source=said.get("source") or None,
        sender=said.get("sender") or None,
        since=since,
        until=until,
        item=said.get("item") or None,
        senders=organs_of(asked.holder, right),
    )


def said_of(asked: Asked) -> dict[str, str]:
    """Return what the address, or the form that came from such an address, says of which messages are meant."""
    said = {name: asked.text(name) or asked.query(name) for name in _CHOICES}
    return {name: value for name, value in said.items() if value}


def tell(row: Parked, items: Mapping[str, Item]) -> str:
    """Return what was found wrong, in Chinese."""
    return say_detail(row.detail, items)


def _show_piles(asked: Asked) -> Listing[Pile]:
    with asked.reading() as connection:
        piles = queries.find_piles(connection, MASKED)
        notes = queries.find_notes(connection, [pile.sample for pile in piles], MASKED)
    mine, organs = asked.holder.organs, asked.names.organs
    seen = [pile for pile in piles if mine is None or pile.sender in mine]

    def href(pile: Pile) -> str:
        said = {"reason": pile.reason, "source": pile.source, "sender": pile.sender or "", "item": pile.item}
        return with_query("/parked/list", said)

    return Listing(
        "挂起的报文",
        (
            Column("原因", lambda pile: Cell(word_of(pile.reason), href(pile))),
            Column("栏目", lambda pile: pile.item or "—"),
            Column("来源", lambda pile: pile.source),
            Column("发送单位", lambda pile: say(organs, pile.sender)),
            Column("份数", lambda pile: Cell(f"{pile.count:,}", tone=Tone.WAITING), number=True),
            Column("最早", lambda pile: moment(pile.first)),
            Column("最晚", lambda pile: moment(pile.last)),
            Column("示例", lambda pile: Cell(f"{pile.sample} 号", f"/parked/{pile.sample}")),
            Column("备注", lambda pile: notes.get(pile.sample, "")),
        ),
        seen,
        empty="没有挂起的报文。",
        buttons=(Button("逐份列出", "/parked/list"),),
        note=f"共 {sum(pile.count for pile in seen):,} 份，按原因、栏目、来源和发送单位汇总。",
        about=nobody,
    )


def _show_list(asked: Asked) -> Listing[Parked]:
    said, everything = said_of(asked), asked.query("all") == "yes"
    choice = read_choice(asked, said, Right.LOOK)
    with asked.reading() as connection:
        part = Part(asked.after(), asked.limit)
        rows = queries.find_parked(connection, MASKED, choice, part, closed=everything)
        total = count(connection, choice, closed=everything)
    vocabulary = asked.names.vocabulary
    law = asked.runtime.reader.law
    unchosen = None if said else "请先按原因或其他条件筛选。"

    def detail(row: Parked) -> str:
        family = family_of(row.type) if row.type else None
        if not sees_sealed(asked, row) and (law is None or family is None or family in law.sealing):
            return "内容可能涉及封存记录，见该份报文。"
        return tell(row, vocabulary.items(family) if family else NO_ITEMS)

    return Listing(
        "挂起的报文清单",
        (
            Column("编号", lambda row: Cell(str(row.parked_id), f"/parked/{row.parked_id}"), number=True),
            Column("挂起时间", lambda row: moment(row.parked_at)),
            Column("状态", state_cell),
            Column("原因", lambda row: word_of(row.reason)),
            Column("问题", detail),
            Column("报文", lambda row: row.message_key),
            Column("发送单位", lambda row: say(asked.names.organs, row.sender)),
        ),
        rows,
        empty="没有符合条件的挂起报文。",
        after=str(rows[-1].parked_id) if len(rows) == asked.limit else None,
        filters=(
            Filter("reason", "原因", _reasons()),
            Filter("source", "来源"),
            Filter("sender", "发送单位"),
            Filter("item", "栏目"),
            Filter("since", "起", kind="date"),
            Filter("until", "止（含当日）", kind="date"),
            Filter("all", "已处理的", {"yes": "也列出"}),
        ),
        buttons=(
            Button("重放这些报文", with_query("/parked/many", said), asked.why_not(Right.REPLAY) or unchosen),
            Button("给这些报文加备注", with_query("/parked/note", said), asked.why_not(Right.MEND) or unchosen),
        ),
        note=f"共 {total:,} 份，先收到的在前。",
        about=nobody,
    )


def sees_sealed(asked: Asked, row: Parked) -> bool:
    """Tell whether the account may see sealed records of who sent a message; of an unknown sender, of all."""
    return asked.holder.may(Right.SEALED, row.sender or EVERY_ORGAN)


def state_cell(row: Parked) -> Cell:
    """Return where a parked message stands."""
    if row.closed_as == "discarded":
        return Cell("已作废", tone=Tone.PAST)
    if row.closed_as:
        outcome = Outcome(row.closed_as)
        return Cell(outcome.word, tone=outcome.tone)
    return Cell("等待关联" if row.waits else "待处理", tone=Tone.WAITING)


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
        _note_look(asked, number, story.row)
    return shown


def _note_look(asked: Asked, number: int, row: Parked) -> None:
    """Write in the log whose message is looked at; of one that nobody can be found by, the key of the message."""
    with asked.reading() as connection:
        said = queries.read_said(connection, number, asked.runtime.keyring)
        named = find_parties(connection, asked.runtime, said.raw, json.loads(said.headers))
    asked.look_at(named | said.subjects or {row.message_key}, "挂起的报文")


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


def items_of(asked: Asked, row: Parked) -> Mapping[str, Item]:
    """Return the items of the type of a parked message; none where it is not known."""
    return asked.names.vocabulary.items(family_of(row.type)) if row.type else NO_ITEMS


def _understand(asked: Asked, story: Story) -> list[tuple[str, Cell]]:
    """Return what the message says, item by item; what is wrong or lacking in the tone of an alarm."""
    try:
        content = json.loads(story.message)
    except (ValueError, RecursionError):
        return []
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        return []
    row, items = story.row, items_of(asked, story.row)
    found = [
        (f"{each.item.title}（{each.name}）", _value(row, each.name, _say(each.item, each.value)))
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


def _value(row: Parked, name: str, text: str) -> Cell:
    wrong = name in row.detail and not row.closed_as
    return Cell(text, tone=Tone.ALARM if wrong else None)


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
            "reason": HINTS[Reason(row.reason)],
            "detail": tell(row, items_of(asked, row)),
            "sender": say(asked.names.organs, row.sender),
            "state": state_cell(row),
            "received": story.received_at,
            "understood": _understand(asked, story),
            "message": story.message,
            "kind": say(asked.names.vocabulary.titles, family_of(row.type)) if row.type else "—",
            "events": [(event, say(PARKED_ACTIONS, event.action)) for event in story.events],
            "why_not": {
                "mend": closed or asked.holder.why_not(Right.MEND, row.sender),
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


def _show_note(asked: Asked) -> Page:
    said = said_of(asked)
    with asked.reading() as connection:
        total = count(connection, read_choice(asked, said, Right.MEND))
    return Page("parked_note.html", {"title": "给挂起的报文加备注", "said": said, "total": total})


def _note_many(asked: Asked) -> Response:
    said, why = said_of(asked), asked.required("why", "备注")
    choice = read_choice(asked, said, Right.MEND)
    with asked.writing() as connection:
        numbers = [size.parked_id for size in parking.choose(connection, choice, 0, _MOST_NOTED)]
        parking.note(connection, numbers, "note", asked.decision(why))
    return asked.go(with_query("/parked/list", said), f"已给 {len(numbers):,} 份报文加上备注。")


def _note_one(asked: Asked) -> Response:
    number, why = number_of(asked), asked.required("why", "备注")
    take_up(asked, number, Right.MEND)
    with asked.writing() as connection:
        parking.note(connection, [number], "note", asked.decision(why))
    return asked.go(f"/parked/{number}", "已加上备注。")


SCREENS = (
    Screen("/parked", "挂起的报文", Right.LOOK, _show_piles, menu=Menu.MESSAGES),
    Screen("/parked/list", "挂起的报文清单", Right.LOOK, _show_list),
    Screen("/parked/note", "加备注", Right.MEND, _show_note, _note_many),
    Screen("/parked/{number:int}", "挂起的报文", Right.LOOK, _show_one),
    Screen("/parked/{number:int}/note", "加备注", Right.MEND, _show_one, _note_one),
    Screen("/parked/{number:int}/raw", "查看原文", Right.NUMBERS, _show_raw, _send_raw),
)
