"""By which account links, claims and splits were decided, and by which one any decision was undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Add the columns; who decided before is known by the name given alone."""
    for table in ("alias", "link", "split"):
        op.add_column(table, sa.Column("account", sa.Text(), nullable=True))
    for table in ("alias", "link", "split", "dispute"):
        op.add_column(table, sa.Column("undone_account", sa.Text(), nullable=True))
