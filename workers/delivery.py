"""Delivery of a feed as files of templates: each file whole in its place, nothing lost and nothing twice.

What a file holds is planned in the archive, written beside its place, and only then moved there; each step is committed
before the next, so that whoever comes after a crash knows how far it came. See docs/decisions/0033.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog
from sqlalchemy import Engine

from credit.record.rows import LotRow
from credit.rules import Rules
from credit.store import carried, locks
from credit.store.carried import LotState
from credit.store.engine import reading, writing
from schemas.errors import TransientError
from schemas.routing import FolderPlan
from schemas.sheets import Template
from workers.answers import Answers
from workers.carrier import Carrier, Destination
from workers.files.sheetwriter import write_rows
from workers.frontend.database import Database
from workers.frontend.outgoing import TableDestination
from workers.lots import FOUND_BY, CarriedRow
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)

STAGED = ".xinglin"
"""Where files lie until they are moved to their place: a folder inside the one that they are for."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one feed."""

    feed: str
    plan: FolderPlan
    engine: Engine
    rules: Callable[[], Rules]
    templates: Mapping[str, Template]

    def deliver(self, rows: Sequence[CarriedRow]) -> None:
        """Deliver rows in a file of their own; files that were begun before are finished first.

        Raises:
            TransientError: the folder cannot be written, or the database failed; the same rows come again.
        """
        with reading(self.engine) as connection:
            begun = carried.find_open(connection, self.feed)
        for lot in begun:
            self._finish(lot)
        if not rows:
            return
        at = self.rules().at
        with writing(self.engine) as connection:
            kept = [row.keep(at.now) for row in rows]
            planned = carried.plan(connection, self.feed, rows[0].template, rows[0].operation, kept, at)
        if planned is not None:
            self._finish(planned)

    def find_by(self, _template: str, /) -> frozenset[str]:
        """Return what names a row to people: its reader has nothing else."""
        return FOUND_BY

    def retract(self, rows: Sequence[CarriedRow]) -> None:
        """Deliver withdrawals of what the rows showed; see `carrier.Destination`."""
        self.deliver(rows)

    def close(self) -> None:
        """Hold nothing."""

    def _finish(self, lot: LotRow) -> None:
        try:
            if lot.state == LotState.PLANNED:
                self._write(lot)
            self._place(lot)
        except OSError as error:
            raise TransientError(f"{self.plan.path}: a file cannot be delivered there: {error.strerror}") from error

    def _write(self, lot: LotRow) -> None:
        """Write the bytes of a file beside its place. Told of a crash, it is written anew: nothing was moved yet."""
        staged = self._staged(lot)
        staged.parent.mkdir(exist_ok=True)  # and not the folder itself: it may be a share that is away
        draft = staged.with_name(f"{os.getpid()}.{staged.name}")
        with reading(self.engine) as connection:
            rows = [orjson.loads(row.items) for row in carried.read_lot(connection, lot.lot)]
        write_rows(self.templates[lot.template], rows, draft, self.plan.format)
        _sync(draft)
        with writing(self.engine) as connection:
            locks.hold(connection, [f"lot:{self.feed}"])
            if carried.advance(connection, lot.lot, LotState.PLANNED, LotState.WRITTEN, self.rules().at.now):
                draft.replace(staged)
                _sync(staged.parent)
        draft.unlink(missing_ok=True)

    def _place(self, lot: LotRow) -> None:
        """Move a file to its place. One that is staged no more was moved before, whoever has taken it since."""
        staged = self._staged(lot)
        with writing(self.engine) as connection:
            locks.hold(connection, [f"lot:{self.feed}"])
            if staged.exists():
                staged.replace(Path(self.plan.path) / staged.name)
                _sync(Path(self.plan.path))
            if carried.advance(connection, lot.lot, LotState.WRITTEN, LotState.DONE, self.rules().at.now):
                _log.info("delivered", feed=self.feed, file=staged.name, rows=lot.rows)

    def _staged(self, lot: LotRow) -> Path:
        return Path(self.plan.path) / STAGED / f"{lot.lot}.{self.plan.format}"


def find_destinations(opened: Runtime, templates: Mapping[str, Template]) -> dict[str, Destination]:
    """Return where the feeds are delivered that a carrier carries, by feed.

    Raises:
        ConfigurationError: the URL of a front-end database is missing or cannot be used.
    """
    found: dict[str, Destination] = {}
    for feed in opened.reader.routes.feeds:
        if feed.deliver is None:
            continue
        if feed.deliver.folder is not None:
            found[feed.code] = Folder(feed.code, feed.deliver.folder, opened.engine, opened.rules, templates)
        elif feed.deliver.table is not None:
            name = feed.deliver.table.frontend
            database = Database(name, opened.reader.routes.frontends[name], opened.settings.environ)
            found[feed.code] = TableDestination(database, opened.engine, templates, opened.clock)
    return found


def make_carrier(opened: Runtime) -> Carrier:
    """Return a new carrier of the feeds that are delivered, with consumers of its own."""
    templates = opened.reader.registry.templates() if any(f.deliver for f in opened.reader.routes.feeds) else {}
    destinations = find_destinations(opened, templates)
    answers = find_answers(opened)
    return Carrier(opened.broker, opened.engine, opened.rules, templates, destinations, answers, opened.meter)


def find_answers(opened: Runtime) -> list[Answers]:
    """Return the folders in which platforms lay their answers."""
    folders = ((feed, feed.deliver.folder) for feed in opened.reader.routes.feeds if feed.deliver is not None)
    return [
        Answers(feed.code, Path(plan.answers), opened, feed.senders[0])
        for feed, plan in folders
        if plan is not None and plan.answers is not None
    ]


def _sync(path: Path) -> None:
    """Let a file, or the names in a folder, survive a loss of power."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
