"""The first page: what waits, by the day that it is due; and each kind as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from credit.identity import MASKED
from credit.store.queries.page import Part
from credit.store.queries.view import View
from credit.store.queries.work import Item, Pile, find_work, read_pile
from schemas.access import FourEyes
from schemas.reasons import HINTS, Reason
from schemas.rights import Right
from schemas.words import Tone
from schemas.work import WorkKind
from workers.console.asked import Asked, Missing
from workers.console.choosing import organs_of, words_of_reasons
from workers.console.pages.deciding import decides_for_all
from workers.console.pages.grading import regime_filter
from workers.console.screens import Cell, Column, Filter, Listing, Menu, Page, Screen, say_number
from workers.show.answers import KINDS, find_due
from workers.show.duties import find_units, name_unit
from workers.show.style import day, moment
from workers.show.words import say, word
from workers.web.pages import with_query

_FIRST = 5
_DUE = frozenset(
    {
        WorkKind.PROPOSALS,
        WorkKind.LIFTS,
        WorkKind.REPLIES,
        WorkKind.REVIEWS,
        WorkKind.COMPLAINTS,
        WorkKind.OBJECTIONS,
        WorkKind.REPAIRS,
        WorkKind.ASKED,
        WorkKind.HELD,
        WorkKind.DUTIES,
    }
)
"""The kinds whose day is the one by which they are to be done; of the others it is the one since which they wait."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that waits, as the first page shows it."""

    day: Cell
    title: Cell
    state: str
    name: Cell | None


@dataclass(frozen=True, slots=True)
class Heap:
    """All that waits of a kind, as the first page shows it."""

    kind: WorkKind
    path: str
    count: str
    lines: tuple[Line, ...]


def _show_work(asked: Asked) -> Page:
    if not asked.may(Right.LOOK):
        return Page("work.html", {"piles": ()})
    with asked.reading() as connection:
        views = {kind: _view(asked, kind) for kind in WorkKind}
        piles = [read_pile(connection, view, kind, _FIRST) for kind, view in views.items() if view is not None]
    about = [item.subject_id for pile in piles for item in pile.first]
    return Page("work.html", {"piles": [_heap(asked, pile) for pile in piles if pile.number]}, about=about)


def _view(asked: Asked, kind: WorkKind) -> View | None:
    """Return how this account looks at what waits of a kind; None where it does not wait for this account.

    What waits for a second person is for those who may confirm, and what they may confirm; see `foureyes.may_see`. A
    complaint waits for those who may answer it, and what contradicts itself for those who may decide which holds.
    """
    match kind:
        case WorkKind.PROPOSALS if asked.may(Right.CONFIRM):
            return asked.runtime.view(replace(MASKED, organs=asked.holder.only.get(Right.CONFIRM)))
        case WorkKind.COMPLAINTS if asked.may(Right.ENTER):
            return asked.runtime.view(replace(asked.holder.viewer(), organs=organs_of(asked.holder, Right.ENTER)))
        case WorkKind.DISPUTED if decides_for_all(asked.holder):
            return asked.view()
        case WorkKind.PROPOSALS | WorkKind.COMPLAINTS | WorkKind.DISPUTED:
            return None
    return asked.view()


def _heap(asked: Asked, pile: Pile) -> Heap:
    count = say_number(pile.number, "件")
    return Heap(pile.kind, f"/work/{pile.kind.value}", count, tuple(_line(asked, each) for each in pile.first))


def _line(asked: Asked, item: Item) -> Line:
    return Line(_day(asked, item), _title(asked, item), _state(asked, item), _whom(item))


def _day(asked: Asked, item: Item) -> Cell:
    if isinstance(item.day, datetime):
        return Cell(moment(item.day) if item.kind in _DUE else f"自 {moment(item.day)}")
    if item.kind not in _DUE:
        return Cell(f"自 {day(item.day)}")
    due = find_due(item, asked.names) if item.kind in KINDS else item.day
    if due is None:
        return Cell(f"自 {day(item.day)}")
    return Cell(day(due), tone=Tone.ALARM if due < asked.view().today else None)


