"""The archive's rows: frozen values whose field names are the column names of `credit.store.tables`.

Named tuples: thousands are made a second, and a frozen dataclass of so many fields takes several times as long.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, NamedTuple

from credit.record import facts
from credit.record.ids import record_id
from credit.record.merging import Head
from credit.record.standing import Standing, is_granted_repair
from schemas.party import RecordKey
from schemas.record import State
from schemas.statement import Fact
from schemas.states import Operation


class Decision(NamedTuple):
    """What a person decided, as it is kept in a history: who, why and when.

    `by` is the name that was given, `account` the account that acted, or where none is bound the user of the operating
    system; None where nobody sat at a terminal.
    """

    by: str
    why: str
    at: datetime
    account: str | None = None


def undoing_of(decision: Decision) -> dict[str, Any]:
    """Return the columns by which a row says that it was undone, and by whom."""
    by, why, at, account = decision
    return {"undone_by": by, "undone_account": account, "undone_at": at, "undone_why": why}


class MessageRow(NamedTuple):
    """The inbox: one row for each message ever received, kept for good. `raw` is sealed."""

    message_key: str
    fingerprint: bytes
    mended_fingerprint: bytes | None
    queue: str
    received_at: datetime
    raw: bytes
    headers: str
    type: str | None
    sender: str | None
    event_time: datetime | None
    revision: int | None
    record_id: str | None
    outcome: str


class SubjectRow(NamedTuple):
    """A subject 信用主体, as first met. `identifier` is the sealed USCC or personal number.

    `name` is the name on file; records carry the name of their own message.
    """

    subject_id: str
    kind: str
    name: str
    name_key: str
    id_type: str | None
    identifier: bytes
    since: datetime


class AliasRow(NamedTuple):
    """A message's claim that an identifier belongs to a subject. `value` is sealed, `value_hash` its keyed hash."""

    kind: str
    value_hash: str
    subject_id: str
    value: bytes
    claimed_by: str
    claimed_at: datetime


class RecordRow(NamedTuple):
    """A unified credit record 信用记录 with its standing, which was made on `as_of`.

    `occurred_on` is when it was true, `known_at` when Xinglin first knew. `fact` is JSON without identity numbers.
    `party_mark` tells which of the parties of its document it is about, and is empty where there is one. `split`
    says that a person took acts of other parties out of its number, or put it back (see `Splitting`). `sealed_clause`
    is the clause by which it is sealed, None for what is open. `transfer_by` is the last day to hand the case of a
    penalty to the police; `transfers` is the penalty whose case this record hands over.
    """

    record_id: str
    family: str
    organ_code: str
    document_no: str
    party_mark: str
    subject_id: str
    category: str
    occurred_on: date
    known_at: datetime
    revision: int
    event_time: datetime
    stated_by: str
    digest: bytes
    disputed: bool
    fact: str
    split: str | None
    severity: str | None
    severity_clause: str
    public: bool
    public_until: date | None
    repairable_from: date | None
    window_clause: str
    state: str
    cause: str | None
    acts: str
    sealed_clause: str | None
    transfer_by: date | None
    transfers: str | None
    changes_on: date | None
    as_of: date

    @property
    def head(self) -> Head:
        """The merge state of this record."""
        return Head(self.revision, self.event_time, self.stated_by, self.digest, self.disputed)

    @property
    def key(self) -> RecordKey:
        """The identity of the business record."""
        return RecordKey(self.family, self.organ_code, self.document_no, self.party_mark)

    @property
    def stated(self) -> Fact:
        """The fact that the record states."""
        return facts.load(self.key, self.category, self.occurred_on, self.fact)

    def stating(self, head: Head) -> RecordRow:
        """Return the record with another merge state and the same statement."""
        return self._replace(
            revision=head.revision,
            event_time=head.time,
            stated_by=head.stated_by,
            digest=head.digest,
            disputed=head.disputed,
        )

    def repaired_from(self, act: ActRow) -> date | None:
        """Return the day on which an act repairs the record, as it was granted too early; None: it does not wait."""
        waits = State(self.state).counts and is_granted_repair(act.kind, act.act_state)
        return self.repairable_from if waits and act.stated_by in json.loads(self.acts) else None

    def standing(self, found: Standing, as_of: date) -> RecordRow:
        """Return the record with where it stands as of a day."""
        ruling, window = found.ruling, found.window
        return RecordRow._make(
            (
                *self[:_STATED],
                ruling.severity.value if ruling.severity else None,
                ruling.clause,
                found.public,
                window.until,
                window.repairable_from,
                window.clause,
                found.state.value,
                found.cause.value if found.cause else None,
                json.dumps(found.acts) if found.acts else "[]",
                found.sealed,
                found.transfer_by,
                found.transfers,
                found.changes_on,
                as_of,
            )
        )


