"""Settings: the only place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from schemas.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this Xinglin keeps its state, which servers it uses, and which law and routes hold.

    Without servers everything lies below `home`. `environ` is kept for the keys alone and never shown.
    """

    home: Path
    broker_url: str
    database_url: str
    routing: Path
    policies: Path
    servers: bool
    clock_tolerance: timedelta
    environ: Mapping[str, str] = field(repr=False)


def read(environ: Mapping[str, str] = os.environ, *, home: Path | None = None) -> Settings:
    """Read the settings from the environment; `home` from the command line wins.

    Whether the files that they name can be used is not asked.

    Raises:
        ConfigurationError: a broker without a database or the reverse, or a tolerance that is no number of seconds.
    """
    place = (home or Path(environ.get("XINGLIN_HOME", "var"))).absolute()
    broker, database = environ.get("XINGLIN_BROKER_URL"), environ.get("XINGLIN_DATABASE_URL")
    if bool(broker) != bool(database):
        missing = "XINGLIN_DATABASE_URL" if broker else "XINGLIN_BROKER_URL"
        raise ConfigurationError(f"set {missing} too: a server broker goes with a server database")
    return Settings(
        home=place,
        broker_url=broker or f"embedded:///{place / 'broker.sqlite'}",
        database_url=database or f"sqlite:///{place / 'archive.sqlite'}",
        routing=_find("XINGLIN_ROUTING", environ, "routing.yaml"),
        policies=_find("XINGLIN_POLICIES", environ, "policies"),
        servers=bool(broker),
        clock_tolerance=_read_seconds("XINGLIN_CLOCK_TOLERANCE", environ, 60),
        environ=environ,
    )


def _read_seconds(variable: str, environ: Mapping[str, str], default: int) -> timedelta:
    said = environ.get(variable, str(default))
    if not (said.isascii() and said.isdigit() and 0 < len(said) < 6 and int(said) > 0):
        raise ConfigurationError(f"{variable} is {said!r}; write a whole number of seconds above 0")
    return timedelta(seconds=int(said))


def _find(variable: str, environ: Mapping[str, str], name: str) -> Path:
    """Return the named file, or the one of this folder, or the one that came with the program."""
    if variable in environ:
        return Path(environ[variable])
    package = Path(__file__).parent
    places = (Path.cwd() / name, package.parent / name, package / "data" / name)
    return next((place for place in places if place.exists()), places[0])
