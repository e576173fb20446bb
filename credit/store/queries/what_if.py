"""What another policy would change: every subject of the archive assessed under both, and nothing written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select

from credit.grading import lists
from credit.grading.difference import Difference, Turnover, Turnovers, compare
from credit.grading.known import Known
from credit.grading.lists import Found, Told
from credit.grading.quota import Candidate, fill
from credit.grading.regime import Regime
from credit.grading.result import Result
from credit.grading.rows import OfficialRow
from credit.grading.scale import assess
from credit.identity import Viewer
from credit.store.bulk import Question, find, one_of
from credit.store.known import stream_known
from credit.store.tables import closed_year, official, subject

_CLOSED = select(closed_year.c.year)
_OFFICIAL = select(*(official.columns[name] for name in OfficialRow._fields))
_NAMES = select(subject.c.subject_id, subject.c.name).where(one_of(subject.c.subject_id, "keys"))


@dataclass(slots=True)
class _Year:
    """The results of a whole year under one policy, gathered subject by subject; then the quotas are filled."""

    regime: Regime
    year: int
    candidates: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))

    def add(self, known: Known) -> None:
        for result in assess(known, self.regime, self.year):
            self.candidates[result.scale].append(
                Candidate(result, known.at_end_of(self.year).who.licensed_on, known.code)
            )

    def results(self, scale: str) -> list[Result]:
        found = self.candidates.get(scale, [])
        by = self.regime.scale(scale, self.year)
        if by is None or by.quota is None:
            return [each.result for each in found]
        best = [each for each in found if each.result.grade == by.quota.grade]
        others = [each.result for each in found if each.result.grade != by.quota.grade]
        assessed = sum(each.result.grade is not None for each in found)
        return fill(by.quota, by, best, assessed) + others


class _Lists:
    """Who is on which list under two policies; official grades are those of the old one."""

    def __init__(self, connection: Connection, old: Regime, new: Regime, at: Found) -> None:
        self._old, self._new, self._at = old, new, at
        self._turnovers = Turnovers()
        self._closed: frozenset[int] = frozenset()
        self._official: defaultdict[str, list[OfficialRow]] = defaultdict(list)
        if self._apart:
            years = connection.execute(_CLOSED.where(closed_year.c.regime == old.code))
            self._closed = frozenset(years.scalars())
            for row in connection.execute(_OFFICIAL.where(official.c.regime == old.code)):
                self._official[row.subject_id].append(OfficialRow._make(row))

    @property
    def _apart(self) -> bool:
        return self._old.lists != self._new.lists

    def add(self, known: Known) -> None:
        if self._apart:
            told = Told(self._closed, self._official.get(known.subject_id, ()))
            before, after = (lists.want(known, regime, told, self._at) for regime in (self._old, self._new))
            self._turnovers.add(before, after)

    def found(self) -> tuple[Turnover, ...]:
        return self._turnovers.found()


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a policy would change of the grades of a year, scale by scale, and of the lists of a day, list by list.

    Lists that both policies have alike are not looked at: who is on them follows from facts and from official grades,
    which no policy changes. `names` are those of who moves.
    """

    regime: str
    year: int
    scales: tuple[Difference, ...]
    lists: tuple[Turnover, ...]
    names: Mapping[str, str]

    @property
    def subjects(self) -> set[str]:
        """Who moves, on a scale or a list."""
        movers = {mover.subject_id for each in self.scales for mover in each.movers}
        return movers | {seat.subject_id for each in self.lists for seat in (*each.went, *each.came)}

    @property
    def listed(self) -> int:
        """How many places on lists would be given or taken."""
        return sum(each.moved for each in self.lists)

    @property
    def moved(self) -> int:
        """How many grades would be others."""
        return sum(len(each.movers) for each in self.scales)


def compare_policies(
    connection: Connection,
    old: Regime,
    new: Regime,
    year: int,
    at: Found,
    viewer: Viewer,
    tell: Callable[[int], None],
) -> WhatIf:
    """Assess every subject under two policies as its records stand now, quotas included; `tell` hears of the progress.

    Grades are those of a year, lists those of a day. Facts are streamed in one snapshot; results are kept until the
    quotas are filled.
    """
    before, after, listed = _Year(old, year), _Year(new, year), _Lists(connection, old, new, at)
    for known in stream_known(connection):
        before.add(known)
        after.add(known)
        listed.add(known)
        tell(1)
    scales = sorted(before.candidates.keys() | after.candidates.keys())
    differences = tuple(compare(scale, before.results(scale), after.results(scale)) for scale in scales)
    found = WhatIf(new.code, year, differences, listed.found(), {})
    return replace(found, names=_read_names(connection, found.subjects, viewer))


def _read_names(connection: Connection, subjects: Iterable[str], viewer: Viewer) -> dict[str, str]:
    (rows,) = find(connection, Question(_NAMES, subjects))
    return {subject_id: viewer.text(name) for subject_id, name in rows}
