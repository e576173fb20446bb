"""What became of the reports that lie ready at the public page: written down in the archive, and then removed.

The archive is told first. A collector that dies in between tells it the same once more.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import Connection, Engine

from credit.record.rows import OwnReportRow
from credit.rules import Rules
from credit.store import looks, own_reports
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.showing import handing
from credit.store.showing.rows import TakenRow
from schemas.access import Logged

_log = structlog.get_logger(__name__)

_PAGE = Actor("", "", "xinglin public")
"""Who hands out reports, as the log names it."""


class Collector:
    """Any number may run: what two of them write down is the same."""

    def __init__(self, engine: Engine, projection: Engine, rules: Callable[[], Rules]) -> None:
        """Keep what a step needs."""
        self._engine, self._projection, self._rules = engine, projection, rules

    def step(self) -> bool:
        """Write down which reports were taken, and remove what nobody can fetch again; tell whether there was anything.

        Raises:
            TransientError: the database failed; the next step does what this one did not.
        """
        now = self._rules().at.now
        with reading(self._projection) as connection:
            left = handing.read_left(connection, now)
        if not left.taken and not left.over:
            return False
        with reading(self._engine) as connection:
            known = own_reports.read_named(connection, [each.name for each in left.taken])
        new = [each for each in left.taken if each.name in known and _is_open(known[each.name])]
        if new:
            with writing(self._engine) as connection:
                own_reports.alone(connection, {known[each.name].subject_id for each in new})
                self._write_down(connection, new)
        past = now - handing.AGAIN
        over = left.over | {each.name for each in left.taken if each.name not in known or each.at <= past}
        if over:
            with writing(self._projection) as connection:
                handing.remove(connection, over)
        if new or over:
            _log.info("collected", taken=len(new), removed=len(over))
        return bool(new or over)

    def _write_down(self, connection: Connection, taken: list[TakenRow]) -> None:
        # Another collector may have been faster: nothing stands in the log twice.
        known = own_reports.read_named(connection, [each.name for each in taken])
        for each in taken:
            row = known[each.name]
            if not _is_open(row):
                continue
            if handing.is_revoked(each):
                own_reports.revoke(connection, each.name, each.at)
                continue
            own_reports.give(connection, each.name, each.at)
            looks.note(connection, _PAGE, Logged.FETCH, row.subject_id, f"领取本人信用报告 {row.number}", each.at)


def _is_open(row: OwnReportRow) -> bool:
    return row.given_at is None and row.revoked_at is None
