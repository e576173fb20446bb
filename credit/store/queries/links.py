"""A person's decisions that one subject carries on as another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, union_all

from credit.store.bulk import one_of
from credit.store.tables import link


@dataclass(frozen=True, slots=True)
class Link:
    """A decision that one subject carries on as another; `undone_by` is None while it is in force."""

    link_id: int
    subject_id: str
    continued_as: str
    linked_by: str
    account: str | None
    linked_at: datetime
    note: str
    undone_by: str | None
    undone_account: str | None
    undone_why: str | None


_LINKS = select(*(link.c[name] for name in Link.__dataclass_fields__)).order_by(link.c.link_id)
_AT_SUBJECTS = union_all(
    select(link.c.link_id).where(one_of(link.c.subject_id, "subjects")),
    select(link.c.link_id).where(one_of(link.c.continued_as, "subjects")),
)
_OF_SUBJECTS = _LINKS.where(link.c.link_id.in_(_AT_SUBJECTS))


def list_links(connection: Connection) -> list[Link]:
    """Return all links, undone ones too, oldest first."""
    return [Link(*row) for row in connection.execute(_LINKS)]


def links_of(connection: Connection, subjects: Iterable[str]) -> tuple[Link, ...]:
    """Return the links that start or end at some subjects, undone ones too, oldest first."""
    return tuple(Link(*row) for row in connection.execute(_OF_SUBJECTS, {"subjects": list(subjects)}))
