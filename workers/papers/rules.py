"""What an authority's papers.yaml says of a kind of paper on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from credit.law import files
from schemas import documents
from schemas.documents import Document, Place, Problem
from schemas.errors import ConfigurationError
from schemas.papers import MODELS, PaperKind
from schemas.papers.common import Office, Paper
from schemas.regime.papers import Format, PaperRule, PapersEdition, PapersFile

FILE = "papers.yaml"
"""The file of a regime that says which papers there are."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a paper is made: by which rule, for which office, and below which folder its templates are."""

    rule: PaperRule
    office: Office
    policies: Path

    def refuse_format(self, wanted: Format) -> None:
        """Raise a ConfigurationError where the authority does not write such papers in a format."""
        if wanted not in self.rule.formats:
            error = ConfigurationError(f"no {wanted} of this paper; papers.yaml has: {', '.join(self.rule.formats)}")
            error.add_note(f"《{self.rule.title}》不输出为 {wanted}，可以输出为 {'、'.join(self.rule.formats)}。")
            raise error


def regimes(policies: Path) -> list[str]:
    """Return the names of the regimes that have papers."""
    return sorted(file.parent.name for file in policies.glob(f"regimes/*/{FILE}"))


def read(home: Path, policies: Path) -> Document[PapersFile]:
    """Read the papers.yaml in the folder of a regime, whose templates are below a folder of policies.

    Raises:
        ConfigurationError: it cannot be read, has mistakes, or names a template that is not there; each with its line.
    """
    document = files.read(home / FILE, PapersFile)
    documents.refuse(document.path, _problems(document, policies))
    return document


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one kind of paper is made for a regime, whatever day is on it."""

    document: Document[PapersFile]
    kind: PaperKind
    policies: Path

    @property
    def model(self) -> type[Paper]:
        """What the data of such a paper are."""
        return MODELS[self.kind]

    def order(self, on: date) -> Order:
        """Return how the paper is made when it has a day on it.

        Raises:
            ConfigurationError: there is no edition yet on that day, or none for papers of this kind.
        """
        edition = _in_force(self.document.value.editions, on)
        if edition is None or self.kind not in edition.papers:
            hint = documents.suggest(self.kind, sorted(edition.papers if edition else ()))
            raise ConfigurationError(f"{self.document.path}: has no {self.kind} on {on.isoformat()}{hint}")
        return Order(edition.papers[self.kind], edition.office, self.policies)


def open_desk(policies: Path, regime: str, kind: PaperKind) -> Desk:
    """Return where a regime makes a kind of paper.

    Raises:
        ConfigurationError: the regime has no papers, or as `read`.
    """
    known = regimes(policies)
    if regime not in known:
        raise ConfigurationError(f"{policies}/regimes: no papers of '{regime}'{documents.suggest(regime, known)}")
    return Desk(read(policies / "regimes" / regime, policies), kind, policies)


def _in_force(editions: Iterable[PapersEdition], on: date) -> PapersEdition | None:
    return max(
        (each for each in editions if each.effective_from <= on), key=lambda each: each.effective_from, default=None
    )


def _problems(document: Document[PapersFile], policies: Path) -> Iterator[Problem]:
    for number, edition in enumerate(document.value.editions):
        for kind, rule in edition.papers.items():
            if not (policies / rule.template).is_file():
                place: Place = ("editions", number, "papers", kind.value, "template")
                yield document.problem(place, f"{policies / rule.template} is not there")
