"""What the close of a year decides, how later facts correct it, and what a fall during a year starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from credit.grading.falls import Review, find_reviews
from credit.grading.known import Counted, Known, gather
from credit.grading.loading import load
from credit.grading.official import (
    Case,
    Closed,
    Followed,
    Place,
    counted_on,
    decide,
    dump_cuts,
    follow_official,
    is_candidate,
    load_cuts,
    rank_of,
)
from credit.grading.quota import Cut, Rank, line_up, stand
from credit.grading.regime import Regime
from credit.grading.result import Result, Step
from credit.grading.result import load as load_reasons
from credit.grading.rows import OfficialRow
from credit.grading.scale import assess
from credit.grading.who import Attributes
from schemas.record import Cause, State
from schemas.regime.scale import Edition
from schemas.states import ReviewState
from tests.builders import ROOT, connectors, national_law

CLOSED_ON = date(2026, 1, 20)
TODAY = date(2026, 6, 10)
NOW = datetime(2026, 6, 10, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def town() -> Regime:
    return load(ROOT / "tests" / "law" / "regimes", connectors().models())["town"]


def fact(number: str, day: date, family: str = "credit.inspection.penalty", **items: Any) -> Counted:
    return Counted(number, family, "11410481983690064T", f"某镇〔{day.year}〕{number}号", day, NOW, None, items)


def known(*facts: Counted, code: str = "A", licensed_on: date | None = None) -> Known:
    return gather(code, code, Attributes(licensed_on=licensed_on), facts)


def review(
    number: str, day: date, grade: str, decision: str, decided_grade: str | None = None, year: int = 2026
) -> Counted:
    items: dict[str, Any] = {"regime": "town", "scale": "rating", "year": year, "grade": grade, "decision": decision}
    if decided_grade is not None:
        items["decided_grade"] = decided_grade
    return fact(number, day, "credit.office.review", reviewer="李科长", content="已核实", **items)


def only(regime: Regime, one: Known, year: int) -> Result:
    (result,) = assess(one, regime, year)
    return result


def _edition(regime: Regime, year: int) -> Edition:
    edition = regime.edition(year)
    assert edition is not None
    return edition


@dataclass
class Story:
    """A subject whose year 2025 was closed, and what is known of it at different times."""

    regime: Regime
    cut: Cut = field(default_factory=lambda: Cut(10, None))
    last: dict[Place, OfficialRow] = field(default_factory=dict)
    reviews: tuple[Review, ...] = ()

    def close(self, *facts: Counted, previous: str | None = None) -> OfficialRow:
        row = decide(only(self.regime, known(*facts), 2025), previous, NOW, CLOSED_ON)
        self.last[Place("rating", 2025)] = row
        return row

    def learn(self, *facts: Counted, undone: Mapping[str, Cause] | None = None, today: date = TODAY) -> Followed:
        """Follow what is known now; what is of after the close counts only for the time since."""
        at_close = known(*(each for each in facts if each.occurred_on <= CLOSED_ON))
        closed = Closed(2025, CLOSED_ON, _edition(self.regime, 2025), {"rating": self.cut})
        case = Case(self.regime, [closed], {2025: at_close}, known(*facts), self.last, undone or {})
        followed = follow_official(case, national_law().calendar, NOW, today)
        self.last |= {Place(row.scale, row.year): row for row in followed.results}
        self.reviews = followed.reviews
        return followed

    @property
    def official(self) -> OfficialRow:
        return self.last[Place("rating", 2025)]


@pytest.fixture
def story(town: Regime) -> Story:
    return Story(town)


def steps(row: OfficialRow) -> list[Step]:
    return [reason.step for reason in load_reasons(row.reasons)]


FINE, LATER = fact("1", date(2025, 3, 1)), fact("2", date(2025, 9, 1))


class TestClose:
    def test_the_edition_of_the_last_day_of_a_year_governs_all_of_it(self, town: Regime) -> None:
        of_2025 = only(town, known(fact("1", date(2025, 12, 31))), 2025)
        of_2026 = only(town, known(fact("1", date(2026, 1, 1))), 2026)
        assert (of_2025.grade, of_2025.edition) == ("pass", date(2024, 1, 1))
        assert (of_2026.grade, of_2026.edition) == ("poor", date(2026, 7, 1))

    @pytest.mark.parametrize("day", [date(2024, 12, 31), date(2026, 1, 1)])
    def test_a_fact_outside_the_year_counts_for_nothing(self, town: Regime, day: date) -> None:
        assert only(town, known(fact("1", day)), 2025).grade == "excellent"

    def test_29_february_is_a_day_of_its_year(self, town: Regime) -> None:
        assert only(town, known(fact("1", date(2024, 2, 29))), 2024).grade == "pass"

    def test_a_row_says_which_grade_was_official_before(self, story: Story) -> None:
        row = story.close(FINE, previous="excellent")
        assert (row.version, row.grade, row.number, row.previous, row.cause) == (1, "pass", "90", "excellent", "close")
        assert row.decided_on == CLOSED_ON


class TestQuota:
    def stay(self, town: Regime, subjects: Iterable[Known]) -> tuple[dict[str, str | None], Cut]:
        scale = town.scale("rating", 2025)
        assert scale is not None
        assert scale.quota is not None
        results = [(only(town, one, 2025), one) for one in subjects]
        candidates = [(each, rank_of(each, one)) for each, one in results if is_candidate(scale, each)]
        line = line_up(scale.quota, (rank for _, rank in candidates), len(results))
        grades = {each.subject_id: stand(line, scale, each, rank).grade for each, rank in candidates}
        return grades, line.cut

    def test_ties_are_broken_by_records_then_licence_then_code(self, town: Regime) -> None:
        early, late = date(2010, 2, 28), date(2010, 3, 1)
        honour = fact("h", date(2025, 5, 1), "credit.office.honour")
        subjects = [
            known(code="Z", licensed_on=early),
            known(code="C", licensed_on=late),
            known(code="B", licensed_on=late),
            known(code="A"),  # whose licence date is not known
            known(honour, code="Q"),
            known(FINE, code="P"),
        ]
        grades, cut = self.stay(town, subjects)
        assert grades == {"Q": "excellent", "Z": "excellent", "B": "excellent", "C": "pass", "A": "pass"}
        assert cut == Cut(3, Rank(Decimal(100), 0, late, "B"))

    def test_a_cut_is_read_as_it_was_written(self) -> None:
        cuts = {
            "rating": Cut(3, Rank(Decimal("89.995"), 2, date(2024, 2, 29), "B")),
            "free": Cut(1, None),
            "bare": Cut(1, Rank(None, 0, None, "A")),
        }
        assert load_cuts(dump_cuts(cuts)) == cuts

    def test_no_place_at_all_keeps_nobody(self, town: Regime) -> None:
        grades, cut = self.stay(town, [known()])
        assert grades == {"A": "pass"}
        assert cut == Cut(0, None)


class TestCorrection:
    def test_nothing_new_changes_nothing(self, story: Story) -> None:
        story.close(FINE)
        assert story.learn(FINE) == Followed((), ())

    def test_an_undone_fact_gives_the_grade_as_if_it_had_never_come(self, story: Story) -> None:
        story.close(FINE, LATER)
        story.learn(LATER, undone={"1": Cause.WITHDRAWN})
        row = story.official
        assert (row.version, row.grade, row.previous, row.cause) == (2, "pass", "poor", "correction")
        assert row.decided_on == TODAY
        correction = load_reasons(row.reasons)[-1]
        assert correction.effect == "更正：某镇〔2025〕1号 因撤销不再计入，等级为 合格"
        assert [cited.record_id for cited in correction.records] == ["1"]
        assert story.learn(LATER, undone={"1": Cause.WITHDRAWN}).results == ()

    def test_a_fact_that_comes_late_corrects_as_well(self, story: Story) -> None:
        story.close()
        story.learn(FINE)
        assert story.official.grade == "pass"
        assert "某镇〔2025〕1号 在评定后收到" in load_reasons(story.official.reasons)[-1].effect

    def test_what_comes_and_goes_leaves_the_grade_of_the_close(self, story: Story) -> None:
        story.close()
        story.learn(FINE)
        story.learn(undone={"1": Cause.UPHELD_OBJECTION})
        assert (story.official.version, story.official.grade) == (3, "excellent")

    def test_a_subject_that_was_not_known_then_gets_its_first_result(self, story: Story) -> None:
        story.learn(FINE)
        assert (story.official.version, story.official.grade, story.official.cause) == (1, "pass", "correction")

    def test_the_quota_of_the_close_holds_who_would_not_have_stayed(self, town: Regime) -> None:
        story = Story(town, Cut(1, Rank(Decimal(105), 1, None, "B")))
        story.close(FINE)
        story.learn(undone={"1": Cause.WITHDRAWN})
        row = story.official
        assert (row.grade, row.cause) == ("pass", "correction")
        assert Step.QUOTA in steps(row)

    def test_and_lets_stay_who_would_have(self, town: Regime) -> None:
        story = Story(town, Cut(1, Rank(Decimal(100), 0, None, "B")))
        story.close(FINE)
        story.learn(undone={"1": Cause.REPAIRED})
        assert story.official.grade == "excellent"

    @pytest.mark.parametrize(
        ("state", "until", "counts"),
        [
            (State.IN_FORCE, None, True),
            (State.EXPIRED, date(2026, 1, 20), True),
            (State.EXPIRED, date(2026, 1, 19), False),
            (State.REPAIRED, date(2027, 1, 1), False),
            (State.WITHDRAWN, None, False),
        ],
    )
    def test_what_expires_after_the_close_still_counts_for_it(
        self, state: State, until: date | None, *, counts: bool
    ) -> None:
        assert counted_on(CLOSED_ON, date(2025, 3, 1), state, until) is counts

    def test_what_is_of_after_the_close_does_not(self) -> None:
        assert not counted_on(CLOSED_ON, date(2026, 1, 21), State.IN_FORCE, None)


def falls(regime: Regime, official: str, *facts: Counted, year: int = 2025) -> list[Review]:
    return list(find_reviews(known(*facts), regime, "rating", year, official, national_law().calendar))


class TestFalls:
    def test_a_fact_that_lowers_the_grade_has_to_be_reported_in_working_days(self, town: Regime) -> None:
        # 2025-03-01 is a Saturday: 3, 4, 5, 6 and 7 March are the five working days after it
        (fall,) = falls(town, "excellent", FINE)
        assert (fall.from_grade, fall.to_grade, fall.state) == ("excellent", "pass", ReviewState.OPEN)
        assert (fall.since, fall.report_by) == (date(2025, 3, 1), date(2025, 3, 7))

    def test_or_in_calendar_days(self, town: Regime) -> None:
        (fall,) = falls(town, "excellent", fact("1", date(2028, 2, 27)), year=2028)
        assert fall.report_by == date(2028, 3, 3)

    def test_it_is_as_of_the_fact_that_was_enough(self, town: Regime) -> None:
        (fall,) = falls(town, "pass", FINE, LATER, fact("3", date(2025, 11, 1)))
        assert (fall.to_grade, fall.since) == ("poor", date(2025, 9, 1))

    def test_a_rise_waits_for_the_close(self, town: Regime) -> None:
        assert falls(town, "poor", fact("h", date(2025, 5, 1), "credit.office.honour")) == []

    def test_a_review_that_keeps_the_grade_says_nothing_of_later_facts(self, town: Regime) -> None:
        kept = review("r", date(2025, 3, 5), "pass", "rejected", year=2025)
        assert [fall.state for fall in falls(town, "excellent", FINE, kept)] == [ReviewState.REJECTED]
        # The second penalty is another fall, to the lowest grade.
        both = falls(town, "excellent", FINE, kept, LATER)
        assert [(fall.to_grade, fall.state, fall.since) for fall in both] == [
            ("poor", ReviewState.OPEN, date(2025, 9, 1))
        ]

    def test_a_decision_on_no_grade_of_the_scale_decides_nothing(self, town: Regime) -> None:
        odd = review("r", date(2025, 3, 5), "pass", "adjusted", "E", year=2025)
        assert [fall.state for fall in falls(town, "excellent", FINE, odd)] == [ReviewState.OPEN]

    def test_of_several_decisions_the_last_holds(self, town: Regime) -> None:
        first = review("r1", date(2025, 3, 5), "pass", "rejected", year=2025)
        second = review("r2", date(2025, 3, 6), "pass", "confirmed", year=2025)
        assert [fall.state for fall in falls(town, "excellent", second, FINE, first)] == [ReviewState.CONFIRMED]


NEW = fact("9", date(2026, 2, 2))


class TestReviews:
    def test_a_fall_changes_no_official_grade_before_a_person_decides(self, story: Story) -> None:
        story.close()
        assert story.learn(NEW).results == ()
        assert [(each.to_grade, each.state) for each in story.reviews] == [("poor", ReviewState.OPEN)]

    def test_confirmed_it_is_the_official_grade_by_a_named_person(self, story: Story) -> None:
        story.close()
        story.learn(NEW, review("r", date(2026, 2, 4), "poor", "confirmed"))
        assert (story.official.grade, story.official.cause, story.official.version) == ("poor", "review", 2)
        reason = load_reasons(story.official.reasons)[-1]
        assert reason.effect == "2026-02-02 的事实使等级降至 差，经 李科长 复核已确认，定为 差"
        assert [cited.record_id for cited in reason.records] == ["9", "r"]

    def test_adjusted_it_is_the_grade_decided(self, story: Story) -> None:
        story.close()
        story.learn(NEW, review("r", date(2026, 2, 4), "poor", "adjusted", "pass"))
        assert story.official.grade == "pass"

    def test_rejected_the_grade_stays(self, story: Story) -> None:
        story.close()
        assert story.learn(NEW, review("r", date(2026, 2, 4), "poor", "rejected")).results == ()

    def test_when_the_fact_is_undone_the_review_falls_with_it(self, story: Story) -> None:
        story.close()
        decision = review("r", date(2026, 2, 4), "poor", "confirmed")
        story.learn(NEW, decision)
        followed = story.learn(decision, undone={"9": Cause.WITHDRAWN})
        assert followed.reviews == ()
        assert (story.official.grade, story.official.cause) == ("excellent", "correction")
        assert "某镇〔2026〕9号 因撤销不再计入" in load_reasons(story.official.reasons)[-1].effect

    def test_the_next_close_decides_what_was_still_open(self, town: Regime, story: Story) -> None:
        story.close()
        after = Closed(2026, date(2027, 1, 20), _edition(town, 2026), {})
        row = decide(only(town, known(NEW), 2026), "excellent", NOW, after.closed_on)
        story.last[Place("rating", 2026)] = row
        closed = [Closed(2025, CLOSED_ON, _edition(town, 2025), {"rating": story.cut}), after]
        both = {2025: known(), 2026: known(NEW)}
        case = Case(town, closed, both, known(NEW), story.last, {})
        assert follow_official(case, national_law().calendar, NOW, date(2027, 2, 1)) == Followed((), ())

    def test_what_was_decided_before_it_stays_decided(self, town: Regime, story: Story) -> None:
        story.close()
        decision = review("r", date(2026, 2, 4), "poor", "confirmed")
        story.learn(NEW, decision)
        after = Closed(2026, date(2027, 1, 20), _edition(town, 2026), {})
        story.last[Place("rating", 2026)] = decide(only(town, known(NEW), 2026), "poor", NOW, after.closed_on)
        closed = [Closed(2025, CLOSED_ON, _edition(town, 2025), {"rating": story.cut}), after]
        both = {2025: known(), 2026: known(NEW, decision)}
        case = Case(town, closed, both, known(NEW, decision), story.last, {})
        assert follow_official(case, national_law().calendar, NOW, date(2027, 2, 1)).results == ()
