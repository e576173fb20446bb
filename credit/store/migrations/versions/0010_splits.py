"""One document number can be of several records: a person says whose acts get a number of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table, and to records the mark by which a batch knows that it has to ask there."""
    op.add_column("record", sa.Column("split", sa.Text(), nullable=True))
    op.create_table(
        "split",
        sa.Column(
            "split_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("split_by", sa.Text(), nullable=False),
        sa.Column("split_at", Instant(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
    )
    op.create_index("ix_split_record_id", "split", ["record_id"])
    op.create_index("ix_split_part_id", "split", ["part_id"])
