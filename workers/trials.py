"""Trying policies on the cases beside them: the law of a folder, and regimes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from connectors import registry
from credit.grading import cases as regime_cases
from credit.grading import loading as regimes
from credit.grading.addresses import addresses
from credit.grading.loading import RegimeFiles
from credit.grading.regime import Regime
from credit.law import cases, layers, loading
from credit.law.cases import Difference, Tried, Untried
from credit.law.law import Law
from schemas import documents
from schemas.documents import Place, Problem
from schemas.errors import ConfigurationError
from schemas.statement import Model
from workers import settings
from workers.papers import rules as papers

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
    policies = _policies_of(home)
    law = loading.load(policies / "national", models)
    region = regime.file.region
    return law if region is None else layers.enact(law, layers.read(policies, region).value)


def _policies_of(home: Path) -> Path:
    """Return the policies that a regime's folder is in, else those in use."""
    around = home.resolve().parent.parent
    return around if (around / "national").is_dir() else settings.read().policies


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
    left_open = (*regimes.find_open(found), *_check_papers(home, found))
    return RegimeChecked(file.code, file.name, str(home), rules, left_open)


def _check_papers(home: Path, found: RegimeFiles) -> list[regimes.Open]:
    """Check the papers of a regime, where it has any; return what the documents leave open of them."""
    if not (home / papers.FILE).is_file():
        return []
    document = papers.read(home, _policies_of(home))
    kinds = {kind.value for edition in document.value.editions for kind in edition.papers}
    documents.refuse(found.regime.path, _unknown_papers(found, kinds))
    return regimes.find_open_in([document])


def _unknown_papers(found: RegimeFiles, kinds: set[str]) -> Iterator[Problem]:
    for number, edition in enumerate(found.regime.value.editions):
        for index, scale in enumerate(edition.scales):
            during = scale.during_year
            if during is not None and during.paper is not None and during.paper not in kinds:
                place: Place = ("editions", number, "scales", index, "during_year", "paper")
                text = f"papers.yaml has no '{during.paper}'{documents.suggest(during.paper, kinds)}"
                yield found.regime.problem(place, text)


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
