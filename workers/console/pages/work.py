"""The first page: what waits, by the day that it is due; and each kind as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from credit.identity import MASKED
from credit.record.clocks import CLOCKS, Clock
from credit.store.queries.page import Part
from credit.store.queries.view import View
from credit.store.queries.work import Item, Pile, find_work, read_pile
from schemas.access import FourEyes
from schemas.reasons import HINTS, Reason
from schemas.rights import Right
from schemas.statement import ActKind
from schemas.words import Tone
from schemas.work import WorkKind
from workers.console.asked import Asked, Missing
from workers.console.screens import Cell, Column, Listing, Menu, Page, Screen, say_number
from workers.show.style import day, moment
from workers.show.words import say, word

_FIRST = 5
_DUE = frozenset(
    {
        WorkKind.PROPOSALS,
        WorkKind.LIFTS,
        WorkKind.REPLIES,
        WorkKind.REVIEWS,
        WorkKind.OBJECTIONS,
        WorkKind.REPAIRS,
        WorkKind.ASKED,
        WorkKind.HELD,
        WorkKind.DUTIES,
    }
)
"""The kinds whose day is the one by which they are to be done; of the others it is the one since which they wait."""


_ACTS = {WorkKind.OBJECTIONS: ActKind.OBJECTION, WorkKind.REPAIRS: ActKind.REPAIR}
"""The kinds whose day starts a clock: of these it is shown by when they are to be answered, the oldest first."""


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

    What waits for a second person is for those who may confirm, and what they may confirm; see `foureyes.may_see`.
    """
    if kind is not WorkKind.PROPOSALS:
        return asked.view()
    if not asked.may(Right.CONFIRM):
        return None
    return asked.runtime.view(replace(MASKED, organs=asked.holder.only.get(Right.CONFIRM)))


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
    clock = _clock(item)
    due = asked.names.due(clock.deadline, item.day) if clock is not None else item.day
    if due is None:
        return Cell(f"自 {day(item.day)}")
    return Cell(day(due), tone=Tone.ALARM if due < asked.view().today else None)


def _clock(item: Item) -> Clock | None:
    kind = _ACTS.get(item.kind)
    return CLOCKS.get((kind.value, item.state)) if kind is not None else None


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


_HREFS: Mapping[WorkKind, Callable[[Item], str | None]] = {
    WorkKind.LIFTS: _of_notice,
    WorkKind.REPLIES: _of_notice,
    WorkKind.REVIEWS: lambda item: f"/reviews/{item.key}/{item.subject_id}",
    WorkKind.OBJECTIONS: _of_subject,
    WorkKind.REPAIRS: _of_subject,
    WorkKind.ASKED: lambda item: f"/disputes?named={item.key}",
    WorkKind.REFUSED: lambda _: "/feeds/work",
    WorkKind.HELD: lambda _: "/feeds/work",
    WorkKind.DUTIES: lambda _: "/duties",
    WorkKind.PROPOSALS: lambda item: f"/proposals/{item.key}",
    WorkKind.PARKED: lambda item: f"/parked/{item.key}",
}
"""Where each kind leads to."""


_CLOCKS = {"applied": "已申请，待决定是否受理；", "accepted": "已受理，待决定；"}


def _state(asked: Asked, item: Item) -> str:
    """Say what more there is to say of an item: the agency, the feed, the reason, or what is to be decided."""
    tell = _TELL.get(item.kind)
    return tell(asked, item) if tell is not None else ""


def _tell_agency(asked: Asked, item: Item) -> str:
    return say(asked.names.agencies, item.state)


def _tell_feed(asked: Asked, item: Item) -> str:
    return say(asked.names.feeds, item.state)


def _tell_record(_: Asked, item: Item) -> str:
    return f"{_CLOCKS.get(item.state, '')}记录 {item.key}"


def _tell_organ(asked: Asked, item: Item) -> str:
    return f"来源单位 {say(asked.names.organs, item.state)}"


def _tell_regime(asked: Asked, item: Item) -> str:
    regime = asked.runtime.reader.regimes.get(item.state)
    return regime.name if regime else item.state


_TELL: Mapping[WorkKind, Callable[[Asked, Item], str]] = {
    WorkKind.LIFTS: _tell_agency,
    WorkKind.REPLIES: _tell_agency,
    WorkKind.REFUSED: _tell_feed,
    WorkKind.HELD: _tell_feed,
    WorkKind.OBJECTIONS: _tell_record,
    WorkKind.REPAIRS: _tell_record,
    WorkKind.ASKED: _tell_organ,
    WorkKind.DUTIES: _tell_regime,
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
    with asked.reading() as connection:
        rows = find_work(connection, view, kind, Part(asked.query("after"), asked.limit))
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
    )


SCREENS = (
    Screen("/", "待办", None, _show_work, menu=Menu.TODAY),
    Screen("/work/{kind}", "待办", Right.LOOK, _show_kind),
)
