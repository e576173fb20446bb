"""The archive: inbox, subjects, records, acts, notices, feed rows, outbox and parking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    _make_act()
    _make_alias()
    _make_batch()
    _make_feed_row()
    _make_keymark()
    _make_link()
    _make_message()
    _make_notice()
    _make_outbox()
    _make_parked()
    _make_parked_event()
    _make_receipt()
    _make_record()
    _make_subject()
    _make_waiting()


def _make_act() -> None:
    op.create_table(
        "act",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("organ_code", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("act_state", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("event_time", Instant(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_act"),
    )
    op.create_index("ix_act_target_id", "act", ["target_id"], unique=False)


def _make_alias() -> None:
    op.create_table(
        "alias",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_hash", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "value_hash", "subject_id", name="pk_alias"),
    )
    op.create_index("ix_alias_subject_id", "alias", ["subject_id"], unique=False)


def _make_batch() -> None:
    op.create_table(
        "batch",
        sa.Column("batch_id", _ID, autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name="pk_batch"),
    )


def _make_feed_row() -> None:
    op.create_table(
        "feed_row",
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("result_code", sa.Text(), nullable=True),
        sa.Column("result_message", sa.Text(), nullable=True),
        sa.Column("result_at", Instant(), nullable=True),
        sa.Column("late_since", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name="pk_feed_row"),
    )
    op.create_index(
        "ix_feed_row_open",
        "feed_row",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("late_since IS NULL AND result_code IS NULL"),
        sqlite_where=sa.text("late_since IS NULL AND result_code IS NULL"),
    )
    op.create_index("ix_feed_row_record_id", "feed_row", ["record_id"], unique=False)


def _make_keymark() -> None:
    op.create_table(
        "keymark",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_keymark"),
    )


def _make_link() -> None:
    op.create_table(
        "link",
        sa.Column("link_id", _ID, autoincrement=True, nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("continued_as", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("linked_at", Instant(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("link_id", name="pk_link"),
    )
    op.create_index("ix_link_continued_as", "link", ["continued_as"], unique=False)
    op.create_index(
        "ix_link_one_successor",
        "link",
        ["subject_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
        sqlite_where=sa.text("undone_at IS NULL"),
    )


def _make_message() -> None:
    op.create_table(
        "message",
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("mended_fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("event_time", Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("repeats", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("message_key", name="pk_message"),
    )
    op.create_index("ix_message_record_id", "message", ["record_id"], unique=False)


def _make_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("notice_no", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=False),
        sa.Column("reply_state", sa.Text(), nullable=True),
        sa.Column("replied_at", Instant(), nullable=True),
        sa.Column("reply_detail", sa.Text(), nullable=True),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("lift_cause", sa.Text(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lift_reply_by", sa.Date(), nullable=True),
        sa.Column("lift_confirmed_at", Instant(), nullable=True),
        sa.Column("lift_overdue_since", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("notice_no", name="pk_notice"),
    )
    op.create_index(
        "ix_notice_lifting",
        "notice",
        ["lift_reply_by"],
        unique=False,
        postgresql_where=sa.text("lifted_at IS NOT NULL AND lift_confirmed_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NOT NULL AND lift_confirmed_at IS NULL"),
    )
    op.create_index("ix_notice_record_id", "notice", ["record_id"], unique=False)
    op.create_index("ix_notice_reply_by", "notice", ["reply_by"], unique=False)
    op.create_index("ix_notice_subject_id", "notice", ["subject_id"], unique=False)


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("outbox_id", _ID, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", Instant(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("outbox_id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_message_id", "outbox", ["message_id"], unique=True)
    op.create_index(
        "ix_outbox_stream",
        "outbox",
        ["stream", "outbox_id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["outbox_id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )


def _make_parked() -> None:
    op.create_table(
        "parked",
        sa.Column("parked_id", _ID, autoincrement=True, nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("parked_at", Instant(), nullable=False),
        sa.Column("closed_as", sa.Text(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("parked_id", name="pk_parked"),
    )
    op.create_index("ix_parked_message_key", "parked", ["message_key"], unique=True)
    op.create_index(
        "ix_parked_open",
        "parked",
        ["parked_id"],
        unique=False,
        postgresql_where=sa.text("closed_as IS NULL"),
        sqlite_where=sa.text("closed_as IS NULL"),
    )


def _make_parked_event() -> None:
    op.create_table(
        "parked_event",
        sa.Column("event_id", _ID, autoincrement=True, nullable=False),
        sa.Column("parked_id", _ID, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name="pk_parked_event"),
    )
    op.create_index("ix_parked_event_parked_id", "parked_event", ["parked_id"], unique=False)


def _make_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("notice_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_key", name="pk_receipt"),
    )
    op.create_index("ix_receipt_notice_no", "receipt", ["notice_no"], unique=False)


def _make_record() -> None:
    op.create_table(
        "record",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("organ_code", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("event_time", Instant(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("severity_clause", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("public_until", sa.Date(), nullable=True),
        sa.Column("repairable_from", sa.Date(), nullable=True),
        sa.Column("window_clause", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("acts", sa.Text(), nullable=False),
        sa.Column("changes_on", sa.Date(), nullable=True),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_record"),
    )
    op.create_index(
        "ix_record_changes_on",
        "record",
        ["changes_on"],
        unique=False,
        postgresql_where=sa.text("changes_on IS NOT NULL"),
        sqlite_where=sa.text("changes_on IS NOT NULL"),
    )
    op.create_index("ix_record_subject_id", "record", ["subject_id"], unique=False)


def _make_subject() -> None:
    op.create_table(
        "subject",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("id_type", sa.Text(), nullable=True),
        sa.Column("identifier", sa.LargeBinary(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name="pk_subject"),
    )


def _make_waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("value_hash", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("value_hash", "message_key", name="pk_waiting"),
    )
    op.create_index("ix_waiting_message_key", "waiting", ["message_key"], unique=False)
