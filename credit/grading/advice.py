"""What would have to change for the next better grade: the other half of an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from credit.grading.result import Result, Step
from schemas.regime.scale import Limit, Scale


class Way(NamedTuple):
    """One thing that stands between a subject and a grade, in Chinese, and the rule that asks for it."""

    rule: str
    text: str
    clause: str


class Upward(NamedTuple):
    """The next better grade, and everything that has to change for it."""

    grade: str
    ways: tuple[Way, ...]


def look_up(result: Result, scale: Scale) -> Upward | None:
    """Return what the next better grade asks for; None where there is no better one, or nothing was assessed."""
    if result.grade is None or scale.rank(result.grade) == 0:
        return None
    target = [*scale.grades][scale.rank(result.grade) - 1]
    return Upward(target, tuple(_ways(result, scale, target)))


def _ways(result: Result, scale: Scale, target: str) -> Iterator[Way]:
    limits = {limit.id: limit for limit in scale.limits}
    for reason in result.reasons:
        if reason.grade is None or scale.rank(reason.grade) <= scale.rank(target):
            continue
        match reason.step:
            case Step.BAND:
                yield Way(reason.rule, _number(result, scale, target), reason.clause)
            case Step.LIMIT:
                yield Way(reason.rule, _limit(limits[reason.rule], len(reason.records)), reason.clause)
            case _:
                yield Way(reason.rule, f"“{reason.effect}”不再成立", reason.clause)


def _number(result: Result, scale: Scale, target: str) -> str:
    wanted = next(band for band in scale.bands if scale.rank(band.grade) >= scale.rank(target))
    now = "" if result.number is None else f"（现为 {result.number:f}）"
    if wanted.at_least is not None:
        return f"分值达到 {wanted.at_least:f}{now}"
    if wanted.at_most is not None:
        return f"数值不超过 {wanted.at_most:f}{now}"
    return f"数值改变{now}"


def _limit(limit: Limit, records: int) -> str:
    if not limit.when:
        return f"具备“{limit.name}”所缺的信息"
    spare = records - limit.times + 1
    return f"“{limit.name}”所依据的记录至少有 {spare} 项经修复、撤销或者届满而不再计入"
