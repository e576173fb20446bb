"""Rows of front-end databases: which message each became, and which rows of feeds stand in which table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "frontend_row",
        *_texts("frontend", "table_name", "row"),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_texts("message_key"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("frontend", "table_name", "row", "revision", name="pk_frontend_row"),
    )
    op.create_index("ix_frontend_row_message_key", "frontend_row", ["message_key"])
    _index("ix_frontend_row_untold", "frontend_row", ["frontend", "table_name"], "told IS NULL OR told = 'parked'")
    op.create_table(
        "frontend_sent",
        *_texts("frontend", "table_name", "row", "feed", "row_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answer_code", sa.Text(), nullable=True),
        sa.Column("answer_text", sa.Text(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("frontend", "table_name", "row", name="pk_frontend_sent"),
    )
    _index("ix_frontend_sent_open", "frontend_sent", ["frontend", "table_name", "row"], "NOT told")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _index(name: str, table: str, columns: list[str], of: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(of), sqlite_where=sa.text(of))
