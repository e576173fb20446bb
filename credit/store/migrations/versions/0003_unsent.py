"""What is still to be sent is in narrow rows of its own: a lease no longer writes a message anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATE = ("lease", "leased_until", "attempts", "next_try_at", "trouble")


def upgrade() -> None:
    """Move leases, attempts and troubles of what was not sent out of the outbox."""
    op.create_table(
        "unsent",
        sa.Column("outbox_id", _ID, autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", Instant(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("outbox_id", name="pk_unsent"),
        postgresql_with={"fillfactor": 50},
    )
    moved = ", ".join(("outbox_id", "stream", *_STATE))
    op.execute(f"INSERT INTO unsent ({moved}) SELECT {moved} FROM outbox WHERE sent_at IS NULL")  # noqa: S608 - our own names
    op.create_index("ix_unsent_stream_outbox_id", "unsent", ["stream", "outbox_id"])
    op.drop_index("ix_outbox_unsent", "outbox")
    op.drop_index("ix_outbox_stream", "outbox")
    with op.batch_alter_table("outbox") as outbox:
        for column in _STATE:
            outbox.drop_column(column)
