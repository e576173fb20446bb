"""How an archive is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from credit.identity import Viewer
from credit.vault import Keyring


@dataclass(frozen=True, slots=True)
class View:
    """By whom an archive is looked at, with which keys, and as of which day."""

    viewer: Viewer
    keyring: Keyring
    today: date
