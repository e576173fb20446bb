"""Files of rows that were handed in, and what each row of them states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "file",
        *_texts("file_id", "name"),
        sa.Column("size", sa.Integer(), nullable=False),
        *_texts("sender", "by"),
        *_texts("account", nullable=True),
        sa.Column("taken_at", Instant(), nullable=False),
        *_texts("state"),
        *_texts("reason", "detail", nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rows", "refused_rows", "sent")),
        *_texts("reading", "sheets"),
        sa.Column("answered_at", Instant(), nullable=True),
        *_texts("place", nullable=True),
        sa.PrimaryKeyConstraint("file_id", name="pk_file"),
    )
    op.create_index("ix_file_taken_at", "file", ["taken_at"])
    op.create_table(
        "file_row",
        *_texts("file_id"),
        sa.Column("sheet", sa.Integer(), nullable=False),
        *_texts("sheet_name"),
        sa.Column("row", sa.Integer(), nullable=False),
        *_texts("template"),
        *_texts("message_key", "record_id", nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        *_texts("refusal", "notes", nullable=True),
        sa.PrimaryKeyConstraint("file_id", "sheet", "row", name="pk_file_row"),
    )
    op.create_index("ix_file_row_message_key", "file_row", ["message_key"])
    stated = sa.text("record_id IS NOT NULL")
    op.create_index("ix_file_row_record_id", "file_row", ["record_id"], postgresql_where=stated, sqlite_where=stated)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]
