"""Carrier: brings the rows of feeds that are delivered to folders or tables where they belong.

A message is acknowledged after its row is there for good; until then it comes again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Protocol

import orjson
import structlog
from pydantic import ValidationError
from sqlalchemy import Engine

from credit.record import rows as archive
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.store import carried
from credit.store.carried import Stated
from credit.store.engine import reading, writing
from schemas.envelope import Event
from schemas.errors import TransientError
from schemas.outgoing import FeedRows
from schemas.routing import Generation
from schemas.sheets import Parties, Template
from schemas.states import FeedKind, Operation
from workers.broker import Broker, Consumer, Delivery
from workers.metrics.meter import BROKER, DATABASE, SILENT, Meter
from workers.retry import patiently

_log = structlog.get_logger(__name__)

LOT = 200
"""So many rows are delivered at once: what the platforms take in one call."""
_WAIT_SECONDS = 2.0
"""So long rows are gathered, so that few that come together make one file."""
_IDENTIFYING = frozenset(
    f"{prefix}_{item}"
    for prefix in ("CF", "XK")
    for item in ("XDR_MC", "XDR", "XDR_LB", "XDR_SHXYM", "WSH", "JDRQ", "CFJG", "CFJGDM", "XKJG", "XKJGDM", "XZJG")
)
_OF_SUBJECTS = frozenset({"TYSHXYDM", "JGQC", "XM", "FZRXM", "RDDW", "PDMC", "document_no", "party.name", "party.uscc"})
"""By what a platform finds a row that it shows, in permits and penalties of any generation, and in other tables."""


@dataclass(frozen=True, slots=True)
class CarriedRow:
    """One operation on one row of a feed.

    `message_id` is the row's id and version, as `ROW:VERSION`: the same however often it comes. `items` are texts by
    column code of the feed's generation, for who `parties` are where the generation has a template for each; of a row
    to withdraw they are those of the last delivery by which the platform finds it, and no others.
    """

    message_id: str
    row_id: str
    version: int
    feed: str
    generation: Generation
    kind: FeedKind
    template: str
    """The name of the template whose columns the items are."""
    parties: Parties | None
    operation: Operation
    items: Mapping[str, str]
    at: datetime
    """When the operation was decided."""

    def keep(self, at: datetime, lot: str | None = None) -> archive.CarriedRow:
        """Return the row as the archive keeps it once it is delivered."""
        items = orjson.dumps(dict(self.items), option=orjson.OPT_SORT_KEYS).decode()
        return archive.CarriedRow(
            self.row_id, self.feed, self.version, self.operation.value, self.template, items, lot, at
        )


class Destination(Protocol):
    """Where the rows of one feed are delivered."""

    def deliver(self, rows: Sequence[CarriedRow]) -> None:
        """Deliver up to `LOT` rows of one template and one operation.

        When it returns they are there for good; rows delivered before, known by their `message_id`, are not delivered
        again. Versions of one row come in their order.

        Raises:
            TransientError: the place cannot be reached; the same rows come again.
        """

    def close(self) -> None:
        """Release what it holds."""


class Listening(Protocol):
    """Where the answers of one feed are laid."""

    def step(self, now: float) -> int:
        """Do what can be done at this moment of a clock that never goes back; return how many files are on their way.

        Raises:
            TransientError: done again, it goes on.
        """

    def close(self) -> None:
        """Release what it holds."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One feed that is carried: where to, and its queue."""

    feed: Feed
    destination: Destination
    consumer: Consumer


