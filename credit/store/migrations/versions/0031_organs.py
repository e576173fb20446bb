"""A notice and a row at a feed have the organ of their record, so that who looks for some organs finds them by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_RECORD = sa.table("record", *(sa.column(name, sa.Text()) for name in ("record_id", "organ_code")))


def upgrade() -> None:
    """Add the organs, and indexes by them; a row at a feed about a subject has none."""
    for table, none in (("notice", ""), ("feed_row", None)):
        op.add_column(table, sa.Column("organ_code", sa.Text(), nullable=True))
        hangs = sa.table(table, *(sa.column(name, sa.Text()) for name in ("record_id", "organ_code")))
        of_record = sa.select(_RECORD.c.organ_code).where(_RECORD.c.record_id == hangs.c.record_id)
        organ = sa.func.coalesce(of_record.scalar_subquery(), sa.literal(none, sa.Text()))
        op.execute(sa.update(hangs).values(organ_code=organ))
    with op.batch_alter_table("notice") as notice:
        notice.alter_column("organ_code", existing_type=sa.Text(), nullable=False)
    op.create_index("ix_notice_organ_code_issued_at_notice_no", "notice", ["organ_code", "issued_at", "notice_no"])
    op.create_index("ix_feed_row_organ_code_row_id", "feed_row", ["organ_code", "row_id"])
