"""Where a record stands: the acts about it, its degree of dishonesty and its window, as of one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from credit.law.law import Law
from credit.record.transfers import find_case, transfer_by
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


class Standing(NamedTuple):
    """The result for one record on one day, with the clauses and messages it rests on.

    `acts` are the messages of the acts that decide the state, and of granted repairs that wait for their day.
    `changes_on` is the first day on which the same facts may give another result; None: never by itself. `sealed` is
    the clause by which the record is sealed: nobody is shown it, and others are told of it only where a rule of the
    State lets them; None: it is open. `ended_on` is the day on which the first act ended it, where an act did.
    `transfer_by` is the last day to hand the case of a penalty to the police, `transfers` the penalty whose case is
    handed over here.
    """

    state: State
    cause: Cause | None
    ruling: Ruling
    window: Window
    acts: tuple[str, ...]
    changes_on: date | None
    sealed: str | None = None
    ended_on: date | None = None
    transfer_by: date | None = None
    transfers: str | None = None

    def joined(self, on: date) -> Standing:
        """Return the standing of a record that is none any more: its messages belong to the one it was split from."""
        return self._replace(state=State.WITHDRAWN, cause=Cause.WITHDRAWN, acts=(), ended_on=on, transfer_by=None)

    @property
    def public(self) -> bool:
        """Whether the record may be published now."""
        return self.window.public and self.state.counts and self.sealed is None


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
    """Return where a record stands as of a day in Asia/Shanghai; `acts` are its effective acts in order."""
    standing = _find_state(fact, acts, law, as_of)
    rule = law.sealing_of(fact, as_of)
    due, case = transfer_by(fact, standing.state, law), find_case(fact)
    if rule is None and due is None and case is None:
        return standing  # as nearly all
    sealed = f"{rule.name}：{rule.source}" if rule is not None else None
    return standing._replace(sealed=sealed, transfer_by=due, transfers=case)


def _find_state(fact: Fact, acts: Sequence[OfficeAct], law: Law, as_of: date) -> Standing:
    ruling = law.severity(fact, as_of)
    window = law.window(fact, ruling.severity, as_of)
    early = _too_early(acts, window, as_of) if acts else ()  # most records have no acts at all
    ending = _find_ending([act for act in acts if act not in early]) if acts else None
    if ending is not None:
        decisive = [act for act in acts if ending.ends(act)]
        by, ended_on = tuple([act.stated_by for act in decisive]), min(act.occurred_on for act in decisive)
        if ending.kind is ActKind.REPAIR and window.repairable_from is not None:
            ended_on = max(ended_on, window.repairable_from)
        return Standing(ending.state, ending.cause, ruling, window, by, window.changes_on, ended_on=ended_on)
    if window.until is not None and as_of > window.until:
        return Standing(State.EXPIRED, Cause.EXPIRED, ruling, window, (), window.changes_on)
    changes_on = _next_change(window, window.repairable_from if early else None)
    waiting = tuple([act.stated_by for act in early])
    objections = [act for act in acts if act.kind is ActKind.OBJECTION]
    if objections and objections[-1].state == "filed":
        by = (objections[-1].stated_by, *waiting)
        return Standing(State.UNDER_OBJECTION, None, ruling, window, by, changes_on)
    return Standing(State.IN_FORCE, None, ruling, window, waiting, changes_on)


def _too_early(acts: Sequence[OfficeAct], window: Window, as_of: date) -> Sequence[OfficeAct]:
    """Return the granted repairs that do not count yet, as the shortest publicity is not over (Order 36)."""
    if window.repairable_from is None or as_of >= window.repairable_from:
        return ()
    return [act for act in acts if is_granted_repair(act.kind, act.state)]


def is_granted_repair(kind: str, state: str) -> bool:
    """Tell whether an act of this kind, in this state, is the repair of a record that was granted."""
    return kind == ActKind.REPAIR and state == "granted"


class _Ending(NamedTuple):
    """A way in which acts end a record: those of this kind, and of this state where one is named."""

    kind: ActKind
    act_state: str | None
    state: State
    cause: Cause

    def ends(self, act: OfficeAct) -> bool:
        return act.kind is self.kind and self.act_state in {None, act.state}


_ENDINGS = (
    _Ending(ActKind.WITHDRAWAL, None, State.WITHDRAWN, Cause.WITHDRAWN),
    _Ending(ActKind.OBJECTION, "upheld", State.WITHDRAWN, Cause.UPHELD_OBJECTION),
    _Ending(ActKind.REPAIR, "granted", State.REPAIRED, Cause.REPAIRED),
)
"""The first that has an act decides."""


def _find_ending(acts: Sequence[OfficeAct]) -> _Ending | None:
    return next((ending for ending in _ENDINGS if any(map(ending.ends, acts))), None)


def _next_change(window: Window, repaired_from: date | None) -> date | None:
    over = None if window.until is None else window.until + _ONE_DAY
    return min((day for day in (over, repaired_from, window.changes_on) if day is not None), default=None)
