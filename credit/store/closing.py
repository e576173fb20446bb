"""The close of a year: every subject of a regime gets its official result, in one transaction.

Subjects are streamed from a snapshot, and of each only the facts of the moment are held; of those in the grade of a
quota so much is kept as decides who stays. A crash leaves nothing, and the same call begins anew; see
docs/decisions/0027-a-year-is-closed-at-once.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple, TypeVar

import orjson
from sqlalchemy import Connection, Engine, select

from credit.grading.known import Known
from credit.grading.official import decide, dump_cuts, is_candidate, rank_of
from credit.grading.quota import Cut, Line, Rank, line_up, stand
from credit.grading.regime import Regime
from credit.grading.result import Reason, Result
from credit.grading.rows import CloseRow, OfficialRow
from credit.grading.scale import assess_by, families_of
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import bulk, locks, sweeps, tables, terms
from credit.store.bulk import Question, find, one_of
from credit.store.engine import reading, together, writing
from credit.store.known import Families, read_families, read_known, stream_known
from credit.store.official import GATE, tell
from schemas.errors import PermanentError
from schemas.regime.scale import Edition, Scale

T = TypeVar("T")

_AT_ONCE = 500
"""So many subjects are held at a time."""
_ALL = 1 << 256

Progress = Callable[[int], None]
"""Hears how many subjects more were looked at."""


class CloseRefused(PermanentError):
    """A year is not closed; nothing was changed."""

    def __init__(self, message: str, told: str = "") -> None:
        """Take what is wrong, and what a clerk is told of it in Chinese."""
        super().__init__(message)
        if told:
            self.add_note(told)


def close(
    engine: Engine, code: str, year: int, decision: Decision, rules: Rules, progress: Progress = lambda _: None
) -> CloseRow:
    """Close a year of a regime: write every official result, tell its consumers, let all subjects be assessed anew.

    Lists follow from official grades, and what is committed meanwhile corrects them, once assessors have looked at all.

    Raises:
        CloseRefused: the year is not over, is closed already or lies before one that is; the regime did not govern it;
            or nobody could be assessed.
        TransientError: nothing is known to be committed; try again.
    """
    regime = rules.regimes[code]
    edition = _edition(regime, year, rules.at.today)
    with writing(engine) as target, reading(engine) as source:
        terms.confirm(target, rules.at.now)
        earlier = _refuse_closed(target, regime, year)
        closing = _Closing(regime, edition, year, rules, source, target, follows=earlier)
        closing.run(progress)
        locks.hold(target, [GATE])
        _refuse_closed(target, regime, year)
        row = closing.conclude(decision)
        bulk.insert(target, tables.closed_year, [row])
        sweeps.start_again(target)
    return row


def _edition(regime: Regime, year: int, today: date) -> Edition:
    if today <= date(year, 12, 31):
        first = date(year + 1, 1, 1)
        raise CloseRefused(
            f"{year} is not over; it may be closed from {first} on", f"{year} 年度尚未结束，{first} 起才能评定。"
        )
    edition = regime.edition(year)
    if edition is None:
        begin = max(regime.file.editions[0].effective_from, date(regime.from_year, 1, 1))
        raise CloseRefused(
            f"'{regime.code}' governs the years that end after {begin}, so not {year}",
            f"{regime.name}自 {begin} 起适用，不能评定 {year} 年度。",
        )
    return edition


def _refuse_closed(connection: Connection, regime: Regime, year: int) -> bool:
    """Tell whether an earlier year is closed; refuse where this one or a later one is."""
    table = tables.closed_year
    closed = select(table.c.year, table.c.closed_on, table.c.by).where(table.c.regime == regime.code)
    years = {row.year: row for row in connection.execute(closed)}
    if year in years:
        found = years[year]
        raise CloseRefused(
            f"{year} of '{regime.code}' is closed since {found.closed_on}, and is never opened again",
            f"{regime.name} {year} 年度已由 {found.by} 于 {found.closed_on} 评定，不能重新评定；"
            "此后撤销、修复或补报的，由系统自动更正。",
        )
    later = [each for each in years if each > year]
    if later:
        raise CloseRefused(
            f"{min(later)} of '{regime.code}' is closed already: years are closed in their order",
            f"{min(later)} 年度已经评定，不能再评定此前的 {year} 年度。",
        )
    return bool(years)


class _Decided(NamedTuple):
    row: OfficialRow
    reasons: tuple[Reason, ...]


class _Closing:
    """One close on its way."""

    def __init__(
        self,
        regime: Regime,
        edition: Edition,
        year: int,
        rules: Rules,
        source: Connection,
        target: Connection,
        *,
        follows: bool,
    ) -> None:
        self.regime, self.edition, self.year, self.rules = regime, edition, year, rules
        self.source, self.target = source, target
        self.asked = families_of(edition)
        self.scales: dict[str, Scale] = {scale.id: scale for scale in edition.scales}
        self.candidates: dict[str, list[Rank]] = {scale.id: [] for scale in edition.scales if scale.quota is not None}
        self.cuts: dict[str, Cut] = {}
        self.counts = dict.fromkeys(self.scales, 0)
        self.not_assessed = 0
        self.digest = 0
        official = tables.official.c
        self.before = (
            select(official.subject_id, official.scale, official.year, official.version, official.grade).where(
                one_of(official.subject_id, "keys"), official.regime == regime.code, official.year < year
            )
            if follows
            else None
        )

    def run(self, progress: Progress) -> None:
        """Decide for every subject; those in the grade of a quota come last, when all others are counted.

        While the next window is decided, the database writes what was sent to it of the one before.
        """
        with together(self.target):
            for window in _windows(stream_known(self.source, self.asked)):
                self._write(self._decide(window))
                progress(len(window))
            families = read_families(self.source)
            for scale_id, ranks in self.candidates.items():
                self._fill(self.scales[scale_id], ranks, families)

    def conclude(self, decision: Decision) -> CloseRow:
        """Return the row of the close.

        Raises:
            CloseRefused: nobody could be assessed.
        """
        assessed = sum(self.counts.values())
        if not assessed:
            raise CloseRefused(
                f"nobody could be assessed by '{self.regime.code}' for {self.year}, so there is nothing to close",
                f"{self.regime.name} {self.year} 年度没有可以评定的对象，未作评定。请核对年度和数据。",
            )
        return CloseRow(
            regime=self.regime.code,
            year=self.year,
            closed_on=self.rules.at.today,
            closed_at=self.rules.at.now,
            by=decision.by,
            account=decision.account,
            assessed=assessed,
            not_assessed=self.not_assessed,
            rules=self.edition.model_dump_json(),
            cuts=dump_cuts(self.cuts),
            digest=f"{self.digest:064x}",
        )

    def _decide(self, window: Iterable[Known]) -> Iterator[Result]:
        for known in window:
            for result in assess_by(self.edition, known, self.regime.code, self.year):
                if result.grade is None:
                    self.not_assessed += 1
                else:
                    self.counts[result.scale] += 1
                if is_candidate(self.scales[result.scale], result):
                    self.candidates[result.scale].append(rank_of(result, known))
                else:
                    yield result

    def _fill(self, scale: Scale, ranks: list[Rank], families: Families) -> None:
        """Decide about those in the grade of a quota; what is known of them is read again from the snapshot."""
        assert scale.quota is not None
        line = line_up(scale.quota, ranks, self.counts[scale.id])
        self.cuts[scale.id] = line.cut
        for window in _windows(sorted(rank.code for rank in ranks)):
            found = read_known(self.source, families.of(window), self.asked)
            self._write(self._stand(found.values(), scale, line))

    def _stand(self, window: Iterable[Known], scale: Scale, line: Line) -> Iterator[Result]:
        for known in window:
            for result in assess_by(self.edition, known, self.regime.code, self.year):
                if result.scale == scale.id:
                    yield stand(line, scale, result, rank_of(result, known))

    def _write(self, results: Iterable[Result]) -> None:
        results = list(results)
        previous = self._read_previous({result.subject_id for result in results})
        now, today = self.rules.at.now, self.rules.at.today
        decided = [
            _Decided(decide(each, previous.get((each.subject_id, each.scale)), now, today), each.reasons)
            for each in results
        ]
        for row, _ in decided:
            self.digest = (self.digest + _hash(row)) % _ALL
        # First what asks the database anything: then nothing waits for what is being written.
        tell(self.target, decided, self.rules)
        bulk.insert(self.target, tables.official, (row for row, _ in decided))

    def _read_previous(self, subjects: set[str]) -> dict[tuple[str, str], str | None]:
        """Return the last official grade of subjects, by subject and scale."""
        if self.before is None:
            return {}
        (rows,) = find(self.source, Question(self.before, subjects))
        before = sorted(map(_Before._make, rows), key=lambda row: (row.year, row.version))
        return {(row.subject_id, row.scale): row.grade for row in before}


class _Before(NamedTuple):
    """An official result of an earlier year."""

    subject_id: str
    scale: str
    year: int
    version: int
    grade: str | None


def _hash(row: OfficialRow) -> int:
    """Return the hash of a result; those of a year are added up, so that their order does not matter."""
    said = orjson.dumps([row.scale, row.subject_id, row.edition, row.number, row.grade, row.previous, row.reasons])
    return int.from_bytes(hashlib.sha256(said).digest())


def _windows(each: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(each)
    while window := list(islice(rest, _AT_ONCE)):
        yield window
