"""A record may be sealed; those of public order are from the upgrade on, until they are settled anew."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_RECORD = sa.table(
    "record",
    *(sa.column(name, sa.Text()) for name in ("family", "fact", "sealed_clause")),
    *(sa.column(name, sa.Date()) for name in ("changes_on", "as_of")),
)
_LONG_AGO = date(2000, 1, 1)
_UNTIL_SETTLED = "升级时先行封存，待重新评定"


def upgrade() -> None:
    """Add `sealed_clause`, hide at once what is likely sealed, and let the scheduler settle it anew."""
    op.add_column("record", sa.Column("sealed_clause", sa.Text(), nullable=True))
    offence = sa.and_(_RECORD.c.family == "credit.security.offence", ~_RECORD.c.fact.contains('"sanction":"criminal"'))
    detained = sa.and_(_RECORD.c.family == "credit.inspection.penalty", _RECORD.c.fact.contains("行政拘留"))
    # Due, and settled on a day before that: so the scheduler finds what it has to look at again.
    op.execute(
        sa.update(_RECORD)
        .where(sa.or_(offence, detained))
        .values(sealed_clause=_UNTIL_SETTLED, changes_on=_RECORD.c.as_of, as_of=_LONG_AGO)
    )
