"""Lists of a regime: who should be on which today, and what that changes of who is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from credit.grading.known import Counted, Known
from credit.grading.measure import cite, months_later
from credit.grading.regime import Regime, in_force
from credit.grading.result import Step, because, dump, load
from credit.grading.rows import EntryRow, OfficialRow
from credit.grading.when import covers, find_facts, is_ended
from schemas.regime.lists import FactEntry, GradeEntry, ListsEdition, SubjectList, Tier
from schemas.states import EntryState

_ONE_DAY = timedelta(days=1)
NO_YEAR = 0
"""The year of entries on a list of which there is not one for each year."""


class Found(NamedTuple):
    """When entries are found: the day in Asia/Shanghai, and the instant."""

    day: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What entries rest on besides the facts of their subject.

    `closed` are the years of the regime that were closed, `official` the official results of the subject in them, and
    `heard` says of records from which day on their party counts as heard about them (`credit.record.hearing`).
    """

    closed: Collection[int] = ()
    official: Sequence[OfficialRow] = ()
    heard: Mapping[str, date] = field(default_factory=dict)


class Because(NamedTuple):
    """What brings a subject onto a list: since when and until when, by which facts, and on which of them it was told.

    `grounds` are the records by which its party may be told of the listing: what made it enough, and what came since.
    """

    since: date
    until: date | None
    facts: Sequence[Counted]
    grounds: Sequence[str]


def want(known: Known, regime: Regime, told: Told, at: Found) -> list[EntryRow]:
    """Return the entries that a subject has on the lists of a regime on a day.

    Nothing in them depends on when they were found but `as_of` and `changed_at`.
    """
    if regime.lists is None:
        return []
    day = at.day
    found: list[EntryRow] = []
    began = max(regime.lists.editions[0].effective_from.year, regime.from_year)
    for year in (NO_YEAR, *range(began, day.year + 1)):
        who = known.who if year == NO_YEAR else known.at_end_of(year).who
        edition = in_force(regime.lists.editions, day if year == NO_YEAR else date(year, 12, 31))
        for each in edition.lists if edition is not None else ():
            if each.yearly is (year != NO_YEAR) and covers(each.subjects, who):
                assert edition is not None
                found += _enter(each, edition, _Case(known, regime.code, year, at, told))
    return found


class _Case(NamedTuple):
    known: Known
    regime: str
    year: int
    at: Found
    told: Told

    @property
    def day(self) -> date:
        return self.at.day


def _enter(each: SubjectList, edition: ListsEdition, case: _Case) -> Iterator[EntryRow]:
    for entry in each.enter:
        found = _by_facts(entry, edition, case) if isinstance(entry, FactEntry) else _by_grade(entry, case)
        if found is not None:
            yield _make(each, entry, found, case)


def _make(each: SubjectList, entry: FactEntry | GradeEntry, found: Because, case: _Case) -> EntryRow:
    tier = next((tier for tier in each.tiers if len(found.facts) >= tier.at_least), None)
    heard = any(case.told.heard.get(record, date.max) <= case.day for record in found.grounds)
    state = EntryState.LISTED if heard or not each.told_first.on else EntryState.PREPARED
    reason = because(Step.LIST, entry.id, _say(each, entry, tier, found), entry, records=cite(found.facts))
    return EntryRow(
        regime=case.regime,
        list_id=each.id,
        kind=each.kind.value,
        year=case.year,
        subject_id=case.known.subject_id,
        rule=entry.id,
        tier=tier.id if tier is not None else None,
        since=found.since,
        until=found.until,
        state=state.value,
        reasons=dump([reason]),
        left_on=None,
        as_of=case.day,
        changed_at=case.at.now,
    )


def _say(each: SubjectList, entry: FactEntry | GradeEntry, tier: Tier | None, found: Because) -> str:
    count = f"（{len(found.facts)} 项）" if found.facts else ""
    level = f"，{tier.name}" if tier is not None else ""
    return f"{each.name}：{entry.name}{count}{level}"


