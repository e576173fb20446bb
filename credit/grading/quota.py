"""The fourth step: at most a share of the assessed is in a grade. The only one that looks at more than one subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from credit.grading.result import Result, Step, because
from schemas.regime.scale import Quota, Scale


class Candidate(NamedTuple):
    """A result in the grade of the quota, and what decides who stays."""

    result: Result
    licensed_on: date | None
    code: str


def places(quota: Quota, assessed: int) -> int:
    """Return how many of the assessed may be in the grade, rounded down."""
    return int((Decimal(assessed) * quota.share).to_integral_value(ROUND_DOWN))


def fill(quota: Quota, scale: Scale, candidates: Iterable[Candidate], assessed: int) -> list[Result]:
    """Return the results of the candidates, those beyond the places held at the quota's other grade.

    The order in which the candidates come does not matter: the last key, the code, leaves no tie. A subject whose
    licence date is not known stands after all others of its rank.
    """
    ranked = sorted(candidates, key=lambda candidate: _key(quota, candidate))
    room = places(quota, assessed)
    return [
        candidate.result if place <= room else _move(quota, scale, candidate.result, place, room)
        for place, candidate in enumerate(ranked, 1)
    ]


def _key(quota: Quota, candidate: Candidate) -> tuple[Any, ...]:
    result = candidate.result
    keys: dict[str, Any] = {
        "score": -(result.number or Decimal(0)),
        "fewest_records": result.records,
        "earliest_licence": candidate.licensed_on or date.max,
        "code": candidate.code,
    }
    return tuple(keys[name] for name in quota.keep)


def _move(quota: Quota, scale: Scale, result: Result, place: int, room: int) -> Result:
    share = f"{quota.share * 100:.10f}".rstrip("0").rstrip(".")
    effect = (
        f"{quota.name}：不超过参评总数的 {share}%，名额 {room} 个，排第 {place} 位，定为 {scale.grades[quota.others]}"
    )
    reason = because(Step.QUOTA, quota.id, effect, quota, quota.others)
    return replace(result, grade=quota.others, reasons=(*result.reasons, reason))
