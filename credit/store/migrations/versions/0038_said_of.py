"""What a row of a file is about, the record and the party, is called by what it holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Rename the column and its index."""
    op.drop_index("ix_file_row_record_id", "file_row")
    op.execute("ALTER TABLE file_row RENAME COLUMN record_id TO said_of")
    told = sa.text("said_of IS NOT NULL")
    op.create_index("ix_file_row_said_of", "file_row", ["said_of"], postgresql_where=told, sqlite_where=told)
