"""Open complaints, rows by the message that answered them, and the claims of persons are found by indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Add the indexes."""
    complaints = "family = 'credit.public.complaint' AND fact LIKE '%\"state\":\"received\"%'"
    _index("ix_record_complaint", "record", ["occurred_on", "record_id"], complaints)
    _index("ix_feed_row_answered_by", "feed_row", ["answered_by"], "answered_by IS NOT NULL")
    _index("ix_alias_decided", "alias", ["claimed_at", "value_hash", "subject_id"], "claimed_by LIKE 'person:%'")


def _index(name: str, table: str, columns: list[str], of: str) -> None:
    condition = sa.text(of)
    op.create_index(name, table, columns, postgresql_where=condition, sqlite_where=condition)
