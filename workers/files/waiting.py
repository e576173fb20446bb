"""Waiting for a file's rows to come through, and noticing when nothing will bring them any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import structlog

from credit.store.engine import reading
from credit.store.queries.files import count_waiting
from workers.files.taking import Taken, publish
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 60.0
"""So long nothing comes through, with nothing on the queues, before what is missing is sent again."""


class Waiting:
    """A file that was sent. A queue that was emptied or made anew has lost its messages: they are sent once more."""

    def __init__(self, opened: Runtime, taken: Taken, now: Callable[[], float] = monotonic) -> None:
        """Begin to wait; `now` is a clock that never goes back."""
        self._opened = opened
        self._taken = taken
        self._now = now
        self._left: int | None = None
        self._since = now()

    def is_over(self) -> bool:
        """Tell whether every row that is a message has come to the archive, whatever became of it there.

        Raises:
            TransientError: broker or database failed.
        """
        with reading(self._opened.engine) as connection:
            left = count_waiting(connection, self._taken.row.file_id)
        if left != self._left:
            self._left, self._since = left, self._now()
        elif left and self._now() - self._since >= PATIENCE_SECONDS and self._are_queues_empty():
            _log.warning("sent_again", file=self._taken.row.file_id, rows=left)
            publish(self._opened, replace(self._taken, row=self._taken.row._replace(sent=0)))
            self._since = self._now()
        return left == 0

    def _are_queues_empty(self) -> bool:
        look = self._opened.broker.look(self._opened.reader.routes.inbound)
        return all(depth is not None and depth.ready == 0 for depth in look.queues.values())
