"""The log of who did and saw what. Rows are only added: nothing here changes or removes one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert

from credit.store.tables import look as look_table
from schemas.access import Logged


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
