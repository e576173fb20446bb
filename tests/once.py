"""What each process of the tests works out once, and not for every test anew.

Nearly every test opens a Xinglin with the law and the routes as shipped, many of them a new home: to read and to make
all that again took longer than the tests themselves.

What a text holds is kept for the next process too, beside what pytest keeps: a run has a dozen of them, and as Python
compiles a module once for all, so a text is read once for all.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import threading
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import alembic.command
import argon2
import ruamel.yaml
from alembic.config import Config
from sqlalchemy import Connection

from connectors import registry, vocabulary
from credit.access import passwords
from credit.store import migrate
from schemas import documents
from workers import runtime
from workers.reading import Reader
from workers.runtime import Clock, wall_clock
from workers.settings import Settings

_load_reader = runtime.load_reader
HASHER = passwords._HASHER
"""What makes hashes of passwords as shipped, in a tenth of a second each; the tests' own asks for hardly any memory."""


class _Read(NamedTuple):
    """What a text holds, on which lines, and what of it is not allowed."""

    content: Any
    lines: dict[documents.Place, int]
    problems: list[documents.Problem]


class _Files(NamedTuple):
    """All that comes into a reader: where its files are, a digest of them, the day, and where connectors are."""

    routing: Path
    policies: Path
    texts: bytes
    today: date
    packages: tuple[str, ...]


_READ: dict[str, _Read] = {}
_ROOT = Path(__file__).parents[1]
_SHIPPED = tuple(f"{_ROOT / name}" for name in ("policies", "routing.yaml", "tests/law"))
"""What only tests write is not kept for others: there is no end of it."""
_KEPT = _ROOT / ".pytest_cache" / "texts"
_BY = hashlib.sha256(
    b"\0".join([Path(documents.__file__).read_bytes(), Path(__file__).read_bytes(), ruamel.yaml.__version__.encode()])
)
"""Who read a text: whatever may read it otherwise reads it anew."""
_READERS: dict[_Files, Reader] = {}
_MOST = 32
_TABLES: dict[str, tuple[str, ...]] = {}
"""By the newest migration: the statements that make the tables of an embedded archive."""


class _Texts(documents._Reader):
    """Reads the text of a YAML file as the program does, unless it was read before."""

    def read(self, text: str, path: str) -> Any:
        known = _READ.get(text) or _recall(text)
        if known is None:
            content = super().read(text, path)
            known = _Read(content, self.lines, self.problems)
            if path.startswith(_SHIPPED):
                _remember(text, known)
        _READ[text] = known
        self.lines, self.problems = known.lines, known.problems
        return known.content


def _kept(text: str) -> Path:
    by = _BY.copy()
    by.update(text.encode("utf-8", "surrogatepass"))
    return _KEPT / by.hexdigest()


def _recall(text: str) -> _Read | None:
    try:
        return _Read(*pickle.loads(_kept(text).read_bytes()))
    except FileNotFoundError:
        return None


def _remember(text: str, read: _Read) -> None:
    _KEPT.mkdir(parents=True, exist_ok=True)
    unfinished = _KEPT / f"{os.getpid()}-{threading.get_ident()}"
    unfinished.write_bytes(pickle.dumps(tuple(read)))
    unfinished.replace(_kept(text))


def load_reader(settings: Settings, clock: Clock = wall_clock, *, routing: Path | None = None) -> Reader:
    """Load the law, the routes, the connectors and the regimes as the program does, unless all is as it was before."""
    routes, today = routing or settings.routing, clock().astimezone(runtime.SHANGHAI).date()
    try:
        texts = _digest(routes, *_files_of(settings.policies))
    except OSError:
        return _load_reader(settings, clock, routing=routing)
    files = _Files(routes, settings.policies, texts, today, tuple(sys.path))
    known = _READERS.pop(files, None) or _load_reader(settings, clock, routing=routing)
    _READERS[files] = known
    if len(_READERS) > _MOST:
        del _READERS[next(iter(_READERS))]
    return known


def _digest(*files: Path) -> bytes:
    found = hashlib.sha256()
    for path in files:
        text = path.read_bytes()
        found.update(f"{path} {len(text)} ".encode() + text)
    return found.digest()


def _files_of(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names))


class _Command:
    """Makes the tables of a new embedded archive by the statements that the first one was made of."""

    def upgrade(self, config: Config, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        if connection.dialect.name != "sqlite" or _tables_of(connection):
            alembic.command.upgrade(config, revision)
            return
        newest = str(migrate._scripts().get_current_head())
        if newest not in _TABLES:
            alembic.command.upgrade(config, revision)
            _TABLES[newest] = tuple(_tables_of(connection))
            return
        for statement in _TABLES[newest]:
            connection.exec_driver_sql(statement)


def _tables_of(connection: Connection) -> list[str]:
    driver: Any = connection.connection.driver_connection
    return [statement for statement in driver.iterdump() if statement not in {"BEGIN TRANSACTION;", "COMMIT;"}]


def keep() -> None:
    """Keep it from now on: what comes of texts and models depends on nothing else, and nobody changes it."""
    documents._Reader = _Texts  # type: ignore[misc]
    documents.read = lru_cache(maxsize=256)(documents.read)
    registry.find_gaps = lru_cache(maxsize=None)(  # type: ignore[attr-defined, assignment]
        lambda model: tuple(vocabulary.find_gaps(model))
    )
    runtime.load_reader = load_reader
    migrate.command = _Command()  # type: ignore[attr-defined, assignment]
    passwords._HASHER = argon2.PasswordHasher(memory_cost=32)