class Carrier:
    """One for each feed: two that read one queue could deliver versions of a row in the wrong order."""

    def __init__(
        self,
        broker: Broker,
        engine: Engine,
        rules: Callable[[], Rules],
        templates: Mapping[str, Template],
        destinations: Mapping[str, Destination],
        answers: Sequence[Listening] = (),
        meter: Meter = SILENT,
    ) -> None:
        """Open a consumer for each of the destinations, which are by feed; `templates` are by name.

        Answers are looked for in each round.
        """
        self._answers = answers
        self._broker = broker
        self._engine = engine
        self._rules = rules
        self._templates = templates
        self._meter = meter
        self._carried = [
            Carried(feed, destinations[feed.code], broker.consumer([f"feed.{feed.code}"], prefetch=LOT))
            for feed in rules().routes.feeds
            if feed.code in destinations
        ]

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is at hand is finished first. Troubles are waited out."""
        for attempt in patiently(stop, partial(self._meter.retry, "carrier")):
            with attempt:
                self._broker.declare(self._rules().routes.topology)
                while not stop.is_set():
                    self.step()
                    self._meter.reach("carrier", BROKER, DATABASE)
                    if not self._carried:
                        stop.wait()

    def step(self, wait_seconds: float = _WAIT_SECONDS) -> int:
        """Deliver what waits in each queue, up to a lot of each; return how many rows were delivered.

        Raises:
            TransientError: the first trouble; the other feeds were served all the same.
        """
        done, troubles = 0, []
        for each in self._carried:
            try:
                done += self._carry(each, wait_seconds)
            except TransientError as error:
                each.consumer.close()  # what is not acknowledged comes again only on a new connection
                troubles.append(error)
        for answers in self._answers:
            try:
                answers.step(monotonic())
            except TransientError as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]
        return done

    def close(self) -> None:
        """Give back what was taken and not delivered."""
        for each in self._carried:
            each.consumer.close()
            each.destination.close()
        for answers in self._answers:
            answers.close()

    def _carry(self, carried_feed: Carried, wait_seconds: float) -> int:
        deliveries = carried_feed.consumer.take(LOT, wait_seconds)
        if not deliveries:
            return 0
        rows = [row for one in deliveries for row in _read(one, carried_feed.feed)]
        done = 0
        for wave in _waves(rows):
            ready = self._complete(wave, carried_feed.feed)
            for lot in _lots(ready):
                carried_feed.destination.deliver(lot)
                with writing(self._engine) as connection:
                    carried.keep(connection, (row.keep(self._rules().at.now) for row in lot))
                done += len(lot)
        carried_feed.consumer.ack(deliveries[-1])
        _log.info("carried", feed=carried_feed.feed.code, rows=done)
        return done

    def _complete(self, rows: Sequence[CarriedRow], feed: Feed) -> list[CarriedRow]:
        """Say of each row which template it is of, and by what a row to withdraw is found."""
        gone = [row.row_id for row in rows if row.operation is Operation.WITHDRAW]
        with reading(self._engine) as connection:
            before = carried.read_carried(connection, gone)
            stated = carried.read_stated(connection, set(gone) - before.keys())
        return [self._fill(row, feed, before.get(row.row_id), stated.get(row.row_id)) for row in rows]

    def _fill(
        self, row: CarriedRow, feed: Feed, before: archive.CarriedRow | None, stated: Stated | None
    ) -> CarriedRow:
        items = row.items
        if row.operation is Operation.WITHDRAW:
            known: Mapping[str, str] = orjson.loads(before.items) if before is not None else {}
            if before is None and stated is not None:
                known = feed.write(row.kind, stated.items, person=stated.person)
            items = {code: text for code, text in known.items() if code in _IDENTIFYING | _OF_SUBJECTS}
        name = before.template if before is not None and row.operation is Operation.WITHDRAW else ""
        sheet = feed.sheets.get((row.kind, "organisation")) if row.kind is FeedKind.CHECK else None
        template = self._templates.get(name) or sheet or self._find(row.generation, row.kind, items)
        columns = {column.code for column in template.columns}
        items = {code: text for code, text in items.items() if code in columns}
        return replace(row, template=template.name, parties=template.parties, items=items)

    def _find(self, generation: Generation, kind: FeedKind, items: Mapping[str, str]) -> Template:
        """Return the template of the generation that holds most of the items, and of those the one with least else."""
        fitting = [each for each in self._templates.values() if each.generation == generation]
        codes = {each.name: {column.code for column in each.columns} for each in fitting}
        best = min(
            fitting,
            key=lambda each: (-len(items.keys() & codes[each.name]), len(codes[each.name]), each.name),
            default=None,
        )
        if best is None or (items and not items.keys() & codes[best.name]):
            raise TransientError(f"no template of generation {generation} holds a row of {kind}: install its connector")
        return best


def _read(delivery: Delivery, feed: Feed) -> Iterator[CarriedRow]:
    """Return the rows of a message; what is none of ours is said and left out: nobody can deliver it."""
    try:
        event = Event.model_validate(orjson.loads(delivery.body))
        data = FeedRows.model_validate(event.data)
    except (orjson.JSONDecodeError, ValidationError):
        _log.exception("not_carried", queue=delivery.queue)
        return
    for row in data.rows:
        _, _, version = event.id.rpartition(":")
        yield CarriedRow(
            message_id=event.id,
            row_id=row.row_id,
            version=int(version),
            feed=feed.code,
            generation=data.generation,
            kind=data.kind,
            template="",
            parties=None,
            operation=data.operation,
            items=dict(row.model_extra or {}),
            at=event.time,
        )


def _waves(rows: Iterable[CarriedRow]) -> list[list[CarriedRow]]:
    """Part rows so that no part has two versions of one row, and each later version comes in a later part."""
    waves: list[list[CarriedRow]] = []
    times: dict[str, int] = {}
    for row in rows:
        wave = times.get(row.row_id, 0)
        times[row.row_id] = wave + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append(row)
    return waves


def _lots(rows: Iterable[CarriedRow]) -> list[list[CarriedRow]]:
    """Part rows by template and operation, in the order of the first of each."""
    lots: dict[tuple[str, Operation], list[CarriedRow]] = {}
    for row in rows:
        lots.setdefault((row.template, row.operation), []).append(row)
    return [lot[at : at + LOT] for lot in lots.values() for at in range(0, len(lot), LOT)]
