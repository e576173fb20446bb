"""Who is at work on an archive, with what loaded, and when each was last heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table of the workers."""
    op.create_table(
        "worker",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("worker_id", "kind", "host")),
        sa.Column("pid", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("version", "tables", "routing", "law")),
        *(sa.Column(name, Instant(), nullable=False) for name in ("since", "loaded_at", "heard_at")),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("clock_off_ms", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("worker_id", name="pk_worker"),
    )
