"""Whether the files of a regime agree: what one names is there in the others, and no rule is without effect."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from credit.grading.addresses import addresses
from schemas.documents import Document, Place, Problem, suggest
from schemas.regime.duties import AfterListing, AfterResult, Duty, Yearly
from schemas.regime.lists import GradeEntry, SubjectList
from schemas.regime.papers import PapersFile
from schemas.regime.scale import Edition, Limit, RegimeFile, Scale, SheetMeasure, StartMeasure
from schemas.regime.supervision import Draw, Frequency

_LEAP = 2024


class Names(NamedTuple):
    """What the rules of an edition may name besides those of their own file: grades by scale, and tiers by list."""

    scales: Mapping[str, Collection[str]]
    lists: Mapping[str, Collection[str]]


class Wrong(NamedTuple):
    """Something that names what is not there, at a place within its edition."""

    place: Place
    text: str


def find_twins(document: Document[Any]) -> Iterator[Problem]:
    """Return every rule that has the id of another one of its edition and scale, list or draw."""
    seen: set[Any] = set()
    for place, address in addresses(document):
        if address in seen:
            yield document.problem((*place, "id"), f"another rule has the id '{address.rule}'")
        seen.add(address)


def find_idle(regime: Document[RegimeFile]) -> Iterator[Problem]:
    """Return limits that never lower a grade, bands out of reach, and grades to which nothing leads."""
    for number, edition in enumerate(regime.value.editions):
        for index, scale in enumerate(edition.scales):
            for place, text in _idle(scale):
                yield regime.problem(("editions", number, "scales", index, *place), text)


def _idle(scale: Scale) -> Iterator[Wrong]:
    for number, limit in enumerate(scale.limits):
        stricter = next((each for each in scale.limits if each is not limit and _outdoes(each, limit, scale)), None)
        if stricter is not None:
            yield Wrong(("limits", number), f"is unreachable: limit '{stricter.id}' holds whenever it does")
        if any(when in limit.unless for when in limit.when):
            yield Wrong(("limits", number, "unless"), "is unreachable: a fact that it asks for keeps it from holding")
    yield from _far_bands(scale)
    if scale.bands:
        named = {band.grade for band in scale.bands} | {limit.at_most for limit in scale.limits}
        named |= {scale.quota.others} if scale.quota else set()
        for grade in scale.grades:
            if grade not in named:
                yield Wrong(("grades", grade), f"no band, limit or quota leads to '{grade}'")


def _outdoes(one: Limit, other: Limit, scale: Scale) -> bool:
    """Tell whether a limit holds whenever another one does, and is as strict at least; of equals the first does."""
    wider = all(when in one.when for when in other.when) if one.when else False
    if (
        not wider
        or (one.unless, one.about) != (other.unless, other.about)
        or one.times > other.times
        or (other.in_force and not one.in_force)
    ):
        return False
    stricter = scale.rank(one.at_most) - scale.rank(other.at_most)
    places = [each.id for each in scale.limits]
    return stricter > 0 or (
        stricter == 0 and not (one.when == other.when and places.index(one.id) > places.index(other.id))
    )


def _far_bands(scale: Scale) -> Iterator[Wrong]:
    match scale.measure:
        case SheetMeasure(full=most):
            least = Decimal(0)
        case StartMeasure(least=least, most=most):
            pass
        case _:
            return
    for number, band in enumerate(scale.bands):
        if band.at_least is not None and band.at_least > most:
            yield Wrong(("bands", number, "at_least"), f"is unreachable: there are no numbers above {most}")
        if band.at_most is not None and band.at_most < least:
            yield Wrong(("bands", number, "at_most"), f"is unreachable: there are no numbers below {least}")


def find_missing_papers(regime: Document[RegimeFile], papers: Document[PapersFile] | None) -> Iterator[Problem]:
    """Return what a fall during the year should be told by and is no paper of the regime."""
    known = (
        {kind.value for edition in papers.value.editions for kind in edition.papers} if papers is not None else set()
    )
    for number, edition in enumerate(regime.value.editions):
        for index, scale in enumerate(edition.scales):
            place: Place = ("editions", number, "scales", index, "during_year", "paper")
            named = scale.during_year.paper if scale.during_year is not None else None
            if named is not None and named not in known:
                yield regime.problem(place, f"'{named}' is no paper of papers.yaml{suggest(named, known)}")


def find_unknown(
    document: Document[Any], regime: Document[RegimeFile], lists: Document[Any] | None
) -> Iterator[Problem]:
    """Return what the rules of a file name and no scale, list, unit or duty is called, with what was probably meant.

    A file's edition is held against the scales and lists that are in force at any time while it is.
    """
    editions = document.value.editions
    ends = [after.effective_from for _, after in pairwise(editions)] + [date.max]
    for number, (edition, end) in enumerate(zip(editions, ends, strict=True)):
        names = Names(
            _meet(_scales(each) for each in _during(regime.value.editions, edition.effective_from, end)),
            _meet(_lists(each) for each in _during(lists.value.editions, edition.effective_from, end)) if lists else {},
        )
        for place, text in _unknown(edition, names):
            yield document.problem(("editions", number, *place), text)


def _during(editions: Iterable[Any], start: date, end: date) -> list[Any]:
    """Return the editions that are in force at any time from a day to before another."""
    ordered = list(editions)
    ends = [after.effective_from for _, after in pairwise(ordered)] + [date.max]
    return [each for each, its_end in zip(ordered, ends, strict=True) if each.effective_from < end and its_end > start]


def _meet(each: Iterable[Mapping[str, Collection[str]]]) -> dict[str, Collection[str]]:
    """Return the names that all have."""
    first, *others = [*each] or [{}]
    return {
        name: [inner for inner in first[name] if all(inner in other[name] for other in others)]
        for name in first
        if all(name in other for other in others)
    }


def _scales(edition: Edition) -> dict[str, Collection[str]]:
    return {scale.id: scale.grades for scale in edition.scales}


def _lists(edition: Any) -> dict[str, Collection[str]]:
    return {each.id: [tier.id for tier in each.tiers] for each in edition.lists}


def _unknown(edition: Any, names: Names) -> Iterator[Wrong]:
    for part in ("lists", "frequencies", "draws", "duties", "consumers"):
        for number, rule in enumerate(getattr(edition, part, ())):
            match rule:
                case SubjectList():
                    found = _of_list(rule, names)
                case Frequency():
                    found = _of_frequency(rule, names)
                case Draw():
                    found = _of_draw(rule, names)
                case Duty():
                    found = _of_duty(rule, names)
                case _:
                    found = _of_consumer(rule, names)
            for place, text in found:
                yield Wrong((part, number, *place), text)


def _of_list(rule: SubjectList, names: Names) -> Iterator[Wrong]:
    for number, entry in enumerate(rule.enter):
        if isinstance(entry, GradeEntry):
            for place, text in _graded(entry.scale, entry.grades, names):
                yield Wrong(("enter", number, *place), text)


def _of_frequency(rule: Frequency, names: Names) -> Iterator[Wrong]:
    if rule.grades and rule.scale is None:
        yield Wrong(("grades",), "names grades without the scale that they are of")
    if rule.scale is not None:
        yield from _graded(rule.scale, rule.grades, names)
    yield from _each("lists", rule.lists, names.lists, "list")
    tiers = [tier for each in rule.lists for tier in names.lists.get(each, ())]
    yield from _each("tiers", rule.tiers, tiers, "tier of its lists")


def _of_draw(rule: Draw, names: Names) -> Iterator[Wrong]:
    if rule.scale is None and rule.shares:
        yield Wrong(("shares",), "names shares of grades without the scale that they are of")
    if rule.scale is not None:
        yield from _graded(rule.scale, (), names)
        for grade in rule.shares:
            yield from _known(("shares", grade), grade, names.scales.get(rule.scale, ()), f"grade of '{rule.scale}'")
    yield from _each("lists", rule.lists, names.lists, "list")


def _of_duty(rule: Duty, names: Names) -> Iterator[Wrong]:
    match rule.start:
        case AfterResult(scale=scale, grades=grades):
            yield from (Wrong(("start", *place), text) for place, text in _graded(scale, grades, names))
        case AfterListing(list=name):
            yield from _known(("start", "list"), name, names.lists, "list")
        case Yearly(month=month, day=day) if not _is_day(month, day):
            yield Wrong(("start", "day"), f"month {month} has no day {day}")
        case _:
            pass


def _of_consumer(rule: Any, names: Names) -> Iterator[Wrong]:
    yield from _each("scales", rule.scales, names.scales, "scale of the regime")
    grades = [grade for scale in rule.scales for grade in names.scales.get(scale, ())]
    yield from _each("grades", rule.grades, grades, "grade of its scales")
    yield from _each("lists", rule.lists, names.lists, "list")
    if not rule.scales and not rule.lists:
        yield Wrong((), "gets nothing: needs scales, lists or both")


def _graded(scale: str, grades: Iterable[str], names: Names) -> Iterator[Wrong]:
    yield from _known(("scale",), scale, names.scales, "scale of the regime")
    if scale in names.scales:
        yield from _each("grades", grades, names.scales[scale], f"grade of '{scale}'")


def _each(key: str, said: Iterable[str], known: Collection[str], what: str) -> Iterator[Wrong]:
    for number, name in enumerate(said):
        yield from _known((key, number), name, known, what)


def _known(place: Place, name: str, known: Collection[str], what: str) -> Iterator[Wrong]:
    if name not in known:
        yield Wrong(place, f"'{name}' is no {what}{suggest(name, known)}")


def _is_day(month: int, day: int) -> bool:
    try:
        date(_LEAP, month, day)
    except ValueError:
        return False
    return True
