"""Archives written row by row, for tests of what is read from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Table, update

from credit.batch.recognise import alias_hash, subject_of
from credit.grading.rows import DutyRow, ReviewRow
from credit.identity import MASKED, Identifier, IdKind, Viewer
from credit.record import places
from credit.record.rows import (
    ActRow,
    AliasRow,
    CaseRow,
    DispatchRow,
    FeedRow,
    FileRow,
    HeardRow,
    MessageRow,
    NoticeRow,
    ParkedRow,
    RecordRow,
    SubjectRow,
)
from credit.store import bulk, outbox, tables
from credit.store.engine import writing
from credit.store.queries.view import View
from credit.vault import Keyring

CLINIC = "91410481MA9K2F7Q0R"
SUCCESSOR = "91410481MA9L4N8P29"
ORGAN = "11410481983690064T"
WANG = "11010519491231002X"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 20)
DAY = timedelta(days=1)

FACT = (
    '{"items": {"CF_NR": "罚款人民币二万元", "CF_NR_FK": "2.000000"}, "organ": {"code": "11410481983690064T", '
    '"name": "舞钢市卫生健康委员会"}, "party": {"kind": "organisation", "name": "舞钢安康诊所"}, '
    '"publicity_until": null, "valid_from": null, "valid_until": null}'
)


def message(key: str = "/inspection 1", outcome: str = "applied", *, raw: bytes = b"", **more: Any) -> MessageRow:
    values: dict[str, Any] = {
        "fingerprint": b"f",
        "mended_fingerprint": None,
        "queue": "credit.in.inspection",
        "received_at": NOON,
        "headers": "{}",
        "type": "credit.inspection.penalty.v1",
        "sender": ORGAN,
        "event_time": NOON,
        "revision": 1,
        "record_id": "r1",
    }
    return MessageRow(message_key=key, outcome=outcome, raw=raw, **(values | more))


def organisation(subject_id: str, keyring: Keyring, name: str = "舞钢安康诊所") -> SubjectRow:
    sealed = keyring.seal(subject_id.encode(), places.of_identifier(subject_id))
    return SubjectRow(subject_id, "organisation", name, name, None, sealed, NOON)


def person(number: str, keyring: Keyring, *, namespace: str = "resident", id_type: str = "身份证") -> SubjectRow:
    strong = Identifier(IdKind.PERSON, f"{namespace}:{number}")
    subject_id = subject_of(strong, keyring)
    sealed = keyring.seal(number.encode(), places.of_identifier(subject_id))
    return SubjectRow(subject_id, "person", "王某", "王某", id_type, sealed, NOON)


def claim(kind: IdKind, value: str, subject_id: str, keyring: Keyring) -> AliasRow:
    value_hash = alias_hash(Identifier(kind, value), keyring)
    sealed = keyring.seal(value.encode(), places.of_alias(value_hash, kind.value, subject_id))
    return AliasRow(kind.value, value_hash, subject_id, sealed, "/licensing 9", NOON)


def record(record_id: str = "r1", subject_id: str = CLINIC, **more: Any) -> RecordRow:
    values: dict[str, Any] = {
        "family": "credit.inspection.penalty",
        "organ_code": ORGAN,
        "document_no": f"舞卫医罚〔2026〕{record_id}号",
        "party_mark": "",
        "category": "penalty",
        "occurred_on": date(2026, 3, 1),
        "known_at": NOON,
        "revision": 1,
        "event_time": NOON,
        "stated_by": "/inspection 1",
        "digest": b"d",
        "disputed": False,
        "fact": FACT,
        "split": None,
        "severity": "general",
        "severity_clause": "处罚类别“罚款”：〔2022〕1号",
        "public": True,
        "public_until": date(2029, 3, 1),
        "repairable_from": date(2026, 6, 2),
        "window_clause": "第58号令",
        "state": "in_force",
        "cause": None,
        "acts": "[]",
        "sealed_clause": None,
        "transfer_by": None,
        "transfers": None,
        "changes_on": date(2029, 3, 2),
        "as_of": date(2026, 3, 2),
    }
    return RecordRow(record_id=record_id, subject_id=subject_id, **(values | more))


def registration(record_id: str, day: date, event: str, subject_id: str = CLINIC, **more: Any) -> RecordRow:
    """An event of the register of institutions; what is no column is an item."""
    columns = {name: more.pop(name) for name in tuple(more) if name in RecordRow._fields}
    fact = json.loads(FACT) | {"items": {"event": event, "role": "institution"} | more}
    said = {"family": "credit.licensing.registration", "category": "registration", "occurred_on": day}
    columns |= {"fact": json.dumps(fact, ensure_ascii=False), "severity": None}
    return record(record_id, subject_id, **(said | columns))


def complaint(record_id: str, subject_id: str = CLINIC, state: str = "received", **more: Any) -> RecordRow:
    """A complaint that has the number of its record, as a fact is written down."""
    kept = {"items": {"channel": "qr_code", "content": "多收费", "matter": "fee", "state": state}}
    fact = json.dumps(json.loads(FACT) | kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    said = {"family": "credit.public.complaint", "category": "voice", "severity": None, "public": False}
    said |= {"public_until": None, "repairable_from": None, "changes_on": None, "document_no": record_id}
    return record(record_id, subject_id, **(said | {"fact": fact} | more))


def act(record_id: str, target_id: str, kind: str, state: str, **more: Any) -> ActRow:
    values: dict[str, Any] = {
        "family": f"credit.office.{kind}",
        "organ_code": ORGAN,
        "document_no": f"舞卫信修〔2026〕{record_id}号",
        "occurred_on": date(2026, 7, 1),
        "known_at": NOON,
        "revision": 1,
        "event_time": NOON,
        "stated_by": f"/office {record_id}",
        "digest": b"a",
        "disputed": False,
    }
    return ActRow(
        record_id=record_id, named_id=target_id, target_id=target_id, kind=kind, act_state=state, **(values | more)
    )


def notice(number: str = "XL01-1", record_id: str = "r1", subject_id: str = CLINIC, **more: Any) -> NoticeRow:
    values: dict[str, Any] = {
        "organ_code": ORGAN,
        "ground": "unlicensed-practice",
        "agency": "tax",
        "sequence": 1,
        "digest": b"n",
        "measures": '[{"code": "M08", "name": "限制享受优惠政策", "basis": "第三十四条"}]',
        "from_on": date(2026, 3, 1),
        "until_on": date(2029, 3, 1),
        "issued_at": NOON,
        "reply_by": date(2026, 3, 16),
    }
    return NoticeRow(notice_no=number, record_id=record_id, subject_id=subject_id, **(values | more))


def feed_row(row_id: str = "f1", record_id: str = "r1", **more: Any) -> FeedRow:
    values: dict[str, Any] = {
        "feed": "credit-china",
        "kind": "penalty",
        "version": 1,
        "operation": "publish",
        "digest": b"s",
        "decided_on": date(2026, 3, 1),
        "due_on": date(2026, 3, 10),
        "changed_at": NOON,
        "organ_code": None if "subject_id" in more else ORGAN,
    }
    return FeedRow(row_id=row_id, record_id=record_id, **(values | more))


def dispatch(message_id: str, kind: str = "credit.feed.rows.v1") -> DispatchRow:
    return DispatchRow(message_id, kind, "feed.credit-china", message_id, b"", NOON)


def parked(key: str, reason: str, detail: str = "") -> ParkedRow:
    return ParkedRow(key, reason, detail, NOON)


def file(file_id: str, sender: str, taken_at: datetime = NOON) -> FileRow:
    """Return a file of one row that was handed in."""
    said = ("answered", None, None, 1, 0, 1, "", "[]", None, None)
    return FileRow(file_id, f"{file_id}.xlsx", 1, sender, "李", None, taken_at, *said)


def duty(**more: Any) -> DutyRow:
    values: dict[str, Any] = {
        "regime": "wugang",
        "duty": "close",
        "unit": "office",
        "about": "",
        "period": "2025",
        "subject_id": "",
        "began_on": date(2026, 1, 1),
        "warn_on": date(2026, 1, 10),
        "due_on": date(2026, 1, 20),
        "covered": True,
        "alert": True,
        "from_facts": True,
        "asked": 1,
        "times": 0,
        "done_on": None,
        "done_by": None,
    }
    return DutyRow(**(values | more))


_TABLES = {
    MessageRow: tables.message,
    SubjectRow: tables.subject,
    AliasRow: tables.alias,
    RecordRow: tables.record,
    ActRow: tables.act,
    NoticeRow: tables.notice,
    FeedRow: tables.feed_row,
    ParkedRow: tables.parked,
    CaseRow: tables.alert_case,
    HeardRow: tables.heard,
    ReviewRow: tables.review,
    DutyRow: tables.duty,
    FileRow: tables.file,
}


def put(engine: Engine, *rows: bulk.Row) -> None:
    """Write rows of any kind, one statement each, so that they are stored in the order given."""
    with writing(engine) as connection:
        for row in rows:
            if isinstance(row, DispatchRow):
                outbox.enqueue(connection, [row])
            else:
                bulk.insert(connection, _TABLES[type(row)], [row])


def connect_subjects(engine: Engine, before: str, after: str, *, undone: bool = False) -> None:
    """Write a link, as a person's decision does."""
    values = {"subject_id": before, "continued_as": after, "linked_by": "李科长", "linked_at": NOON, "note": "换证"}
    with writing(engine) as connection:
        undoing = {"undone_by": "李科长", "undone_at": NOON} if undone else {}
        connection.execute(tables.link.insert().values(**values, **undoing))


@dataclass(frozen=True, slots=True)
class Shelf:
    """An empty archive and its keys."""

    engine: Engine
    keyring: Keyring


def view(shelf: Shelf, viewer: Viewer = MASKED) -> View:
    return View(viewer, shelf.keyring, TODAY)


def take_in(engine: Engine, received: int) -> None:
    with writing(engine) as connection:
        connection.execute(tables.batch.insert().values(at=NOON, received=received))


def set_columns(engine: Engine, table: Table, **values: object) -> None:
    with writing(engine) as connection:
        connection.execute(update(table).values(**values))
