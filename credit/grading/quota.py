"""The fourth step: at most a share of the assessed is in a grade. The only one that looks at more than one subject."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from credit.grading.result import Result, Step, because
from schemas.regime.scale import Quota, Scale


class Rank(NamedTuple):
    """What decides who stays in the grade of a quota."""

    number: Decimal | None
    records: int
    licensed_on: date | None
    code: str


class Candidate(NamedTuple):
    """A result in the grade of the quota, and what decides who stays."""

    result: Result
    licensed_on: date | None
    code: str

    @property
    def rank(self) -> Rank:
        """What decides whether it stays."""
        return Rank(self.result.number, self.result.records, self.licensed_on, self.code)


class Cut(NamedTuple):
    """How a quota was filled: with so many places, and by whom the last was taken; None where not all were taken."""

    places: int
    last: Rank | None

    def holds_back(self, quota: Quota, rank: Rank) -> bool:
        """Tell whether who has this rank would not have stayed among those of then."""
        if self.last is None:
            return self.places == 0
        return order(quota, rank) > order(quota, self.last)


def places(quota: Quota, assessed: int) -> int:
    """Return how many of the assessed may be in the grade, rounded down."""
    return int((Decimal(assessed) * quota.share).to_integral_value(ROUND_DOWN))


def order(quota: Quota, rank: Rank) -> tuple[Any, ...]:
    """Return the key by which candidates stand in line, the first to stay the smallest.

    A subject whose licence date is not known stands after all others of its rank. The last key, the code, leaves no
    tie.
    """
    keys: dict[str, Any] = {
        "score": -(rank.number or Decimal(0)),
        "fewest_records": rank.records,
        "earliest_licence": rank.licensed_on or date.max,
        "code": rank.code,
    }
    return tuple(keys[name] for name in quota.keep)


@dataclass(frozen=True, slots=True)
class Line:
    """The candidates of a quota as they stand in line; of each only what decides is kept."""

    quota: Quota
    keys: Sequence[tuple[Any, ...]]
    cut: Cut

    def place(self, rank: Rank) -> int:
        """Return the place of a candidate, the first 1."""
        return bisect_left(self.keys, order(self.quota, rank)) + 1


def line_up(quota: Quota, ranks: Iterable[Rank], assessed: int) -> Line:
    """Line up the candidates of a quota, in whatever order they come."""
    ranked = sorted(ranks, key=lambda rank: order(quota, rank))
    room = places(quota, assessed)
    last = ranked[room - 1] if 0 < room <= len(ranked) else None
    return Line(quota, [order(quota, rank) for rank in ranked], Cut(room, last))


def fill(quota: Quota, scale: Scale, candidates: Iterable[Candidate], assessed: int) -> list[Result]:
    """Return the results of the candidates as they stand in line, those beyond the places at the quota's other grade.

    The order in which the candidates come does not matter.
    """
    ranked = sorted(candidates, key=lambda candidate: order(quota, candidate.rank))
    line = line_up(quota, (candidate.rank for candidate in ranked), assessed)
    return [stand(line, scale, candidate.result, candidate.rank) for candidate in ranked]


def stand(line: Line, scale: Scale, result: Result, rank: Rank) -> Result:
    """Return the result of a candidate after the quota."""
    place = line.place(rank)
    if place <= line.cut.places:
        return result
    return _move(line.quota, scale, result, f"名额 {line.cut.places} 个，排第 {place} 位")


def stand_later(quota: Quota, cut: Cut, scale: Scale, result: Result, rank: Rank) -> Result:
    """Return a result that was found after the close as the quota of then would have had it.

    Those who stayed then keep their places: nobody loses one by another's correction.
    """
    if not cut.holds_back(quota, rank):
        return result
    return _move(quota, scale, result, f"名额 {cut.places} 个，次序在最后一名之后")


def _move(quota: Quota, scale: Scale, result: Result, where: str) -> Result:
    share = f"{quota.share * 100:.10f}".rstrip("0").rstrip(".")
    effect = f"{quota.name}：不超过参评总数的 {share}%，{where}，定为 {scale.grades[quota.others]}"
    reason = because(Step.QUOTA, quota.id, effect, quota, quota.others)
    return result._replace(grade=quota.others, reasons=(*result.reasons, reason))
