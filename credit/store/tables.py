"""The tables of the archive.

The columns of what is kept follow from the classes of `credit.record.rows`: name, type, order, and whether a value may
be missing. Here stands what a row cannot say: its key, its indexes, and the columns that only the store knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    text,
)

from credit.access.account import AccountRow, AttemptRow, GrantRow, LookRow, ProposalRow, SessionRow
from credit.grading.rows import (
    CloseRow,
    DrawnRow,
    DrawRow,
    DutyRow,
    EntryRow,
    GradeRow,
    OfficialRow,
    ReviewRow,
    ShownRow,
    SweepRow,
    TouchedRow,
)
from credit.record.rows import (
    ActRow,
    AlertRow,
    AliasRow,
    CarriedRow,
    CaseRow,
    ContactRow,
    DispatchRow,
    FeedRow,
    FileRow,
    FrontendRow,
    FrontendSent,
    HeardRow,
    LotRow,
    MessageRow,
    NoticeRow,
    OwnReportRow,
    ParkedRow,
    ReceiptRow,
    RecordRow,
    SheetRow,
    SubjectRow,
    WorkerRow,
)

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})


class Instant(TypeDecorator[datetime]):
    """A point in time: timestamptz on PostgreSQL, UTC text on SQLite; always read back with its offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite has no offsets."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        found: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return found.astimezone(UTC)


_Id = BigInteger().with_variant(Integer(), "sqlite")

_TYPES: Mapping[Any, Any] = {
    str: Text,
    int: Integer,
    bool: Boolean,
    bytes: LargeBinary,
    date: Date,
    datetime: Instant,
}


def columns_of(row: type[NamedTuple], *, apart: frozenset[str] = frozenset()) -> list[Column[Any]]:
    """Return a column for each field of a row class, in their order, but for those that are kept `apart`.

    Raises:
        TypeError: a field is of a type that no column has.
    """
    hints = get_type_hints(row)
    return [_column(name, hints[name]) for name in row._fields if name not in apart]


def _column(name: str, hint: Any) -> Column[Any]:
    said = frozenset(get_args(hint) if isinstance(hint, UnionType) else (hint,))
    kinds = said - {NoneType}
    if len(kinds) != 1 or not kinds <= _TYPES.keys():
        raise TypeError(f"no column holds {name}: {hint}")
    return Column(name, *(_TYPES[kind] for kind in kinds), nullable=NoneType in said)


_HEARD = text("heard IS NOT NULL")

