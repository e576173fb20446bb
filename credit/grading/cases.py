"""Trying a regime on the cases beside it, and finding the rules that no case touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from credit.grading.addresses import addresses
from credit.grading.answers import answer
from credit.grading.loading import RegimeFiles, walk
from credit.grading.regime import Regime
from credit.law import files
from credit.law.cases import Difference, Tried, Untried, Written
from credit.law.conditions import mistakes
from credit.law.law import Law
from schemas import documents
from schemas.documents import Document, Problem
from schemas.policy import Condition
from schemas.regime.cases import GradeCase, RegimeCasesFile, StatedFact
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


def attempt(written: Written, regime: Regime, law: Law) -> Tried:
    """Try one case on a regime; what it does not say under `expect` is not compared."""
    case, found = written.case, answer(written.case, regime, law)
    expected = {name: getattr(case.expect, name) for name in _asked(case)}
    compared = [Difference(item, value, found.said[item]) for item, value in expected.items() if item in found.said]
    if isinstance(case, GradeCase):
        compared += [Difference(each.name, each.grade, found.others.get(each.name)) for each in case.others]
    return Tried(written, tuple(each for each in compared if each.expected != each.found), tuple(found.by))


def _asked(case: Any) -> Iterable[str]:
    """Return the items of `expect` that a case says, and those that it says by leaving them out."""
    always = {"hidden", "done"} if not hasattr(case.expect, "visits") else set()
    return [name for name in type(case.expect).model_fields if name in case.expect.model_fields_set | always]


def find_untried(tried: Iterable[Tried], found: RegimeFiles) -> list[Untried]:
    """Return the rules of a regime that none of the cases touched: the band, limit, entry, duty … with its place."""
    touched = {each for case in tried for each in case.by}
    return [
        Untried(document.path, document.line(place), f"{documents.spell(place)} ({address.rule})")
        for document in found.documents()
        for place, address in addresses(document)
        if address not in touched
    ]
