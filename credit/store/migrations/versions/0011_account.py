"""What is done to a parked message is kept with the user of the operating system who did it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; who acted before is known by the name given alone."""
    op.add_column("parked_event", sa.Column("account", sa.Text(), nullable=True))
