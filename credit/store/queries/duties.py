"""Duties as listed: where each stands, who has it, what it is about, what shows it done; transfers to the police."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from credit.grading.duties import find_state, is_late
from credit.grading.rows import DutyRow
from credit.store.queries.observation import is_handed_over
from credit.store.queries.page import WHOLE, Part, comes_after, fits, is_chosen, write_key
from credit.store.queries.sight import is_of_organs, split_seen
from credit.store.queries.view import View
from credit.store.tables import duty, record, subject
from schemas.record import State
from schemas.states import DutyState

TO_DO = (DutyState.MISSED, DutyState.NEAR, DutyState.DUE)
"""Where a duty stands that is to be done."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty as of a day. `late`: it was done after its day.

    `subject` is the name of whom it is about, `document_no` the number of the record that it is about or that shows it
    done; None where there is none.
    """

    row: DutyRow
    state: DutyState
    late: bool
    subject: str | None
    document_no: str | None
    done_document_no: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which duties to list; None: all. Without `states` those that are to be done."""

    regime: str | None = None
    unit: str | None = None
    states: tuple[DutyState, ...] = TO_DO


@dataclass(frozen=True, slots=True)
class Tally:
    """How the duties of a unit stand on a day: how many in each state, and how many of the done were late."""

    regime: str
    unit: str
    due: int
    near: int
    missed: int
    done: int
    late: int


@dataclass(frozen=True, slots=True)
class Untransferred:
    """A penalty that suspects a crime and whose case was not handed to the police; `late`: its day is over."""

    record_id: str
    document_no: str
    organ_code: str
    due_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class UntransferredFilter:
    """Which penalties whose case was not handed over to list; None: all."""

    organ: str | None = None
    late: bool | None = None


EVERY_UNTRANSFERRED = UntransferredFilter()


@dataclass(frozen=True, slots=True)
class Transfers:
    """Of the penalties that suspect a crime, how many cases were handed to the police, and those that were not."""

    called_for: int
    handed_over: int
    missing: tuple[Untransferred, ...]


def read_duties(connection: Connection, view: View, chosen: Filter, part: Part = WHOLE) -> list[Duty]:
    """Return duties that have begun or are near, those due first in front; see `Part`: by what `key_of` says."""
    today = view.today
    page = select(duty).where(
        comes_after(ORDER, part.after), *_restrict(chosen), or_(*(_IN[state](today) for state in chosen.states))
    )
    done = record.alias("done")
    asked = (
        select(
            *(duty.c[name] for name in DutyRow._fields),
            subject.c.name.label("subject_name"),
            record.c.document_no,
            done.c.document_no.label("done_document_no"),
        )
        .outerjoin(subject, subject.c.subject_id == duty.c.subject_id)
        .outerjoin(
            record, and_(record.c.record_id == duty.c.about, record.c.sealed_clause.is_(None), is_of_organs(view))
        )
        .outerjoin(
            done,
            and_(done.c.record_id == duty.c.done_by, done.c.sealed_clause.is_(None), is_of_organs(view, done)),
        )
        .where(is_chosen(KEY, split_shown(view, page), ORDER, part.limit))
        .order_by(*ORDER)
    )
    width = len(DutyRow._fields)
    found = []
    for each in connection.execute(asked):
        row = DutyRow(*each[:width])
        found.append(Duty(row, find_state(row, today), is_late(row), *each[width:]))
    return found


KEY = tuple(duty.primary_key)
ORDER = (duty.c.due_on, duty.c.regime, duty.c.duty, duty.c.unit, duty.c.about, duty.c.period)
"""What duties are listed by, the first one due in front."""


def key_of(row: DutyRow) -> str:
    """Return the key of a duty in its list, as a page begins after it."""
    return write_key([row.due_on, row.regime, row.duty, row.unit, row.about, row.period])