_STATED = RecordRow._fields.index("severity")
"""So many columns outlast a day; those after them are the standing."""
_NO_STANDING: tuple[Any, ...] = (None, "", False, None, None, "", "", None, "[]", None, None, None, None, date.min)


def unsettled(subject_id: str, fact: Fact, head: Head, known_at: datetime) -> RecordRow:
    """Return a record as its messages state it; it gets its standing when it is settled, in the same batch."""
    return RecordRow(
        record_id(fact.key),
        *fact.key,
        subject_id,
        fact.category.value,
        fact.occurred_on,
        known_at,
        head.revision,
        head.time,
        head.stated_by,
        head.digest,
        head.disputed,
        facts.dump(fact),
        None,
        *_NO_STANDING,
    )


class Part(NamedTuple):
    """A record that a person took out of the number of another: the acts of a subject under it are this record."""

    record_id: str
    part_id: str
    document_no: str
    subject_id: str


class ActRow(NamedTuple):
    """An office act (withdrawal, objection, repair) as merged from its messages.

    `named_id` is what its message names. `target_id` is the record or act that it is about: the same, but where a
    document that may name many parties names one, which need not be said.
    """

    record_id: str
    family: str
    organ_code: str
    document_no: str
    named_id: str
    target_id: str
    kind: str
    act_state: str
    occurred_on: date
    known_at: datetime
    revision: int
    event_time: datetime
    stated_by: str
    digest: bytes
    disputed: bool

    @property
    def key(self) -> RecordKey:
        """The identity of the act."""
        return RecordKey(self.family, self.organ_code, self.document_no)

    @property
    def head(self) -> Head:
        """The merge state of this act."""
        return Head(self.revision, self.event_time, self.stated_by, self.digest, self.disputed)


class NoticeRow(NamedTuple):
    """A joint-punishment notice 联合惩戒通知 to one agency, followed until its lift is receipted.

    It is prepared until it is issued, where the party has to be told first: no message has left, and none is due.
    `organ_code` is the organ of its record, which never changes: who looks for some organs finds their notices by it.
    `answered` says that the last reply stops the clock, so that nobody who looks for late ones has to know which do.
    `ended` has the measures that ended before the others, as JSON: by code the cause, when the agency was told, and
    when it confirmed; by `part_reply_by` it is to confirm them.
    """

    notice_no: str
    record_id: str
    subject_id: str
    organ_code: str
    ground: str
    agency: str
    sequence: int
    digest: bytes
    measures: str
    from_on: date
    until_on: date | None
    issued_at: datetime | None
    reply_by: date | None
    reply_state: str | None = None
    replied_at: datetime | None = None
    reply_detail: str | None = None
    answered: bool = False
    lift_cause: str | None = None
    lifted_at: datetime | None = None
    lift_reply_by: date | None = None
    lift_confirmed_at: datetime | None = None
    ended: str = "{}"
    part_reply_by: date | None = None

    @property
    def in_force(self) -> bool:
        """Whether the notice asks the agency to act."""
        return self.issued_at is not None and self.lifted_at is None

    @property
    def prepared(self) -> bool:
        """Whether the notice waits to be issued."""
        return self.issued_at is None and self.lifted_at is None


