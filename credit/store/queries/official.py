"""Official results as listed: closed years, the table of grades, who was not assessed, and reviews of falls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from credit.grading.result import Reason, load
from credit.grading.rows import CloseRow, GradeRow, OfficialRow, ReviewRow
from credit.record.rows import SubjectRow
from credit.store.bulk import one_of
from credit.store.queries.page import WHOLE, Part, comes_after, is_chosen, write_key
from credit.store.queries.sight import cite_seen, keep_seen, split_seen
from credit.store.queries.subjects import show_identifier
from credit.store.queries.view import View
from credit.store.scope import build
from credit.store.tables import closed_year, grade, official, review, subject
from schemas.states import ReviewState


@dataclass(frozen=True, slots=True)
class Count:
    """So many subjects have a grade on a scale in a year; None: it could not be given."""

    regime: str
    scale: str
    year: int
    grade: str | None
    subjects: int


@dataclass(frozen=True, slots=True)
class Status:
    """Which years are closed, how many have which official grade there, and which current one in the years since."""

    closed: tuple[CloseRow, ...]
    official: tuple[Count, ...]
    current: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A subject's result on a scale in a year, official or current; `identifier` is as the viewer sees it."""

    row: OfficialRow | GradeRow
    name: str
    identifier: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Fall:
    """A fall below an official grade; `overdue`: its day to be reported by has passed, and nobody decided."""

    row: ReviewRow
    state: ReviewState
    overdue: bool
    name: str
    identifier: str
    reasons: tuple[Reason, ...]


_SUBJECT = tuple(subject.c[name] for name in SubjectRow._fields)
_SAME = (official.c.regime, official.c.scale, official.c.year, official.c.subject_id)
_LATER = official.alias("later")
_LAST = (
    ~select(_LATER.c.version)
    .where(
        *(column == _LATER.c[column.name] for column in _SAME),
        _LATER.c.version > official.c.version,
        # In the words of an index: results that were corrected are few.
        _LATER.c.version > 1,
    )
    .correlate(official)
    .exists()
)


def read_status(connection: Connection, view: View, regimes: Collection[str]) -> Status:
    """Return what is closed of some regimes, and how the grades of those whom the viewer sees are spread."""
    closed = select(closed_year).order_by(closed_year.c.regime, closed_year.c.year)
    return Status(
        tuple(row for row in build(CloseRow, connection.execute(closed)) if row.regime in regimes),
        _count(connection, view, official, _LAST, regimes),
        _count(connection, view, grade, ~grade.c.hidden, regimes),
    )


def _count(
    connection: Connection, view: View, table: Any, which: ColumnElement[bool], regimes: Collection[str]
) -> tuple[Count, ...]:
    keys = (table.c.regime, table.c.scale, table.c.year, table.c.grade)
    counted = select(*keys, func.count()).where(which, table.c.regime.in_(sorted(regimes))).group_by(*keys)
    counts: Counter[tuple[str, str, int, str | None]] = Counter()
    for part in split_seen(view, counted, table.c.subject_id):
        for regime, scale, year, name, number in connection.execute(part):
            counts[regime, scale, year, name] += number
    found = [Count(*key, number) for key, number in counts.items()]
    return tuple(sorted(found, key=lambda each: (each.regime, each.scale, each.year, each.grade or "")))


def find_table(
    connection: Connection, view: View, regime: str, scale: str, year: int, part: Part, wanted: str | None = None
) -> list[Standing]:
    """Return official results in order of their subjects, of one grade where it is named.

    Who has no grade, and whose grade is no longer shown, is not in the table that is published.
    """
    hidden = select(grade.c.subject_id).where(
        grade.c.regime == regime, grade.c.scale == scale, grade.c.subject_id == official.c.subject_id, grade.c.hidden
    )
    statement = _of_year(regime, year).where(official.c.scale == scale, official.c.grade.is_not(None), ~hidden.exists())
    if wanted is not None:
        statement = statement.where(official.c.grade == wanted)
    return _page(connection, view, statement, official, OfficialRow, part)


def find_current(
    connection: Connection, view: View, regime: str, scale: str, year: int, part: Part, wanted: str | None = None
) -> list[Standing]:
    """Return current grades of a year in order of their subjects, before any quota; of one grade where it is named."""
    statement = select(grade).where(
        grade.c.regime == regime, grade.c.scale == scale, grade.c.year == year, ~grade.c.hidden
    )
    if wanted is not None:
        statement = statement.where(grade.c.grade == wanted)
    return _page(connection, view, statement, grade, GradeRow, part)


def results_of(connection: Connection, view: View, regime: str, subjects: Collection[str]) -> list[Standing]:
    """Return the official results of the members of a lineage under a regime, those of the last year first.

    A grade that is no longer shown is not among them.
    """
    statement = (
        _with_subjects(official, OfficialRow)
        .where(official.c.regime == regime, one_of(official.c.subject_id, "subjects"), _LAST, ~_is_hidden())
        .order_by(official.c.year.desc(), official.c.scale)
    )
    seen = keep_seen(view, statement, official.c.subject_id)
    return [_standing(each, OfficialRow, view) for each in connection.execute(seen, {"subjects": list(subjects)})]


