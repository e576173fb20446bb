"""Sessions with the database that tests use one after the other, kept for the next test.

Nearly every test has an engine of its own, which opens sessions and closes them. Of what the server does for a test,
most is to begin a session and to read anew how the tables are.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import Any

from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus

from credit.store import engine
from credit.store.watched import WatchedConnection

_Asked = tuple[tuple[str, str], ...]
"""What a session was asked for with: server, database, user, options."""
_FREE: defaultdict[_Asked, list[Session]] = defaultdict(list)
_LENT: set[str] = set()
_MOST = 4
"""So many are kept: as an engine keeps them."""


class Session(WatchedConnection):
    """A connection that is not closed where it can be used again, which nobody tells from a new one."""

    asked: _Asked = ()

    def close(self) -> None:
        if self.asked and len(_FREE[self.asked]) < _MOST and _is_at_rest(self):
            self.isolation_level = self.read_only = None  # of the last transaction
            _FREE[self.asked].append(self)
        else:
            super().close()


def _is_at_rest(session: Session) -> bool:
    return (
        not session.closed
        and session.info.transaction_status == TransactionStatus.IDLE
        and session.pgconn.pipeline_status == PipelineStatus.OFF
        and not session.autocommit
    )


def _open(_dialect: object, _record: object, args: list[Any], parameters: dict[str, Any]) -> Any:
    if parameters.get("dbname") not in _LENT:
        return WatchedConnection.open(*args, **parameters)
    # The context is SQLAlchemy's own, and the same for all engines.
    asked = tuple(sorted((name, str(value)) for name, value in parameters.items() if name != "context"))
    with suppress(IndexError):  # none is left: several threads may take them
        while known := _FREE[asked].pop():
            if known.pgconn.exec_(b"").status == ExecStatus.EMPTY_QUERY:
                return known
            WatchedConnection.close(known)  # it was ended, or its server
    session = Session.open(*args, **parameters)
    assert isinstance(session, Session)
    session.asked = asked
    return session


def keep(database: str) -> None:
    """Keep sessions with a database from now on."""
    _LENT.add(database)
    engine._connect_watched = _open


def free() -> list[int]:
    """Return the numbers of the server's processes for sessions that nobody has at present."""
    return [session.info.backend_pid for sessions in _FREE.values() for session in sessions if not session.closed]


def end() -> None:
    """Close all that are kept."""
    for sessions in _FREE.values():
        for session in sessions:
            WatchedConnection.close(session)
    _FREE.clear()
