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
_ADDRESS = re.compile("https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~-]+)*/?")
"""What codes at doors lead to: nothing that a scanner could read otherwise."""
_ENDS = re.compile("[/?#]")
"""What ends a host in a URL."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The authority's own login: its issuer, and as whom Xinglin is known there; without a secret, by PKCE alone."""

    issuer: str
    client: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this Xinglin keeps its state, which servers it uses, and which law and routes hold.

    Without servers everything lies below `home`. `environ` is kept for the keys alone and never shown. It is
    `traced` where OpenTelemetry is told where to send spans. `fonts` is a folder with fonts of the authority's own.
    `console_address` is the one by which people open the console, as `https://xinglin.example.gov.cn`; `proxies` are
    the addresses of those who may say for whom they ask.
    `public_address` is what the addresses of public pages begin with, without a slash at the end; empty where none is
    told.
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
    console_address: str = ""
    proxies: tuple[str, ...] = ()
    public_address: str = ""
    oidc: OidcSettings | None = None


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """Where the public page reads: the projection alone. It knows no broker, no archive and no key.

    `proxies` are the addresses that are believed when they say who asks.
    """

    database_url: str
    proxies: tuple[str, ...] = ()


def read_public(environ: Mapping[str, str] = os.environ, *, home: Path | None = None) -> PublicSettings:
    """Read the settings of the public page; `home` from the command line wins.

    Raises:
        ConfigurationError: a URL that can be read in two ways, or servers without the page's own user.
    """
    database = _read_url("XINGLIN_PUBLIC_DATABASE_URL", environ)
    if home is None and database is None and environ.get("XINGLIN_DATABASE_URL"):
        raise ConfigurationError(
            "set XINGLIN_PUBLIC_DATABASE_URL to the same database, with the user that may read the public schema alone"
        )
    place = (home or Path(environ.get("XINGLIN_HOME", "var"))).absolute()
    url = f"sqlite:///{place / 'public.sqlite'}" if home is not None or database is None else database
    return PublicSettings(url, _read_proxies(environ))


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
        console_address=_read_address("XINGLIN_CONSOLE_ADDRESS", environ),
        proxies=_read_proxies(environ),
        public_address=_read_address("XINGLIN_PUBLIC_ADDRESS", environ),
        oidc=_read_oidc(environ),
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


def _read_oidc(environ: Mapping[str, str]) -> OidcSettings | None:
    issuer, client = environ.get("XINGLIN_OIDC_ISSUER"), environ.get("XINGLIN_OIDC_CLIENT")
    if not issuer:
        return None
    if not client:
        raise ConfigurationError("XINGLIN_OIDC_ISSUER is set: set XINGLIN_OIDC_CLIENT too")
    file = environ.get("XINGLIN_OIDC_SECRET_FILE")
    try:
        secret = Path(file).read_text(encoding="utf-8").strip() if file else environ.get("XINGLIN_OIDC_SECRET", "")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("the file of XINGLIN_OIDC_SECRET_FILE cannot be read") from None
    return OidcSettings(issuer, client, secret)


def _read_proxies(environ: Mapping[str, str]) -> tuple[str, ...]:
    said = (each.strip() for each in environ.get("XINGLIN_PROXIES", "").split(","))
    return tuple(filter(None, said))


def _read_seconds(variable: str, environ: Mapping[str, str], default: int) -> timedelta:
    said = environ.get(variable, str(default))
    if not (said.isascii() and said.isdigit() and 0 < len(said) < 6 and int(said) > 0):
        raise ConfigurationError(f"{variable} is {said!r}; write a whole number of seconds above 0")
    return timedelta(seconds=int(said))


def _read_address(variable: str, environ: Mapping[str, str]) -> str:
    said = environ.get(variable, "")
    if said and not _ADDRESS.fullmatch(said):
        raise ConfigurationError(f"{variable} is {said!r}; write https://HOST, with a path below it where there is one")
    return said.rstrip("/")


def _find(variable: str, environ: Mapping[str, str], name: str) -> Path:
    """Return the named file, or the one of this folder, or the one that came with the program."""
    if variable in environ:
        return Path(environ[variable])
    package = Path(__file__).parent
    places = (Path.cwd() / name, package.parent / name, package / "data" / name)
    return next((place for place in places if place.exists()), places[0])
