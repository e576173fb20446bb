"""Reading everything that is kept again, to find what does not fit together: damage, and rows changed by hand.

A sealed value proves by itself that it is whole and in its row. What is beside it in clear does not: it is compared
with what the sealed value says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, func, or_, select

from credit.batch.arrival import Restated
from credit.batch.recognise import NumberUnsound, alias_hash, name_hash, open_number
from credit.identity import Identifier, IdKind, name_key
from credit.record import places
from credit.record.merging import Outcome
from credit.record.rows import SubjectRow
from credit.store import scope
from credit.store.tables import (
    act,
    alias,
    dispute,
    feed_row,
    message,
    notice,
    outbox,
    parked,
    parked_event,
    record,
    subject,
)
from credit.vault import Keyring, SealBroken
from schemas.states import DisputeStep, Splitting
from schemas.words import Tone, Worded

_AT_ONCE = 500
_MASKED = "****"


class Fault(Worded):
    """What does not fit."""

    MESSAGE_SEALED = "message.sealed", "报文无法打开", Tone.ALARM
    MESSAGE_CONTENT = "message.content", "报文与收到时的指纹不符", Tone.ALARM
    FORMER_SEALED = "former.sealed", "修正前的报文无法打开", Tone.ALARM
    FORMER_CONTENT = "former.content", "修正前的报文与收到时的指纹不符", Tone.ALARM
    SUBJECT_NUMBER = "subject.number", "主体号码无法打开或属于他人", Tone.ALARM
    ALIAS_SEALED = "alias.sealed", "主体标识无法打开", Tone.ALARM
    ALIAS_HASH = "alias.hash", "主体标识与检索值不符", Tone.ALARM
    HEAD_UNSTATED = "head.unstated", "没有报文作出记录所示的内容", Tone.ALARM
    HEAD_CONTENT = "head.content", "记录与所依据的报文内容不符", Tone.ALARM
    HEAD_BEHIND = "head.behind", "收到过应当优先的报文", Tone.ALARM
    NOTICE_MEASURES = "notice.measures", "通知的措施无法读取", Tone.ALARM
    NOTICE_SUBJECT = "notice.subject", "通知与记录的主体不同", Tone.ALARM
    NOTICE_ORGAN = "notice.organ", "通知与记录的单位不同", Tone.ALARM
    FEED_ORGAN = "feed-row.organ", "报送数据行与记录的单位不同", Tone.ALARM
    OUTBOX_SEALED = "outbox.sealed", "发件无法打开", Tone.ALARM
    OUTBOX_CONTENT = "outbox.content", "发件与所发的通知不符", Tone.ALARM


@dataclass(frozen=True, slots=True)
class Misfit:
    """One fault, and the row it is in: `table`, and the name by which other commands find the row."""

    fault: Fault
    table: str
    name: str


Restate = Callable[[bytes, Mapping[str, object]], Restated]
"""Reads the bytes of a message again, with the headers that are kept."""


def count_rows(connection: Connection) -> int:
    """Return how many rows `audit` looks at."""
    tables = (message, parked_event, subject, alias, record, act, notice, feed_row, outbox)
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def audit(
    connection: Connection, keyring: Keyring, restate: Restate, tell: Callable[[int], None] = lambda _: None
) -> Iterator[Misfit]:
    """Yield what does not fit, table by table; `tell` hears how many rows were looked at.

    Rows are streamed within the caller's snapshot and nothing is written. Never raises for what is kept.
    """
    yield from _messages(connection, keyring, restate, tell)
    yield from _former_messages(connection, keyring, restate, tell)
    yield from _subjects(connection, keyring, tell)
    yield from _aliases(connection, keyring, tell)
    for table in (record, act):
        yield from _heads(connection, table, tell)
    yield from _notices(connection, tell)
    yield from _feed_rows(connection, tell)
    yield from _outbox(connection, keyring, tell)


def _stream(connection: Connection, statement: Select[Any], tell: Callable[[int], None]) -> Iterator[Row[Any]]:
    found = connection.execute(statement, execution_options={"yield_per": _AT_ONCE})
    for rows in found.partitions():
        yield from rows
        tell(len(rows))


def _open(keyring: Keyring, token: bytes, place: bytes) -> bytes | None:
    try:
        return keyring.unseal(token, place)
    except SealBroken:
        return None


def _messages(
    connection: Connection, keyring: Keyring, restate: Restate, tell: Callable[[int], None]
) -> Iterator[Misfit]:
    statement = (
        select(message, record.c.digest.label("record_digest"), act.c.digest.label("act_digest"))
        .outerjoin(record, _shows(record))
        .outerjoin(act, _shows(act))
    )
    for row in _stream(connection, statement, tell):
        raw = _open(keyring, row.raw, places.of_message(row.message_key))
        if raw is None:
            yield Misfit(Fault.MESSAGE_SEALED, "message", row.message_key)
            continue
        restated = restate(raw, _headers(row.headers))
        if not _is_known(row.mended_fingerprint or row.fingerprint, raw, restated, row.headers):
            yield Misfit(Fault.MESSAGE_CONTENT, "message", row.message_key)
        shown = row.record_digest or row.act_digest
        if shown is not None and restated.digest not in {None, shown}:
            yield Misfit(Fault.HEAD_CONTENT, "record" if row.record_digest else "act", row.record_id)


def _shows(table: Table) -> Any:
    return and_(table.c.record_id == message.c.record_id, table.c.stated_by == message.c.message_key)


def _headers(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_known(fingerprint: bytes, raw: bytes, restated: Restated, headers: str) -> bool:
    """Tell whether these bytes have that fingerprint; what was not admitted when it came has one of the bytes alone."""
    # A number in a header is kept masked, so that the envelope in it cannot be read again as it came.
    return fingerprint in {restated.fingerprint, hashlib.sha256(raw).digest()} or _MASKED in headers


def _former_messages(
    connection: Connection, keyring: Keyring, restate: Restate, tell: Callable[[int], None]
) -> Iterator[Misfit]:
    """Look at what mended messages were before; the first of it is what came."""
    statement = (
        select(parked_event.c.event_id, parked_event.c.parked_id, parked_event.c.raw)
        .add_columns(message.c.message_key, message.c.fingerprint, message.c.headers)
        .join(parked, parked.c.parked_id == parked_event.c.parked_id)
        .join(message, message.c.message_key == parked.c.message_key)
        .where(parked_event.c.raw.is_not(None))
        .order_by(parked_event.c.parked_id, parked_event.c.event_id)
    )
    last = None
    for row in _stream(connection, statement, tell):
        raw = _open(keyring, row.raw, places.of_former_message(row.event_id))
        first, last = row.parked_id != last, row.parked_id
        if raw is None:
            yield Misfit(Fault.FORMER_SEALED, "parked_event", row.message_key)
        elif first and not _is_known(row.fingerprint, raw, restate(raw, _headers(row.headers)), row.headers):
            yield Misfit(Fault.FORMER_CONTENT, "parked_event", row.message_key)


def _subjects(connection: Connection, keyring: Keyring, tell: Callable[[int], None]) -> Iterator[Misfit]:
    for row in _stream(connection, scope.rows_of(SubjectRow), tell):
        try:
            open_number(SubjectRow._make(row), keyring)
        except NumberUnsound:
            yield Misfit(Fault.SUBJECT_NUMBER, "subject", row.subject_id)


def _aliases(connection: Connection, keyring: Keyring, tell: Callable[[int], None]) -> Iterator[Misfit]:
    for row in _stream(connection, select(alias), tell):
        value = _open(keyring, row.value, places.of_alias(row.value_hash, row.kind, row.subject_id))
        if value is None:
            yield Misfit(Fault.ALIAS_SEALED, "alias", f"{row.kind} {row.subject_id}")
        elif _hash(row.kind, row.subject_id, value.decode(), keyring) != row.value_hash:
            yield Misfit(Fault.ALIAS_HASH, "alias", f"{row.kind} {row.subject_id}")


def _hash(kind: str, subject_id: str, value: str, keyring: Keyring) -> str:
    if kind == IdKind.NAME.value:
        return name_hash(subject_id, name_key(value), keyring)
    return alias_hash(Identifier(IdKind(kind), value), keyring)


def _heads(connection: Connection, table: Table, tell: Callable[[int], None]) -> Iterator[Misfit]:
    """Compare what records and acts say they show with the inbox; their content is compared with the messages."""
    states = and_(
        message.c.message_key == table.c.stated_by,
        message.c.record_id == table.c.record_id,
        message.c.revision == table.c.revision,
        message.c.event_time == table.c.event_time,
        message.c.outcome != Outcome.PARKED.value,
    )
    decided = select(dispute.c.record_id).where(
        dispute.c.record_id == table.c.record_id,
        dispute.c.revision == table.c.revision,
        dispute.c.step == DisputeStep.TAKEN.value,
        dispute.c.undone_at.is_(None),
    )
    comes_first = and_(
        message.c.record_id == table.c.record_id,
        message.c.outcome != Outcome.PARKED.value,
        or_(
            message.c.revision > table.c.revision,
            # Where a person decided which content of the revision holds, an earlier one may be behind it.
            and_(
                message.c.revision == table.c.revision,
                message.c.event_time < table.c.event_time,
                ~decided.exists(),
            ),
        ),
    )
    statement = select(
        table.c.record_id,
        select(message.c.message_key).where(states).exists().label("stated"),
        select(message.c.message_key).where(comes_first).exists().label("behind"),
    )
    if table is record:
        # Of what was split from a record and put back, the messages are those of the record again.
        statement = statement.where(record.c.split.is_distinct_from(Splitting.JOINED.value))
    for row in _stream(connection, statement, tell):
        if not row.stated:
            yield Misfit(Fault.HEAD_UNSTATED, table.name, row.record_id)
        if row.behind:
            yield Misfit(Fault.HEAD_BEHIND, table.name, row.record_id)


def _notices(connection: Connection, tell: Callable[[int], None]) -> Iterator[Misfit]:
    statement = select(notice, record.c.subject_id.label("party"), record.c.organ_code.label("organ")).outerjoin(
        record, record.c.record_id == notice.c.record_id
    )
    for row in _stream(connection, statement, tell):
        measures, ended = _read(row.measures), _read(row.ended)
        if not (isinstance(measures, list) and isinstance(ended, dict) and ended.keys() <= _codes(measures)):
            yield Misfit(Fault.NOTICE_MEASURES, "notice", row.notice_no)
        if row.lifted_at is None and row.party != row.subject_id:
            yield Misfit(Fault.NOTICE_SUBJECT, "notice", row.notice_no)
        if row.organ not in {None, row.organ_code}:
            yield Misfit(Fault.NOTICE_ORGAN, "notice", row.notice_no)


def _feed_rows(connection: Connection, tell: Callable[[int], None]) -> Iterator[Misfit]:
    """Look at whose rows they are; a row about a subject has no record, and no organ."""
    statement = select(feed_row.c.row_id, feed_row.c.organ_code, record.c.organ_code.label("organ")).outerjoin(
        record, record.c.record_id == feed_row.c.record_id
    )
    for row in _stream(connection, statement, tell):
        if row.organ != row.organ_code:
            yield Misfit(Fault.FEED_ORGAN, "feed_row", row.row_id)


def _read(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _codes(measures: Iterable[Any]) -> set[Any]:
    return {measure.get("code") for measure in measures if isinstance(measure, dict)}


def _outbox(connection: Connection, keyring: Keyring, tell: Callable[[int], None]) -> Iterator[Misfit]:
    """Open what left or is to leave; a notice says the measures of its row, and the number of its subject."""
    issued = outbox.c.message_id == notice.c.notice_no + ":issued"
    statement = (
        select(outbox.c.message_id, outbox.c.body, notice.c.measures, *subject.columns)
        .outerjoin(notice, issued)
        .outerjoin(subject, subject.c.subject_id == notice.c.subject_id)
    )
    for row in _stream(connection, statement, tell):
        body = _open(keyring, row.body, places.of_dispatch(row.message_id))
        if body is None:
            yield Misfit(Fault.OUTBOX_SEALED, "outbox", row.message_id)
        elif not _says(row, _read(body), keyring):
            yield Misfit(Fault.OUTBOX_CONTENT, "outbox", row.message_id)


def _says(row: Row[Any], body: Any, keyring: Keyring) -> bool:
    if not isinstance(body, dict) or body.get("id") != row.message_id:
        return False
    if row.measures is None or row.subject_id is None:
        return True  # no notice; or its subject is missing, which is said of the notice
    try:
        number = open_number(SubjectRow._make(getattr(row, name) for name in SubjectRow._fields), keyring)
    except NumberUnsound:
        return True  # said of the subject
    data = body["data"]
    party = data["party"]
    told = party.get("id_no" if row.kind == "person" else "uscc")
    return bool(told == number and data["measures"] == _read(row.measures))
