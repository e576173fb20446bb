"""The real embedded Xinglin as the machine handles it: one file that survives its process, and those who are told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, event, select

from credit.record import places
from credit.rules import Rules
from credit.store import archive, outbox, tables
from credit.store.engine import connect, reading, writing
from tests import builders
from tests.model.reference import Event, kind
from workers.bells import Bells
from workers.decisions import parking
from workers.reading import Reader
from workers.scheduler import Scheduler
from workers.watching import Watched

_MOMENTS = ("before_cursor_execute", "commit")
_QUEUES = {"partner": "credit.in.receipts", "feed": "credit.in.feed-results"}


class Died(BaseException):
    """The process is gone; what it had not committed is as if it never was."""


@dataclass
class Partners:
    """What agencies and feeds hold to be true. A message heard twice is known by its id."""

    heard: set[str] = field(default_factory=set)
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)
    lifted: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hear(self, message: dict[str, Any]) -> None:
        if message["id"] in self.heard:
            return
        self.heard.add(message["id"])
        data = message["data"]
        match message["type"]:
            case "credit.notice.issued.v1":
                assert data["notice_no"] not in self.lifted
                self.notices[data["notice_no"]] = data
            case "credit.notice.lifted.v1":
                assert data["notice_no"] in self.notices
                self.lifted[data["notice_no"]] = data["cause"]
            case "credit.feed.rows.v1":
                self._change_row(data["operation"], *data["rows"])

    def _change_row(self, operation: str, row: dict[str, Any]) -> None:
        known = row.pop("row_id")
        assert (known in self.rows) == (operation != "publish"), operation
        if operation == "withdraw":
            del self.rows[known]
        else:
            self.rows[known] = row


class Town:
    """Xinglin with its archive, and what leaves it."""

    def __init__(self, template: Path, folder: Path, now: datetime) -> None:
        self.now = now
        self.partners = Partners()
        self.reader = Reader(builders.connectors(), builders.shipped_routes(), builders.national_law())
        self._folder = folder
        self._committed = False
        self._file = folder / "archive.sqlite"
        shutil.copy(template, self._file)
        self.engine = connect(f"sqlite:///{self._file}")

    def rules(self) -> Rules:
        return builders.rules(self.now)

    def take(self, events: Sequence[Event]) -> None:
        """Do what intake does with a batch."""
        rules = self.rules()
        arrivals = [self.reader.read(_queue(e), json.dumps(e).encode(), {}, rules.at.today) for e in events]
        self._committed = False
        changes = archive.take_in(self.engine, arrivals, rules)
        self._committed = True
        if changes.aliases:
            parking.replay_ready(self.engine, self.reader, rules)

    def die(self, events: Sequence[Event], statement: int) -> bool:
        """Take a batch in, die at a statement or commit on the way, restart; tell whether the batch was committed."""
        death = _Death(self, statement)
        try:
            self.take(events)
        except Died:
            pass
        finally:
            death.remove()
        self.restart(death.image)
        return self._committed

    def restart(self, image: Path | None = None) -> None:
        """Go on from what is on disk; the scheduler makes up for what was missed."""
        image = image or self.photograph()
        self.engine.dispose()
        self._file = image
        self.engine = connect(f"sqlite:///{image}")
        self.tick()

    def photograph(self) -> Path:
        """Copy the archive as it lies on disk at this moment, journal and all."""
        copy = self._folder / f"{uuid4().hex}.sqlite"
        for suffix in ("", "-wal"):
            if Path(f"{self._file}{suffix}").exists():
                shutil.copy(f"{self._file}{suffix}", f"{copy}{suffix}")
        return copy

    def tick(self) -> None:
        Scheduler(self.engine, self.reader, self.rules, Watched, lambda _: 0, Bells({}, {})).tick()

    def send(self, limit: int, *, confirmed: bool) -> None:
        """Do what a relay does with a window; one that dies before it hears the confirms sends it again later."""
        lease = uuid4().hex
        with writing(self.engine) as connection:
            claimed = outbox.claim(connection, lease, limit, self.now)
        for row in claimed:
            self.partners.hear(_open(row.message_id, row.body))
        if confirmed:
            with writing(self.engine) as connection:
                outbox.mark_sent(connection, lease, claimed, self.now)

    def expected_partners(self) -> Partners:
        """Give what everybody will believe once all that waits in the outbox is sent, in order."""
        later = deepcopy(self.partners)
        unsent = select(tables.outbox.c.message_id, tables.outbox.c.body).where(tables.outbox.c.sent_at.is_(None))
        with reading(self.engine) as connection:
            for message_id, body in connection.execute(unsent.order_by(tables.outbox.c.outbox_id)):
                later.hear(_open(message_id, body))
        return later

    def close(self) -> None:
        self.engine.dispose()


class _Death:
    """Counts statements and commits; when none is left, photographs the disk and stops everything."""

    def __init__(self, town: Town, left: int) -> None:
        self.image: Path | None = None
        self._town = town
        self._left = left
        self._engine: Engine = town.engine
        for moment in _MOMENTS:
            event.listen(self._engine, moment, self._come_nearer)

    def remove(self) -> None:
        for moment in _MOMENTS:
            event.remove(self._engine, moment, self._come_nearer)

    def _come_nearer(self, *_: object) -> None:
        self._left -= 1
        if self._left < 0 and self.image is None:
            self.image = self._town.photograph()
        if self.image is not None:
            raise Died


def _queue(message: Event) -> str:
    family = kind(message).partition(".")[0]
    return _QUEUES.get(family, f"credit.in.{family}")


def _open(message_id: str, body: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(builders.KEYS.unseal(body, places.of_dispatch(message_id)))
    return message
