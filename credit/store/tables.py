"""The tables of the archive. Column names are the field names of `credit.record.rows`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

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
    Table,
    Text,
    TypeDecorator,
    text,
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

batch = Table(
    "batch",
    metadata,
    Column("batch_id", _Id, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("received", Integer, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("message_key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("mended_fingerprint", LargeBinary),
    Column("queue", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("headers", Text, nullable=False),
    Column("type", Text),
    Column("sender", Text),
    Column("event_time", Instant),
    Column("revision", Integer),
    Column("record_id", Text),
    Column("outcome", Text, nullable=False),
    Column("repeats", Integer, nullable=False, server_default=text("0")),
    Index(None, "record_id"),
)

subject = Table(
    "subject",
    metadata,
    Column("subject_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("id_type", Text),
    Column("identifier", LargeBinary, nullable=False),
    Column("since", Instant, nullable=False),
)

alias = Table(
    "alias",
    metadata,
    # First in the key is the value: that is what a batch looks for, without its kind.
    Column("value_hash", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Instant),
    Index(None, "subject_id"),
)

link = Table(
    "link",
    metadata,
    Column("link_id", _Id, primary_key=True, autoincrement=True),
    Column("subject_id", Text, nullable=False),
    Column("continued_as", Text, nullable=False),
    Column("linked_by", Text, nullable=False),
    Column("linked_at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Instant),
    Index(
        "ix_link_one_successor",
        "subject_id",
        unique=True,
        postgresql_where=text("undone_at IS NULL"),
        sqlite_where=text("undone_at IS NULL"),
    ),
    Index(None, "continued_as"),
)

record = Table(
    "record",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("family", Text, nullable=False),
    Column("organ_code", Text, nullable=False),
    Column("document_no", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("event_time", Instant, nullable=False),
    Column("stated_by", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("disputed", Boolean, nullable=False),
    Column("fact", Text, nullable=False),
    Column("severity", Text),
    Column("severity_clause", Text, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("public_until", Date),
    Column("repairable_from", Date),
    Column("window_clause", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text),
    Column("acts", Text, nullable=False),
    Column("changes_on", Date),
    Column("as_of", Date, nullable=False),
    Index(None, "subject_id"),
    Index(
        "ix_record_changes_on",
        "changes_on",
        postgresql_where=text("changes_on IS NOT NULL"),
        sqlite_where=text("changes_on IS NOT NULL"),
    ),
)

act = Table(
    "act",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("family", Text, nullable=False),
    Column("organ_code", Text, nullable=False),
    Column("document_no", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("act_state", Text, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("event_time", Instant, nullable=False),
    Column("stated_by", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("disputed", Boolean, nullable=False),
    Index(None, "target_id"),
)

UNANSWERED = text("lifted_at IS NULL AND overdue_since IS NULL AND NOT answered")
"""Which notices still owe a reply and were not yet told of as late; its index serves who asks in these words."""

notice = Table(
    "notice",
    metadata,
    Column("notice_no", Text, primary_key=True),
    Column("record_id", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("measures", Text, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("issued_at", Instant, nullable=False),
    Column("reply_by", Date, nullable=False),
    Column("reply_state", Text),
    Column("replied_at", Instant),
    Column("reply_detail", Text),
    Column("answered", Boolean, nullable=False),
    Column("overdue_since", Date),
    Column("lift_cause", Text),
    Column("lifted_at", Instant),
    Column("lift_reply_by", Date),
    Column("lift_confirmed_at", Instant),
    Column("lift_overdue_since", Date),
    Index(None, "record_id"),
    Index("ix_notice_unanswered", "reply_by", postgresql_where=UNANSWERED, sqlite_where=UNANSWERED),
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
    Column("message_key", Text, primary_key=True),
    Column("notice_no", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
)

feed_row = Table(
    "feed_row",
    metadata,
    Column("row_id", Text, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("result_code", Text),
    Column("result_message", Text),
    Column("result_at", Instant),
    Column("late_since", Date),
    Index(None, "record_id"),
    Index(
        "ix_feed_row_open",
        "due_on",
        postgresql_where=text("late_since IS NULL AND result_code IS NULL"),
        sqlite_where=text("late_since IS NULL AND result_code IS NULL"),
    ),
)

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", _Id, primary_key=True, autoincrement=True),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
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
    Column("message_key", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("parked_at", Instant, nullable=False),
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
