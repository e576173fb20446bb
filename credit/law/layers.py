"""The layers over the national law: the rules of the authority's province, and the clauses that it has confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from credit.law import files
from credit.law.law import Law, weaker
from schemas import documents
from schemas.documents import Document, Problem
from schemas.errors import ConfigurationError
from schemas.layers import ConfirmedFile, RegionFile
from schemas.policy import Provision


def complete(law: Law, policies: Path, region: str | None, grounds: Iterable[Provision]) -> Law:
    """Lay a province's rules over the national law, and take as sure what `policies/confirmed.yaml` confirms.

    `grounds` are those of the routes, whose clauses can be confirmed as well. No region: the national rules alone.

    Raises:
        ConfigurationError: the province has no file, a file has mistakes, or a clause is confirmed that no
            provision cites; it names file and line.
    """
    law = cite(law, grounds)
    if region is not None:
        law = enact(law, read(policies, region).value)
    path = policies / "confirmed.yaml"
    return confirm(law, files.read(path, ConfirmedFile)) if path.exists() else law


def read(policies: Path, region: str) -> Document[RegionFile]:
    """Read the rules of a province.

    Raises:
        ConfigurationError: there is no such file, or it has mistakes.
    """
    path = policies / "regions" / f"{region}.yaml"
    if not path.is_file():
        known = documents.suggest(region, (each.stem for each in path.parent.glob("*.yaml")))
        raise ConfigurationError(f"routing.yaml names the region '{region}', and there is no file {path}{known}")
    return files.read(path, RegionFile)


def enact(law: Law, region: RegionFile) -> Law:
    """Lay the rules of a province over the national ones: what it gives holds, all else stays."""
    switches = (region.summary_penalties_of_persons, region.penalties_count_after, region.own_reports)
    own = (*region.deadlines.values(), *switches)
    law = cite(law, (each for each in own if each is not None))
    return replace(
        law,
        deadlines=law.deadlines.model_copy(update={str(name): rule for name, rule in region.deadlines.items()}),
        region=region,
    )


def cite(law: Law, provisions: Iterable[Provision]) -> Law:
    """Add the sources of further provisions to those that the law cites, each as sure as its least sure provision."""
    sources = dict(law.sources)
    for each in provisions:
        sources[str(each.source)] = weaker(sources.get(str(each.source)), each.confidence)
    return replace(law, sources=sources)


def confirm(law: Law, document: Document[ConfirmedFile]) -> Law:
    """Take as sure the clauses that somebody of the authority answers for.

    Raises:
        ConfigurationError: names each confirmed clause that no provision cites, or that is confirmed twice.
    """
    documents.refuse(document.path, _problems(law, document))
    return replace(law, confirmed={str(each.source): each for each in document.value.confirmed})


def _problems(law: Law, document: Document[ConfirmedFile]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, each in enumerate(document.value.confirmed):
        source = str(each.source)
        if source not in law.sources:
            text = "no provision cites this document and clause: copy both as `xinglin policy show` prints them"
            yield document.problem(("confirmed", index, "clause"), text)
        elif source in seen:
            yield document.problem(("confirmed", index, "clause"), "this clause is confirmed twice")
        seen.add(source)