def _is_hidden() -> ColumnElement[bool]:
    hidden = grade.alias("hidden_grade")
    return (
        select(hidden.c.subject_id)
        .where(
            hidden.c.regime == official.c.regime,
            hidden.c.scale == official.c.scale,
            hidden.c.subject_id == official.c.subject_id,
            hidden.c.hidden,
        )
        .correlate(official)
        .exists()
    )


def find_not_assessed(connection: Connection, view: View, regime: str, year: int, part: Part) -> list[Standing]:
    """Return who could not be assessed, with the reasons: as closed, and while the year is open as of now."""
    is_closed = select(closed_year.c.year).where(closed_year.c.regime == regime, closed_year.c.year == year)
    if connection.execute(is_closed).first() is not None:
        return _page(
            connection, view, _of_year(regime, year).where(official.c.grade.is_(None)), official, OfficialRow, part
        )
    current = select(grade).where(
        grade.c.regime == regime, grade.c.year == year, grade.c.grade.is_(None), ~grade.c.hidden
    )
    return _page(connection, view, current, grade, GradeRow, part)


def find_reviews(
    connection: Connection, view: View, regimes: Collection[str], part: Part = WHOLE, *, everything: bool = False
) -> list[Fall]:
    """Return falls below official grades, the first to be reported first: those nobody decided, or all.

    Pages begin after what `key_of` says.
    """
    order = (review.c.report_by, review.c.regime, review.c.scale, review.c.subject_id, review.c.to_grade)
    chosen = select(review).where(one_of(review.c.regime, "regimes"), comes_after(order, part.after))
    if not everything:
        chosen = chosen.where(review.c.state == ReviewState.OPEN.value)
    seen = [keep_seen(view, chosen, review.c.subject_id)]
    on_page = is_chosen(list(review.primary_key), seen, order, part.limit)
    asked = _with_subjects(review, ReviewRow).where(on_page).order_by(*order)
    return [_fall(row, view) for row in connection.execute(asked, {"regimes": list(regimes)})]


def key_of(row: ReviewRow) -> str:
    """Return the key of a fall in its list."""
    return write_key([row.report_by, row.regime, row.scale, row.subject_id, row.to_grade])


def reviews_of(connection: Connection, view: View, regime: str, subjects: Collection[str]) -> list[Fall]:
    """Return the falls of the members of a lineage under a regime, those of the last year first."""
    statement = (
        _with_subjects(review, ReviewRow)
        .where(review.c.regime == regime, one_of(review.c.subject_id, "subjects"))
        .order_by(review.c.year.desc(), review.c.scale, review.c.since.desc(), review.c.to_grade)
    )
    seen = keep_seen(view, statement, review.c.subject_id)
    return [_fall(row, view) for row in connection.execute(seen, {"subjects": list(subjects)})]


def _of_year(regime: str, year: int) -> Select[Any]:
    return select(official).where(official.c.regime == regime, official.c.year == year, _LAST)


def _with_subjects(table: Any, row: type[Any]) -> Select[Any]:
    columns = (table.c[name] for name in row._fields)
    return select(*columns, *_SUBJECT).join(subject, subject.c.subject_id == table.c.subject_id, isouter=True)


def _page(
    connection: Connection, view: View, chosen: Select[Any], table: Any, row: type[Any], part: Part
) -> list[Standing]:
    """Return the results that a statement chooses, in the order of their subjects."""
    ordered = table.c.subject_id
    seen = split_seen(view, chosen.where(ordered > part.after), ordered)
    on_page = is_chosen(list(table.primary_key), seen, [ordered], part.limit)
    asked = _with_subjects(table, row).where(on_page).order_by(ordered)
    return [_standing(each, row, view) for each in connection.execute(asked)]


def _standing(found: Row[Any], row: type[Any], view: View) -> Standing:
    width = len(row._fields)
    one = row._make(found[:width])
    name, identifier = _who(found[width:], one.subject_id, view)
    return Standing(one, name, identifier, cite_seen(view, load(one.reasons)))


def _fall(found: Row[Any], view: View) -> Fall:
    width = len(ReviewRow._fields)
    row, state = ReviewRow._make(found[:width]), ReviewState(found.state)
    overdue = state is ReviewState.OPEN and row.report_by < view.today
    name, identifier = _who(found[width:], row.subject_id, view)
    return Fall(row, state, overdue, name, identifier, cite_seen(view, load(row.reasons)))


def _who(columns: Any, subject_id: str, view: View) -> tuple[str, str]:
    """Return name and identifier; a successor that no message has spoken of yet has its code for both."""
    if columns[0] is None:
        return subject_id, subject_id
    row = SubjectRow._make(columns)
    return row.name, show_identifier(row, view.keyring, view.viewer)
