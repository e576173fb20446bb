"""An act keeps what its message names beside what it is about: of a document of one party it need not say which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Add the column with its index; what an act was about until now is what it names."""
    op.add_column("act", sa.Column("named_id", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE act SET named_id = target_id")
    with op.batch_alter_table("act") as act:
        act.alter_column("named_id", existing_type=sa.Text(), server_default=None)
    another = sa.text("named_id <> target_id")
    op.create_index("ix_act_named_id", "act", ["named_id"], postgresql_where=another, sqlite_where=another)
