"""Lists are chosen by an index: by what one organ knows, what is hidden, what was corrected, what is to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_HIDDEN, _CORRECTED, _TO_DO = sa.text("hidden"), sa.text("version > 1"), sa.text("done_on IS NULL")
_ORDER = ["due_on", "regime", "duty", "unit", "about", "period"]


def upgrade() -> None:
    """Add the indexes; that of duties to do now has the whole order of their list."""
    op.create_index("ix_record_organ_code_subject_id", "record", ["organ_code", "subject_id"])
    op.create_index("ix_grade_hidden", "grade", ["subject_id"], postgresql_where=_HIDDEN, sqlite_where=_HIDDEN)
    op.create_index(
        "ix_official_corrected", "official", ["subject_id"], postgresql_where=_CORRECTED, sqlite_where=_CORRECTED
    )
    op.drop_index("ix_duty_to_do", "duty")
    op.create_index("ix_duty_to_do", "duty", _ORDER, postgresql_where=_TO_DO, sqlite_where=_TO_DO)
