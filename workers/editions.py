"""Which routing and law a program has loaded, as digests: so that two of them can be told to have the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError
from workers.settings import Settings

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Editions:
    """SHA-256, 64 hexadecimal digits each: of the bytes of `routing.yaml`; of all files of the law with their names."""

    routing: str
    law: str

    def __str__(self) -> str:
        """Write both short, as a person names them on the command line."""
        return f"{self.routing[:_SHOWN]}-{self.law[:_SHOWN]}"


def read(settings: Settings) -> Editions:
    """Digest the files that the settings name.

    Raises:
        ConfigurationError: one cannot be read.
    """
    law = hashlib.sha256()
    for file in sorted(settings.policies.rglob("*.yaml")):
        name = file.relative_to(settings.policies).as_posix()
        law.update(f"{name} {hashlib.sha256(_read(file)).hexdigest()}\n".encode())
    return Editions(hashlib.sha256(_read(settings.routing)).hexdigest(), law.hexdigest())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from error
