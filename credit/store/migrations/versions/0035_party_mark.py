"""Which of the parties that a document names a record is about; what was kept before is about the one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"


def upgrade() -> None:
    """Add the mark, empty."""
    op.add_column("record", sa.Column("party_mark", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("record") as record:
        record.alter_column("party_mark", existing_type=sa.Text(), server_default=None)
