"""What a notice tells is hashed as it is told; whether it is answered is said by its row; a standing has its day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_FINAL = "'declined', 'executed', 'partly_executed'"
_UNANSWERED = sa.text("lifted_at IS NULL AND overdue_since IS NULL AND NOT answered")


def upgrade() -> None:
    """Add `answered`, rename `assessed_on`, and carry the digests of the notices over."""
    op.drop_index("ix_notice_unanswered", "notice")
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("answered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"UPDATE notice SET answered = reply_state IN ({_FINAL}) WHERE reply_state IS NOT NULL")  # noqa: S608 - our own words
    with op.batch_alter_table("notice") as notice:
        notice.alter_column("answered", server_default=None)
    op.create_index(
        "ix_notice_unanswered", "notice", ["reply_by"], postgresql_where=_UNANSWERED, sqlite_where=_UNANSWERED
    )
    with op.batch_alter_table("record") as record:
        record.alter_column("assessed_on", new_column_name="as_of", existing_type=sa.Date(), existing_nullable=False)
