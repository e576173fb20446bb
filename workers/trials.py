"""Trying policies on the cases beside them: the law of a folder, and regimes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from connectors import registry
from credit.grading import cases as regime_cases
from credit.grading import loading as regimes
from credit.grading.addresses import addresses
from credit.grading.regime import Regime
from credit.law import cases, layers, loading
from credit.law.cases import Difference, Tried, Untried
from credit.law.law import Law
from schemas.errors import ConfigurationError
from schemas.statement import Model
from workers import settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """A case that did not come out as written."""

    file: str
    line: int
    name: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of the cases of a folder."""

    folder: str
    cases: int
    failed: tuple[Failed, ...]
    without_case: tuple[Untried, ...]


@dataclass(frozen=True, slots=True)
class RegimeChecked:
    """A regime whose files can be used: how many rules there are, and which of them the documents leave open."""

    code: str
    name: str
    folder: str
    rules: int
    open: tuple[regimes.Open, ...]


def try_law(folder: Path) -> Trial:
    """Try the law of a folder, and the rules of the provinces beside it, on their cases.

    Raises:
        ConfigurationError: a file of the law or of its cases cannot be used.
    """
    models = registry.load().models()
    found = loading.read(folder, models)
    law = loading.enact(found)
    tried = [cases.attempt(written, found, law) for written in cases.read(folder, models)]
    untried = cases.find_untried(tried, found)
    for path in sorted((folder.parent / "regions").glob("*.yaml")):
        regional = layers.enact(law, layers.read(folder.parent, path.stem).value)
        tried += [cases.attempt(written, found, regional) for written in cases.read_region(folder.parent, path.stem)]
    return _sum_up(folder, tried, untried)


def try_regime(home: Path) -> Trial:
    """Try the regime of a folder on its cases, working days and deadlines by the law of its province.

    Raises:
        ConfigurationError: a file of the regime, of its cases or of the law cannot be used.
    """
    models = registry.load().models()
    found = regimes.read(home, models)
    regime = regimes.make(found)
    law = _law_of(regime, home, models)
    tried = [regime_cases.attempt(written, regime, law) for written in regime_cases.read(home, models)]
    return _sum_up(home, tried, regime_cases.find_untried(tried, found))


def _law_of(regime: Regime, home: Path, models: Mapping[str, Model]) -> Law:
    """Return the law of a regime's province: of the policies that its folder is in, else of those in use."""
    around = home.resolve().parent.parent
    policies = around if (around / "national").is_dir() else settings.read().policies
    law = loading.load(policies / "national", models)
    region = regime.file.region
    return law if region is None else layers.enact(law, layers.read(policies, region).value)


def check_regime(home: Path) -> RegimeChecked:
    """Check the files of a regime and of its cases.

    Raises:
        ConfigurationError: a file of the regime or of its cases cannot be used.
    """
    models = registry.load().models()
    found = regimes.read(home, models)
    regime_cases.read(home, models)
    rules = sum(1 for document in found.documents() for _ in addresses(document))
    file = found.regime.value
    return RegimeChecked(file.code, file.name, str(home), rules, tuple(regimes.find_open(found)))


def for_all(do: Callable[[Path], T], folders: Iterable[Path]) -> tuple[T, ...]:
    """Do something with each of some folders.

    Raises:
        ConfigurationError: of all folders together, what is wrong with them.
    """
    done: list[T] = []
    troubles: list[str] = []
    for folder in folders:
        try:
            done.append(do(folder))
        except ConfigurationError as error:
            troubles.append(str(error))
    if troubles:
        raise ConfigurationError("\n".join(troubles))
    return tuple(done)


def _sum_up(folder: Path, tried: Iterable[Tried], untried: Iterable[Untried]) -> Trial:
    tried = list(tried)
    failed = tuple(_fail(each) for each in tried if each.differences)
    return Trial(str(folder), len(tried), failed, tuple(untried))


def _fail(tried: Tried) -> Failed:
    written = tried.written
    return Failed(written.file, written.line, written.case.name, tried.differences)
