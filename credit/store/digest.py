"""One hash over what the archive holds: the same for the same facts, however they came and wherever they lie.

Two archives that took in the same messages, in whatever order, repetition, batches or database, and under
whatever keys, have the same digest on the same day. What depends on the way is left out: times of knowing, the
counting of notices and feed versions, answers, and the name on file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, collate, or_, select

from credit.batch.work import follow_links
from credit.identity import identify
from credit.record import places
from credit.store.engine import COLLATIONS
from credit.store.tables import (
    act,
    alias,
    closed_year,
    duty,
    duty_shown,
    feed_row,
    grade,
    link,
    list_entry,
    notice,
    official,
    record,
    subject,
)
from credit.telling.told import is_of_deed
from credit.vault import Keyring
from schemas.party import Party
from schemas.states import EntryState, Splitting

_AT_ONCE = 2000


def digest(connection: Connection, keyring: Keyring) -> str:
    """Return the SHA-256, in hexadecimal, of records, acts, identifiers, and what is in force.

    In force are notices, feed rows, current and official grades, entries on lists and duties about subjects.
    Each is a line of canonical JSON; lines are in order. Subjects are named by their own numbers, in clear
    within the hash, after following the links in force. Rows are streamed: an archive of any size will do.
    """
    names = _Names(connection, keyring)
    whole = hashlib.sha256()
    for lines in (
        _records(connection, names),
        _acts(connection),
        _aliases(connection, names),
        _notices(connection, names),
        _feed_rows(connection),
    ):
        for line in lines:
            whole.update(line + b"\n")
        whole.update(b"\n")
    for lines in (
        _grades(connection, names),
        _official(connection, names),
        _entries(connection, names),
        _duties(connection, names),
    ):
        for line in lines:
            whole.update(line + b"\n")
    return whole.hexdigest()


class _Names:
    """The identifiers of subjects in clear, with links followed to their ends; lives for one digest."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self.keyring = keyring
        in_force = select(link.c.subject_id, link.c.continued_as).where(link.c.undone_at.is_(None))
        pairs = connection.execute(in_force)
        self._links = {row.subject_id: row.continued_as for row in pairs}
        linked = (
            select(subject.c.subject_id, subject.c.kind, subject.c.id_type, subject.c.identifier)
            .join(link, link.c.continued_as == subject.c.subject_id)
            .where(link.c.undone_at.is_(None))
            .distinct()
        )
        self._successors = {row.subject_id: self._read(row) for row in connection.execute(linked)}

    def final(self, row: Row[Any]) -> str:
        """Return the identifier of the subject that carries on the one of a row joined with `subject`."""
        owner = follow_links(row.subject_id, self._links)
        return self._read(row) if owner == row.subject_id else self._successors.get(owner, owner)

    def goes_on(self, subject_id: str) -> bool:
        """Tell whether a subject carries on as another."""
        return subject_id in self._links

    def read_alias(self, row: Row[Any]) -> str:
        """Return a claimed identifier in clear."""
        belongs = places.of_alias(row.value_hash, row.alias_kind, row.subject_id)
        return self.keyring.unseal(row.value, belongs).decode()

    def _read(self, row: Any) -> str:
        if row.kind != "person":
            return str(row.subject_id)
        # The number on file is that of the first message: reissues of one document differ in it, not in this.
        number = self.keyring.unseal(row.identifier, places.of_identifier(row.subject_id)).decode()
        party = Party.model_construct(kind="person", name="", id_type=row.id_type, id_no=number)
        strong = identify(party).strong
        assert strong is not None
        return strong.value


_IS_ONE = record.c.split.is_distinct_from(Splitting.JOINED.value)
"""Leaves out what was split from a record and put back: nothing is stated there any more."""


def _records(connection: Connection, names: _Names) -> Iterator[bytes]:
    columns = (subject.c.kind, subject.c.id_type, subject.c.identifier)
    statement = select(record, *columns).join(subject, subject.c.subject_id == record.c.subject_id).where(_IS_ONE)
    for row in _stream(connection, statement, record.c.record_id):
        yield _line(
            "record",
            key=[row.family, row.organ_code, row.document_no],
            subject=names.final(row),
            category=row.category,
            occurred_on=row.occurred_on.isoformat(),
            revision=row.revision,
            digest=row.digest.hex(),
            stated_by=row.stated_by,
            disputed=row.disputed,
            fact=json.loads(row.fact),
            severity=row.severity,
            clauses=[row.severity_clause, row.window_clause],
            public=row.public,
            public_until=_text(row.public_until),
            repairable_from=_text(row.repairable_from),
            state=row.state,
            cause=row.cause,
            acts=json.loads(row.acts),
        )


def _acts(connection: Connection) -> Iterator[bytes]:
    for row in _stream(connection, select(act), act.c.record_id):
        yield _line(
            "act",
            key=[row.family, row.organ_code, row.document_no],
            target=row.target_id,
            kind=row.kind,
            act_state=row.act_state,
            occurred_on=row.occurred_on.isoformat(),
            revision=row.revision,
            digest=row.digest.hex(),
            stated_by=row.stated_by,
            disputed=row.disputed,
        )


def _aliases(connection: Connection, names: _Names) -> Iterable[bytes]:
    """Return the identifiers in force in order; nothing in a row but its sealed value could give that order.

    An identifier claimed both for a subject and for the one that carries it on is one line.
    """
    columns = (subject.c.kind.label("kind"), subject.c.id_type, subject.c.identifier)
    statement = (
        select(alias.c.kind.label("alias_kind"), alias.c.value_hash, alias.c.value, alias.c.subject_id, *columns)
        .join(subject, subject.c.subject_id == alias.c.subject_id)
        .where(alias.c.undone_at.is_(None))
    )
    return sorted(
        {
            _line(
                "alias",
                kind=row.alias_kind,
                value=names.read_alias(row),
                subject=names.final(row),
            )
            for row in _stream(connection, statement)
        }
    )


