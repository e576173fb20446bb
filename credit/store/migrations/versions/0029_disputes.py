"""A source contradicts itself: a person says which content holds, or asks the source; and finds what is disputed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0029"
down_revision = "0027"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table of decisions, and indexes of what is disputed."""
    op.create_table(
        "dispute",
        sa.Column("dispute_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("dismissed", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
    )
    op.create_index("ix_dispute_record_id", "dispute", ["record_id"])
    _index("ix_dispute_asked", "dispute", ["due_on", "dispute_id"], "step = 'asked' AND undone_at IS NULL")
    _index("ix_record_disputed", "record", ["record_id"], "disputed")
    _index("ix_act_disputed", "act", ["record_id"], "disputed")


def _index(name: str, table: str, columns: list[str], of: str) -> None:
    condition = sa.text(of)
    op.create_index(name, table, columns, postgresql_where=condition, sqlite_where=condition)
