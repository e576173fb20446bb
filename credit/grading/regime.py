"""A regime 评价制度 as it is loaded: the editions of its files, and which of them governs a year."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from schemas.regime.consumers import ConsumersFile
from schemas.regime.duties import DutiesFile
from schemas.regime.lists import ListsFile
from schemas.regime.scale import Edition, RegimeFile, Scale
from schemas.regime.supervision import SupervisionFile


class Dated(Protocol):
    """Something that is in force from a day on."""

    @property
    def effective_from(self) -> date:
        """The first day."""


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Regime:
    """One authority's assessment."""

    file: RegimeFile
    lists: ListsFile | None = None
    supervision: SupervisionFile | None = None
    duties: DutiesFile | None = None
    consumers: ConsumersFile | None = None
    from_year: int = date.min.year
    """The first year for which it is followed; its editions may be older."""

    @property
    def code(self) -> str:
        """The name of its folder."""
        return self.file.code

    @property
    def name(self) -> str:
        """What officials call it."""
        return self.file.name

    def edition(self, year: int) -> Edition | None:
        """Return the scales that govern a year: those in force on its last day. None: it is followed from later on."""
        if year < self.from_year:
            return None
        return in_force(self.file.editions, date(year, 12, 31))

    def scale(self, scale: str, year: int) -> Scale | None:
        """Return a scale as it governs a year."""
        edition = self.edition(year)
        return next((each for each in edition.scales if each.id == scale), None) if edition else None


def in_force(editions: Iterable[D], day: date) -> D | None:
    """Return the last of some editions, which are in order, that has begun on a day; None before the first."""
    begun: Sequence[D] = [edition for edition in editions if edition.effective_from <= day]
    return begun[-1] if begun else None


def digest_of(regimes: Mapping[str, Regime]) -> str:
    """Return the SHA-256 of what regimes say, in hexadecimal: the same where the same rules are followed."""
    whole = hashlib.sha256()
    for code in sorted(regimes):
        regime = regimes[code]
        whole.update(b"%d\n" % regime.from_year)
        for file in (regime.file, regime.lists, regime.supervision, regime.duties, regime.consumers):
            whole.update(b"\n" if file is None else file.model_dump_json().encode() + b"\n")
    return whole.hexdigest()