def tally(connection: Connection, view: View, chosen: Filter) -> list[Tally]:
    """Return how the duties of each unit stand on a day, whatever states are chosen."""
    late = and_(duty.c.done_on.is_not(None), duty.c.done_on > duty.c.due_on)
    counted = [func.count().filter(_IN[state](view.today)) for state in DutyState]
    units = (duty.c.regime, duty.c.unit)
    asked = select(*units, *counted, func.count().filter(late)).where(*_restrict(chosen)).group_by(*units)
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for part in split_shown(view, asked):
        for regime, unit, *counts in connection.execute(part):
            before = found.get((regime, unit), (0,) * len(counts))
            found[regime, unit] = tuple(map(sum, zip(before, counts, strict=True)))
    return [Tally(*of, *found[of]) for of in sorted(found)]


def _call_for_transfer(view: View) -> list[ColumnElement[bool]]:
    return [record.c.transfer_by.is_not(None), record.c.state != State.WITHDRAWN.value, is_of_organs(view)]


def read_transfers(connection: Connection, view: View) -> Transfers:
    """Return how many cases of suspected crimes were handed over; what is sealed is counted and not named."""
    return Transfers(*count_transfers(connection, view), tuple(find_untransferred(connection, view)))


def count_transfers(connection: Connection, view: View) -> tuple[int, int]:
    """Return how many cases of suspected crimes were to be handed over, and how many were; what is sealed counts."""
    handed = func.count().filter(is_handed_over())
    counted = select(func.count(), handed).select_from(record).where(*_call_for_transfer(view))
    called_for, handed_over = connection.execute(counted).one()
    return called_for, handed_over


def find_untransferred(
    connection: Connection, view: View, part: Part = WHOLE, wanted: UntransferredFilter = EVERY_UNTRANSFERRED
) -> list[Untransferred]:
    """Return the penalties whose case was not handed over, those due first in front; what is sealed is not named.

    Pages begin after what `key_of_untransferred` says.
    """
    order = (record.c.transfer_by, record.c.document_no, record.c.record_id)
    named = select(record.c.record_id, record.c.document_no, record.c.organ_code, record.c.transfer_by).where(
        *_call_for_transfer(view),
        ~is_handed_over(),
        record.c.sealed_clause.is_(None),
        comes_after(order, part.after),
        fits(record.c.organ_code, wanted.organ),
        fits(record.c.transfer_by < view.today, wanted.late),
    )
    found = connection.execute(named.order_by(*order).limit(part.limit))
    return [Untransferred(*row, late=row.transfer_by < view.today) for row in found]


def key_of_untransferred(row: Untransferred) -> str:
    """Return the key of a penalty in the list of those whose case was not handed over."""
    return write_key([row.due_on, row.document_no, row.record_id])


def split_shown(view: View, statement: Select[Any]) -> list[Select[Any]]:
    """Return a statement restricted to the duties that are there, in parts that share no row.

    A duty is there that has begun or is near, and is about nobody, or about whom the viewer sees.
    """
    shown = statement.where(or_(duty.c.began_on <= view.today, duty.c.warn_on <= view.today))
    if view.viewer.organs is None:
        return [shown]
    about_somebody = split_seen(view, shown.where(duty.c.subject_id != ""), duty.c.subject_id)
    return [shown.where(duty.c.subject_id == ""), *about_somebody]


def _restrict(chosen: Filter) -> list[ColumnElement[bool]]:
    return [fits(duty.c.regime, chosen.regime), fits(duty.c.unit, chosen.unit)]


def _is_done(_: date) -> ColumnElement[bool]:
    return duty.c.done_on.is_not(None)


def _is_missed(today: date) -> ColumnElement[bool]:
    return and_(duty.c.done_on.is_(None), duty.c.due_on < today)


def _is_near(today: date) -> ColumnElement[bool]:
    return and_(duty.c.done_on.is_(None), duty.c.due_on >= today, duty.c.warn_on <= today)


def _is_due(today: date) -> ColumnElement[bool]:
    return and_(duty.c.done_on.is_(None), duty.c.due_on >= today, duty.c.warn_on > today)


_IN = {
    DutyState.DUE: _is_due,
    DutyState.NEAR: _is_near,
    DutyState.MISSED: _is_missed,
    DutyState.DONE: _is_done,
}
"""The condition of each state, as `find_state` has it of a row."""
