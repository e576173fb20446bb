"""Trying a regime on the cases beside it, and finding the rules that no case touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from credit.grading.addresses import Address, addresses
from credit.grading.known import Counted, Known, by_family
from credit.grading.loading import RegimeFiles, walk
from credit.grading.quota import Candidate, fill
from credit.grading.regime import Regime
from credit.grading.result import Result
from credit.grading.scale import assess, is_hidden
from credit.law import files
from credit.law.cases import Difference, Tried, Untried, Written
from credit.law.conditions import mistakes
from schemas import documents
from schemas.documents import Document, Problem
from schemas.policy import Condition
from schemas.regime.cases import GradeCase, RegimeCasesFile, StatedFact, StatedSubject, SubjectCase
from schemas.regime.scale import Scale
from schemas.statement import Model


def read(home: Path, models: Mapping[str, Model]) -> list[Written]:
    """Read the cases of a regime's folder, all files of `cases/`; facts may be of the types of `models`.

    Raises:
        ConfigurationError: names every mistake of a file with its line.
    """
    written: list[Written] = []
    for path in sorted((home / "cases").glob("*.yaml")):
        document = files.read(path, RegimeCasesFile)
        documents.refuse(document.path, _problems(document, models))
        for number, case in enumerate(document.value.cases):
            written.append(Written(case, document.path, document.line(("cases", number))))
    return written


def _problems(document: Document[RegimeCasesFile], models: Mapping[str, Model]) -> Iterator[Problem]:
    facts = ((place, value) for place, value in walk(document.value) if isinstance(value, StatedFact))
    for place, fact in facts:
        items = {name: _values(value) for name, value in fact.items.items()}
        stated = Condition.model_construct(family=fact.family, items=items, contains={})
        for inner, text in mistakes(stated, models):
            yield document.problem((*place, *inner), text)


def _values(value: Any) -> tuple[Any, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(each for each in values if isinstance(each, str | bool | int))


def attempt(written: Written, regime: Regime) -> Tried:
    """Try one case on a regime."""
    case = written.case
    match case:
        case GradeCase():
            differences, touched = _grade(case, regime)
        case _:
            differences, touched = [], set()
    return Tried(written, tuple(differences), tuple(touched))


def find_untried(tried: Iterable[Tried], found: RegimeFiles) -> list[Untried]:
    """Return the rules of a regime that none of the cases touched: the band, limit, entry, duty … with its place."""
    touched = {each for case in tried for each in case.by}
    return [
        Untried(document.path, document.line(place), f"{documents.spell(place)} ({address.rule})")
        for document in found.documents()
        for place, address in addresses(document)
        if address not in touched
    ]


class _Looked(NamedTuple):
    differences: list[Difference]
    touched: set[Address]


def know(case: SubjectCase) -> Known:
    """Return what is known of the subject of a case: the facts that count."""
    return _know("subject", case.subject, case.facts)


def _know(subject_id: str, subject: StatedSubject, stated: Iterable[StatedFact]) -> Known:
    numbered = enumerate(stated, 1)
    counted = (_count(subject_id, number, fact) for number, fact in numbered if fact.state.counts and not fact.sealed)
    return Known(subject_id, subject.code, subject, by_family(counted))


def _count(subject_id: str, number: int, fact: StatedFact) -> Counted:
    return Counted(
        record_id=f"{subject_id}-{number:03}",
        family=fact.family,
        organ_code=fact.organ_code,
        document_no=fact.document_no or f"{number}号",
        occurred_on=fact.occurred_on,
        known_at=datetime.combine(fact.occurred_on, time(12), UTC),
        severity=fact.severity.value if fact.severity else None,
        items={name: _plain(value) for name, value in fact.items.items()},
    )


def _plain(value: Any) -> Any:
    """Return an item as it stands in a record, where days are text."""
    return value.isoformat() if isinstance(value, date) else value


def _grade(case: GradeCase, regime: Regime) -> _Looked:
    year, expect = case.year or case.day.year, case.expect
    scale = regime.scale(expect.scale, year)
    if scale is None:
        return _Looked([Difference("scale", expect.scale, None)], set())
    known = know(case)
    everybody = {"": known} | {
        other.name: _know(f"other-{number:03}", other.subject, other.facts)
        for number, other in enumerate(case.others, 1)
    }
    results = _close(case, scale, regime, year, everybody)
    result = results.get("")
    said = {reason.rule for reason in result.reasons} if result else set()
    found: dict[str, Any] = {
        "grade": result.grade if result else None,
        "because": tuple(rule for rule in expect.because if rule in said),
        "not_because": tuple(rule for rule in expect.not_because if rule not in said),
        "hidden": is_hidden(scale, known),
    }
    if "number" in expect.model_fields_set:
        found["number"] = result.number if result else None
    differences = [Difference(item, getattr(expect, item), value) for item, value in found.items()]
    for other in case.others:
        its = results.get(other.name)
        differences.append(Difference(other.name, other.grade, its.grade if its else None))
    touched = {
        Address("regime", each.edition, scale.id, reason.rule) for each in results.values() for reason in each.reasons
    }
    return _Looked([each for each in differences if each.expected != each.found], touched)


def _close(
    case: GradeCase, scale: Scale, regime: Regime, year: int, everybody: Mapping[str, Known]
) -> dict[str, Result]:
    """Return the results of the subjects of a case by their names, after the quota where the case is about it."""
    results: dict[str, Result] = {}
    for name, known in everybody.items():
        result = next((each for each in assess(known, regime, year) if each.scale == scale.id), None)
        if result is not None:
            results[name] = result
    if scale.quota is None or not (case.others or case.assessed):
        return results
    names = {known.subject_id: name for name, known in everybody.items()}
    rivals = [
        Candidate(result, everybody[name].who.licensed_on, everybody[name].code)
        for name, result in results.items()
        if result.grade == scale.quota.grade
    ]
    assessed = case.assessed or sum(result.grade is not None for result in results.values())
    return results | {names[each.subject_id]: each for each in fill(scale.quota, scale, rivals, assessed)}
