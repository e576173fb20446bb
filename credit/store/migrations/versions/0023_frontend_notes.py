"""What is to be said of the cells of rows of front-end databases, which are read as those of sheets are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add what is to be said of a row's cells."""
    op.add_column("frontend_row", sa.Column("notes", sa.Text(), nullable=True))
