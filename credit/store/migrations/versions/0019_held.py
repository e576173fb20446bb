"""Rows of feeds that are held back, and what a carrier has delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0019"
down_revision = "0018"

_OWED = "(held IS NOT NULL OR (result_code IS NULL AND version > 0))"


def upgrade() -> None:
    """Make room; what is settled from now on is checked, and what its feed was told before stays as it is."""
    op.add_column("feed_row", sa.Column("held", sa.Text(), nullable=True))
    op.drop_index("ix_feed_row_open", "feed_row")
    owed = sa.text(_OWED)
    op.create_index("ix_feed_row_owed", "feed_row", ["due_on"], postgresql_where=owed, sqlite_where=owed)
    op.create_table(
        "carried",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("row_id", "feed")),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("operation", "template", "items")),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("carried_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name="pk_carried"),
    )
    op.create_index("ix_carried_lot", "carried", ["lot"])
    op.create_table(
        "lot",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("lot", "feed", "template", "state")),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("lot", name="pk_lot"),
    )
    op.create_index("ix_lot_feed_day", "lot", ["feed", "day"])
