"""What is common to the peers: which message is valid, what is kept of it, and who is told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, Engine, Executable, LargeBinary, MetaData, Table, Text, create_engine
from sqlalchemy.dialects.postgresql import insert

from connectors import registry
from schemas import wire
from workers import settings

QUEUE_IN = "bench.in"
QUEUE_OUT = "bench.out"
#: Half of the messages lead to something that is sent, as in Xinglin with the same messages.
TOLD = ("credit.licensing.permit", "credit.inspection.penalty", "credit.security.offence", "credit.insurance.fraud")
PREFETCH = 100
POOL = 10

_metadata = MetaData()
record = Table(
    "peer_record",
    _metadata,
    Column("message_key", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)
outbox = Table(
    "peer_outbox",
    _metadata,
    Column("message_id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
_registry = registry.load()


@dataclass(frozen=True, slots=True)
class Work:
    """What one valid message makes a worker do: statements of one transaction, then perhaps a notice."""

    statements: tuple[Executable, ...]
    notice: bytes | None


def prepare(body: bytes) -> Work:
    """Validate a message by the models of Xinglin. Raises UnusableError."""
    event = wire.decode(body, {}, None)
    _, message_type = _registry.find(event.type)
    content = wire.validate(event, message_type).model_dump_json()
    key = f"{event.source} {event.id}"
    row = {"message_key": key, "type": event.type, "content": content, "raw": body}
    kept = insert(record).values(row).on_conflict_do_nothing()
    if not event.type.startswith(TOLD):
        return Work((kept,), None)
    told = insert(outbox).values(message_id=key, body=content.encode()).on_conflict_do_nothing()
    return Work((kept, told), content.encode())


def database_url() -> str:
    """Return where the database of the round is."""
    return settings.read().database_url


def create_tables() -> None:
    """Make the tables of the peers."""
    engine: Engine = create_engine(database_url())
    _metadata.create_all(engine)
    engine.dispose()


def broker_url() -> str:
    """Return where the broker is."""
    return settings.read().broker_url