def _notices(connection: Connection, names: _Names) -> Iterator[bytes]:
    """Return the notices in force in order of their records; after them those of deeds that several records may state.

    Of such a deed the first record to come had the notice issued: it is named by its subject.
    """
    columns = (subject.c.kind, subject.c.id_type, subject.c.identifier)
    statement = (
        select(notice, *columns)
        .join(subject, subject.c.subject_id == notice.c.subject_id)
        .where(notice.c.issued_at.is_not(None), notice.c.lifted_at.is_(None))
    )
    of_deeds = []
    for row in _stream(connection, statement, notice.c.record_id, notice.c.ground, notice.c.agency):
        if is_of_deed(row.digest):
            of_deeds.append(_notice(row, subject=names.final(row)))
        else:
            yield _notice(row, record=row.record_id)
    yield from sorted(of_deeds)


def _notice(row: Row[Any], **about: str) -> bytes:
    return _line(
        "notice",
        ground=row.ground,
        agency=row.agency,
        measures=[measure for measure in json.loads(row.measures) if measure["code"] not in json.loads(row.ended)],
        from_on=row.from_on.isoformat(),
        until_on=_text(row.until_on),
        **about,
    )


def _feed_rows(connection: Connection) -> Iterator[bytes]:
    """Return what feeds show, in order; of what is held they may show something older, by which came first."""
    shown = or_(feed_row.c.operation != "withdraw", feed_row.c.held.is_not(None))
    for row in _stream(connection, select(feed_row).where(shown), feed_row.c.record_id, feed_row.c.feed):
        says = {"digest": row.digest.hex()} if row.held is None else {"held": json.loads(row.held)}
        yield _line("feed_row", feed=row.feed, record=row.record_id, kind=row.kind, **says)


def _grades(connection: Connection, names: _Names) -> list[bytes]:
    """Return the current standings of years that are not closed, in order; their subjects' ids are made by the keys."""
    closed = select(closed_year.c.year).where(
        closed_year.c.regime == grade.c.regime, closed_year.c.year == grade.c.year
    )
    return sorted(
        _line(
            "grade",
            subject=names.final(row),
            key=[row.regime, row.scale, row.year],
            edition=row.edition.isoformat(),
            number=row.number,
            grade=row.grade,
            hidden=row.hidden,
            reasons=json.loads(row.reasons),
        )
        for row in _stream(connection, _with_subject(grade).where(~closed.exists()))
    )


def _official(connection: Connection, names: _Names) -> list[bytes]:
    """Return the last version of each official result, in order; how many there were, and why, is of the way.

    What a subject had before it carried on as another is history.
    """
    later = official.alias("later")
    same = (official.c[name] == later.c[name] for name in ("regime", "scale", "year", "subject_id"))
    newer = select(later.c.version).where(*same, later.c.version > official.c.version)
    return sorted(
        _line(
            "official",
            subject=names.final(row),
            key=[row.regime, row.scale, row.year],
            number=row.number,
            grade=row.grade,
        )
        for row in _stream(connection, _with_subject(official).where(~newer.exists()))
        if not names.goes_on(row.subject_id)
    )


def _entries(connection: Connection, names: _Names) -> list[bytes]:
    """Return the entries that are in force or prepared, in order. When somebody left is not of the facts alone."""
    return sorted(
        _line(
            "list_entry",
            subject=names.final(row),
            key=[row.regime, row.list_id, row.year, row.rule],
            tier=row.tier,
            since=row.since.isoformat(),
            until=_text(row.until),
            state=row.state,
            reasons=json.loads(row.reasons),
        )
        for row in _stream(connection, _with_subject(list_entry).where(list_entry.c.state != EntryState.LEFT.value))
    )


def _duties(connection: Connection, names: _Names) -> list[bytes]:
    """Return the duties about subjects that follow from facts alone, and what shows duties done, in order.

    Duties of periods are left out: they follow from the day, and from what shows them done.
    """
    lines = [
        _line(
            "duty",
            subject=names.final(row),
            key=[row.regime, row.duty, row.unit, "" if row.about == row.subject_id else row.about, row.period],
            days=[row.began_on.isoformat(), row.due_on.isoformat()],
            times=[row.times, row.asked],
            done_on=_text(row.done_on),
            done_by=row.done_by,
        )
        for row in _stream(connection, _with_subject(duty).where(duty.c.from_facts))
    ]
    for row in _stream(connection, select(duty_shown)):
        key = [row.regime, row.duty, row.unit, row.about, row.period, row.record_id]
        lines.append(_line("duty_shown", key=key, shown_on=row.shown_on.isoformat()))
    return sorted(lines)


def _with_subject(table: Table) -> Select[Any]:
    own = (column for column in table.c if column.name != subject.c.kind.name)  # the kind of a list is said by its id
    columns = (subject.c.kind, subject.c.id_type, subject.c.identifier)
    return select(*own, *columns).join(subject, subject.c.subject_id == table.c.subject_id)


def _stream(connection: Connection, statement: Select[Any], *order: ColumnElement[str]) -> Iterable[Row[Any]]:
    # Databases order text by the language they were set up for; bytes are in the same order everywhere.
    collation = COLLATIONS[connection.dialect.name]
    ordered = statement.order_by(*(collate(column, collation) for column in order))
    return connection.execute(ordered, execution_options={"yield_per": _AT_ONCE})


def _line(what: str, **values: Any) -> bytes:
    return json.dumps({"what": what} | values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _text(day: Any) -> str | None:
    return day.isoformat() if day else None
