"""Settings: the only place that reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes, urlsplit

from schemas.errors import ConfigurationError

_SERVER = re.compile(r"amqps?|postgresql(\+\w+)?")
"""The schemes of URLs with a login."""
_ORIGIN = re.compile(r"https?://[\w.-]+(:\d+)?", re.ASCII)
_ENDS = re.compile("[/?#]")
"""What ends a host in a URL."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this Xinglin keeps its state, which servers it uses, and which law and routes hold.

    Without servers everything lies below `home`. `environ` is kept for the keys alone and never shown. It is
    `traced` where OpenTelemetry is told where to send spans. `fonts` is a folder with fonts of the authority's own.
    `console` is the address by which people open the console, as `https://xinglin.example.gov.cn`; `proxies` are those
    who may say for whom they ask.
    """

    home: Path
    broker_url: str
    database_url: str
    routing: Path
    policies: Path
    servers: bool
    clock_tolerance: timedelta
    environ: Mapping[str, str] = field(repr=False)
    traced: bool = False
    fonts: Path | None = None
    console: str | None = None
    proxies: tuple[str, ...] = ()


def read(environ: Mapping[str, str] = os.environ, *, home: Path | None = None) -> Settings:
    """Read the settings from the environment; `home` from the command line wins.

    Whether the files that they name can be used is not asked.

    Raises:
        ConfigurationError: a broker without a database or the reverse, a URL that can be read in two ways (it is not
            repeated: it holds a password), or a tolerance that is no number of seconds.
    """
    place = (home or Path(environ.get("XINGLIN_HOME", "var"))).absolute()
    broker, database = _read_url("XINGLIN_BROKER_URL", environ), _read_url("XINGLIN_DATABASE_URL", environ)
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
        fonts=Path(environ["XINGLIN_FONTS"]) if environ.get("XINGLIN_FONTS") else None,
        console=_read_origin("XINGLIN_CONSOLE_ADDRESS", environ),
        proxies=tuple(filter(None, (each.strip() for each in environ.get("XINGLIN_PROXIES", "").split(",")))),
        traced=any(environ.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("ENDPOINT", "TRACES_ENDPOINT")),
    )


def _read_url(variable: str, environ: Mapping[str, str]) -> str | None:
    """Return the URL of a server with user and password written so that everybody reads the same of them.

    The login ends at the last @, so that a password may hold any character, as long as no other reading is possible.
    """
    said = environ.get(variable)
    scheme, _, rest = (said or "").partition("://")
    if not _SERVER.fullmatch(scheme):
        return said
    login, at, place = rest.rpartition("@")
    try:
        urlsplit(f"{scheme}://{place}").port  # noqa: B018 - reading it is what fails
    except ValueError:
        example = f"{scheme}://USER:PASSWORD@HOST:PORT/NAME"
        raise ConfigurationError(f"{variable} names no host, or no port; write {example}") from None
    user, colon, password = login.partition(":")
    if _ENDS.search(user) or _ENDS.search(password.partition("@")[2]) or "#" in place:
        signs = " ".join(f"{sign} as {quote(sign, safe='')}" for sign in "/#?@:%")
        raise ConfigurationError(f"{variable} can be read in two ways: in user, password and name write {signs}")
    user, password = (quote(unquote_to_bytes(part), safe="") for part in (user, password))
    return f"{scheme}://{user}{colon}{password}{at}{place}"


def _read_origin(variable: str, environ: Mapping[str, str]) -> str | None:
    said = environ.get(variable)
    if said and not _ORIGIN.fullmatch(said):
        raise ConfigurationError(f"{variable} is {said!r}; write scheme and host, as https://xinglin.example.gov.cn")
    return said or None


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