class FeedRow(NamedTuple):
    """A row at a feed such as Credit China: what it was last told, by when, and what it answered.

    A row about a subject, its place on a list or its grade, names the subject, and has that place for `record_id`; any
    other has the `organ_code` of its record, by which who looks for some organs finds it.
    A row that is `held`, a list of marks in JSON, should say something that its portal would refuse (see
    `credit.telling.portal`): the feed goes on showing what it was told before, and `due_on` is the day by which it has
    to be told the new. `version` 0 was never told: it is held, or was until its record ended. `answered_by` is the key
    of the message that brought the answer.
    """

    row_id: str
    feed: str
    record_id: str
    kind: str
    version: int
    operation: str
    digest: bytes
    decided_on: date
    due_on: date
    changed_at: datetime
    result_code: str | None = None
    result_message: str | None = None
    result_at: datetime | None = None
    subject_id: str | None = None
    held: str | None = None
    answered_by: str | None = None
    organ_code: str | None = None

    @property
    def in_force(self) -> bool:
        """Whether the feed shows the row (or will, once it has taken the last operation)."""
        return self.version > 0 and self.operation != Operation.WITHDRAW


class CarriedRow(NamedTuple):
    """What a row was last delivered with by a carrier: its items as JSON, in the columns of `template`.

    `lot` is the file that it is in, where it was delivered in one.
    """

    row_id: str
    feed: str
    version: int
    operation: str
    template: str
    items: str
    lot: str | None
    carried_at: datetime


class LotRow(NamedTuple):
    """A file of rows that a carrier delivers: `planned`, its bytes `written`, or in its place (`done`).

    `number` counts the files of a feed on a day, in Asia/Shanghai.
    """

    lot: str
    feed: str
    template: str
    state: str
    day: date
    number: int
    rows: int
    planned_at: datetime
    done_at: datetime | None = None


class DispatchRow(NamedTuple):
    """The outbox: a message to send, sealed. `stream` keeps the order of messages about one thing."""

    message_id: str
    type: str
    routing_key: str
    stream: str
    body: bytes
    created_at: datetime


class ReceiptRow(NamedTuple):
    """An agency's receipt, kept as it came."""

    message_key: str
    notice_no: str
    state: str
    at: datetime
    detail: str


class ParkedRow(NamedTuple):
    """A message that waits for a person, or for an identifier to become known."""

    message_key: str
    reason: str
    detail: str
    parked_at: datetime
    waits_for: tuple[str, ...] = ()
    """Keyed hashes of identifiers whose owner is not known yet; empty when only a person can help."""


class FrontendRow(NamedTuple):
    """A row of a table of a front-end database 前置库, as one of our messages: where the message comes from.

    `row` are the texts of its key as a JSON list. A row whose content changes is another message of the next
    `revision`; `at` is its time, however often it is sent. `told` is the code that was written back into the row; None
    where nothing was yet, "" where nothing is to be. `notes` say which cells were read in another form than they
    were written, as `SheetRow.notes` do.
    """

    frontend: str
    table_name: str
    row: str
    revision: int
    message_key: str
    at: datetime
    told: str | None = None
    notes: str | None = None


class FrontendSent(NamedTuple):
    """A row of a feed in a table of a front-end database: which version it shows, and what the reader of it said.

    `row` are the texts of its key as a JSON list. `told` says that the answer is on its way to the feed's queue.
    """

    frontend: str
    table_name: str
    row: str
    feed: str
    row_id: str
    version: int
    answer_code: str | None = None
    answer_text: str | None = None
    answered_at: datetime | None = None
    told: bool = False


class WorkerRow(NamedTuple):
    """A process that is or was at work: what it has loaded, and when it was last heard.

    `heard_at` is a time of the database on PostgreSQL. `clock_off_ms` says by how many milliseconds the host's clock is
    ahead of it; None where there is nothing to compare with. `trouble` is what keeps it from working or it refused.
    """

    worker_id: str
    kind: str
    host: str
    pid: int
    version: str
    tables: str
    routing: str
    law: str
    since: datetime
    loaded_at: datetime
    heard_at: datetime
    ended_at: datetime | None = None
    clock_off_ms: int | None = None
    trouble: str | None = None


