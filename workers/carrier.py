"""Carrier: brings the rows of feeds that are delivered to folders or tables where they belong.

A message is acknowledged after its row is there for good; until then it comes again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Protocol

import orjson
import structlog
from sqlalchemy import Engine

from credit.record import rows as archive
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.store import carried
from credit.store.carried import Stated
from credit.store.engine import reading, writing
from schemas.errors import TransientError
from schemas.routing import Generation
from schemas.sheets import Template
from schemas.states import FeedKind, Operation
from workers.broker import Broker, Consumer
from workers.lots import LOT, CarriedRow, naming, part_lots, part_waves, read, renew, write
from workers.metrics.meter import BROKER, DATABASE, SILENT, Meter
from workers.retry import patiently

_log = structlog.get_logger(__name__)

_WAIT_SECONDS = 2.0
"""So long rows are gathered, so that few that come together make one file."""


class Destination(Protocol):
    """Where the rows of one feed are delivered."""

    def deliver(self, rows: Sequence[CarriedRow]) -> None:
        """Deliver up to `LOT` rows of one template and one operation.

        When it returns they are there for good; rows delivered before, known by their `message_id`, are not delivered
        again. Versions of one row come in their order.

        Raises:
            TransientError: the place cannot be reached; the same rows come again.
        """

    def find_by(self, template: str, /) -> frozenset[str]:
        """Return the codes of the items by which its reader finds a row of a template.

        Raises:
            TransientError: the place cannot be reached.
        """

    def retract(self, rows: Sequence[CarriedRow]) -> None:
        """Take away what up to `LOT` rows of one template show, each about to be delivered as another row.

        They are withdrawals in the version that is shown. Nobody answers them, and they can be done again.

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
        rows = [row for one in deliveries for row in read(one, carried_feed.feed)]
        done = 0
        for wave in part_waves(rows):
            ready = self._complete(wave, carried_feed)
            for lot in part_lots(row.former for row in ready if row.former is not None):
                carried_feed.destination.retract(lot)
                self._keep(lot)
            for lot in part_lots(ready):
                carried_feed.destination.deliver(lot)
                self._keep(lot)
                done += len(lot)
        carried_feed.consumer.ack(deliveries[-1])
        _log.info("carried", feed=carried_feed.feed.code, rows=done)
        return done

    def _keep(self, rows: Sequence[CarriedRow]) -> None:
        with writing(self._engine) as connection:
            carried.keep(connection, (row.keep(self._rules().at.now) for row in rows))

    def _complete(self, rows: Sequence[CarriedRow], to: Carried) -> list[CarriedRow]:
        """Say of each row which template it is of, and by what a row is found that is to withdraw or found no more."""
        shown = [row.row_id for row in rows if row.operation is not Operation.PUBLISH]
        gone = {row.row_id for row in rows if row.operation is Operation.WITHDRAW}
        with reading(self._engine) as connection:
            before = carried.read_carried(connection, shown) if shown else {}
            stated = carried.read_stated(connection, gone - before.keys()) if gone else {}
        return [self._fill(row, to, before.get(row.row_id), stated.get(row.row_id)) for row in rows]

    def _fill(
        self, row: CarriedRow, to: Carried, before: archive.CarriedRow | None, stated: Stated | None
    ) -> CarriedRow:
        if row.operation is not Operation.WITHDRAW:
            template = self._template_of(row, to.feed, row.items)
            return renew(write(row, template, row.items), before, self._templates, to.destination.find_by)
        known: Mapping[str, str] = orjson.loads(before.items) if before is not None else {}
        if before is None and stated is not None:
            known = to.feed.write(row.kind, stated.items, person=stated.person)
        delivered = self._templates.get(before.template) if before is not None else None
        template = delivered or self._template_of(row, to.feed, known)
        return write(row, template, naming(known, to.destination.find_by(template.name)))

    def _template_of(self, row: CarriedRow, feed: Feed, items: Mapping[str, str]) -> Template:
        sheet = feed.sheets.get((row.kind, "organisation")) if row.kind is FeedKind.CHECK else None
        return sheet or self._find(row.generation, row.kind, items)

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
