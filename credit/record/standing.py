"""Where a record stands: the acts about it, its degree of dishonesty and its window, as of one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from credit.law.law import Law
from schemas.record import Cause, Ruling, State, Window
from schemas.statement import ActKind, Fact

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficeAct:
    """An office act as merged from its messages: what it does to which record."""

    record_id: str
    target_id: str
    kind: ActKind
    state: str
    occurred_on: date
    time: datetime
    stated_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The result for one record on one day, with the clauses and messages it rests on.

    `changes_on` is the first day on which the same facts may give another result; None: never by itself.
    """

    state: State
    cause: Cause | None
    ruling: Ruling
    window: Window
    acts: tuple[str, ...]
    changes_on: date | None


_Acts = Mapping[str, Sequence[OfficeAct]]


def effective_acts(record_id: str, acts: _Acts, *, above: frozenset[str] = frozenset()) -> list[OfficeAct]:
    """Return the acts on a record that still stand themselves, in a fixed order.

    An act falls when another one withdraws it or an objection to it is upheld. `acts` maps the id of a record (or
    act) to the acts that target it. An act upon one above it in the chain does not count: two acts that withdraw
    each other leave the lower one standing.
    """
    chain = above | {record_id}
    return sorted(
        (act for act in acts.get(record_id, ()) if act.record_id not in chain and not _fallen(act, acts, chain)),
        key=lambda act: (act.occurred_on, act.time, act.stated_by),
    )


def _fallen(act: OfficeAct, acts: _Acts, chain: frozenset[str]) -> bool:
    above = effective_acts(act.record_id, acts, above=chain)
    return any(_ends(other) for other in above)


def _ends(act: OfficeAct) -> bool:
    return act.kind is ActKind.WITHDRAWAL or (act.kind is ActKind.OBJECTION and act.state == "upheld")


def find_standing(fact: Fact, acts: Sequence[OfficeAct], law: Law, as_of: date) -> Standing:
    """Assess a record as of a day in Asia/Shanghai; `acts` are its effective acts in order."""
    ruling = law.severity(fact, as_of)
    window = law.window(fact, ruling.severity, as_of)
    state, cause, by = _stand(acts, window, as_of)
    return Standing(
        state=state,
        cause=cause,
        ruling=ruling,
        window=window,
        acts=tuple([act.stated_by for act in by]),
        changes_on=_next_change(state, window),
    )


_Standing = tuple[State, Cause | None, Sequence[OfficeAct]]


def _stand(acts: Sequence[OfficeAct], window: Window, as_of: date) -> _Standing:
    # Most records have no acts at all.
    ended = _ended(acts) if acts else None
    if ended is not None:
        return ended
    if window.until is not None and as_of > window.until:
        return State.EXPIRED, Cause.EXPIRED, ()
    objections = [act for act in acts if act.kind is ActKind.OBJECTION]
    if objections and objections[-1].state == "filed":
        return State.UNDER_OBJECTION, None, objections[-1:]
    return State.IN_FORCE, None, ()


def _ended(acts: Sequence[OfficeAct]) -> _Standing | None:
    endings = (
        (State.WITHDRAWN, Cause.WITHDRAWN, [act for act in acts if act.kind is ActKind.WITHDRAWAL]),
        (State.WITHDRAWN, Cause.UPHELD_OBJECTION, _of(acts, ActKind.OBJECTION, "upheld")),
        (State.REPAIRED, Cause.REPAIRED, _of(acts, ActKind.REPAIR, "granted")),
    )
    return next((ending for ending in endings if ending[2]), None)


def _of(acts: Sequence[OfficeAct], kind: ActKind, state: str) -> list[OfficeAct]:
    return [act for act in acts if act.kind is kind and act.state == state]


def _next_change(state: State, window: Window) -> date | None:
    if window.until is None or not state.counts:
        return window.changes_on
    over = window.until + _ONE_DAY
    return over if window.changes_on is None else min(over, window.changes_on)
