"""A person's decisions that one subject carries on as another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, union_all

from credit.store.bulk import one_of
from credit.store.queries.page import LARGEST, WHOLE, Part, comes_before, fits, write_key
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which links to list; None: all. `undone`: only those that were undone, or only those in force."""

    by: str | None = None
    undone: bool | None = None


EVERYTHING = Filter()
_ORDER = (link.c.link_id,)
_LINKS = select(*(link.c[name] for name in Link.__dataclass_fields__))
_AT_SUBJECTS = union_all(
    select(link.c.link_id).where(one_of(link.c.subject_id, "subjects")),
    select(link.c.link_id).where(one_of(link.c.continued_as, "subjects")),
)
_OF_SUBJECTS = _LINKS.where(link.c.link_id.in_(_AT_SUBJECTS)).order_by(link.c.link_id)


def find_links(connection: Connection, wanted: Filter = EVERYTHING, part: Part = WHOLE) -> list[Link]:
    """Return links, undone ones too, the last first; pages begin after what `key_of` says."""
    chosen = [fits(link.c.linked_by, wanted.by), fits(link.c.undone_at.is_not(None), wanted.undone)]
    asked = _LINKS.where(comes_before(_ORDER, part.after), *chosen)
    return [Link(*row) for row in connection.execute(asked.order_by(link.c.link_id.desc()).limit(part.limit))]


def key_of(row: Link) -> str:
    """Return the key of a link in the list of them."""
    return write_key([row.link_id])


def read_link(connection: Connection, number: int) -> Link | None:
    """Return the link of a number; None where there is none."""
    found = connection.execute(_LINKS.where(link.c.link_id == min(number, LARGEST))).one_or_none()
    return Link(*found) if found is not None else None


def links_of(connection: Connection, subjects: Iterable[str]) -> tuple[Link, ...]:
    """Return the links that start or end at some subjects, undone ones too, oldest first."""
    return tuple(Link(*row) for row in connection.execute(_OF_SUBJECTS, {"subjects": list(subjects)}))
