"""Claims are found by their value, late notices among the unanswered; indexes that nothing reads are dropped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Put the value first in the key of claims, where a batch's identifiers are looked for."""
    with op.batch_alter_table("alias") as alias:
        alias.drop_constraint("pk_alias", type_="primary")
        alias.create_primary_key("pk_alias", ["value_hash", "kind", "subject_id"])
    unanswered = sa.text(
        "lifted_at IS NULL AND overdue_since IS NULL"
        " AND (reply_state IS NULL OR reply_state NOT IN ('declined', 'executed', 'partly_executed'))"
    )
    op.drop_index("ix_notice_reply_by", "notice")
    op.create_index(
        "ix_notice_unanswered", "notice", ["reply_by"], postgresql_where=unanswered, sqlite_where=unanswered
    )
    op.drop_index("ix_notice_subject_id", "notice")
    op.drop_index("ix_receipt_notice_no", "receipt")
