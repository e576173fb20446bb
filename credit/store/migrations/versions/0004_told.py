"""What a notice tells is hashed as it is told; whether it is answered is said by its row; a standing has its day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_FINAL = "'declined', 'executed', 'partly_executed'"
_UNANSWERED = sa.text("lifted_at IS NULL AND overdue_since IS NULL AND NOT answered")


def upgrade() -> None:
    """Add `answered`, rename `assessed_on`, and carry the digests of the notices over."""
    op.drop_index("ix_notice_unanswered", "notice")
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("answered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"UPDATE notice SET answered = reply_state IN ({_FINAL}) WHERE reply_state IS NOT NULL")  # noqa: S608 - our own words
    with op.batch_alter_table("notice") as notice:
        notice.alter_column("answered", server_default=None)
    op.create_index(
        "ix_notice_unanswered", "notice", ["reply_by"], postgresql_where=_UNANSWERED, sqlite_where=_UNANSWERED
    )
    with op.batch_alter_table("record") as record:
        record.alter_column("assessed_on", new_column_name="as_of", existing_type=sa.Date(), existing_nullable=False)
    _carry_digests_over()


_AT_ONCE = 1000
_NOTICE = sa.table(
    "notice",
    *(sa.column(name) for name in ("notice_no", "record_id", "subject_id", "ground", "agency", "measures")),
    *(sa.column(name, sa.Date()) for name in ("from_on", "until_on")),
    sa.column("digest", sa.LargeBinary()),
)
_RECORD = sa.table("record", *(sa.column(name) for name in ("record_id", "family", "document_no", "fact")))
_SUBJECT = sa.table("subject", *(sa.column(name) for name in ("subject_id", "kind", "id_type")))
_TOLD = (
    sa.select(
        _NOTICE,
        *(_RECORD.c[name] for name in ("family", "document_no", "fact")),
        *(_SUBJECT.c[name] for name in ("kind", "id_type")),
    )
    .join(_RECORD, _RECORD.c.record_id == _NOTICE.c.record_id)
    .join(_SUBJECT, _SUBJECT.c.subject_id == _NOTICE.c.subject_id)
    .order_by(_NOTICE.c.notice_no)
    .limit(_AT_ONCE)
)


def _carry_digests_over() -> None:
    """Hash the content of each notice as it is hashed from now on, so that none is issued anew for that.

    Only where the archive still holds what the agency was told: where the digest kept is another than that of the
    content, the notice is out of date, and keeps a digest that calls for the next one.
    """
    connection = op.get_bind()
    renewed = sa.update(_NOTICE).where(_NOTICE.c.notice_no == sa.bindparam("number"))
    for rows in _read_in_lots(connection):
        fresh = [
            {"number": row.notice_no, "renewed": _hash(row)} for row in rows if _hash_before(row) == bytes(row.digest)
        ]
        if fresh:
            connection.execute(renewed.values(digest=sa.bindparam("renewed")), fresh)


def _read_in_lots(connection: sa.Connection) -> Iterator[list[Any]]:
    last = ""
    while rows := list(connection.execute(_TOLD.where(_NOTICE.c.notice_no > last))):
        yield rows
        last = rows[-1].notice_no


def _hash_before(row: Any) -> bytes:
    fact = json.loads(row.fact)
    names = (fact["party"]["name"], fact["organ"]["name"])
    told = (row.record_id, row.subject_id, *names, row.ground, row.agency, row.measures, row.from_on, row.until_on)
    return hashlib.sha256("\x1f".join(map(str, told)).encode()).digest()


def _hash(row: Any) -> bytes:
    fact = json.loads(row.fact)
    content = {
        "agency": row.agency,
        "from": row.from_on,
        "ground": row.ground,
        "measures": json.loads(row.measures),
        "party": {"kind": row.kind, "name": fact["party"]["name"]} | ({"id_type": row.id_type} if row.id_type else {}),
        "records": [
            {
                "family": row.family,
                "organ": fact["organ"]["name"],
                "document_no": row.document_no,
                "occurred_on": row.from_on,
            }
        ],
        "subject": row.subject_id,
    } | ({"until": row.until_on} if row.until_on else {})
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
