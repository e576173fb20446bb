"""Duties of units, what shows them done, and draws of subjects and inspectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the tables; the next sweep of an assessor fills them."""
    _make_duties()
    _make_draws()


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _make_duties() -> None:
    op.create_table(
        "duty",
        *_texts("regime", "duty", "unit", "about", "period", "subject_id"),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("began_on", "warn_on", "due_on")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("covered", "alert", "from_facts")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("asked", "times")),
        sa.Column("done_on", sa.Date(), nullable=True),
        *_texts("done_by", nullable=True),
        sa.PrimaryKeyConstraint("regime", "duty", "unit", "about", "period", name="pk_duty"),
    )
    to_do, of_periods = sa.text("done_on IS NULL"), sa.text("about = ''")
    op.create_index("ix_duty_to_do", "duty", ["due_on"], postgresql_where=to_do, sqlite_where=to_do)
    op.create_index("ix_duty_subject_id", "duty", ["subject_id"])
    key = ("record_id", "regime", "duty", "unit", "about", "period")
    op.create_table(
        "duty_shown",
        *_texts("regime", "duty", "unit", "about", "period", "record_id", "subject_id"),
        sa.Column("shown_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_duty_shown"),
    )
    op.create_index("ix_duty_shown_subject_id", "duty_shown", ["subject_id"])
    op.create_index("ix_duty_shown_about", "duty_shown", ["about"])
    columns = ["regime", "duty", "unit", "period", "shown_on"]
    op.create_index(
        "ix_duty_shown_of_periods", "duty_shown", columns, postgresql_where=of_periods, sqlite_where=of_periods
    )


def _make_draws() -> None:
    op.create_table(
        "draw",
        *_texts("draw_no", "regime", "draw", "period", "seed"),
        sa.Column("drawn_at", Instant(), nullable=False),
        *_texts("by"),
        *_texts("account", nullable=True),
        *_texts("population"),
        sa.Column("ballot", sa.LargeBinary(), nullable=False),
        *_texts("report"),
        sa.PrimaryKeyConstraint("draw_no", name="pk_draw"),
    )
    op.create_table(
        "drawn",
        *_texts("draw_no", "subject_id"),
        sa.Column("place", sa.Integer(), nullable=False),
        *_texts("grade", nullable=True),
        *_texts("why", "inspectors", "replaced"),
        sa.PrimaryKeyConstraint("draw_no", "subject_id", name="pk_drawn"),
    )
    op.create_index("ix_drawn_subject_id", "drawn", ["subject_id"])
