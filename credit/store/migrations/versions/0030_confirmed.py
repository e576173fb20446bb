"""A confirmed proposal keeps the message that it sends, until it is sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_UNFINISHED = sa.text("state IN ('open', 'confirmed')")


def upgrade() -> None:
    """Add the message, and the index of what is not finished."""
    op.add_column("proposal", sa.Column("message", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_proposal_unfinished",
        "proposal",
        ["proposed_at", "proposal_id"],
        postgresql_where=_UNFINISHED,
        sqlite_where=_UNFINISHED,
    )
