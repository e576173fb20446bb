"""A row at a feed says which message brought its answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the key of that message; of answers that are on file it is not known."""
    op.add_column("feed_row", sa.Column("answered_by", sa.Text(), nullable=True))
