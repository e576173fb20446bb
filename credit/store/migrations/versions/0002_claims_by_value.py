"""Claims are found by their value; indexes that nothing reads are dropped."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Put the value first in the key of claims, where a batch's identifiers are looked for."""
    with op.batch_alter_table("alias") as alias:
        alias.drop_constraint("pk_alias", type_="primary")
        alias.create_primary_key("pk_alias", ["value_hash", "kind", "subject_id"])
    op.drop_index("ix_notice_subject_id", "notice")
    op.drop_index("ix_receipt_notice_no", "receipt")
