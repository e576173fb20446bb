"""The claims of identifiers that persons made, as listed: whose, which, by whom, why, and whether they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from credit.identity import IdKind
from credit.record import places
from credit.store.queries.page import Part, comes_before, fits, write_key
from credit.store.queries.sight import keep_seen
from credit.store.queries.view import View
from credit.store.tables import ALIAS_ORDER, CLAIMED_BY_PERSON, alias, subject

_PERSON = "person:"


class Claim(NamedTuple):
    """A claim that a person made; `value` is as the viewer sees it, `undone_by` None while it holds."""

    kind: str
    value: str
    subject_id: str
    name: str
    by: str
    at: datetime
    note: str | None
    undone_by: str | None
    undone_why: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which claims to list; None: all. `undone`: only those that were undone, or only those that hold."""

    by: str | None = None
    undone: bool | None = None


EVERYTHING = Filter()
_ORDER = [alias.c[name] for name in ALIAS_ORDER]
_CLAIMS = (
    select(alias, subject.c.name)
    .join(subject, subject.c.subject_id == alias.c.subject_id)
    .where(CLAIMED_BY_PERSON)
    .order_by(*(each.desc() for each in _ORDER))
)


def find_claims(connection: Connection, view: View, part: Part, wanted: Filter = EVERYTHING) -> list[Claim]:
    """Return a part of the claims of persons, undone ones too, the last one first; see `Claim.after` for the keys."""
    by = f"{_PERSON}{wanted.by}" if wanted.by is not None else None
    chosen = (fits(alias.c.claimed_by, by), fits(alias.c.undone_at.is_not(None), wanted.undone))
    asked = keep_seen(view, _CLAIMS.where(comes_before(_ORDER, part.after), *chosen), alias.c.subject_id)
    return [_build(row, view) for row in connection.execute(asked.limit(part.limit))]


def _build(row: Row[Any], view: View) -> Claim:
    value = view.keyring.unseal(row.value, places.of_alias(row.value_hash, row.kind, row.subject_id)).decode()
    numbered = row.subject_id.startswith("P") and row.kind != IdKind.NAME
    return Claim(
        row.kind,
        view.viewer.number(value) if numbered else view.viewer.text(value),
        row.subject_id,
        row.name,
        row.claimed_by.removeprefix(_PERSON),
        row.claimed_at,
        row.note,
        row.undone_by,
        row.undone_why,
        write_key([row.claimed_at, row.value_hash, row.subject_id]),
    )
