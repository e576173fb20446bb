"""Publisher: keeps the public projection at what the archive says, and brings in what the public sent and fetched.

What changes of a subject leaves a mark when the subject is assessed (`credit.store.assessing`), and so does each day's
sweep for everybody. A mark goes when the page was written; a publisher that dies leaves it, and the next one writes
the same page again.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import structlog
from sqlalchemy import Connection, Engine

from connectors.vocabulary import Vocabulary
from credit.routing.routes import Routes
from credit.rules import Rules
from credit.store import locks
from credit.store.engine import reading, writing
from credit.store.showing import gathering, place, waiting
from credit.store.showing import writing as projection
from credit.store.showing.gathering import OnFile
from credit.store.showing.reading import read_about
from credit.store.showing.writing import Public
from credit.vault import box_of
from workers.broker import Broker
from workers.metrics.meter import DATABASE, SILENT, Meter
from workers.public.collecting import Collector
from workers.public.composing import Composer
from workers.public.receiving import Receiver
from workers.retry import patiently

_log = structlog.get_logger(__name__)

IDLE_SECONDS = 2.0
"""How long a publisher that has nothing to do waits before it looks again."""
AT_ONCE = 100
_GATE = "public projection"


@dataclass(frozen=True, slots=True)
class Shop:
    """Where a publisher publishes: which authority's page, under which address, and the broker for what comes in."""

    routes: Routes
    vocabulary: Vocabulary
    broker: Broker
    address: str
    authority: str


class Publisher:
    """Any number may run: one of them is at work at a time, and the others wait."""

    def __init__(self, engine: Engine, rules: Callable[[], Rules], shop: Shop, meter: Meter = SILENT) -> None:
        """Keep what a step needs, and open the projection, which embedded is made."""
        self._engine = engine
        self._rules = rules
        self._shop = shop
        self._meter = meter
        self._projection = place.beside(engine)
        self._framed_on: date | None = None
        self._receiver = Receiver(engine, self._projection, rules, shop)
        self._collector = Collector(engine, self._projection, rules)

    def run(self, stop: threading.Event) -> None:
        """Publish, and bring in what was sent, until `stop` is set. Troubles are waited out."""
        for attempt in patiently(stop, partial(self._meter.retry, "publisher")):
            with attempt:
                while not stop.is_set():
                    idle = not self.step() and not self._collector.step() and not self._receiver.step()
                    self._meter.reach("publisher", DATABASE)
                    if idle:
                        stop.wait(IDLE_SECONDS)

    def step(self) -> bool:
        """Write the pages of some who wait; tell whether there were any.

        Raises:
            TransientError: the database failed; the next step does what this one did not.
        """
        rules = self._rules()
        if self._framed_on is None:
            self._renew()
        with reading(self._engine) as connection:
            waits = bool(waiting.find_first(connection, 1))
        if not waits and self._framed_on == rules.at.today:
            return False
        with writing(self._engine) as connection:
            # Whoever read earlier would write an older page last.
            locks.hold(connection, [_GATE])
            found = waiting.find_first(connection, AT_ONCE)
            self._write(connection, set(found.values()), rules)
            waiting.settle(connection, found.keys())
        self._framed_on = rules.at.today
        if found:
            _log.info("published", subjects=len(set(found.values())))
        return bool(found)

    def publish_all(self) -> None:
        """Go on until nobody's page waits."""
        while self.step():
            pass

    def finish(self) -> None:
        """Go on until nobody's page waits and nothing is to be brought in."""
        while self.step() or self._collector.step() or self._receiver.step():
            pass

    def start_again(self) -> int:
        """Empty the projection and let everybody's page be written anew; return how many subjects wait."""
        with writing(self._engine) as connection:
            locks.hold(connection, [_GATE])
            with writing(self._projection) as shown:
                projection.empty(shown)
            return waiting.add_everybody(connection)

    def close(self) -> None:
        """Let go of the projection where it is a file."""
        if self._projection.dialect.name == "sqlite":
            self._projection.dispose()

    def _renew(self) -> None:
        """Let everything be written anew where a program of another form wrote last; its frame says so until then."""
        with reading(self._projection) as connection:
            if projection.has_form(read_about(connection)):
                return
        with writing(self._engine) as connection:
            locks.hold(connection, [_GATE])
            with writing(self._projection) as shown:
                projection.renew(shown)
                projection.empty(shown)
            _log.info("projection_renewed", subjects=waiting.add_everybody(connection))

    def _write(self, connection: Connection, subjects: set[str], rules: Rules) -> None:
        composer = Composer(rules.regimes, self._shop.vocabulary, rules.at.today, rules.vault)
        on_file = gathering.read_on_file(connection, subjects) if subjects else []
        members = {member for each in on_file for member in each.members}
        codes = waiting.codes_of(connection, members)
        new = {each.subject_id for each in on_file if each.subject_id not in codes and _is_shown(composer, each)}
        codes |= waiting.give_codes(connection, new, rules.at.now)
        shown = [_compose(composer, each, codes) for each in on_file]
        # Committed before the marks are taken off: lost in between, the same is written once more.
        with writing(self._projection) as pages:
            projection.keep(pages, "forms", secrets.token_hex(32))
            projection.settle_frame(pages, composer.frame(self._about(rules)))
            if shown:
                projection.replace(pages, shown)

    def _about(self, rules: Rules) -> dict[str, str]:
        return {
            "authority": self._shop.authority,
            "address": self._shop.address,
            "box": box_of(rules.vault).hex(),
        }


def _is_shown(composer: Composer, on_file: OnFile) -> bool:
    try:
        return composer.is_shown(on_file)
    except Exception:  # noqa: BLE001 - see `_compose`
        return False


def _compose(composer: Composer, on_file: OnFile, codes: Mapping[str, str]) -> Public:
    """Return what is public of an archive; nothing where the rules fail on it, so that it holds up no others."""
    try:
        return composer.compose(on_file, codes)
    except Exception:  # noqa: BLE001 - what stays shown might have to go: better nothing
        _log.exception("showing_failed", subject=on_file.subject_id)
        return Public(on_file.members)
