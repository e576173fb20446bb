"""Who only looks at an archive: needs its keys, and neither broker nor routes nor law that can be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import Engine

from connectors import registry
from connectors.registry import Registry
from credit.grading import loading as grading
from credit.grading.regime import Regime
from credit.identity import Viewer
from credit.law import layers, loading
from credit.law.law import Law
from credit.routing import routes
from credit.routing.routes import Routes
from credit.store import engine as store_engine
from credit.store import keymark, migrate
from credit.store.engine import reading
from credit.store.queries.view import View
from credit.vault import Keyring
from schemas.errors import ConfigurationError
from workers import keyfile
from workers.runtime import SHANGHAI, Clock, wall_clock
from workers.settings import Settings
from workers.show.names import Names, read_names

LoadedT = TypeVar("LoadedT")

_ROUTING = "路由文件无法使用，单位、认定依据和平台以代码显示"
_LAW = "法规文件无法使用，因而路由也无法核对：单位、认定依据和平台以代码显示，挂起报文的内容一律不显示"
_LAYERS = "省级规定或确认文件无法使用，只按全国规定标明条款是否待确认"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that cannot be used: what is lacking by it, in Chinese, and the error, which names file and line."""

    told: str
    error: str


@dataclass(frozen=True, slots=True)
class Onlooker:
    """An archive, its keys, and what of routes and law can be read; what cannot is in `troubles`."""

    settings: Settings
    engine: Engine
    keyring: Keyring
    clock: Clock
    today: date
    registry: Registry
    routes: Routes | None
    law: Law | None
    troubles: tuple[Trouble, ...]

    def view(self, viewer: Viewer) -> View:
        """Return how the archive is looked at by somebody."""
        return View(viewer, self.keyring, self.today)

    def names(self) -> Names:
        """Return what things are called; codes where there are no names."""
        return read_names(self.registry, self.routes, self.law)

    def regimes(self) -> dict[str, Regime]:
        """Return the regimes that are followed; none where their files cannot be used: codes are shown then."""
        followed = self.routes.regimes if self.routes is not None else {}
        try:
            return grading.load_followed(self.settings.policies / "regimes", followed, self.registry.models())
        except ConfigurationError:
            return {}


@contextmanager
def open_onlooker(settings: Settings, clock: Clock = wall_clock) -> Iterator[Onlooker]:
    """Open an archive to look at it, and close it again; nothing is written.

    Raises:
        ConfigurationError: there are no keys or wrong ones, the tables are of another version, or a connector cannot
            be loaded.
        TransientError: the database cannot be reached.
    """
    keyring = keyfile.load(settings.home, settings.environ, servers=settings.servers)
    engine = store_engine.connect(settings.database_url)
    try:
        migrate.check(engine)
        with reading(engine) as connection:
            keymark.check_keys(connection, keyring)
        yield _look(settings, engine, keyring, clock)
    finally:
        engine.dispose()


def _look(settings: Settings, engine: Engine, keyring: Keyring, clock: Clock) -> Onlooker:
    known, today = registry.load(), clock().astimezone(SHANGHAI).date()
    troubles: list[Trouble] = []
    national = _attempt(_LAW, lambda: loading.load(settings.policies / "national", known.models()), troubles)
    law, found = national, None
    if national is not None:
        models, templates = known.models(), known.templates
        found = _attempt(_ROUTING, lambda: routes.load(settings.routing, national, today, models, templates), troubles)
    if national is not None and found is not None:
        region, grounds = found.region, found.grounds.values()
        whole = _attempt(_LAYERS, lambda: layers.complete(national, settings.policies, region, grounds), troubles)
        law = whole or national
    return Onlooker(settings, engine, keyring, clock, today, known, found, law, tuple(troubles))


def _attempt(told: str, load: Callable[[], LoadedT], troubles: list[Trouble]) -> LoadedT | None:
    try:
        return load()
    except ConfigurationError as error:
        troubles.append(Trouble(told, str(error)))
        return None
