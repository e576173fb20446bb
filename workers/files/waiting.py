"""Waiting for a file's rows to come through, and noticing when nothing will bring them any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from time import monotonic

import structlog
from sqlalchemy import Connection

from credit.store.engine import reading
from credit.store.queries.files import find_at_gate, find_in_inbox
from workers.files.spool import Spool
from workers.files.taking import Taken, publish
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 60.0
"""So long nothing comes through, with nothing on the queues, before what is missing is sent again."""
_AT_ONCE = 500


class Waiting:
    """A file that was sent. A queue that was emptied or made anew has lost its messages: they are sent once more.

    Messages come through much in the order of their rows, so it is asked for the first that are missing alone: however
    large a file is, looking costs the same, and what is in the inbox is asked for once.
    """

    def __init__(self, opened: Runtime, taken: Taken, now: Callable[[], float] = monotonic) -> None:
        """Begin to wait; `now` is a clock that never goes back."""
        self._opened = opened
        self._taken = taken
        self._now = now
        self._lots = _keys_of(taken.spool)
        self._missing: dict[str, None] = {}
        self._since = now()

    def is_over(self) -> bool:
        """Tell whether every row that is a message has come to the archive, whatever became of it there.

        Raises:
            TransientError: broker or database failed.
        """
        with reading(self._opened.engine) as connection:
            came = self._strike_out(connection)
        if came:
            self._since = self._now()
        elif self._missing and self._now() - self._since >= PATIENCE_SECONDS and self._are_queues_empty():
            _log.warning("sent_again", file=self._taken.row.file_id)
            publish(self._opened, replace(self._taken, row=self._taken.row._replace(sent=0)))
            self._since = self._now()
        return not self._missing

    def _strike_out(self, connection: Connection) -> bool:
        """Go on to the first rows of which some are missing; tell whether any have come since the last time."""
        came = False
        while self._missing or self._go_on():
            first = list(islice(self._missing, _AT_ONCE))
            there = find_in_inbox(connection, first)
            if len(there) < len(first):
                there |= find_at_gate(connection, self._missing.keys() - there)
            for key in there:
                del self._missing[key]
            came = came or bool(there)
            if any(key in self._missing for key in first):
                break
        return came

    def _go_on(self) -> bool:
        """Take the next rows up that are messages; tell whether there are any."""
        self._missing = next(self._lots, {})
        return bool(self._missing)

    def _are_queues_empty(self) -> bool:
        look = self._opened.broker.look(self._opened.reader.routes.inbound)
        return all(depth is not None and depth.ready == 0 for depth in look.queues.values())


def _keys_of(spool: Spool) -> Iterator[dict[str, None]]:
    """Yield the keys of the messages of a file, some thousands at a time, in the order of their rows."""
    for lot in spool.lots():
        keys = {entry.key: None for entry, _ in lot if entry.key is not None}
        if keys:
            yield keys
