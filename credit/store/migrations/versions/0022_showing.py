"""The public projection: its schema on PostgreSQL, who waits to be shown, the codes of institutions, and contacts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from credit.store.tables import Instant

revision = "0022"
down_revision = "0021"

_SCHEMA = "xinglin_public"


def upgrade() -> None:
    """Make them; everybody who is on file waits to be shown. Embedded the projection is a file of its own."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "unshown",
        sa.Column("unshown_id", number, primary_key=True, autoincrement=True),
        _text("subject_id"),
        sa.PrimaryKeyConstraint("unshown_id", name="pk_unshown"),
    )
    op.create_table(
        "shown_code",
        _text("subject_id"),
        _text("code"),
        sa.Column("given_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name="pk_shown_code"),
    )
    op.create_index("ix_shown_code_code", "shown_code", ["code"], unique=True)
    op.create_table(
        "contact",
        _text("number"),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_contact"),
    )
    op.execute("INSERT INTO unshown (subject_id) SELECT DISTINCT subject_id FROM record")
    if op.get_bind().dialect.name == "postgresql":
        _make_schema()


def _make_schema() -> None:
    op.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
    texts = {
        "about": (("name", "value"), ("name",)),
        "list": (("list_key", "kind", "regime", "title"), ("list_key",)),
        "staff": (("subject", "person", "name", "profession", "scope"), ("subject", "person")),
    }
    for name, (columns, key) in texts.items():
        _table(name, key, *map(_text, columns))
    named = map(_text, ("code", "subject", "name", "name_key", "grade", "standing"))
    _table("institution", ("code",), *named, _text("moved_to", nullable=True), _text("content"))
    _table(
        "listed",
        ("list_key", "year", "subject"),
        _text("list_key"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        *map(_text, ("subject", "name", "tier", "reason", "basis")),
        sa.Column("until", sa.Date()),
    )
    place = sa.Column("place", sa.Integer(), nullable=False)
    _table("scale", ("grade",), _text("grade"), place, _text("scale"), _text("word"))
    day = sa.Column("on", sa.Date(), nullable=False)
    _table("answer", ("number",), *map(_text, ("number", "subject", "state")), day)
    sent_at = sa.Column("sent_at", Instant, nullable=False)
    _table("inbox", ("form",), _text("form"), sent_at, sa.Column("sealed", sa.LargeBinary(), nullable=False))
    for table, columns in (
        ("institution", ("subject",)),
        ("institution", ("name", "code")),
        ("institution", ("grade", "name", "code")),
        ("staff", ("person",)),
        ("listed", ("subject",)),
        ("answer", ("subject",)),
        ("inbox", ("sent_at",)),
    ):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, [*columns], schema=_SCHEMA)


def _table(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), schema=_SCHEMA)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)
