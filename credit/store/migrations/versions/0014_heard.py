"""When each source was heard: intake writes it on the row of its batch, the scheduler adds it up by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0014"
down_revision = "0012"


def upgrade() -> None:
    """Make the table, and the place on the row of a batch; what came before is not counted."""
    op.add_column("batch", sa.Column("heard", sa.Text(), nullable=True))
    condition = sa.text("heard IS NOT NULL")
    op.create_index("ix_batch_heard", "batch", ["batch_id"], postgresql_where=condition, sqlite_where=condition)
    op.create_table(
        "heard",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("pause_from", Instant(), nullable=True),
        sa.Column("pause_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("source", "day", name="pk_heard"),
    )
