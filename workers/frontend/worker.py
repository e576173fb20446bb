"""The worker of front-end databases: one thread for each, which looks at its tables again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType

from sqlalchemy import Engine

from connectors.registry import Registry
from credit.routing.routes import Routes
from credit.store.frontends import Place
from schemas.documents import suggest
from schemas.errors import ConfigurationError, TransientError
from schemas.frontends import FrontendPlan
from schemas.sheets import Context, Template
from workers.broker import Broker
from workers.files.verdicts.words import words_of
from workers.frontend.database import Database
from workers.frontend.incoming import Incoming, Post
from workers.frontend.outgoing import Answers
from workers.frontend.rows import Address, Reading
from workers.metrics.meter import BROKER, DATABASE, SILENT, Meter
from workers.retry import patiently
from workers.runtime import Runtime

_IDLE_SECONDS = 1.0
"""How long a table without new rows is left alone."""
_TURN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a front-end database is read and filled with."""

    archive: Engine
    broker: Broker
    routes: Routes
    known: Registry
    templates: Mapping[str, Template]
    clock: Callable[[], datetime]
    environ: Mapping[str, str]
    meter: Meter = SILENT

    def address(self, message_type: str) -> Address:
        """Return where messages of a type are published; a type that no queue takes goes to the one for the rest."""
        if self.routes.gate.queue_for(message_type) is None:
            return Address("", self.routes.unsorted)
        return Address(self.routes.exchange_in, message_type)

    def find(self, frontend: str) -> FrontendPlan:
        """Return what routing.yaml says of a front-end database.

        Raises:
            ConfigurationError: it names none of this name.
        """
        if frontend not in self.routes.frontends:
            near = suggest(frontend, self.routes.frontends)
            raise ConfigurationError(f"routing.yaml has no front-end '{frontend}' under frontends{near}")
        return self.routes.frontends[frontend]


def surround(opened: Runtime) -> Surroundings:
    """Return what front-end databases are read and filled with in an opened Xinglin."""
    reader = opened.reader
    return Surroundings(
        opened.engine,
        opened.broker,
        reader.routes,
        reader.registry,
        reader.registry.templates(),
        opened.clock,
        opened.settings.environ,
        opened.meter,
    )


@dataclass(slots=True)
class Frontend:
    """One front-end database at work: its tables are looked up when they are first needed, and after each trouble."""

    name: str
    plan: FrontendPlan
    around: Surroundings
    database: Database
    post: Post
    _incoming: dict[str, Incoming] = field(default_factory=dict)
    _answers: dict[str, Answers] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is at hand is finished first. Troubles are waited out."""
        meter = self.around.meter
        for attempt in patiently(stop, partial(meter.retry, "frontend")):
            with attempt:
                while not stop.is_set():
                    if self.step(stop) == 0:
                        self._rest(stop)
                    meter.reach("frontend", BROKER, DATABASE)

    def step(self, stop: threading.Event | None = None) -> int:
        """Go once through all tables, in each as long as there is work; return how many rows were dealt with.

        Raises:
            TransientError: the first trouble; the other tables were looked at all the same.
        """
        dealt, troubles = 0, []
        for table in self.plan.tables:
            try:
                incoming = self._find(table)
                for work in (incoming.take, incoming.tell):
                    dealt += _exhaust(work, stop)
            except TransientError as error:
                self._incoming.pop(table, None)
                troubles.append(error)
        for table in self.plan.outgoing:
            try:
                dealt += self._find_answers(table).collect()
            except TransientError as error:
                self._answers.pop(table, None)
                troubles.append(error)
        if troubles:
            raise troubles[0]
        return dealt

    def _find_answers(self, table: str) -> Answers:
        if table not in self._answers:
            around = self.around
            said = self.plan.outgoing[table]
            fitted = self.database.reflect(table, said, around.templates[said.template])
            place = Place(self.name, table)
            senders = around.routes.gate.feed_senders()
            self._answers[table] = Answers(
                self.database, place, fitted, around.archive, self.post, around.clock, senders
            )
        return self._answers[table]

    def _find(self, table: str) -> Incoming:
        if table not in self._incoming:
            said = self.plan.tables[table]
            fitted = self.database.reflect(table, said, self.around.templates[said.template])
            place = Place(self.name, table)
            context = context_of(self.around.routes, self.plan.sender, said.stated)
            words = words_of(said.template, self.around.templates)
            reader = Reading(place, fitted, context, self.around.known, words)
            self._incoming[table] = Incoming(
                self.database, place, fitted, reader, words, self.around.archive, self.post, self.around.clock
            )
        return self._incoming[table]

    def _rest(self, stop: threading.Event) -> None:
        for _ in range(round(_IDLE_SECONDS / _TURN_SECONDS)):
            if not stop.is_set():
                self.post.publisher.idle(_TURN_SECONDS)


def _exhaust(work: Callable[[], int], stop: threading.Event | None) -> int:
    dealt = 0
    while (more := work()) and not (stop is not None and stop.is_set()):
        dealt += more
    return dealt + more


def context_of(routes: Routes, sender: str, stated: Mapping[str, str] = MappingProxyType({})) -> Context:
    """Return what is known besides a row: who hands it in, the organs by their names, what holds for all rows."""
    return Context(sender, routes.organs, stated)


@contextmanager
def opened(name: str, around: Surroundings) -> Iterator[Frontend]:
    """Open one front-end database, and close it; nothing is connected yet.

    Raises:
        ConfigurationError: there is none of this name, or its URL or driver cannot be used.
    """
    plan = around.find(name)
    database = Database(name, plan, around.environ)
    publisher = around.broker.publisher()
    try:
        yield Frontend(name, plan, around, database, Post(publisher, around.address))
    finally:
        publisher.close()
        database.close()


def run(names: Sequence[str], around: Surroundings, stop: threading.Event) -> None:
    """Work at front-end databases until `stop` is set, at each in a thread of its own.

    Raises:
        ConfigurationError: one cannot be used; the others end what is at hand first.
    """
    for name in names:
        Database(name, around.find(name), around.environ).close()  # a mistake is said before any work begins
    with ThreadPoolExecutor(max(len(names), 1), thread_name_prefix="frontend") as threads:
        running = [threads.submit(_run_one, name, around, stop) for name in names]
        wait(running, return_when=FIRST_EXCEPTION)
        if any(each.done() and each.exception() is not None for each in running):
            stop.set()
    for each in running:
        each.result()
    stop.wait()


def _run_one(name: str, around: Surroundings, stop: threading.Event) -> None:
    with opened(name, around) as frontend:
        frontend.run(stop)
