"""Trying the law on the cases beside it, and finding what it lays down without a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from credit.law import files, loading
from credit.law.calendar import Year
from credit.law.conditions import mistakes
from credit.law.law import Law
from credit.law.loading import Files
from schemas import documents
from schemas.base import Closed
from schemas.cases import (
    Case,
    CasesFile,
    CountingCase,
    DeadlineCase,
    MeasureCase,
    PlausibilityCase,
    PortalCase,
    PublicityCase,
    ReportsCase,
    SealingCase,
    SeverityCase,
    StatedFact,
    StatedRecord,
)
from schemas.documents import Document, Problem
from schemas.errors import ConfigurationError, UnusableError
from schemas.party import Organ, Party, RecordKey
from schemas.policy import Condition, MeasuresEdition, OpenCategories, PublicityVersion
from schemas.reasons import Reason
from schemas.statement import Category, Fact, Model

_KINDS: Mapping[str, type[Closed]] = {
    "severity": CasesFile[SeverityCase],
    "publicity": CasesFile[PublicityCase],
    "sealing": CasesFile[SealingCase],
    "deadlines": CasesFile[DeadlineCase],
    "measures": CasesFile[MeasureCase],
    "plausibility": CasesFile[PlausibilityCase],
    "portal": CasesFile[PortalCase],
    "reports": CasesFile[ReportsCase],
}
_PENALTY = "credit.inspection.penalty"


@dataclass(frozen=True, slots=True)
class Difference:
    """An item that came out other than expected; None stands for what is not there."""

    item: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Written:
    """A case and where it stands."""

    case: Case
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A case that was tried: what came out other than expected, and what of the law gave the answer."""

    written: Written
    differences: tuple[Difference, ...]
    by: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Untried:
    """A part of a policy file that no case touches."""

    file: str
    line: int
    place: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the law says, item by item, and what of it says so."""

    said: Mapping[str, Any]
    by: tuple[object, ...]


def read(folder: Path, models: Mapping[str, Model]) -> list[Written]:
    """Read the cases in `cases/` of a folder of policy files; each file is named like the one that it tries.

    Raises:
        ConfigurationError: names every mistake of a file with its line, and a file that belongs to no other.
    """
    written: list[Written] = []
    for path in sorted((folder / "cases").glob("*.yaml")):
        if path.stem not in _KINDS:
            raise ConfigurationError(f"{path}: no policy file has this name{documents.suggest(path.stem, _KINDS)}")
        document: Document[Any] = files.read(path, _KINDS[path.stem])
        documents.refuse(document.path, _problems(document, models))
        cases = document.value.cases
        written += [Written(case, document.path, document.line(("cases", n))) for n, case in enumerate(cases)]
    return written


def read_region(policies: Path, region: str) -> list[Written]:
    """Read the cases of a province's rules, `regions/cases/PROVINCE.yaml`; none where it has no such file.

    Raises:
        ConfigurationError: names every mistake of the file with its line.
    """
    path = policies / "regions" / "cases" / f"{region}.yaml"
    if not path.exists():
        return []
    document: Document[Any] = files.read(path, CasesFile[DeadlineCase | CountingCase | ReportsCase])
    cases = document.value.cases
    return [Written(case, document.path, document.line(("cases", n))) for n, case in enumerate(cases)]


def _problems(document: Document[Any], models: Mapping[str, Model]) -> Iterable[Problem]:
    for index, case in enumerate(document.value.cases):
        if isinstance(case, SeverityCase | SealingCase):
            stated = Condition(family=case.fact.family, items=case.fact.items)
            for place, text in mistakes(stated, models):
                yield document.problem(("cases", index, "fact", *place), text)


def attempt(written: Written, found: Files, law: Law) -> Tried:
    """Try one case on the law of some files."""
    answer = _answer(written.case, found, law)
    expect = written.case.expect
    expected: Mapping[str, Any] = dict(expect) if expect is not None else {}
    items = {**expected, **answer.said}
    compared = [Difference(item, expected.get(item), answer.said.get(item)) for item in items]
    return Tried(written, tuple(each for each in compared if each.expected != each.found), answer.by)


def find_untried(tried: Iterable[Tried], found: Files) -> list[Untried]:
    """Return what the policy files lay down and none of the cases touched."""
    touched = {id(part) for each in tried for part in each.by}
    return [
        Untried(document.path, document.line(place), documents.spell(place))
        for document in found.documents()
        for place, part in _parts(document)
        if id(part) not in touched
    ]


def _parts(document: Document[Any]) -> Iterator[tuple[documents.Place, object]]:
    for place, part in loading.provisions(document):
        match part:
            case PublicityVersion() | MeasuresEdition():
                pass  # its periods, its measures are what it lays down
            case OpenCategories():
                for index, category in enumerate(part.categories):
                    yield (*place, "categories", index), category
            case _:
                yield place, part


def _answer(case: Case, found: Files, law: Law) -> _Answer:
    match case:
        case SeverityCase():
            answer = _degree(case, law)
        case PublicityCase():
            answer = _window(case, law)
        case SealingCase():
            answer = _sealing(case, law)
        case DeadlineCase():
            answer = _due(case, found, law)
        case CountingCase():
            answer = _counting(case, law)
        case MeasureCase():
            answer = _measure(case, law)
        case PlausibilityCase():
            answer = _refusal(case, law)
        case PortalCase():
            answer = _held(case, law)
        case ReportsCase():
            free = law.free_reports(case.day)
            answer = _Answer({"per_year": free.per_year, "document": free.source.document}, (free,))
        case _:
            raise AssertionError(case)
    return answer


def _degree(case: SeverityCase, law: Law) -> _Answer:
    applied = law.apply(_stated(case.fact, case.day), case.day)
    said = {"severity": applied.severity, "document": applied.degree.source.document}
    return _Answer(said, (applied.heavier or applied.degree,))


def _sealing(case: SealingCase, law: Law) -> _Answer:
    rule = law.sealing_of(_stated(case.fact, case.day), case.day)
    said = {"sealed": rule is not None, "document": rule.source.document if rule else None}
    return _Answer(said, (rule,) if rule else ())


def _stated(fact: StatedFact, day: date) -> Fact:
    items = {name: values if name == "penalty_kinds" else values[0] for name, values in fact.items.items()}
    stated = _fact(fact.family, fact.category, day, items)
    return stated._replace(party=Party(kind=fact.party, name="某当事人"))


def _window(case: PublicityCase, law: Law) -> _Answer:
    record, day = case.record, case.day
    fact = _fact(_PENALTY, record.category, record.occurred_on, {}, record)
    window = law.window(fact, record.severity, day)
    said = {"public": window.public, "repairable_from": window.repairable_from, "until": window.until}
    publicity = law.publicity
    if record.severity is None:
        opened = publicity.opening(record.category)
        if opened is None:
            return _Answer({**said, "document": None}, ())
        return _Answer({**said, "document": opened.source.document}, (record.category,))
    bounds = publicity.bounds(record.severity, record.occurred_on, day)
    # Which day governs shows only where the two days have different versions.
    governed = publicity.versions.on(day) is not publicity.versions.on(record.occurred_on)
    by = (*bounds, publicity.governs) if governed else (*bounds,)
    return _Answer({**said, "document": bounds.most.source.document}, by)


def _due(case: DeadlineCase, found: Files, law: Law) -> _Answer:
    rule, due = law.deadline(case.deadline), law.due(case.deadline, case.day)
    table = found.calendar.value
    years = [year for year in table.years if rule.counted == "working" and _between(year, case.day, due.on)]
    by_law = [] if due.covered or table.by_law is None else [table.by_law]
    return _Answer({"due": due.on, "document": rule.source.document}, (rule, *years, *by_law))


def _counting(case: CountingCase, law: Law) -> _Answer:
    counting, region = law.counting(_stated(case.fact, case.day)), law.region
    rule = region.penalties_count_after if region is not None and counting is not None else None
    said = {"counts_from": counting.on if counting else None, "document": rule.source.document if rule else None}
    return _Answer(said, ())


def _between(year: Year, start: date, due: date) -> bool:
    return any(start < day <= due for day in year.days_off().union(year.working))


def _measure(case: MeasureCase, law: Law) -> _Answer:
    measure = law.measure(case.code, case.day)
    if measure is None:
        return _Answer({}, ())
    said = {name: getattr(measure, name) for name in ("edition", "measure_class", "name", "target_kinds")}
    return _Answer({**said, "document": measure.source.document}, (measure,))


def _refusal(case: PlausibilityCase, law: Law) -> _Answer:
    items = {
        "CF_NR_FK": str(case.fine),
        "penalty_kinds": case.penalty_kinds,
        "summary_procedure": case.summary_procedure,
    }
    fact = _fact(_PENALTY, Category.PENALTY, case.day, items)
    sent_at = case.time or datetime.combine(case.day, time(), UTC)
    limits = {
        Reason.REVISION_IMPLAUSIBLE: law.plausibility.revision,
        Reason.TIME_IMPLAUSIBLE: law.plausibility.time,
        Reason.SUMMARY_IMPLAUSIBLE: law.plausibility.summary_procedure,
        Reason.FINE_IMPLAUSIBLE: law.plausibility.fine,
    }
    try:
        law.check_order(case.revision, sent_at, case.day)
        law.check(fact._replace(party=Party(kind=case.party, name="某当事人")), case.day)
    except UnusableError as error:
        return _Answer({"refused": error.reason}, (limits[error.reason],))
    return _Answer({"refused": None}, ())


def _held(case: PortalCase, law: Law) -> _Answer:
    found = law.portal.find_faults(case.row, case.party, case.items, case.day)
    faults = [fault for fault in found if fault.item in case.items]
    return _Answer({"held": tuple(fault.mark for fault in faults)}, tuple(fault.rule for fault in faults))


def _fact(
    family: str, category: Category, day: date, items: Mapping[str, Any], record: StatedRecord | None = None
) -> Fact:
    """Return a fact of nobody in particular: the law asks neither who nor by whom."""
    return Fact(
        key=RecordKey(family, "", ""),
        organ=Organ(name="某机关", code="11410481983690064T"),
        party=Party(kind="organisation", name="某单位"),
        category=category,
        occurred_on=day,
        items=items,
        valid_until=record.valid_until if record else None,
        publicity_until=record.publicity_until if record else None,
    )
