"""What another policy would change: every subject of the archive assessed under both, and nothing written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from credit.grading.difference import Difference, compare
from credit.grading.known import Known
from credit.grading.quota import Candidate, fill
from credit.grading.regime import Regime
from credit.grading.result import Result
from credit.grading.scale import assess
from credit.identity import Viewer
from credit.store.bulk import Question, find, one_of
from credit.store.known import stream_known
from credit.store.tables import subject

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


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a policy would change of the grades of a year, scale by scale; `names` are those of who moves."""

    regime: str
    year: int
    scales: tuple[Difference, ...]
    names: Mapping[str, str]

    @property
    def moved(self) -> int:
        """How many grades would be others."""
        return sum(len(each.movers) for each in self.scales)


def compare_policies(
    connection: Connection,
    old: Regime,
    new: Regime,
    year: int,
    viewer: Viewer,
    tell: Callable[[int], None],
) -> WhatIf:
    """Assess every subject under two policies as its records stand now, quotas included; `tell` hears of the progress.

    Facts are streamed in one snapshot; results are kept until the quotas are filled.
    """
    before, after = _Year(old, year), _Year(new, year)
    for known in stream_known(connection):
        before.add(known)
        after.add(known)
        tell(1)
    scales = sorted(before.candidates.keys() | after.candidates.keys())
    differences = tuple(compare(scale, before.results(scale), after.results(scale)) for scale in scales)
    movers = {mover.subject_id for each in differences for mover in each.movers}
    return WhatIf(new.code, year, differences, _read_names(connection, movers, viewer))


def _read_names(connection: Connection, subjects: Iterable[str], viewer: Viewer) -> dict[str, str]:
    (rows,) = find(connection, Question(_NAMES, subjects))
    return {subject_id: viewer.text(name) for subject_id, name in rows}
