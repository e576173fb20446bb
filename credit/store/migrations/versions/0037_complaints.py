"""Complaints that nobody has answered are found among all records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0033"


def upgrade() -> None:
    """Add the index of those that are open."""
    of = sa.text("family = 'credit.public.complaint' AND fact LIKE '%\"state\":\"received\"%'")
    op.create_index("ix_record_complaint", "record", ["occurred_on", "record_id"], postgresql_where=of, sqlite_where=of)
