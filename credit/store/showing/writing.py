"""Filling the projection: what is public of a subject is replaced whole, and what is not in its place is gone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from credit.store.showing.rows import (
    AboutRow,
    AnswerRow,
    InboxRow,
    InstitutionRow,
    ListedRow,
    ListRow,
    ScaleRow,
    StaffRow,
)
from credit.store.showing.tables import (
    FIRST,
    FORM,
    MADE,
    about,
    answer,
    inbox,
    institution,
    list_,
    listed,
    metadata,
    scale,
    staff,
)

VERSION = "version"
"""Counts how often the projection was written; whoever keeps pages looks whether it moved."""
TABLES = "tables"
"""Names the form of tables and contents that the projection was written in."""


@dataclass(frozen=True, slots=True)
class Public:
    """What is public of some archives, to stand in the place of what was public of their `members` before."""

    members: frozenset[str]
    institutions: tuple[InstitutionRow, ...] = ()
    staff: tuple[StaffRow, ...] = ()
    listed: tuple[ListedRow, ...] = ()
    answers: tuple[AnswerRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same for all pages: lists and scales as they are called, and what the page must know."""

    lists: tuple[ListRow, ...] = ()
    scales: tuple[ScaleRow, ...] = ()
    about: dict[str, str] = field(default_factory=dict)


def digest_of(text: str) -> str:
    """Return the digest by which a number or a person stands in the projection: it leads back to nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def replace(connection: Connection, shown: Sequence[Public]) -> None:
    """Put what is public of some archives in the place of what was, and count that the projection changed."""
    members = [member for each in shown for member in each.members]
    for table in (institution, listed, answer):
        connection.execute(delete(table).where(table.c.subject.in_(members)))
    connection.execute(delete(staff).where(staff.c.person.in_([digest_of(each) for each in members])))
    _insert(connection, institution, [row for each in shown for row in each.institutions])
    _insert(connection, staff, [row for each in shown for row in each.staff])
    _insert(connection, listed, [row for each in shown for row in each.listed])
    _insert(connection, answer, [row for each in shown for row in each.answers])
    _count(connection)


def settle_frame(connection: Connection, frame: Frame) -> bool:
    """Write what is the same for all pages where it is another than before; tell whether it was."""
    known = dict(connection.execute(select(about.c.name, about.c.value)).all())
    said = frame.about | {TABLES: FORM}
    lists = {ListRow(*row) for row in connection.execute(select(list_))}
    scales = {ScaleRow(*row) for row in connection.execute(select(scale))}
    if known.items() >= said.items() and lists == set(frame.lists) and scales == set(frame.scales):
        return False
    for table, rows in ((list_, frame.lists), (scale, frame.scales)):
        connection.execute(delete(table))
        _insert(connection, table, rows)
    connection.execute(delete(about).where(about.c.name.in_(said)))
    _insert(connection, about, [AboutRow(*each) for each in said.items()])
    # Of a list that is published no more nobody may stand there.
    connection.execute(delete(listed).where(listed.c.list_key.not_in([row.list_key for row in frame.lists])))
    _count(connection)
    return True


def keep(connection: Connection, name: str, value: str) -> str:
    """Return what is known under a name, which is this value where nothing was."""
    found = connection.execute(select(about.c.value).where(about.c.name == name)).scalar_one_or_none()
    if found is None:
        connection.execute(insert(about), {"name": name, "value": value})
    return found or value


def empty(connection: Connection) -> None:
    """Take everything off that is shown; the inbox stays."""
    for table in MADE:
        connection.execute(delete(table))
    _count(connection)


def has_form(said: Mapping[str, str]) -> bool:
    """Tell from what the projection says of itself whether this program can read its tables and contents."""
    return said.get(TABLES, FIRST) == FORM


def renew(connection: Connection) -> None:
    """Give an embedded projection of another form the tables of this one, empty; what was sent and waits stays.

    On PostgreSQL the migrations change the tables.
    """
    if connection.dialect.name == "sqlite":
        metadata.drop_all(connection, MADE)
        metadata.create_all(connection, MADE)


def read_inbox(connection: Connection, limit: int) -> list[InboxRow]:
    """Return what was sent first."""
    return [InboxRow(*row) for row in connection.execute(select(inbox).order_by(inbox.c.sent_at).limit(limit))]


def clear_inbox(connection: Connection, forms: Collection[str]) -> None:
    """Take off what was handed on."""
    connection.execute(delete(inbox).where(inbox.c.form.in_(forms)))


def _count(connection: Connection) -> None:
    number = int(keep(connection, VERSION, "0"))
    connection.execute(update(about).where(about.c.name == VERSION).values(value=str(number + 1)))


def _insert(connection: Connection, table: Table, rows: Iterable[Any]) -> None:
    values = [row._asdict() for row in rows]
    if values:
        connection.execute(insert(table), values)
