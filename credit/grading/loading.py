"""Reading regimes: the folders of policies/regimes, each file checked against the messages that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from credit.grading.addresses import inside
from credit.grading.items import find_missing
from credit.grading.references import find_idle, find_missing_papers, find_twins, find_unknown
from credit.grading.regime import Regime
from credit.law import files
from schemas import documents
from schemas.documents import Document, Place, Problem, suggest
from schemas.errors import ConfigurationError
from schemas.policy import Confidence, Provision
from schemas.regime.consumers import ConsumersFile
from schemas.regime.duties import DutiesFile
from schemas.regime.files import FILES
from schemas.regime.lists import ListsFile
from schemas.regime.papers import PapersFile
from schemas.regime.scale import RegimeFile
from schemas.regime.supervision import SupervisionFile
from schemas.routing import Followed
from schemas.statement import Model


@dataclass(frozen=True, slots=True)
class RegimeFiles:
    """The files of a regime's folder, each with the lines that it is written on; all but the first may be absent."""

    regime: Document[RegimeFile]
    lists: Document[ListsFile] | None
    supervision: Document[SupervisionFile] | None
    duties: Document[DutiesFile] | None
    papers: Document[PapersFile] | None
    consumers: Document[ConsumersFile] | None

    def documents(self) -> tuple[Document[Any], ...]:
        """Return the files that are there, in the order of their fields."""
        found = (getattr(self, each.name) for each in fields(self))
        return tuple(document for document in found if document is not None)


def load(folder: Path, models: Mapping[str, Model]) -> dict[str, Regime]:
    """Read every regime of a folder such as `policies/regimes`, by code; see `read`. No folder: no regimes."""
    return {home.name: make(read(home, models)) for home in homes(folder)}


def homes(folder: Path) -> list[Path]:
    """Return the folders of regimes in a folder such as `policies/regimes`, by their names."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if (path / "regime.yaml").is_file())


def load_followed(folder: Path, followed: Mapping[str, Followed], models: Mapping[str, Model]) -> dict[str, Regime]:
    """Read the regimes that routing.yaml names in `regimes`, in their order; see `read`. No others are opened.

    Raises:
        ConfigurationError: there is none of a name, or a file has mistakes.
    """
    known = [path.parent.name for path in sorted(folder.glob("*/regime.yaml"))] if followed else []
    for code in followed:
        if code not in known:
            raise ConfigurationError(
                f"routing.yaml: regimes: there is no {folder / code / 'regime.yaml'}{suggest(code, known)}"
            )
    return {code: replace(make(read(folder / code, models)), from_year=how.from_year) for code, how in followed.items()}


def make(found: RegimeFiles) -> Regime:
    """Make a regime of its files."""
    return Regime(
        file=found.regime.value,
        lists=found.lists.value if found.lists else None,
        supervision=found.supervision.value if found.supervision else None,
        duties=found.duties.value if found.duties else None,
        consumers=found.consumers.value if found.consumers else None,
    )


def read(home: Path, models: Mapping[str, Model]) -> RegimeFiles:
    """Read the files of one regime; conditions may speak of the types of `models`.

    Raises:
        ConfigurationError: names every mistake of every file with its line.
    """
    troubles: list[ConfigurationError] = []
    read: dict[str, Any] = dict.fromkeys(FILES)
    for stem, model in FILES.items():
        path = home / f"{stem}.yaml"
        if stem == "regime" or path.exists():
            with _gathering(troubles):
                read[stem] = files.read(path, model)
    if read["regime"] is None:
        raise ConfigurationError("\n".join(map(str, troubles)))
    found = RegimeFiles(**read)
    for document in found.documents():
        with _gathering(troubles):
            documents.refuse(document.path, (*_problems(document, models), *_disagreements(document, found)))
    if troubles:
        raise ConfigurationError("\n".join(map(str, troubles)))
    return found


@contextmanager
def _gathering(troubles: list[ConfigurationError]) -> Iterator[None]:
    try:
        yield
    except ConfigurationError as error:
        troubles.append(error)


def _disagreements(document: Document[Any], found: RegimeFiles) -> Iterator[Problem]:
    yield from find_twins(document)
    if document is not found.regime:
        yield from find_unknown(document, found.regime, found.lists)
        return
    yield from find_idle(found.regime)
    yield from find_missing_papers(found.regime, found.papers)
    home = Path(document.path).parent
    if found.regime.value.code != home.name:
        yield document.problem(("code",), f"the folder is called '{home.name}'")


def _problems(document: Document[Any], models: Mapping[str, Model]) -> Iterator[Problem]:
    editions = document.value.editions
    for number, (before, after) in enumerate(pairwise(editions), 1):
        if after.effective_from <= before.effective_from:
            place: Place = ("editions", number, "effective_from")
            yield document.problem(place, "editions are in the order of their days, each on a day of its own")
    for place, value in walk(document.value):
        for inner, text in find_missing(value, models):
            yield document.problem((*place, *inner), text)


def walk(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Return every value of a file with its place, from the outside in."""
    yield place, value
    for step, each in inside(value):
        yield from walk(each, (*place, step))


@dataclass(frozen=True, slots=True)
class Open:
    """A provision whose text was not available: a default of this project, to be confirmed by the authority."""

    file: str
    line: int
    place: str
    source: str


def find_open(found: RegimeFiles) -> list[Open]:
    """Return what a regime leaves open: every provision of low confidence."""
    return find_open_in(found.documents())


def find_open_in(files: Iterable[Document[Any]]) -> list[Open]:
    """Return the provisions of low confidence in some files."""
    return [
        Open(document.path, document.line(place), documents.spell(place), str(value.source))
        for document in files
        for place, value in walk(document.value)
        if isinstance(value, Provision) and value.confidence is Confidence.LOW
    ]
