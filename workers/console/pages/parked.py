"""The messages that wait for a person: in groups, and as a list; a note on many of them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from connectors.vocabulary import Item
from credit.access.account import EVERY_ORGAN
from credit.identity import MASKED
from credit.record.merging import Outcome
from credit.store import parked as parking
from credit.store.parked import count
from credit.store.queries import parked as queries
from credit.store.queries.page import MOST, Part
from credit.store.queries.parked import Parked
from credit.store.queries.parked_piles import Pile, find_piles, key_of
from schemas.envelope import family_of
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked
from workers.console.choosing import read_choice, said_of, word_of, words_of_reasons
from workers.console.leading import name_screens
from workers.console.screens import Button, Cell, Column, Filter, Listing, Menu, Page, Screen, nobody, say_number
from workers.show.detail import NO_ITEMS, say_detail, say_place
from workers.show.faults import find_wrong
from workers.show.style import moment
from workers.show.words import say
from workers.web.pages import with_query

_MOST_NOTED = 10_000
_FILTERS = (
    Filter("reason", "原因", words_of_reasons()),
    Filter("source", "来源"),
    Filter("sender", "发送单位"),
    Filter("item", "栏目"),
    Filter("since", "起", kind="date"),
    Filter("until", "止（含当日）", kind="date"),
)


def _show_piles(asked: Asked) -> Listing[Pile]:
    said = said_of(asked)
    choice = read_choice(asked, said, Right.LOOK)
    with asked.reading() as connection:
        piles = find_piles(connection, asked.masked(), choice, Part(asked.query("after"), asked.limit))
        total = count(connection, choice, most=MOST + 1)
        samples = [pile.sample for pile in piles]
        notes, types = queries.find_notes(connection, samples, MASKED), queries.find_types(connection, samples)
    organs = asked.names.organs

    def href(pile: Pile) -> str:
        of_pile = {"reason": pile.reason, "source": pile.source, "sender": pile.sender or "", "item": pile.item}
        return with_query("/parked/list", said | of_pile)

    return Listing(
        "挂起的报文",
        (
            Column("原因", lambda pile: Cell(word_of(pile.reason), href(pile))),
            Column("栏目", lambda pile: say_wrong(asked, pile.reason, pile.detail, types.get(pile.sample))),
            Column("来源", lambda pile: pile.source),
            Column("发送单位", lambda pile: say(organs, pile.sender)),
            Column("份数", lambda pile: Cell(f"{pile.count:,}", tone=Tone.WAITING), number=True),
            Column("最早", lambda pile: moment(pile.first)),
            Column("最晚", lambda pile: moment(pile.last)),
            Column("示例", lambda pile: Cell(f"{pile.sample} 号", f"/parked/{pile.sample}")),
            Column("备注", lambda pile: notes.get(pile.sample, "")),
        ),
        piles,
        empty="没有符合条件的挂起报文。" if said else "没有挂起的报文。",
        after=key_of(piles[-1]) if len(piles) == asked.limit else None,
        filters=_FILTERS,
        buttons=(Button("逐份列出", with_query("/parked/list", said)),),
        note=f"共 {say_number(total, '份')}，按原因、栏目、来源和发送单位汇总。",
        about=nobody,
    )


def _show_list(asked: Asked) -> Listing[Parked]:
    said, everything = said_of(asked), asked.query("all") == "yes"
    choice = read_choice(asked, said, Right.LOOK)
    with asked.reading() as connection:
        part = Part(asked.query("after"), asked.limit)
        rows = queries.find_parked(connection, MASKED, choice, part, closed=everything)
        total = count(connection, choice, most=MOST + 1)
    law = asked.runtime.reader.law
    unchosen = None if said else "请先按原因或其他条件筛选。"

    def detail(row: Parked) -> str:
        family = family_of(row.type) if row.type else None
        if not sees_sealed(asked, row) and (law is None or family is None or family in law.sealing):
            return "内容可能涉及封存记录，见该份报文。"
        return name_screens(say_detail(row.detail, items_of(asked, row.type)))

    return Listing(
        "挂起的报文清单",
        (
            Column("编号", lambda row: Cell(str(row.parked_id), f"/parked/{row.parked_id}"), number=True),
            Column("挂起时间", lambda row: moment(row.parked_at)),
            Column("状态", state_cell),
            Column("原因", lambda row: word_of(row.reason)),
            Column("栏目", lambda row: say_wrong(asked, row.reason, row.detail, row.type)),
            Column("问题", detail),
            Column("报文", lambda row: row.message_key),
            Column("发送单位", lambda row: say(asked.names.organs, row.sender)),
        ),
        rows,
        empty="没有符合条件的挂起报文。",
        after=queries.key_of(rows[-1].parked_id) if len(rows) == asked.limit else None,
        filters=(*_FILTERS, Filter("all", "已处理的", {"yes": "也列出"})),
        buttons=(
            Button("办理这些报文", with_query("/parked/many", said), asked.why_not(Right.REPLAY) or unchosen),
            Button("给这些报文加备注", with_query("/parked/note", said), asked.why_not(Right.MEND) or unchosen),
        ),
        note=f"待处理的共 {say_number(total, '份')}，先收到的在前。",
        about=nobody,
    )


def items_of(asked: Asked, kind: str | None) -> Mapping[str, Item]:
    """Return the items of a type of message; none where it is not known."""
    return asked.names.vocabulary.items(family_of(kind)) if kind else NO_ITEMS


def say_wrong(asked: Asked, reason: str, detail: str, kind: str | None) -> str:
    """Return what the item is called that is found wrong in a message of a type, the first of them."""
    items = items_of(asked, kind)
    wrong = find_wrong(reason, detail, items)
    return say_place(wrong[0], items) if wrong else "—"


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


SCREENS = (
    Screen("/parked", "挂起的报文", Right.LOOK, _show_piles, menu=Menu.MESSAGES),
    Screen("/parked/list", "挂起的报文清单", Right.LOOK, _show_list),
    Screen("/parked/note", "加备注", Right.MEND, _show_note, _note_many),
)
