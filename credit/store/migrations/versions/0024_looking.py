"""Lists are read by pages, and what is looked for is found by its index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_OPEN_ACT = sa.text("kind IN ('objection', 'repair') AND act_state IN ('filed', 'applied', 'accepted')")


def upgrade() -> None:
    """Add the indexes of lists and of the search."""
    op.create_index("ix_subject_name_key", "subject", ["name_key"], postgresql_ops={"name_key": "text_pattern_ops"})
    op.create_index("ix_record_document_no", "record", ["document_no"])
    op.create_index("ix_act_document_no", "act", ["document_no"])
    op.create_index(
        "ix_act_open", "act", ["occurred_on", "record_id"], postgresql_where=_OPEN_ACT, sqlite_where=_OPEN_ACT
    )
    op.create_index("ix_duty_listed", "duty", ["due_on", "regime", "duty", "unit", "about", "period"])
    op.create_index("ix_notice_issued_at_notice_no", "notice", ["issued_at", "notice_no"])
