"""The log of who did and saw what. Rows are only added: nothing here changes or removes one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, exists, insert, literal, literal_column, select

from credit.identity.organisations import is_uscc
from credit.store.bulk import texts
from credit.store.engine import writing
from credit.store.tables import Instant
from credit.store.tables import look as look_table
from schemas.access import Logged

AGAIN = timedelta(hours=1)
"""Whoever sees a person again by the same screen within so long is not written down again."""


class Actor(NamedTuple):
    """Who does something, by which screen or command, and from which address (empty at a terminal)."""

    account: str
    person: str
    by: str
    address: str = ""


def note(connection: Connection, actor: Actor, what: Logged, about: str, purpose: str, at: datetime) -> None:
    """Write an entry of the log. `about` is a subject id, the name of an account, or what else it is about.

    It never holds a number of a person.
    """
    row = {"at": at, "what": what.value, "about": about, "purpose": purpose} | actor._asdict()
    connection.execute(insert(look_table).values(row))


def show(engine: Engine, actor: Actor, subjects: Iterable[str | None], purpose: str, at: datetime) -> None:
    """Write which persons are among those that a list or a page is about to show, in a transaction of its own.

    Organisations are not written. A message that nobody can be found by stands for whom it is about, by its key.
    """
    persons = {each for each in subjects if each and not is_uscc(each)}
    if persons:
        with writing(engine) as connection:
            note_shown(connection, actor, persons, purpose, at)


def note_shown(connection: Connection, actor: Actor, persons: Iterable[str], purpose: str, at: datetime) -> None:
    """Write of each of some persons, by their subject ids, that a list or a page showed them; in one statement.

    Of whoever was shown to the same account by the same screen or command for the same purpose within `AGAIN` there is
    an entry.
    """
    shown: ColumnElement[str] = literal_column("value")
    same = {"account": actor.account, "by": actor.by, "purpose": purpose, "what": Logged.LOOK.value}
    lately = exists().where(look_table.c.about == shown, look_table.c.at > at - AGAIN)
    for name, value in same.items():
        lately = lately.where(look_table.c[name] == value)
    row: dict[str, ColumnElement[Any]] = {"at": literal(at, Instant), "about": shown}
    row |= {name: literal(value) for name, value in (actor._asdict() | same).items()}
    found = select(*row.values()).select_from(texts("persons")).where(~lately)
    connection.execute(insert(look_table).from_select(list(row), found.params(persons=sorted(set(persons)))))