def _title(asked: Asked, item: Item) -> Cell:
    may_follow = item.kind is not WorkKind.ASKED or asked.may(Right.DECIDE)
    href = _HREFS[item.kind](item) if may_follow else None
    if item.kind is WorkKind.DUTIES:
        regime = asked.runtime.reader.regimes.get(item.state)
        editions = regime.duties.editions if regime and regime.duties else ()
        named = {each.id: each.name for edition in editions for each in edition.duties}
        return Cell(named.get(item.title, item.title), href)
    if item.kind is WorkKind.REVIEWS:
        return Cell(_name_grades(asked, item), href)
    return Cell(item.title, href)


def _name_grades(asked: Asked, item: Item) -> str:
    """Return from which grade to which one a subject fell, in the words of its regime."""
    regime = asked.runtime.reader.regimes.get(item.key)
    scales = [scale for edition in regime.file.editions for scale in edition.scales] if regime else []
    words = {code: word for scale in scales for code, word in scale.grades.items()}
    return " → ".join(words.get(code, code) for code in item.title.split(" → "))


def _of_notice(item: Item) -> str:
    return f"/notices/{quote(item.key, safe='')}"


def _of_subject(item: Item) -> str | None:
    return f"/subjects/{item.subject_id}" if item.subject_id else None


def _of_record(item: Item) -> str:
    return f"/subjects/{item.subject_id}/records/{quote(item.key, safe='')}"


def _of_dispute(item: Item) -> str:
    return with_query("/disputes", {"named": item.key})


_HREFS: Mapping[WorkKind, Callable[[Item], str | None]] = {
    WorkKind.LIFTS: _of_notice,
    WorkKind.REPLIES: _of_notice,
    WorkKind.REVIEWS: lambda item: f"/reviews/{item.key}/{item.subject_id}",
    WorkKind.COMPLAINTS: _of_record,
    WorkKind.OBJECTIONS: _of_subject,
    WorkKind.REPAIRS: _of_subject,
    WorkKind.DISPUTED: _of_dispute,
    WorkKind.ASKED: _of_dispute,
    WorkKind.REFUSED: lambda _: "/feeds/work",
    WorkKind.HELD: lambda _: "/feeds/work",
    WorkKind.DUTIES: lambda _: "/duties",
    WorkKind.PROPOSALS: lambda item: f"/proposals/{item.key}",
    WorkKind.PARKED: lambda item: f"/parked/{item.key}",
}
"""Where each kind leads to."""


_STEPS = {"applied": "已申请，待决定是否受理", "accepted": "已受理，待决定"}


def _state(asked: Asked, item: Item) -> str:
    """Say what more there is to say of an item: the agency, the feed, the reason, or what is to be decided."""
    tell = _TELL.get(item.kind)
    return tell(asked, item) if tell is not None else ""


def _tell_agency(asked: Asked, item: Item) -> str:
    return say(asked.names.agencies, item.state)


def _tell_feed(asked: Asked, item: Item) -> str:
    return say(asked.names.feeds, item.state)


def _tell_record(_: Asked, item: Item) -> str:
    step = _STEPS.get(item.state)
    return f"{f'{step}；' if step else ''}记录 {item.key}"


def _tell_since(_: Asked, item: Item) -> str:
    return f"自 {day(item.day)} 起"


def _tell_organ(asked: Asked, item: Item) -> str:
    return f"来源单位 {say(asked.names.organs, item.state)}"


def _tell_unit(asked: Asked, item: Item) -> str:
    """Say whose duty it is: the same is several units'."""
    regimes = asked.runtime.reader.regimes
    regime = regimes.get(item.state)
    return f"{regime.name if regime else item.state}：{name_unit(item.state, item.key, regimes)}"