class HeardRow(NamedTuple):
    """That a source was heard on a day of Asia/Shanghai: how many messages came, and when the last one.

    `pause_from` and `pause_until` bound the longest pause that ended on that day; None on the first day of all, until
    the source is heard a second time.
    """

    source: str
    day: date
    messages: int
    last_at: datetime
    pause_from: datetime | None = None
    pause_until: datetime | None = None


class CaseRow(NamedTuple):
    """Something that only intake, relay or scheduler saw and a person has to look at; an alert groups open ones.

    `kind` is that of the alert and `subject` what it groups by; `about` tells cases of a kind apart, and `name` is what
    a person calls it by. `detail` is in Chinese.
    """

    kind: str
    about: str
    subject: str
    name: str
    detail: str
    opened_at: datetime


class AlertRow(NamedTuple):
    """An alert: a condition that holds, or held until `ended_at`.

    `subject` is the name of what it is about: an agency, a reason, a feed, a host. `severity` is one of
    `schemas.alerts.Urgency`. `detail` is in Chinese, and `sample` a JSON list of numbers of documents, notices or
    messages. `acknowledged_by` is the name that was given, `account` the user of the operating system.
    """

    alert_id: int
    kind: str
    subject: str
    severity: str
    raised_at: datetime
    ended_at: datetime | None
    count: int  # type: ignore[assignment]  # a tuple's own `count` is asked of no row
    oldest: datetime | None
    detail: str
    sample: str
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    note: str | None = None
    account: str | None = None


class FileRow(NamedTuple):
    """A file of rows that was handed in. `file_id` is the SHA-256 of its sender and its bytes, in hex.

    `state` is one of `schemas.states.FileState`; `reason` and `detail` say why it was refused whole, the detail in
    Chinese. `rows` counts its rows, `refused_rows` those among them that are no message, and `sent` those of the others
    that the broker has confirmed, or that were known before. `reading` is the digest of what its rows were read as, and
    `sheets` the layout of each sheet as JSON, from which a cell is found again. `by` is the name that was given,
    `account` the user of the operating system, `place` where the file lay.
    """

    file_id: str
    name: str
    size: int
    sender: str
    by: str
    account: str | None
    taken_at: datetime
    state: str
    reason: str | None
    detail: str | None
    rows: int
    refused_rows: int
    sent: int
    reading: str
    sheets: str
    answered_at: datetime | None
    place: str | None


class SheetRow(NamedTuple):
    """A row of a file; `sheet` and `row` count from 1, as the clerk sees them.

    `message_key` is the message that it states, None where it is refused by itself: then `refusal` has the notes of its
    cells as JSON, as `notes` has what was read in another form. `at` is when this content was first handed in, which is
    the time of the message, and `repeated` says that it was handed in before. `said_of` has the record that it is
    about and behind it the party (`ids.said_of`), None where the row does not tell; `revision` is that of its message.
    """

    file_id: str
    sheet: int
    sheet_name: str
    row: int
    template: str
    message_key: str | None
    said_of: str | None
    revision: int
    at: datetime
    repeated: bool
    refusal: str | None
    notes: str | None


class ContactRow(NamedTuple):
    """How somebody who complained by the public page can be reached, by the number of the complaint.

    `contact` is sealed: the message has nobody's name, and the record says nothing of who complained.
    """

    number: str
    contact: bytes
    sent_at: datetime


class OwnReportRow(NamedTuple):
    """A report that a subject asked for about itself at the desk, and what became of it.

    `name` is what it lies under in the public projection. It follows from the code that was handed out, which is kept
    nowhere, and does not lead back to it. `form` is the form that it was made by. `asker` is one of
    `schemas.own_reports.Asker`, `proof` what was shown to say so, `number` the number on the paper. It can be fetched
    until `expires_at`, which is not within.
    """

    own_report_id: int
    name: str
    subject_id: str
    form: str
    number: str
    asker: str
    proof: str
    purpose: str
    account: str
    person: str
    made_at: datetime
    expires_at: datetime
    given_at: datetime | None = None
    revoked_at: datetime | None = None
