"""A penalty that suspects a crime calls for a transfer, and a transfer names its penalty."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_RECORD = sa.table(
    "record",
    *(sa.column(name, sa.Text()) for name in ("category", "fact")),
    *(sa.column(name, sa.Date()) for name in ("changes_on", "as_of")),
)
_LONG_AGO = date(2000, 1, 1)
_UNALERTED = sa.text("transfer_by IS NOT NULL AND transfer_overdue_since IS NULL")
_TRANSFERS = sa.text("transfers IS NOT NULL")


def upgrade() -> None:
    """Add the columns, and let the scheduler settle anew what they are about."""
    op.add_column("record", sa.Column("transfer_overdue_since", sa.Date(), nullable=True))
    op.add_column("record", sa.Column("transfer_by", sa.Date(), nullable=True))
    op.add_column("record", sa.Column("transfers", sa.Text(), nullable=True))
    op.create_index(
        "ix_record_transfer_by", "record", ["transfer_by"], postgresql_where=_UNALERTED, sqlite_where=_UNALERTED
    )
    op.create_index(
        "ix_record_transfers", "record", ["transfers"], postgresql_where=_TRANSFERS, sqlite_where=_TRANSFERS
    )
    suspected = sa.and_(_RECORD.c.category == "penalty", _RECORD.c.fact.contains('"suspected_crime":true'))
    # Due, and settled on a day before that: so the scheduler finds what it has to look at again.
    op.execute(
        sa.update(_RECORD)
        .where(sa.or_(suspected, _RECORD.c.category == "transfer"))
        .values(changes_on=_LONG_AGO, as_of=_LONG_AGO)
    )
