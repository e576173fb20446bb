"""Measures of a notice may end one by one; a notice may be prepared before it is issued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_PARTLY = sa.text("part_reply_by IS NOT NULL")


def upgrade() -> None:
    """Add what ended before the rest, and let what is only prepared have no time of issue.

    The digests stay: a notice says of its measures only what differs from the notice itself, so nothing is hashed
    otherwise than before.
    """
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("ended", sa.Text(), nullable=False, server_default="{}"))
        notice.add_column(sa.Column("part_reply_by", sa.Date(), nullable=True))
        notice.add_column(sa.Column("part_overdue_since", sa.Date(), nullable=True))
        notice.alter_column("issued_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        notice.alter_column("reply_by", existing_type=sa.Date(), nullable=True)
    with op.batch_alter_table("notice") as notice:
        notice.alter_column("ended", server_default=None)
    op.create_index("ix_notice_part", "notice", ["part_reply_by"], postgresql_where=_PARTLY, sqlite_where=_PARTLY)
