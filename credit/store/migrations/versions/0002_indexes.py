"""Claims are found by their value, late notices among the unanswered; claims of the outbox are cheaper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Put the value first in the key of claims, where identifiers are looked for, and drop what nothing reads."""
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
    if op.get_bind().dialect.name == "postgresql":
        # Room beside each row for its claimed version, so that a claim need not write the indexes anew.
        op.execute("ALTER TABLE outbox SET (fillfactor = 50)")
