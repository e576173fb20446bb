"""What the page asks of the projection. It knows no archive: what is not in the projection it cannot show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, collate, insert, or_, select, tuple_
from sqlalchemy.exc import IntegrityError

from credit.identity import name_key
from credit.store.engine import COLLATIONS
from credit.store.showing.rows import (
    AnswerRow,
    InboxRow,
    InstitutionRow,
    ListedRow,
    ListRow,
    ScaleRow,
    StaffRow,
    TakenRow,
)
from credit.store.showing.tables import about, answer, inbox, institution, list_, listed, scale, staff
from schemas.showing import Standing

PAGE = 20
"""So many lines a page of a list has."""
_MOST_STAFF = 500


class Place(NamedTuple):
    """After which line of a list a page begins."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An institution with all that is public of it."""

    row: InstitutionRow
    staff: tuple[StaffRow, ...]
    lists: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An organisation on a list, and the code of its page if it has one."""

    row: ListedRow
    title: str
    kind: str
    code: str | None


def read_about(connection: Connection) -> Mapping[str, str]:
    """Return what the page has to know of its archive, by name."""
    return dict(connection.execute(select(about.c.name, about.c.value)).all())


def find_institution(connection: Connection, code: str, today: date) -> Shown | None:
    """Return an institution by its short code; None where nobody has it.

    A place on a list that ends by itself is not shown past its last day, whoever has not written it anew.
    """
    found = connection.execute(select(institution).where(institution.c.code == code)).first()
    if found is None:
        return None
    row = InstitutionRow(*found)
    if row.standing == Standing.CLOSED or row.moved_to is not None:
        return Shown(row, (), ())
    people = select(staff).where(staff.c.subject == row.subject).order_by(staff.c.profession, staff.c.name)
    on_lists = _entries(today).where(listed.c.subject == row.subject).order_by(listed.c.since, listed.c.list_key)
    return Shown(
        row,
        tuple(StaffRow(*each) for each in connection.execute(people.limit(_MOST_STAFF))),
        tuple(map(_entry, connection.execute(on_lists))),
    )


def find_institutions(
    connection: Connection, name: str, grade: str, after: Place | None, limit: int = PAGE
) -> list[InstitutionRow]:
    """Return institutions whose name holds a text and that have a grade, in the order of names.

    One more than asked for is returned, if there is one. An empty text asks for any.
    Those that are closed are not among them.
    """
    order = collate(institution.c.name, COLLATIONS[connection.dialect.name])
    statement = select(institution).where(institution.c.standing != Standing.CLOSED, institution.c.moved_to.is_(None))
    if wanted := name_key(name):
        statement = statement.where(institution.c.name_key.contains(wanted, autoescape=True))
    if grade:
        statement = statement.where(institution.c.grade == grade)
    if after is not None:
        statement = statement.where(tuple_(order, institution.c.code) > tuple_(after.name, after.code))
    found = connection.execute(statement.order_by(order, institution.c.code).limit(limit + 1))
    return [InstitutionRow(*row) for row in found]


def read_scales(connection: Connection) -> list[ScaleRow]:
    """Return the grades that can be asked for."""
    return [ScaleRow(*row) for row in connection.execute(select(scale).order_by(scale.c.scale, scale.c.place))]


def read_lists(connection: Connection) -> list[ListRow]:
    """Return the lists that are published."""
    return [ListRow(*row) for row in connection.execute(select(list_).order_by(list_.c.kind, list_.c.list_key))]


def find_listed(
    connection: Connection, list_key: str, today: date, after: Place | None, limit: int = PAGE
) -> list[Entry]:
    """Return who is on a list, in the order of names, one more than asked for; `after` names a subject for its code."""
    order = collate(listed.c.name, COLLATIONS[connection.dialect.name])
    statement = _entries(today).where(listed.c.list_key == list_key)
    if after is not None:
        statement = statement.where(tuple_(order, listed.c.subject) > tuple_(after.name, after.code))
    found = connection.execute(statement.order_by(order, listed.c.subject, listed.c.year).limit(limit + 1))
    return list(map(_entry, found))


def find_answer(connection: Connection, number: str) -> AnswerRow | None:
    """Return how far a complaint is, by the digest of its number."""
    found = connection.execute(select(answer).where(answer.c.number == number)).first()
    return AnswerRow(*found) if found is not None else None


def send(connection: Connection, row: InboxRow) -> bool:
    """Put something into the inbox; tells whether it is new, as a form may be sent twice.

    The page's user may add to the inbox and not look into it, so it is the database that tells.
    """
    return add_new(connection, inbox, row)


def add_new(connection: Connection, table: Table, row: InboxRow | TakenRow) -> bool:
    """Add a row; tells whether none had its key. Of two that add at once one waits for the other, and then is told."""
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(row._asdict()).inline())
    except IntegrityError:
        return False
    return True


def _entries(today: date) -> Select[Any]:
    shown = (institution.c.subject == listed.c.subject) & (institution.c.standing != Standing.CLOSED)
    return (
        select(listed, list_.c.title, list_.c.kind, institution.c.code)
        .join(list_, list_.c.list_key == listed.c.list_key)
        .join(institution, shown & institution.c.moved_to.is_(None), isouter=True)
        .where(or_(listed.c.until.is_(None), listed.c.until >= today))
    )


def _entry(found: Any) -> Entry:
    *row, title, kind, code = found
    return Entry(ListedRow(*row), title, kind, code)