def _by_facts(entry: FactEntry, edition: ListsEdition, case: _Case) -> Because | None:
    """Return what holds a subject on a list by its facts; None: nothing does."""
    if entry.in_force and case.year not in {NO_YEAR, case.day.year}:
        return None  # what is in force today says nothing of a former year
    span = None if entry.in_force or case.year == NO_YEAR else case.year
    facts = [fact for fact in find_facts(entry, case.known, span) if fact.occurred_on <= case.day]
    if len(facts) < (entry.times if entry.when else 0) or is_ended(entry, case.known, span):
        return None
    if not entry.when:
        since = _since_when(edition, case)
        return _stay(entry, since, (), (), case.day) if since is not None else None
    for enough in range(entry.times - 1, len(facts)):
        since = facts[enough].occurred_on
        found = _stay(entry, since, facts, [fact.record_id for fact in facts[enough:]], case.day)
        if found is not None:
            return found
    return None


def _since_when(edition: ListsEdition, case: _Case) -> date | None:
    """Return since when a subject lacks what a rule asks of everybody: since it is licensed, or its year began.

    None: nothing was asked of it in that year, or it is longer over than a year is kept open.
    """
    licensed_on = case.known.who.licensed_on
    if case.year == NO_YEAR:
        return licensed_on or edition.effective_from
    if case.year < case.day.year - 1 or (licensed_on is not None and licensed_on.year > case.year):
        return None
    began = date(case.year, 1, 1)
    return max(began, licensed_on) if licensed_on is not None else began


def _stay(entry: FactEntry, since: date, facts: Sequence[Counted], grounds: Sequence[str], day: date) -> Because | None:
    """Return a stay that begins on a day; None where its months are over."""
    until = months_later(since, entry.stays_months) if entry.stays_months is not None else None
    return None if until is not None and until < day else Because(since, until, facts, grounds)


def _by_grade(entry: GradeEntry, case: _Case) -> Because | None:
    """Return what holds a subject on a list by its official grades, of the last closed year or of the list's own."""
    if not case.told.closed:
        return None
    year = case.year if case.year != NO_YEAR else max(case.told.closed)
    reached = {each: day for each in case.told.closed if (day := _reached(entry, each, case)) is not None}
    if any(each not in reached for each in range(year - entry.years + 1, year + 1)):
        return None
    first = year
    while case.year == NO_YEAR and all(each in reached for each in range(first - entry.years, first)):
        first -= 1
    result = max((row for row in _results(entry, year, case)), key=lambda row: row.version)
    grounds = [cited.record_id for reason in load(result.reasons) for cited in reason.records]
    return Because(reached[first], None, (), grounds)


def _results(entry: GradeEntry, year: int, case: _Case) -> list[OfficialRow]:
    return [row for row in case.told.official if row.scale == entry.scale and row.year == year]


def _reached(entry: GradeEntry, year: int, case: _Case) -> date | None:
    """Return the day on which the official result of a year came to be one of the grades; None where it is not."""
    reached: date | None = None
    for row in sorted(_results(entry, year, case), key=lambda row: row.version):
        reached = (reached or row.decided_on) if row.grade in entry.grades else None
    return reached


def follow(wanted: Iterable[EntryRow], current: Iterable[EntryRow], at: Found) -> Followed:
    """Return what has to be written so that the entries on file are those that are wanted.

    Who was listed and is wanted no longer has left: the row says since when. Who was only prepared is not there any
    more, as nobody was told. What is as it should be is not written.
    """
    on_file = {_key(row): row for row in current}
    put = []
    for row in wanted:
        before = on_file.pop(_key(row), None)
        if before is None or row != before._replace(as_of=row.as_of, changed_at=row.changed_at):
            put.append(row)
    over = []
    for row in on_file.values():
        if row.state == EntryState.LISTED:
            put.append(_leave(row, at))
        elif row.state == EntryState.PREPARED:
            over.append(row)
    return Followed(put, over)


class Followed(NamedTuple):
    """The entries to put, and those to take away."""

    put: list[EntryRow]
    over: list[EntryRow]


def _leave(row: EntryRow, at: Found) -> EntryRow:
    left_on = at.day if row.until is None or row.until >= at.day else row.until + _ONE_DAY
    return row._replace(state=EntryState.LEFT.value, left_on=left_on, as_of=at.day, changed_at=at.now)


def _key(row: EntryRow) -> tuple[str, int, str]:
    return row.list_id, row.year, row.rule