batch = Table(
    "batch",
    metadata,
    Column("batch_id", _Id, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("received", Integer, nullable=False),
    Column("heard", Text),
    Index("ix_batch_heard", "batch_id", postgresql_where=_HEARD, sqlite_where=_HEARD),
)

message = Table(
    "message",
    metadata,
    *columns_of(MessageRow),
    Column("repeats", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("message_key"),
    Index(None, "record_id"),
)

subject = Table(
    "subject",
    metadata,
    *columns_of(SubjectRow),
    PrimaryKeyConstraint("subject_id"),
    # Serves who looks for names by their beginning, in whatever language the database orders texts.
    Index(None, "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
)

CLAIMED_BY_PERSON = text("claimed_by LIKE 'person:%'")
"""Which claims a person made, and no message; their index serves who asks in these words."""
ALIAS_ORDER = ("claimed_at", "value_hash", "subject_id")

alias = Table(
    "alias",
    metadata,
    *columns_of(AliasRow),
    Column("account", Text),
    Column("undone_by", Text),
    Column("undone_account", Text),
    Column("undone_at", Instant),
    Column("undone_why", Text),
    Column("note", Text),
    # First in the key is the value: that is what a batch looks for, without its kind.
    PrimaryKeyConstraint("value_hash", "kind", "subject_id"),
    Index(None, "subject_id"),
    Index("ix_alias_decided", *ALIAS_ORDER, postgresql_where=CLAIMED_BY_PERSON, sqlite_where=CLAIMED_BY_PERSON),
)

link = Table(
    "link",
    metadata,
    Column("link_id", _Id, primary_key=True, autoincrement=True),
    Column("subject_id", Text, nullable=False),
    Column("continued_as", Text, nullable=False),
    Column("linked_by", Text, nullable=False),
    Column("account", Text),
    Column("linked_at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("undone_by", Text),
    Column("undone_account", Text),
    Column("undone_at", Instant),
    Column("undone_why", Text),
    Index(
        "ix_link_one_successor",
        "subject_id",
        unique=True,
        postgresql_where=text("undone_at IS NULL"),
        sqlite_where=text("undone_at IS NULL"),
    ),
    Index(None, "continued_as"),
)

split = Table(
    "split",
    metadata,
    Column("split_id", _Id, primary_key=True, autoincrement=True),
    Column("record_id", Text, nullable=False),
    Column("part_id", Text, nullable=False),
    Column("document_no", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("split_by", Text, nullable=False),
    Column("account", Text),
    Column("split_at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("undone_by", Text),
    Column("undone_account", Text),
    Column("undone_at", Instant),
    Column("undone_why", Text),
    Index(None, "record_id"),
    Index(None, "part_id"),
)

DISPUTED = text("disputed")
"""Which records and acts their source contradicts itself about; their indexes serve who asks in this word."""
ASKED = text("step = 'asked' AND undone_at IS NULL")
"""Which decisions ask a source; its index serves who asks in these words."""

dispute = Table(
    "dispute",
    metadata,
    Column("dispute_id", _Id, primary_key=True, autoincrement=True),
    Column("record_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("message_key", Text),
    Column("digest", LargeBinary),
    Column("dismissed", Text),
    Column("due_on", Date),
    Column("decided_by", Text, nullable=False),
    Column("account", Text),
    Column("note", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("undone_by", Text),
    Column("undone_account", Text),
    Column("undone_at", Instant),
    Column("undone_why", Text),
    Index(None, "record_id"),
    Index("ix_dispute_asked", "due_on", "dispute_id", postgresql_where=ASKED, sqlite_where=ASKED),
)

OPEN_COMPLAINT = text("family = 'credit.public.complaint' AND fact LIKE '%\"state\":\"received\"%'")
"""Which complaints nobody has answered, as `credit.record.facts` writes them; their index serves who asks so."""
_TO_TRANSFER = text("transfer_by IS NOT NULL")
"""Which penalties call for a transfer."""

record = Table(
    "record",
    metadata,
    *columns_of(RecordRow),
    PrimaryKeyConstraint("record_id"),
    Index(None, "subject_id"),
    # Of whom one organ knows something, and what: for who sees the records of some organs alone.
    Index(None, "organ_code", "subject_id"),
    Index(None, "document_no"),
    Index(
        "ix_record_changes_on",
        "changes_on",
        postgresql_where=text("changes_on IS NOT NULL"),
        sqlite_where=text("changes_on IS NOT NULL"),
    ),
    Index("ix_record_transfer_by", "transfer_by", postgresql_where=_TO_TRANSFER, sqlite_where=_TO_TRANSFER),
    Index(
        "ix_record_transfers",
        "transfers",
        postgresql_where=text("transfers IS NOT NULL"),
        sqlite_where=text("transfers IS NOT NULL"),
    ),
    Index("ix_record_disputed", "record_id", postgresql_where=DISPUTED, sqlite_where=DISPUTED),
    Index(
        "ix_record_complaint",
        "occurred_on",
        "record_id",
        postgresql_where=OPEN_COMPLAINT,
        sqlite_where=OPEN_COMPLAINT,
    ),
)

OPEN_ACT = text("kind IN ('objection', 'repair') AND act_state IN ('filed', 'applied', 'accepted')")
"""Which acts wait for the authority, unless a later one answers them; its index serves who asks in these words."""

NAMES_ANOTHER = text("named_id <> target_id")
"""Which acts name a document and mean its only party; its index serves who asks in these words."""

act = Table(
    "act",
    metadata,
    *columns_of(ActRow),
    PrimaryKeyConstraint("record_id"),
    Index(None, "target_id"),
    Index("ix_act_named_id", "named_id", postgresql_where=NAMES_ANOTHER, sqlite_where=NAMES_ANOTHER),
    Index(None, "document_no"),
    Index("ix_act_open", "occurred_on", "record_id", postgresql_where=OPEN_ACT, sqlite_where=OPEN_ACT),
    Index("ix_act_disputed", "record_id", postgresql_where=DISPUTED, sqlite_where=DISPUTED),
)

UNANSWERED = text("lifted_at IS NULL AND NOT answered")
"""Which notices still owe a reply; its index serves who asks in these words."""
PREPARED = text("issued_at IS NULL AND lifted_at IS NULL")
"""Which notices wait to be issued."""
REFUSED = text("result_code IS NOT NULL AND result_code <> '0000'")
"""Which rows their feed refused."""
OWED = text("(held IS NOT NULL OR (result_code IS NULL AND version > 0))")
"""Which rows have to be told or answered by a day."""
_OPEN_CASE, _OPEN_ALERT = text("closed_at IS NULL"), text("ended_at IS NULL")

notice = Table(
    "notice",
    metadata,
    *columns_of(NoticeRow),
    PrimaryKeyConstraint("notice_no"),
    Index(None, "record_id"),
    Index(None, "issued_at", "notice_no"),
    Index(None, "organ_code", "issued_at", "notice_no"),
    Index("ix_notice_unanswered", "reply_by", postgresql_where=UNANSWERED, sqlite_where=UNANSWERED),
    Index("ix_notice_prepared", "record_id", postgresql_where=PREPARED, sqlite_where=PREPARED),
    Index(
        "ix_notice_part",
        "part_reply_by",
        postgresql_where=text("part_reply_by IS NOT NULL"),
        sqlite_where=text("part_reply_by IS NOT NULL"),
    ),
    Index(
        "ix_notice_lifting",
        "lift_reply_by",
        postgresql_where=text("lifted_at IS NOT NULL AND lift_confirmed_at IS NULL"),
        sqlite_where=text("lifted_at IS NOT NULL AND lift_confirmed_at IS NULL"),
    ),
)

receipt = Table(
    "receipt",
    metadata,
    *columns_of(ReceiptRow),
    PrimaryKeyConstraint("message_key"),
)

feed_row = Table(
    "feed_row",
    metadata,
    *columns_of(FeedRow),
    PrimaryKeyConstraint("row_id"),
    Index(None, "record_id"),
    Index(None, "organ_code", "row_id"),
    Index("ix_feed_row_owed", "due_on", postgresql_where=OWED, sqlite_where=OWED),
    Index(
        "ix_feed_row_subject_id",
        "subject_id",
        postgresql_where=text("subject_id IS NOT NULL"),
        sqlite_where=text("subject_id IS NOT NULL"),
    ),
    Index(
        "ix_feed_row_answered_by",
        "answered_by",
        postgresql_where=text("answered_by IS NOT NULL"),
        sqlite_where=text("answered_by IS NOT NULL"),
    ),
    Index("ix_feed_row_refused", "feed", "result_at", "record_id", postgresql_where=REFUSED, sqlite_where=REFUSED),
)

carried = Table(
    "carried",
    metadata,
    *columns_of(CarriedRow),
    PrimaryKeyConstraint("row_id"),
    Index(None, "lot"),
)

lot = Table(
    "lot",
    metadata,
    *columns_of(LotRow),
    PrimaryKeyConstraint("lot"),
    Index(None, "feed", "day"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", _Id, primary_key=True, autoincrement=True),
    *columns_of(DispatchRow),
    Column("sent_at", Instant),
    Index("ix_outbox_message_id", "message_id", unique=True),
    # Room beside each row for the one that says when it was sent: no new index entries for it.
    postgresql_with={"fillfactor": 50},
)

unsent = Table(
    "unsent",
    metadata,
    Column("outbox_id", _Id, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("lease", Text),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_try_at", Instant),
    Column("trouble", Text),
    Index(None, "stream", "outbox_id"),
    # A claim is then written beside its row as well.
    postgresql_with={"fillfactor": 50},
)

parked = Table(
    "parked",
    metadata,
    Column("parked_id", _Id, primary_key=True, autoincrement=True),
    # What it waits for is in `waiting`, a row for each.
    *columns_of(ParkedRow, apart=frozenset({"waits_for"})),
    Column("closed_as", Text),
    Column("closed_at", Instant),
    Column("closed_by", Text),
    Index("ix_parked_message_key", "message_key", unique=True),
    Index(
        "ix_parked_open",
        "parked_id",
        postgresql_where=text("closed_as IS NULL"),
        sqlite_where=text("closed_as IS NULL"),
    ),
    # By reason, the oldest first, without sorting all that wait.
    Index(
        "ix_parked_reason",
        "reason",
        "parked_at",
        "parked_id",
        postgresql_where=text("closed_as IS NULL"),
        sqlite_where=text("closed_as IS NULL"),
    ),
)

parked_event = Table(
    "parked_event",
    metadata,
    Column("event_id", _Id, primary_key=True, autoincrement=True),
    Column("parked_id", _Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("raw", LargeBinary),
    Column("account", Text),
    Index(None, "parked_id"),
)

waiting = Table(
    "waiting",
    metadata,
    Column("value_hash", Text, primary_key=True),
    Column("message_key", Text, primary_key=True),
    Index(None, "message_key"),
)

keymark = Table(
    "keymark",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    *columns_of(WorkerRow),
    PrimaryKeyConstraint("worker_id"),
)

_UNTOLD = text("told IS NULL OR told = 'parked'")

frontend_row = Table(
    "frontend_row",
    metadata,
    *columns_of(FrontendRow),
    PrimaryKeyConstraint("frontend", "table_name", "row", "revision"),
    Index(None, "message_key"),
    Index("ix_frontend_row_untold", "frontend", "table_name", postgresql_where=_UNTOLD, sqlite_where=_UNTOLD),
)

_UNANSWERED_THERE = text("NOT told")

frontend_sent = Table(
    "frontend_sent",
    metadata,
    *columns_of(FrontendSent),
    PrimaryKeyConstraint("frontend", "table_name", "row"),
    Index(
        "ix_frontend_sent_open",
        "frontend",
        "table_name",
        "row",
        postgresql_where=_UNANSWERED_THERE,
        sqlite_where=_UNANSWERED_THERE,
    ),
)

heard = Table(
    "heard",
    metadata,
    *columns_of(HeardRow),
    PrimaryKeyConstraint("source", "day"),
)

alert_case = Table(
    "alert_case",
    metadata,
    *columns_of(CaseRow),
    Column("closed_at", Instant),
    Column("closed_by", Text),
    PrimaryKeyConstraint("kind", "about"),
    Index("ix_alert_case_open", "kind", "subject", postgresql_where=_OPEN_CASE, sqlite_where=_OPEN_CASE),
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", _Id, primary_key=True, autoincrement=True),
    *columns_of(AlertRow, apart=frozenset({"alert_id"})),
    Index("ix_alert_open", "kind", "subject", unique=True, postgresql_where=_OPEN_ALERT, sqlite_where=_OPEN_ALERT),
)

touched = Table(
    "touched",
    metadata,
    Column("touched_id", _Id, primary_key=True, autoincrement=True),
    *columns_of(TouchedRow),
)

sweep = Table(
    "sweep",
    metadata,
    *columns_of(SweepRow),
    PrimaryKeyConstraint("sweep"),
)

grade = Table(
    "grade",
    metadata,
    *columns_of(GradeRow),
    PrimaryKeyConstraint("regime", "scale", "year", "subject_id"),
    Index(None, "subject_id"),
    Index("ix_grade_hidden", "subject_id", postgresql_where=text("hidden"), sqlite_where=text("hidden")),
)

list_entry = Table(
    "list_entry",
    metadata,
    *columns_of(EntryRow),
    PrimaryKeyConstraint("regime", "list_id", "year", "subject_id", "rule"),
    Index(None, "subject_id"),
)

_CORRECTED = text("version > 1")

official = Table(
    "official",
    metadata,
    *columns_of(OfficialRow),
    PrimaryKeyConstraint("regime", "scale", "year", "subject_id", "version"),
    Index(None, "subject_id"),
    Index("ix_official_corrected", "subject_id", postgresql_where=_CORRECTED, sqlite_where=_CORRECTED),
)

closed_year = Table(
    "closed_year",
    metadata,
    *columns_of(CloseRow),
    PrimaryKeyConstraint("regime", "year"),
)

_OPEN_REVIEW = text("state = 'open'")

review = Table(
    "review",
    metadata,
    *columns_of(ReviewRow),
    # One for each grade that a subject fell to in a year.
    PrimaryKeyConstraint("regime", "scale", "year", "subject_id", "to_grade"),
    Index(None, "subject_id"),
    Index("ix_review_open", "report_by", postgresql_where=_OPEN_REVIEW, sqlite_where=_OPEN_REVIEW),
)

_TO_DO = text("done_on IS NULL")
_OF_PERIODS = text("about = ''")
_DUTY_ORDER = ("due_on", "regime", "duty", "unit", "about", "period")

duty = Table(
    "duty",
    metadata,
    *columns_of(DutyRow),
    PrimaryKeyConstraint("regime", "duty", "unit", "about", "period"),
    Index("ix_duty_listed", *_DUTY_ORDER),
    # In the order of the list, so that what is due first is read without sorting all that is to do.
    Index("ix_duty_to_do", *_DUTY_ORDER, postgresql_where=_TO_DO, sqlite_where=_TO_DO),
    Index(None, "subject_id"),
)

duty_shown = Table(
    "duty_shown",
    metadata,
    *columns_of(ShownRow),
    PrimaryKeyConstraint("record_id", "regime", "duty", "unit", "about", "period"),
    Index(None, "subject_id"),
    Index(None, "about"),
    Index(
        "ix_duty_shown_of_periods",
        "regime",
        "duty",
        "unit",
        "period",
        "shown_on",
        postgresql_where=_OF_PERIODS,
        sqlite_where=_OF_PERIODS,
    ),
)

draw = Table(
    "draw",
    metadata,
    *columns_of(DrawRow),
    PrimaryKeyConstraint("draw_no"),
)

drawn = Table(
    "drawn",
    metadata,
    *columns_of(DrawnRow),
    PrimaryKeyConstraint("draw_no", "subject_id"),
    Index(None, "subject_id"),
)

file = Table(
    "file",
    metadata,
    *columns_of(FileRow),
    PrimaryKeyConstraint("file_id"),
    Index(None, "taken_at"),
)

file_row = Table(
    "file_row",
    metadata,
    *columns_of(SheetRow),
    PrimaryKeyConstraint("file_id", "sheet", "row"),
    Index(None, "message_key"),
    Index(
        "ix_file_row_said_of",
        "said_of",
        postgresql_where=text("said_of IS NOT NULL"),
        sqlite_where=text("said_of IS NOT NULL"),
    ),
)

account = Table(
    "account",
    metadata,
    *columns_of(AccountRow),
    PrimaryKeyConstraint("name"),
    Index("ix_account_system_user", "system_user", unique=True),
    Index("ix_account_oidc_subject", "oidc_subject", unique=True),
)

account_role = Table(
    "account_role",
    metadata,
    Column("grant_id", _Id, primary_key=True, autoincrement=True),
    *columns_of(GrantRow, apart=frozenset({"grant_id"})),
    Index(None, "account"),
)

session = Table(
    "session",
    metadata,
    *columns_of(SessionRow),
    PrimaryKeyConstraint("session_id"),
    Index("ix_session_token_hash", "token_hash", unique=True),
    Index(None, "account", "begun_at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("attempt_id", _Id, primary_key=True, autoincrement=True),
    *columns_of(AttemptRow, apart=frozenset({"attempt_id"})),
    Index(None, "who", "at"),
    Index(None, "address", "at"),
)

_UNDECIDED = text("decided_at IS NULL")
UNFINISHED = text("state IN ('open', 'confirmed')")
"""Of proposals that somebody has still to decide, or to carry out; literal, so that SQLite knows the index by it."""

proposal = Table(
    "proposal",
    metadata,
    *columns_of(ProposalRow),
    PrimaryKeyConstraint("proposal_id"),
    Index(None, "proposed_at", "proposal_id"),
    Index("ix_proposal_undecided", "fingerprint", postgresql_where=_UNDECIDED, sqlite_where=_UNDECIDED),
    Index(
        "ix_proposal_unfinished",
        "proposed_at",
        "proposal_id",
        postgresql_where=UNFINISHED,
        sqlite_where=UNFINISHED,
    ),
)

look = Table(
    "look",
    metadata,
    Column("look_id", _Id, primary_key=True, autoincrement=True),
    *columns_of(LookRow, apart=frozenset({"look_id"})),
    Index(None, "about", "look_id"),
    Index(None, "account", "look_id"),
    Index(None, "what", "look_id"),
)

unshown = Table(
    "unshown",
    metadata,
    Column("unshown_id", _Id, primary_key=True, autoincrement=True),
    Column("subject_id", Text, nullable=False),
)

shown_code = Table(
    "shown_code",
    metadata,
    Column("subject_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    PrimaryKeyConstraint("subject_id"),
    Index("ix_shown_code_code", "code", unique=True),
)

own_report = Table(
    "own_report",
    metadata,
    Column("own_report_id", _Id, primary_key=True, autoincrement=True),
    *columns_of(OwnReportRow, apart=frozenset({"own_report_id"})),
    Index(None, "subject_id", "made_at"),
    Index("ix_own_report_name", "name", unique=True),
    Index("ix_own_report_form", "form", unique=True),
)

contact = Table(
    "contact",
    metadata,
    *columns_of(ContactRow),
    PrimaryKeyConstraint("number"),
)
