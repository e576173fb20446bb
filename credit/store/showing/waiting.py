"""Whose public page has to be written again, and under which code: what of the projection the archive keeps itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, literal_column, select

from credit.store.bulk import Question, find, one_of, texts
from credit.store.showing import codes
from credit.store.tables import record, shown_code, unshown

_ADD = insert(unshown).from_select(["subject_id"], select(literal_column("value")).select_from(texts("subjects")))
_CODES = select(shown_code.c.subject_id, shown_code.c.code).where(one_of(shown_code.c.subject_id, "keys"))
_BY_CODE = select(shown_code.c.code, shown_code.c.subject_id).where(one_of(shown_code.c.code, "keys"))


def add(connection: Connection, subjects: Collection[str]) -> None:
    """Say, in the caller's transaction, that what is public of subjects may have changed."""
    if subjects:
        connection.execute(_ADD, {"subjects": sorted(subjects)})


def add_everybody(connection: Connection) -> int:
    """Say so of every subject of the archive; return how many there are."""
    connection.execute(delete(unshown))
    connection.execute(insert(unshown).from_select(["subject_id"], select(record.c.subject_id).distinct()))
    return count(connection)


def find_first(connection: Connection, limit: int) -> dict[int, str]:
    """Return the oldest of those who wait, by number."""
    chosen = select(unshown.c.unshown_id, unshown.c.subject_id).order_by(unshown.c.unshown_id).limit(limit)
    return dict(connection.execute(chosen).all())


def count(connection: Connection) -> int:
    """Return how many wait."""
    return int(connection.execute(select(func.count()).select_from(unshown)).scalar_one())


def settle(connection: Connection, numbers: Collection[int]) -> None:
    """Take those off whose page was written."""
    connection.execute(delete(unshown).where(unshown.c.unshown_id.in_(numbers)))


def codes_of(connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """Return the short codes that subjects have."""
    (found,) = find(connection, Question(_CODES, subjects))
    return dict(found)


def find_by_codes(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Return the subjects that have some short codes, by code."""
    (found,) = find(connection, Question(_BY_CODE, codes))
    return dict(found)


def give_codes(connection: Connection, subjects: Collection[str], now: datetime) -> dict[str, str]:
    """Return the short code of each subject, a new one where it has none; a code is never given twice or taken back.

    A code hangs at a door for years: that is why the archive keeps it, and the projection only has it.
    """
    known = codes_of(connection, subjects)
    new = [(each, codes.make(), now) for each in sorted(set(subjects) - known.keys())]
    if new:
        names = [column.name for column in shown_code.columns]
        connection.execute(insert(shown_code), [dict(zip(names, row, strict=True)) for row in new])
    return known | {subject: code for subject, code, _ in new}
