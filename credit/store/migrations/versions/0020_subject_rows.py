"""Feeds have rows about subjects: their places on lists, and their grades."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add whom a row is about that has no record."""
    op.add_column("feed_row", sa.Column("subject_id", sa.Text(), nullable=True))
    condition = sa.text("subject_id IS NOT NULL")
    op.create_index(
        "ix_feed_row_subject_id", "feed_row", ["subject_id"], postgresql_where=condition, sqlite_where=condition
    )
