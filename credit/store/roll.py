"""The roll: which workers are at work on an archive, what each has loaded, and when it was last heard."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from credit.record.rows import WorkerRow
from credit.store.tables import worker

BEAT_SECONDS = 10.0
SILENCE = timedelta(seconds=35)
"""A worker that was not heard for so long is taken for dead."""
KEPT = timedelta(days=30)
"""How long a worker that ended stays on the roll."""
_CLOCK = select(func.clock_timestamp())
_EVERYBODY = select(worker).order_by(worker.c.heard_at.desc(), worker.c.worker_id)


def time_of(connection: Connection, now: datetime) -> datetime:
    """Return the time that the roll goes by: the database's, or where it has none of its own, the host's."""
    if connection.dialect.name == "postgresql":
        found: datetime = connection.execute(_CLOCK).scalar_one()
        return found
    return now


def beat(connection: Connection, row: WorkerRow) -> None:
    """Put a worker on the roll as it is now, and forget those that ended long ago."""
    connection.execute(delete(worker).where(worker.c.worker_id == row.worker_id))
    connection.execute(insert(worker), row._asdict())
    gone = or_(worker.c.ended_at.is_not(None), worker.c.heard_at < row.heard_at - SILENCE)
    connection.execute(delete(worker).where(gone, worker.c.heard_at < row.heard_at - KEPT))


def complain(connection: Connection, worker_id: str, trouble: str) -> None:
    """Say what keeps a worker from its work, without saying that it was heard at a time that may be wrong."""
    connection.execute(update(worker).where(worker.c.worker_id == worker_id).values(trouble=trouble))


def leave(connection: Connection, worker_id: str, now: datetime) -> None:
    """Say that a worker has ended in order."""
    ended = {"ended_at": time_of(connection, now)}
    connection.execute(update(worker).where(worker.c.worker_id == worker_id).values(ended))


def read(connection: Connection) -> list[WorkerRow]:
    """Return everybody on the roll, those heard last first."""
    return [WorkerRow(*row) for row in connection.execute(_EVERYBODY)]


def is_at_work(row: WorkerRow, now: datetime) -> bool:
    """Tell whether a worker has not ended and was heard lately, by the time that the roll goes by."""
    return row.ended_at is None and row.heard_at > now - SILENCE


def at_work(connection: Connection, now: datetime) -> list[WorkerRow]:
    """Return who is at work."""
    moment = time_of(connection, now)
    return [row for row in read(connection) if is_at_work(row, moment)]


def set_time(connection: Connection, now: datetime) -> None:
    """Take a person's word that the host's clock is right: let everybody who ended have been heard now."""
    connection.execute(update(worker).values(heard_at=now, ended_at=func.coalesce(worker.c.ended_at, now)))
