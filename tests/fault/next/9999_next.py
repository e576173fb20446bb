"""What a version to come changes: nothing that the program at hand would miss."""

from __future__ import annotations

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "9999"
_SHIPPED = files("credit.store") / "migrations" / "versions"
down_revision = max(file.name for file in _SHIPPED.iterdir() if file.name.endswith(".py"))[:4]


def upgrade() -> None:
    """Add a table."""
    op.create_table("next", sa.Column("number", sa.Integer(), primary_key=True))
