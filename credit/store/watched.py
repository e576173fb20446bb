"""A PostgreSQL connection that notices when its server no longer answers.

libpq waits for an answer for ever. The kernel's time limits end that only where nothing acknowledges what was sent:
not behind a proxy, nor where a firewall forgot the connection after the statement had arrived. So after some
silence the server is asked over a second connection whether it is still at work on the statement; a long one may
then take as long as it likes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from time import monotonic
from typing import Any, TypeVar

import psycopg

_T = TypeVar("_T")

SILENCE_SECONDS = 8.0
_DOUBT_SECONDS = 1.0
_TICK_SECONDS = 0.1
#: Active is also who waits for the rest of several statements sent together; the rest may have been lost.
_WORKING = """
SELECT state = 'active' AND wait_event IS DISTINCT FROM 'ClientRead'
FROM pg_stat_activity WHERE application_name = %(name)s
"""
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ANY(%(names)s)"
_PROBE = {"connect_timeout": 5, "options": "-c statement_timeout=5s"}
#: Given up while their server could not be told. It would keep their transactions, and the locks of these, for long:
#: for ever, of one that waits for the rest of statements sent together.
_forsaken: set[str] = set()


class WatchedConnection(psycopg.Connection[Any]):
    """Fails with `OperationalError` when the server is gone, or is not working on what it was asked."""

    connect_again: Callable[[], psycopg.Connection[Any]]
    """Opens another connection to the same server."""

    @classmethod
    def open(cls, *args: Any, **parameters: Any) -> WatchedConnection:
        """Connect as `psycopg.connect` does, and end on the server what was given up before and could not be ended."""
        connection = cls.connect(*args, **{**parameters, "application_name": f"xinglin-{secrets.token_hex(8)}"})
        connection.connect_again = lambda: psycopg.connect(*args, **{**parameters, **_PROBE, "autocommit": True})
        if names := set(_forsaken):
            with connection.connect_again() as other:
                other.execute(_END, {"names": list(names)})
            _forsaken.difference_update(names)
        return connection

    def wait(self, gen: Generator[Any, Any, _T], interval: float = _TICK_SECONDS, timeout: float | None = None) -> _T:
        """Wait as psycopg does, watching for silence."""
        return super().wait(self._watch(gen), interval, timeout)

    def _watch(self, gen: Generator[Any, Any, _T]) -> Generator[Any, Any, _T]:
        """Pass on everything; psycopg sends a false value whenever a tick has passed without a byte."""
        heard, patience = monotonic(), SILENCE_SECONDS
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard, patience = monotonic(), SILENCE_SECONDS
                elif monotonic() - heard > patience:
                    # An answer may just have been under way; the second time there is none.
                    last_chance = patience == _DOUBT_SECONDS
                    patience = SILENCE_SECONDS if self._is_at_work(end=last_chance) else _DOUBT_SECONDS
                    heard = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            result: _T = end.value
            return result

    def _is_at_work(self, *, end: bool) -> bool:
        """Ask the server about this connection's statement; on `end`, a no ends the connection on both sides."""
        name = self.info.get_parameters()["application_name"]
        try:
            with self.connect_again() as other:
                found = other.execute(_WORKING, {"name": name}).fetchone()
                if found == (True,):
                    return True
                if end:
                    # Its transaction would otherwise keep its locks.
                    other.execute(_END, {"names": [name]})
        except psycopg.Error as error:
            _forsaken.add(name)
            self.close()
            raise psycopg.OperationalError("the server went silent and cannot be reached anew") from error
        if end:
            self.close()
            raise psycopg.OperationalError("the server went silent: its answer was lost")
        return False
