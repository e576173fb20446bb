"""Alerts are conditions that begin and end: they have a table, and rows say no longer that somebody was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0012"
down_revision = "0011"

_REFUSED = "result_code IS NOT NULL AND result_code <> '0000'"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and drop what the alerts of each row needed; what is late is found by its day."""
    _make_alert_case()
    _make_alert()
    op.drop_index("ix_record_transfer_by", "record")
    op.drop_index("ix_notice_unanswered", "notice")
    op.drop_index("ix_feed_row_open", "feed_row")
    for table, column in (
        ("record", "transfer_overdue_since"),
        ("notice", "overdue_since"),
        ("notice", "lift_overdue_since"),
        ("notice", "part_overdue_since"),
        ("feed_row", "late_since"),
    ):
        op.drop_column(table, column)
    _index("ix_record_transfer_by", "record", ["transfer_by"], "transfer_by IS NOT NULL")
    _index("ix_notice_unanswered", "notice", ["reply_by"], "lifted_at IS NULL AND NOT answered")
    _index("ix_notice_prepared", "notice", ["record_id"], "issued_at IS NULL AND lifted_at IS NULL")
    _index("ix_feed_row_open", "feed_row", ["due_on"], "result_code IS NULL")
    _index("ix_feed_row_refused", "feed_row", ["feed", "result_at", "record_id"], _REFUSED)
    _index("ix_parked_reason", "parked", ["reason", "parked_at", "parked_id"], "closed_as IS NULL")


def _index(name: str, table: str, columns: list[str], of: str, *, unique: bool = False) -> None:
    condition = sa.text(of)
    op.create_index(name, table, columns, unique=unique, postgresql_where=condition, sqlite_where=condition)


def _make_alert_case() -> None:
    texts = ("kind", "about", "subject", "name", "detail")
    op.create_table(
        "alert_case",
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "about", name="pk_alert_case"),
    )
    _index("ix_alert_case_open", "alert_case", ["kind", "subject"], "closed_at IS NULL")


def _make_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("alert_id", _ID, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "subject", "severity")),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("oldest", Instant(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("detail", "sample")),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("note", "account")),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert"),
    )
    _index("ix_alert_open", "alert", ["kind", "subject"], "ended_at IS NULL", unique=True)
