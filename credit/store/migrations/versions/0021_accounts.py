"""Who works with Xinglin: accounts, their roles and logins, what waits for a second person, and the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0021"
down_revision = "0020"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_accounts()
    _make_logins()
    _make_proposals()
    _make_the_log()


def _make_accounts() -> None:
    op.create_table(
        "account",
        *_texts("name", "person"),
        *_texts("password", nullable=True),
        *_instants("password_at", nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=True),
        sa.Column("second_step", sa.Integer(), nullable=False),
        *_texts("system_user", "oidc_subject", nullable=True),
        *_instants("made_at"),
        *_texts("made_by"),
        *_instants("disabled_at", nullable=True),
        *_texts("disabled_by", nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_account"),
    )
    op.create_index("ix_account_system_user", "account", ["system_user"], unique=True)
    op.create_index("ix_account_oidc_subject", "account", ["oidc_subject"], unique=True)
    op.create_table(
        "account_role",
        sa.Column("grant_id", _ID, autoincrement=True),
        *_texts("account", "role", "organ"),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        *_texts("granted_by"),
        *_instants("granted_at"),
        *_texts("why"),
        *_instants("revoked_at", nullable=True),
        *_texts("revoked_by", nullable=True),
        sa.PrimaryKeyConstraint("grant_id", name="pk_account_role"),
    )
    op.create_index("ix_account_role_account", "account_role", ["account"])


def _make_logins() -> None:
    op.create_table(
        "session",
        *_texts("session_id", "account", "token_hash"),
        sa.Column("complete", sa.Boolean(), nullable=False),
        *_instants("begun_at", "seen_at"),
        *_texts("address", "agent"),
        *_instants("ended_at", nullable=True),
        *_texts("ended_by", nullable=True),
        sa.PrimaryKeyConstraint("session_id", name="pk_session"),
    )
    op.create_index("ix_session_token_hash", "session", ["token_hash"], unique=True)
    op.create_index("ix_session_account_begun_at", "session", ["account", "begun_at"])
    op.create_table(
        "attempt",
        sa.Column("attempt_id", _ID, autoincrement=True),
        *_texts("who", "address"),
        *_instants("at"),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_who_at", "attempt", ["who", "at"])
    op.create_index("ix_attempt_address_at", "attempt", ["address", "at"])


def _make_proposals() -> None:
    op.create_table(
        "proposal",
        *_texts("proposal_id", "kind", "about", "organ"),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        *_texts("fingerprint", "proposed_by", "proposer", "why"),
        *_instants("proposed_at", "expires_at"),
        *_texts("state"),
        *_texts("decided_by", "decider", nullable=True),
        *_instants("decided_at", nullable=True),
        *_texts("answer", nullable=True),
        *_instants("done_at", nullable=True),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_proposal"),
    )
    op.create_index("ix_proposal_proposed_at_proposal_id", "proposal", ["proposed_at", "proposal_id"])
    waiting = sa.text("decided_at IS NULL")
    op.create_index(
        "ix_proposal_undecided", "proposal", ["fingerprint"], postgresql_where=waiting, sqlite_where=waiting
    )


def _make_the_log() -> None:
    op.create_table(
        "look",
        sa.Column("look_id", _ID, autoincrement=True),
        *_instants("at"),
        *_texts("account", "person", "what", "about", "purpose", "by", "address"),
        sa.PrimaryKeyConstraint("look_id", name="pk_look"),
    )
    for column in ("about", "account", "what"):
        op.create_index(f"ix_look_{column}_look_id", "look", [column, "look_id"])


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _instants(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, Instant(), nullable=nullable) for name in names]
