"""Composition: from settings to a program that can work. The one place where everything is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from opentelemetry.trace import Tracer
from sqlalchemy import Engine

from connectors import registry
from credit import vault
from credit.grading import loading as grading
from credit.identity import Viewer
from credit.law import layers, loading
from credit.routing import routes
from credit.rules import Moment, Rules
from credit.store import engine as store_engine
from credit.store import keymark, migrate
from credit.store.queries.view import View
from credit.store.terms import LoneTerms, Terms, under
from credit.telling.subject_rows import refuse_unknown
from workers import broker as brokers
from workers import editions, keyfile
from workers.assessor import Assessor
from workers.bells import Bells
from workers.broker import Broker
from workers.decisions.confirmed import Post, send_left
from workers.editions import Editions
from workers.holders import refuse_holders
from workers.intake import BATCH_LIMITS, BatchLimits, Intake
from workers.metrics.archive import Overview
from workers.metrics.meter import SILENT, Meter
from workers.private import close_home
from workers.public.publisher import Publisher, Shop
from workers.reading import Reader
from workers.relay import Relay
from workers.scheduler import Scheduler
from workers.settings import Settings
from workers.tracing import UNTRACED
from workers.watching import watch

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """A Xinglin ready to work: its archive checked, its broker known (not yet connected), its rules loaded."""

    settings: Settings
    engine: Engine
    broker: Broker
    reader: Reader
    keyring: vault.Keyring
    clock: Clock
    editions: Editions
    terms: Terms
    meter: Meter = SILENT
    tracer: Tracer = UNTRACED

    def rules(self) -> Rules:
        """Return the rules as of now."""
        now = self.clock()
        moment = Moment(now, now.astimezone(SHANGHAI).date())
        return Rules(self.reader.law, self.reader.routes, self.keyring, moment, self.reader.regimes)

    def reload(self) -> Runtime:
        """Return the same with law and routes as their files are now.

        Raises:
            ConfigurationError: a file cannot be used; what was loaded before stays good.
        """
        edition = editions.read(self.settings)
        return replace(self, reader=load_reader(self.settings, self.clock), editions=edition)

    def view(self, viewer: Viewer) -> View:
        """Return how the archive is looked at by somebody, as of now."""
        return View(viewer, self.keyring, self.rules().at.today)

    def intake(self, limits: BatchLimits = BATCH_LIMITS) -> Intake:
        """Return a new intake with a consumer of its own."""
        return Intake(self.broker, self.engine, self.reader, self.rules, limits, self.meter, self.tracer)

    def relay(self) -> Relay:
        """Return a new relay with a publisher of its own."""
        return Relay(self.broker, self.engine, self.reader.routes.exchange_out, self.rules, self.meter)

    def assessor(self) -> Assessor:
        """Return a new assessor by the regimes that are loaded."""
        return Assessor(self.engine, self.rules, self.meter)

    def publisher(self) -> Publisher:
        """Return a new publisher of the public page."""
        routes = self.reader.routes
        partners = routes.partners.values()
        name = next((each.name for each in partners if each.organ_code == routes.authority), routes.authority)
        vocabulary = self.reader.registry.vocabulary()
        shop = Shop(routes, vocabulary, self.broker, self.settings.public_address, name)
        return Publisher(self.engine, self.rules, shop, self.meter)

    def scheduler(self) -> Scheduler:
        """Return a new scheduler; the metrics show the archive from now on."""
        routes = self.reader.routes
        look = partial(watch, self.broker, routes)
        self.meter.watch(Overview(self.engine, look, self.rules).look)
        send = partial(send_left, Post(self.engine, self.broker, routes, self.keyring))
        bells = Bells(routes.bells, self.settings.environ)
        return Scheduler(self.engine, self.reader, self.rules, look, send, bells, self.meter)


@contextmanager
def open_runtime(
    settings: Settings, clock: Clock = wall_clock, meter: Meter = SILENT, tracer: Tracer = UNTRACED
) -> Iterator[Runtime]:
    """Open a Xinglin and close it again; its workers tell `meter` what they do, and record spans by `tracer`.

    The embedded home is made, with its keys and tables, when it is not there yet; against servers the tables
    must be up to date and the keys given.

    Raises:
        ConfigurationError: settings, keys, routes, policies or tables cannot be used; it says what to do.
        TransientError: the database cannot be reached.
    """
    if not settings.servers:
        # Names and decisions lie there unsealed: it is the owner's alone.
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        close_home(settings.home)
    keyring = keyfile.load(settings.home, settings.environ, servers=settings.servers)
    engine = store_engine.connect(settings.database_url)
    broker = brokers.connect(settings.broker_url, keyring)
    try:
        if not settings.servers:
            upgrade(settings, engine, keyring)
            close_home(settings.home)  # the files that were just made
        version = migrate.check(engine)
        keymark.settle_keys(engine, keyring)
        kind = Terms if settings.servers else LoneTerms
        # The host's own clock, whatever time decisions are made as of.
        terms = kind(version, keyring, wall_clock, settings.clock_tolerance, clock)
        bound, edition = under(engine, terms), editions.read(settings)
        reader = load_reader(settings, clock)
        yield Runtime(settings, bound, broker, reader, keyring, clock, edition, terms, meter, tracer)
    finally:
        broker.close()
        engine.dispose()


def upgrade(settings: Settings, engine: Engine, keyring: vault.Keyring) -> str:
    """Bring the tables to the version of this program; return its name. Nobody else may be at work on them.

    A server tells who is connected. At an embedded home the kernel knows who has the files open: a worker from before
    there was a roll stands on none.

    Raises:
        ConfigurationError: others are at work, or the tables are newer; see `migrate.upgrade`.
    """
    if not settings.servers and migrate.is_due(engine):
        refuse_holders(settings.home, "its tables are upgraded")
    return migrate.upgrade(engine, keyring)


def load_reader(settings: Settings, clock: Clock = wall_clock, *, routing: Path | None = None) -> Reader:
    """Load the law, the routes (of another file, if one is named), the connectors and the regimes that are followed.

    Raises:
        ConfigurationError: a file cannot be used; it names file and line.
    """
    today = clock().astimezone(SHANGHAI).date()
    known = registry.load()
    statutes = loading.load(settings.policies / "national", known.models())
    loaded = routes.load(routing or settings.routing, statutes, today, known.models(), known.templates)
    law = layers.complete(statutes, settings.policies, loaded.region, loaded.provisions)
    regimes = grading.load_followed(settings.policies / "regimes", loaded.regimes, known.models())
    refuse_unknown(loaded.feeds, regimes)
    return Reader(known, loaded, law, regimes)
