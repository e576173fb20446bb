"""What a better grade asks for, and what another policy changes, by a regime of the tests' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from credit.grading import loading
from credit.grading.advice import look_up
from credit.grading.difference import Difference, Turn, compare
from credit.grading.known import Counted, gather
from credit.grading.regime import Regime
from credit.grading.result import Result
from credit.grading.scale import assess
from schemas.regime.scale import Scale
from tests.builders import ROOT, connectors


@cache
def small() -> Regime:
    return loading.load(ROOT / "tests" / "law" / "regimes", connectors().models())["small"]


def scale(name: str) -> Scale:
    found = small().scale(name, 2026)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who a subject of a test is."""

    roles: Sequence[str] = ("institution",)
    level: str | None = None
    district: str | None = None
    specialties: Sequence[str] = ()
    licensed: bool = True
    licensed_on: date | None = None


def fact(family: str, number: str, severity: str | None = None, **items: Any) -> Counted:
    known_at = datetime(2026, 5, 2, tzinfo=UTC)
    return Counted(f"r{number}", family, "11410481983690064T", number, date(2026, 5, 1), known_at, severity, items)


def penalty(number: str, severity: str = "minor") -> Counted:
    return fact("credit.inspection.penalty", number, severity)


def sheet(marks: str, number: str = "检1", inspectors: int = 2) -> Counted:
    line = {"code": "1", "full_marks": "100", "marks": marks, "applicable": True, "star": 0, "met": True}
    return fact("credit.inspection.check", number, scheme="routine", inspectors=inspectors, items=[line])


def result(name: str, *facts: Counted, subject: str = "甲") -> Result:
    known = gather(subject, subject, Somebody(), facts)
    return next(each for each in assess(known, small(), 2026) if each.scale == name)


def ways(name: str, *facts: Counted) -> tuple[str, list[str]] | None:
    upward = look_up(result(name, *facts), scale(name))
    return None if upward is None else (upward.grade, [way.text for way in upward.ways])


class TestUpward:
    def test_the_best_grade_has_none_above_it(self) -> None:
        assert ways("sheet", sheet("80")) is None

    def test_a_number_has_to_reach_the_band_above(self) -> None:
        assert ways("sheet", sheet("79.99")) == ("good", ["分值达到 80（现为 79.99）"])

    def test_the_next_grade_is_asked_for_and_not_the_best(self) -> None:
        assert ways("sheet", sheet("12")) == ("fair", ["分值达到 50（现为 12.00）"])

    def test_a_limit_says_how_many_of_its_records_have_to_go(self) -> None:
        found = ways("sheet", sheet("95"), penalty("罚1"), penalty("罚2"), penalty("罚3"))
        assert found == ("fair", ["“受到2次处罚”所依据的记录至少有 2 项经修复、撤销或者届满而不再计入"])

    def test_number_and_limit_may_both_stand_in_the_way(self) -> None:
        found = ways("sheet", sheet("60"), penalty("罚1"))
        assert found is not None
        assert len(found[1]) == 2

    def test_what_is_missing_has_to_come(self) -> None:
        assert ways("trust") == ("a", ["具备“没有表彰”所缺的信息"])

    def test_who_was_not_assessed_has_no_way_up(self) -> None:
        assert result("sheet").grade is None
        assert ways("sheet", sheet("95", inspectors=1)) is None


class TestDifference:
    def compare(self, before: list[Result], after: list[Result]) -> Difference:
        return compare("sheet", before, after)

    def test_who_stays_moves_nobody(self) -> None:
        same = self.compare([result("sheet", sheet("85"))], [result("sheet", sheet("85"))])
        assert same.turns == {Turn("good", "good"): 1}
        assert same.movers == ()

    def test_a_mover_has_the_reasons_that_went_and_came(self) -> None:
        found = self.compare([result("sheet", sheet("85"))], [result("sheet", sheet("85"), penalty("罚1"))])
        (mover,) = found.movers
        assert mover.turn == Turn("good", "fair")
        assert mover.went == ()
        assert [reason.rule for reason in mover.came] == ["one-penalty"]

    def test_whoever_is_no_longer_covered_moves_to_none(self) -> None:
        found = self.compare([result("sheet", sheet("85"))], [])
        assert found.turns == {Turn("good", None): 1}
        assert [reason.rule for reason in found.movers[0].went] == ["marks", "band-good"]

    def test_movers_are_in_the_order_of_their_ids(self) -> None:
        before = [result("sheet", sheet("85"), subject=name) for name in "丙甲乙"]
        assert [mover.subject_id for mover in self.compare(before, []).movers] == sorted("丙甲乙")
