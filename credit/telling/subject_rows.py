"""Rows of feeds about subjects: their places on the lists of regimes, and their official grades.

The columns are those of generation V2016, the only one that has tables for lists (黑榜, 红榜) and grades (行业评定).
Which list is shown, and as what, follows from the list's kind. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

import orjson

from credit.grading.regime import Regime
from credit.grading.result import Cited, load
from credit.grading.rows import EntryRow, OfficialRow
from credit.law.portal import read_mark
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.telling import feeds, sheets
from credit.telling.assessments import Shown as Party
from schemas.documents import suggest
from schemas.errors import ConfigurationError
from schemas.held import HeldReason
from schemas.regime.lists import ListKind, SubjectList
from schemas.states import EntryState

_PRAISE = frozenset({ListKind.RED, ListKind.COMMENDATION})
_RECOGNISING = frozenset({"credit.office.honour", "credit.office.listing"})
"""The families of decisions that recognise 认定 an honour or a listing, and whose number a row of a list can have."""
_MOST = 2000
"""Characters of a text column; what is longer is cut off with an ellipsis."""


class Place(NamedTuple):
    """What a row shows of a subject: its place on a list of a regime, or its grade on a scale.

    `year` is 0 where there is not one for each year: of a scale the last official grade is shown.
    """

    kind: Literal["list", "grade"]
    regime: str
    name: str
    year: int
    subject_id: str

    @property
    def about(self) -> str:
        """Stands in a row of a feed where another has the id of its record."""
        return f"{self.kind}:{self.regime}/{self.name}/{self.year}/{self.subject_id}"


class Standing(NamedTuple):
    """What is true of a place: the entries that hold a subject on a list, or its last official result, or nothing."""

    entries: tuple[EntryRow, ...] = ()
    result: OfficialRow | None = None


def place_of(about: str) -> Place:
    """Return the place that stands in a row: the inverse of `Place.about`."""
    kind, _, rest = about.partition(":")
    regime, name, year, subject_id = rest.split("/")
    return Place("list" if kind == "list" else "grade", regime, name, int(year), subject_id)


def refuse_unknown(known: Iterable[Feed], regimes: Mapping[str, Regime]) -> None:
    """Refuse feeds that show a list or a scale that is in no regime that is followed.

    Raises:
        ConfigurationError: it names them.
    """
    lists = {f"{code}/{each.id}" for code, regime in regimes.items() for each in _lists(regime)}
    scales = {
        f"{code}/{scale.id}"
        for code, regime in regimes.items()
        for edition in regime.file.editions
        for scale in edition.scales
    }
    for feed in known:
        for items, named, there in (("lists", feed.lists, lists), ("grades", feed.grades, scales)):
            for name in named:
                if name not in there:
                    advice = suggest(name, there)
                    raise ConfigurationError(
                        f"routing.yaml: feeds.{feed.code}.{items}: no regime that is followed has '{name}'{advice}"
                    )


def places_of(feed: Feed, entries: Iterable[EntryRow], results: Iterable[OfficialRow]) -> dict[Place, Standing]:
    """Return the places that a feed may show by some entries, whatever their state, and results, each as it stands."""
    found: dict[Place, Standing] = {}
    for entry in entries:
        if f"{entry.regime}/{entry.list_id}" in feed.lists:
            place = Place("list", entry.regime, entry.list_id, entry.year, entry.subject_id)
            held = found.get(place, Standing())
            found[place] = Standing((*held.entries, entry)) if entry.state == EntryState.LISTED else held
    for result in results:
        if f"{result.regime}/{result.scale}" in feed.grades:
            place = Place("grade", result.regime, result.scale, 0, result.subject_id)
            last = found.get(place, Standing()).result
            if last is None or (result.year, result.version) > (last.year, last.version):
                found[place] = Standing(result=result)
    return found


def show(feed: Feed, place: Place, standing: Standing, party: Party | None, rules: Rules) -> feeds.Shown | None:
    """Return what a feed should show of a place, or None for nothing.

    Nothing is shown of who cannot be named, of persons where the feed is not for them, and of persons' grades: the
    table of grades is one of organisations. A person's number is masked.
    """
    kinds = feed.person_kinds if party is not None and party.party.kind == "person" else feed.kinds
    if party is None or place.kind not in kinds:
        return None
    regime = rules.regimes.get(place.regime)
    if regime is None:
        return None
    row = (
        _show_entries(standing.entries, place, party, regime, rules)
        if place.kind == "list"
        else _show_grade(standing.result, party, regime, rules)
    )
    if row is None:
        return None
    template = feed.tables[row.table, "person" if party.party.kind == "person" else "organisation"]
    text = orjson.dumps(row.items, option=orjson.OPT_SORT_KEYS)
    faults = tuple(_unstated(mark) for mark in sheets.find_marks(template, row.items))
    return feeds.Shown(row.items, hashlib.sha256(text).digest(), faults=faults, opposite=row.opposite)


class _Row(NamedTuple):
    """A row of one of the tables of lists and grades; see `feeds.Shown.opposite`."""

    table: Literal["red", "black", "grade"]
    items: dict[str, str]
    opposite: str | None = None


def _unstated(mark: str) -> str:
    """Return the mark of a fault as it is of a row that no source can hand in again."""
    reason, item = read_mark(mark)
    return f"{HeldReason.UNSTATED.value}:{item}" if reason is HeldReason.MISSING else mark


def _show_entries(entries: Sequence[EntryRow], place: Place, party: Party, regime: Regime, rules: Rules) -> _Row | None:
    if not entries:
        return None
    listed = next((each for each in _lists(regime) if each.id == place.name), None)
    name = listed.name if listed is not None else place.name
    whole = name if not place.year else f"{name}（{place.year}年度）"
    tier = _tier(entries, listed)
    since = min(row.since for row in entries)
    said = _cut("；".join(dict.fromkeys(reason.effect for row in entries for reason in load(row.reasons))))
    by = _recognised_by(entries)
    organ = _organ(rules.routes.authority if by is None else by.organ_code, rules)
    number = "" if by is None else by.document_no
    if listed is not None and listed.kind in _PRAISE:
        level = listed.level.word if listed.level is not None else ""
        praise = {"RDRQ": _day(since), "RDBMQC": organ, "RDWH": number, "RYMC": whole, "RYNR": said, "RYDJ": level}
        return _Row("red", _stated(_party(party, "XM") | praise))
    until = _until(entries)
    consequence = "；".join(part for part in (tier, f"至{until}" if until else "") if part)
    said_of = f"列入{whole}{f'（{consequence}）' if consequence else ''}"
    blame = {"RDWH": number, "RDDW": organ, "ZYSXSS": said, "QRYZSXSJ": _day(since), "XZCFHPJNR": said_of}
    return _Row("black", _stated(_party(party, "FZRXM") | blame))


def _show_grade(result: OfficialRow | None, party: Party, regime: Regime, rules: Rules) -> _Row | None:
    if result is None or result.grade is None or party.party.kind == "person":
        return None
    scale = regime.scale(result.scale, result.year)
    rated = scale.rated if scale is not None else None
    grade = rated.grades.get(result.grade) if rated is not None else None
    items = {
        "TYSHXYDM": party.number,
        "JGQC": party.party.name,
        "PDJG": grade or "",
        "PDRQ": _day(result.decided_on),
        "PDMC": f"{regime.name}{result.year}年度{scale.name if scale is not None else ''}",
        "PDJGMC": _organ(rules.routes.authority, rules),
    }
    return _Row("grade", _stated(items), None if grade is not None else f"{HeldReason.NO_GRADE.value}:PDJG")


def _party(party: Party, name_of_person: str) -> dict[str, str]:
    if party.party.kind == "person":
        return {name_of_person: party.party.name, "SFZH": party.number}
    return {"TYSHXYDM": party.number, "JGQC": party.party.name}


def _tier(entries: Collection[EntryRow], listed: SubjectList | None) -> str:
    """Return the name of the strictest tier; empty where the list has none."""
    tiers = listed.tiers if listed is not None else ()
    return next((each.name for each in tiers if any(row.tier == each.id for row in entries)), "")


def _until(entries: Collection[EntryRow]) -> str:
    untils = [row.until for row in entries]
    return "" if None in untils else _day(max(until for until in untils if until is not None))


def _recognised_by(entries: Iterable[EntryRow]) -> Cited | None:
    """Return the decision that recognises what a list says, where the entries rest on that one and nothing else."""
    cited = {each for row in entries for reason in load(row.reasons) for each in reason.records}
    return cited.pop() if len(cited) == 1 and next(iter(cited)).family in _RECOGNISING else None


def _organ(code: str, rules: Rules) -> str:
    """Return the full name of an organ; empty where routing.yaml has none."""
    return next((name for name, known in rules.routes.organs.items() if known == code), "")


def _stated(items: Mapping[str, str]) -> dict[str, str]:
    return {code: text for code, text in items.items() if text}


def _lists(regime: Regime) -> Iterator[SubjectList]:
    """Yield the lists of all editions, those of the last first."""
    for edition in reversed(regime.lists.editions) if regime.lists is not None else ():
        yield from edition.lists


def _day(day: date) -> str:
    return f"{day:%Y/%m/%d}"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
