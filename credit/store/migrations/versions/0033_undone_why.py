"""Why somebody claimed an identifier, and why decisions were undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"


def upgrade() -> None:
    """Add the reasons; what was decided before has none."""
    for table in ("alias", "link", "split", "dispute"):
        op.add_column(table, sa.Column("undone_why", sa.Text(), nullable=True))
    op.add_column("alias", sa.Column("note", sa.Text(), nullable=True))
