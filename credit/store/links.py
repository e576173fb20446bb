"""Links in force: as which subject another one goes on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from credit.store import tables
from credit.store.bulk import Question, find, one_of

LINKS = select(tables.link.c.subject_id, tables.link.c.continued_as).where(
    one_of(tables.link.c.subject_id, "keys"), tables.link.c.undone_at.is_(None)
)
"""The links that start at some subjects, one step each."""


def read_links(connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """Return the links in force that start at some subjects, followed to their ends."""
    links: dict[str, str] = {}
    frontier = set(subjects)
    while frontier:
        (found,) = find(connection, Question(LINKS, frontier))
        new = {before: after for before, after in found if before not in links}
        links |= new
        frontier = set(new.values())
    return links
