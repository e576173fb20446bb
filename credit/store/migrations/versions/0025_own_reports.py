"""Reports that subjects ask for about themselves: which were made, and where they wait for whoever has the code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0025"
down_revision = "0024"

_SCHEMA = "xinglin_public"


def upgrade() -> None:
    """Make the tables. Embedded the projection is a file of its own."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = ("name", "subject_id", "form", "number", "asker", "proof", "purpose", "account", "person")
    op.create_table(
        "own_report",
        sa.Column("own_report_id", number, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, Instant, nullable=False) for name in ("made_at", "expires_at")),
        *(sa.Column(name, Instant) for name in ("given_at", "revoked_at")),
        sa.PrimaryKeyConstraint("own_report_id", name="pk_own_report"),
    )
    op.create_index("ix_own_report_subject_id_made_at", "own_report", ["subject_id", "made_at"])
    op.create_index("ix_own_report_name", "own_report", ["name"], unique=True)
    op.create_index("ix_own_report_form", "own_report", ["form"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        _make_public()


def _make_public() -> None:
    op.create_table(
        "report",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_report"),
        schema=_SCHEMA,
    )
    op.create_table(
        "taken",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_taken"),
        schema=_SCHEMA,
    )
