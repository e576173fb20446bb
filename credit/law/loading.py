"""Reading the law: the policy files of a folder, checked against each other's days and the messages that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from credit.law import calendar, files, portal
from credit.law.calendar import Table, Year
from credit.law.conditions import mistakes
from credit.law.degrees import Degrees
from credit.law.law import Law, weaker
from credit.law.publicity import Publicity
from credit.law.timeline import Timeline
from schemas import documents
from schemas.documents import Document, Place, Problem
from schemas.policy import (
    Confidence,
    DeadlinesFile,
    Escalation,
    FreeReportsEdition,
    MeasuresFile,
    PlausibilityFile,
    PortalFile,
    Provision,
    PublicityFile,
    PublicityVersion,
    ReportsFile,
    SealingFile,
    SealingRule,
    SeverityEdition,
    SeverityFile,
    SeverityRule,
)
from schemas.statement import Model


@dataclass(frozen=True, slots=True)
class Files:
    """The policy files of one folder, each with the lines that it is written on."""

    severity: Document[SeverityFile]
    publicity: Document[PublicityFile]
    sealing: Document[SealingFile]
    deadlines: Document[DeadlinesFile]
    measures: Document[MeasuresFile]
    plausibility: Document[PlausibilityFile]
    portal: Document[PortalFile]
    reports: Document[ReportsFile]
    calendar: Document[Table]

    def documents(self) -> tuple[Document[Any], ...]:
        """Return the files in the order of their fields."""
        return tuple(getattr(self, each.name) for each in fields(self))


def load(folder: Path | Traversable, models: Mapping[str, Model]) -> Law:
    """Read the law of a folder such as `policies/national`; see `read`."""
    return enact(read(folder, models))


def read(folder: Path | Traversable, models: Mapping[str, Model]) -> Files:
    """Read the policy files of a folder; rules may speak of the types of `models`.

    Raises:
        ConfigurationError: names every mistake of a file with its line.
    """
    found = Files(
        severity=files.read(folder / "severity.yaml", SeverityFile),
        publicity=files.read(folder / "publicity.yaml", PublicityFile),
        sealing=files.read(folder / "sealing.yaml", SealingFile),
        deadlines=files.read(folder / "deadlines.yaml", DeadlinesFile),
        measures=files.read(folder / "measures.yaml", MeasuresFile),
        plausibility=files.read(folder / "plausibility.yaml", PlausibilityFile),
        portal=files.read(folder / "portal.yaml", PortalFile),
        reports=files.read(folder / "reports.yaml", ReportsFile),
        calendar=files.read(folder / "calendar.yaml", Table),
    )
    documents.refuse(found.severity.path, _severity_problems(found.severity, models))
    documents.refuse(found.sealing.path, _sealing_problems(found.sealing, models))
    documents.refuse(found.publicity.path, _order_problems(found.publicity, "versions", found.publicity.value.versions))
    documents.refuse(found.reports.path, _order_problems(found.reports, "editions", found.reports.value.editions))
    documents.refuse(found.measures.path, _measure_problems(found.measures))
    return found


def enact(found: Files) -> Law:
    """Make the law of its files."""
    editions, versions = found.severity.value.editions, found.publicity.value.versions
    listed, reports = found.measures.value.measures, found.reports.value.editions
    degrees = Timeline(_days(editions), tuple(map(_degrees, editions)))
    return Law(
        degrees=degrees,
        publicity=Publicity(
            governs=found.publicity.value.governs,
            versions=Timeline(_days(versions), versions),
            not_adverse=found.publicity.value.not_adverse,
        ),
        sealing=_by_family(found.sealing.value.rules),
        changes=tuple(sorted({*_days(editions), *_days(versions), *_days(found.sealing.value.rules)})),
        deadlines=found.deadlines.value.deadlines,
        measures={code: tuple(m for m in listed if m.code == code) for code in {m.code for m in listed}},
        plausibility=found.plausibility.value,
        portal=portal.sort(found.portal.value),
        sources=_sources(found),
        calendar=calendar.join(found.calendar.value),
        own_reports=Timeline(_days(reports), reports),
    )


def provisions(document: Document[Any]) -> Iterator[tuple[Place, BaseModel]]:
    """Return what a policy file lays down, each with its place: provisions, escalations, years of holidays."""
    return _provisions(document.value, ())


def _provisions(value: Any, place: Place) -> Iterator[tuple[Place, BaseModel]]:
    if isinstance(value, Provision | Escalation | Year):
        yield place, value
    inner: Iterable[tuple[str | int, Any]] = ()
    match value:
        case BaseModel():
            inner = ((name, getattr(value, name)) for name in type(value).model_fields)
        case Mapping():
            inner = value.items()
        case tuple():
            inner = enumerate(value)
    for step, each in inner:
        yield from _provisions(each, (*place, step))


def _sources(found: Files) -> dict[str, Confidence]:
    sources: dict[str, Confidence] = {}
    for document in found.documents():
        for _, each in provisions(document):
            if isinstance(each, Provision):
                sources[str(each.source)] = weaker(sources.get(str(each.source)), each.confidence)
    return sources


def _severity_problems(document: Document[SeverityFile], models: Mapping[str, Model]) -> Iterable[Problem]:
    editions = document.value.editions
    yield from _order_problems(document, "editions", editions)
    for number, edition in enumerate(editions):
        for index, rule in enumerate(edition.rules):
            for place, text in mistakes(rule.when, models):
                yield document.problem(("editions", number, "rules", index, "when", *place), text)


def _sealing_problems(document: Document[SealingFile], models: Mapping[str, Model]) -> Iterable[Problem]:
    for index, rule in enumerate(document.value.rules):
        for place, text in mistakes(rule.when, models):
            yield document.problem(("rules", index, "when", *place), text)


_Dated = Sequence[SeverityEdition] | Sequence[PublicityVersion] | Sequence[SealingRule] | Sequence[FreeReportsEdition]


def _order_problems(document: Document[Any], name: str, entries: _Dated) -> Iterable[Problem]:
    days = _days(entries)
    for index in range(1, len(days)):
        if days[index] <= days[index - 1]:
            place: Place = (name, index, "effective_from")
            yield document.problem(place, f"must be after the {days[index - 1]} of the entry before it")


def _measure_problems(document: Document[MeasuresFile]) -> Iterable[Problem]:
    editions = [edition.code for edition in document.value.editions]
    for index, measure in enumerate(document.value.measures):
        if editions and measure.edition not in editions:
            text = f"unknown edition '{measure.edition}'{documents.suggest(measure.edition, editions)}"
            yield document.problem(("measures", index, "edition"), text)
    ends: dict[str, date] = {}
    for index, measure in enumerate(document.value.measures):
        if measure.effective_from <= ends.get(measure.code, date.min):
            text = f"{measure.code} is in force from {measure.effective_from}, when an entry before still is"
            yield document.problem(("measures", index, "code"), text)
        ends[measure.code] = measure.effective_to or date.max


def _days(entries: _Dated) -> tuple[date, ...]:
    return tuple(entry.effective_from for entry in entries)


def _by_family(rules: Sequence[SealingRule]) -> dict[str, tuple[SealingRule, ...]]:
    families = {rule.when.family for rule in rules}
    return {family: tuple(rule for rule in rules if rule.when.family == family) for family in families}


def _degrees(edition: SeverityEdition) -> Degrees:
    # The sort is stable: of equals the first in the file names the clause.
    heaviest_first = sorted(edition.rules, key=_weight, reverse=True)
    rules: dict[str, tuple[SeverityRule, ...]] = {}
    for rule in heaviest_first:
        rules[rule.when.family] = (*rules.get(rule.when.family, ()), rule)
    return Degrees(edition.penalties, rules, edition.otherwise)


def _weight(rule: SeverityRule) -> int:
    return rule.severity.weight if rule.severity is not None else -1