_TELL: Mapping[WorkKind, Callable[[Asked, Item], str]] = {
    WorkKind.LIFTS: _tell_agency,
    WorkKind.REPLIES: _tell_agency,
    WorkKind.REFUSED: _tell_feed,
    WorkKind.HELD: _tell_feed,
    WorkKind.COMPLAINTS: _tell_since,
    WorkKind.OBJECTIONS: _tell_record,
    WorkKind.REPAIRS: _tell_record,
    WorkKind.DISPUTED: _tell_organ,
    WorkKind.ASKED: _tell_organ,
    WorkKind.DUTIES: _tell_unit,
    WorkKind.PROPOSALS: lambda _, item: word(FourEyes, item.state),
    WorkKind.PARKED: lambda _, item: HINTS[Reason(item.state)],
}


def _whom(item: Item) -> Cell | None:
    return Cell(item.name or str(item.subject_id), _of_subject(item)) if item.subject_id else None


def _show_kind(asked: Asked) -> Listing[Item]:
    said = asked.path("kind")
    if said not in set(WorkKind):
        raise Missing("没有这一类待办事项。")
    kind = WorkKind(said)
    view = _view(asked, kind)
    if view is None:
        raise Missing("没有这一类待办事项。")
    filters = [make(asked) for make in _FILTERS[kind]]
    wanted = {each.name: asked.query(each.name) for each in filters if asked.query(each.name)}
    with asked.reading() as connection:
        rows = find_work(connection, view, kind, Part(asked.query("after"), asked.limit), wanted)
    return Listing(
        f"待办：{kind.word}",
        (
            Column("期限" if kind in _DUE else "自何时", lambda item: _day(asked, item)),
            Column("事项", lambda item: _title(asked, item)),
            Column("主体", lambda item: _whom(item) or "—"),
            Column("说明", lambda item: _state(asked, item)),
        ),
        rows,
        empty="没有这一类待办事项。",
        after=rows[-1].after if len(rows) == asked.limit else None,
        about=lambda item: item.subject_id,
        filters=filters,
    )


def _by_agency(asked: Asked) -> Filter:
    return Filter("agency", "接收单位", asked.names.agencies)


def _by_feed(asked: Asked) -> Filter:
    return Filter("feed", "平台", asked.names.feeds)


def _by_organ(asked: Asked) -> Filter:
    return Filter("organ", "机关", asked.names.organs)


def _by_unit(asked: Asked) -> Filter:
    found = (find_units(regime) for regime in asked.runtime.reader.regimes.values())
    return Filter("unit", "单位", {code: unit.name for units in found for code, unit in units.items()})


_FILTERS: Mapping[WorkKind, tuple[Callable[[Asked], Filter], ...]] = {
    WorkKind.LIFTS: (_by_agency,),
    WorkKind.REPLIES: (_by_agency,),
    WorkKind.REVIEWS: (regime_filter,),
    WorkKind.COMPLAINTS: (_by_organ,),
    WorkKind.DISPUTED: (_by_organ,),
    WorkKind.OBJECTIONS: (_by_organ,),
    WorkKind.REPAIRS: (_by_organ, lambda _: Filter("step", "步骤", _STEPS)),
    WorkKind.ASKED: (_by_organ,),
    WorkKind.REFUSED: (_by_feed,),
    WorkKind.HELD: (_by_feed,),
    WorkKind.DUTIES: (regime_filter, _by_unit),
    WorkKind.PROPOSALS: (lambda _: Filter("kind", "事项", {each.value: each.word for each in FourEyes}),),
    WorkKind.PARKED: (lambda _: Filter("reason", "原因", words_of_reasons()),),
}
"""What each kind is restricted by; what of it, the query of the kind says under the same names."""


SCREENS = (
    Screen("/", "待办", None, _show_work, menu=Menu.TODAY),
    Screen("/work/{kind}", "待办", Right.LOOK, _show_kind),
)
