"""Duties of a small regime: when each is due, what shows it done, what follows. Days are counted by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from credit.grading import duties, reports
from credit.grading.duties import Case, Happened
from credit.grading.known import Counted, Known, gather
from credit.grading.regime import Regime
from credit.grading.rows import DutyRow, ShownRow
from credit.grading.who import Attributes
from credit.law import loading
from credit.record.ids import record_id
from schemas.party import record_key
from schemas.states import DutyState
from tests.installed import MODELS
from tests.regimes import (
    CHECK,
    HEALTH,
    HOSPITAL,
    MEASURE,
    NOTHING,
    PENALTY,
    POLICE,
    after,
    duty,
    edition,
    regime,
    yearly,
)

LAW = loading.load(Path(__file__).parents[2] / "law" / "small", MODELS)
TRANSFER = "credit.inspection.transfer"


def fact(day: str, family: str = PENALTY, organ: str = HEALTH, known: str = "", **items: Any) -> Counted:
    at = datetime.fromisoformat(known or f"{day}T12:00:00+08:00")
    number = f"{family}-{day}-{organ}-{sorted(items.items())}"
    return Counted(number, family, organ, number, date.fromisoformat(day), at, "general", items)


def report(day: str, duty_id: str, **items: Any) -> Counted:
    return fact(day, reports.REPORT, regime="small", duty=duty_id, **({"state": "done"} | items))


def known(*facts: Counted, subject_id: str = HOSPITAL) -> Known:
    return gather(subject_id, subject_id, Attributes(), facts)


def shown_by(of: Regime, *facts: Counted, subject_id: str = HEALTH) -> list[ShownRow]:
    return list(reports.show(of, known(*facts, subject_id=subject_id)))


def about(
    of: Regime, *facts: Counted, happened: tuple[Happened, ...] = (), shown: list[ShownRow] | None = None
) -> list[DutyRow]:
    return duties.of_subject(of, LAW, Case(known(*facts), happened, shown or ()))


def one(rows: list[DutyRow]) -> DutyRow:
    (row,) = rows
    return row


class TestPeriods:
    def test_a_yearly_duty_of_the_next_year_is_there_from_its_warning_on(self) -> None:
        of = regime(editions=[edition(duty("close", yearly()), since="2026-02-01")])
        assert duties.of_units(of, LAW, date(2026, 12, 31), ()) == []
        row = one(duties.of_units(of, LAW, date(2027, 1, 1), ()))
        assert (row.period, row.began_on, row.warn_on, row.due_on) == (
            "2026",
            date(2027, 1, 1),
            date(2027, 1, 10),
            date(2027, 1, 20),
        )

    def test_it_is_near_before_its_year_begins(self) -> None:
        of = regime(editions=[edition(duty("data", yearly(1, 5)), since="2026-02-01")])
        assert duties.of_units(of, LAW, date(2026, 12, 25), ()) == []
        row = one(duties.of_units(of, LAW, date(2026, 12, 26), ()))
        assert duties.find_state(row, date(2026, 12, 26)) is DutyState.NEAR

    def test_months_come_one_by_one_each_due_on_its_last_day_at_the_latest(self) -> None:
        of = regime(duty("items", {"kind": "monthly", "day": 31, "next_month": False}))
        rows = duties.of_units(of, LAW, date(2026, 3, 1), ())
        assert [(row.period, row.due_on) for row in rows] == [
            ("2026-01", date(2026, 1, 31)),
            ("2026-02", date(2026, 2, 28)),
            ("2026-03", date(2026, 3, 31)),
        ]

    def test_the_month_before_is_due_in_the_next_one(self) -> None:
        of = regime(duty("items", {"kind": "monthly", "day": 5, "next_month": True}))
        rows = duties.of_units(of, LAW, date(2026, 1, 1), ())
        assert [(row.period, row.due_on) for row in rows] == [("2025-12", date(2026, 1, 5))]

    @pytest.mark.parametrize(("year", "due"), [(2027, "2027-02-28"), (2028, "2028-02-29")])
    def test_29_february_is_the_last_of_a_shorter_month(self, year: int, due: str) -> None:
        of = regime(editions=[edition(duty("leap", yearly(2, 29, next_year=False)), since=f"{year}-01-01")])
        row = one(duties.of_units(of, LAW, date(year, 1, 1), ()))
        assert row.due_on == date.fromisoformat(due)

    def test_each_unit_has_it_and_does_it_by_its_own_facts(self) -> None:
        of = regime(
            duty("items", yearly(12, 31, next_year=False), units=["office", "police"], done_by=[{"family": CHECK}])
        )
        shown = shown_by(of, fact("2026-05-01", CHECK, HEALTH), subject_id=HOSPITAL)
        rows = duties.of_units(of, LAW, date(2026, 6, 1), shown)
        assert [(row.unit, row.done_on) for row in rows] == [("office", date(2026, 5, 1)), ("police", None)]
        shown = shown_by(of, fact("2026-05-02", CHECK, POLICE), subject_id=HOSPITAL)
        rows = duties.of_units(of, LAW, date(2026, 6, 1), shown)
        assert [(row.unit, row.done_on) for row in rows] == [("office", date(2026, 5, 2)), ("police", date(2026, 5, 2))]

    def test_so_many_facts_are_asked_for_and_the_last_of_them_shows_it_done(self) -> None:
        of = regime(
            duty("items", {"kind": "monthly", "day": 28, "next_month": False}, times=2, done_by=[{"family": CHECK}])
        )
        facts = [fact("2026-01-31", CHECK), fact("2026-02-01", CHECK)]
        shown = shown_by(of, *facts)
        first = duties.of_units(of, LAW, date(2026, 1, 1), shown)[0]
        assert (first.asked, first.times, first.done_on) == (2, 1, None)
        shown = shown_by(of, *facts, fact("2026-02-28", CHECK), fact("2026-02-27", CHECK))
        second = duties.of_units(of, LAW, date(2026, 2, 1), shown)[1]
        assert (second.period, second.times, second.done_on) == ("2026-02", 2, date(2026, 2, 27))

    def test_a_report_names_its_period_or_is_of_the_one_it_falls_into(self) -> None:
        of = regime(duty("close", yearly()))
        late = shown_by(of, report("2027-03-01", "close", period="2025"))
        rows = duties.of_units(of, LAW, date(2027, 3, 1), late)
        assert [(row.period, row.done_on) for row in rows] == [("2025", date(2027, 3, 1)), ("2026", None)]
        assert duties.is_late(rows[0])
        by_day = shown_by(of, report("2027-03-01", "close"))
        assert [row.done_on for row in duties.of_units(of, LAW, date(2027, 3, 1), by_day)] == [None, date(2027, 3, 1)]

    @pytest.mark.parametrize(
        "items", [{"state": "cannot"}, {"regime": "other"}, {"duty": "another"}], ids=["cannot", "regime", "duty"]
    )
    def test_what_is_no_report_of_it_done_shows_nothing(self, items: dict[str, Any]) -> None:
        of = regime(duty("close", yearly()))
        other = fact("2027-01-02", reports.REPORT, **({"regime": "small", "duty": "close", "state": "done"} | items))
        assert shown_by(of, other) == []

    def test_the_edition_in_force_on_the_due_day_governs(self) -> None:
        before, later = duty("site", yearly(10, 15, next_year=False)), duty("site", yearly(11, 30, next_year=False))
        of = regime(editions=[edition(before), edition(later, since="2027-10-01")])
        rows = duties.of_units(of, LAW, date(2027, 12, 1), ())
        assert [(row.period, row.due_on) for row in rows] == [
            ("2026", date(2026, 10, 15)),
            ("2027", date(2027, 11, 30)),
        ]


class TestClocks:
    @pytest.mark.parametrize(
        ("start", "day", "due"),
        [
            (after(4), "2026-05-29", "2026-06-02"),
            (after(5, "working"), "2026-09-29", "2026-10-12"),  # 10-01 to 10-07 off, 10-10 worked
            (after(1, "months"), "2026-01-31", "2026-02-28"),
            (after(12, "months"), "2028-02-29", "2029-02-28"),
            (after(1, "months"), "2026-12-15", "2027-01-15"),
        ],
    )
    def test_the_day_that_starts_it_is_not_counted(self, start: dict[str, Any], day: str, due: str) -> None:
        row = one(about(regime(duty("told", start)), fact(day)))
        assert row.due_on == date.fromisoformat(due)

    def test_a_deadline_of_the_law_is_the_law_s(self) -> None:
        start = {"kind": "fact", "when": [{"family": PENALTY}], "deadline": "crime_transfer"}
        row = one(about(regime(duty("transfer", start)), fact("2026-05-29")))
        assert (row.due_on, row.covered) == (date(2026, 6, 2), True)

    def test_a_deadline_beyond_the_calendar_says_so(self) -> None:
        row = one(about(regime(duty("told", after(5, "working"))), fact("2099-01-04")))
        assert not row.covered

    def test_the_clock_may_start_with_an_item_and_without_it_never(self) -> None:
        of = regime(duty("renew", after(10, since="ends_on")))
        rows = about(
            of, fact("2026-01-05", ends_on="2026-06-01"), fact("2026-01-06"), fact("2026-01-07", ends_on="soon")
        )
        assert [(row.began_on, row.due_on) for row in rows] == [(date(2026, 6, 1), date(2026, 6, 11))]

    @pytest.mark.parametrize("end", ["2099-12-31", "9999-12-31"])
    def test_what_has_no_end_starts_no_clock(self, end: str) -> None:
        assert about(regime(duty("renew", after(10, "months", since="ends_on"))), fact("2026-01-05", ends_on=end)) == []

    def test_facts_before_the_regime_began_start_nothing(self) -> None:
        assert about(regime(duty("told", after(4))), fact("2025-12-31")) == []

    def test_the_edition_in_force_on_its_day_governs_a_fact(self) -> None:
        of = regime(editions=[edition(duty("told", after(4))), edition(duty("told", after(9)), since="2026-07-01")])
        rows = about(of, fact("2026-06-30"), fact("2026-07-01"))
        assert [row.due_on for row in rows] == [date(2026, 7, 4), date(2026, 7, 10)]


class TestDone:
    RECTIFY = duty("rectify", after(30), done_by=[{"family": MEASURE}])

    @pytest.mark.parametrize(
        ("day", "done"),
        [
            ("2026-05-03", None),
            ("2026-05-04", "2026-05-04"),
            ("2026-06-03", "2026-06-03"),
            ("2026-06-04", "2026-06-04"),
        ],
    )
    def test_a_fact_from_its_first_day_on_shows_it_done(self, day: str, done: str | None) -> None:
        row = one(about(regime(self.RECTIFY), fact("2026-05-04"), fact(day, MEASURE)))
        assert row.done_on == (date.fromisoformat(done) if done else None)
        assert duties.is_late(row) == (day == "2026-06-04")

    def test_the_fact_that_started_it_does_not_show_it_done(self) -> None:
        of = regime(duty("again", after(30), done_by=[{"family": PENALTY}]))
        rows = about(of, fact("2026-05-04"), fact("2026-05-20"))
        assert [row.done_on for row in rows] == [date(2026, 5, 20), None]

    @pytest.mark.parametrize("day", ["2026-05-06", "2026-05-01", "2026-06-30"])
    def test_where_a_record_has_to_be_named_a_fact_shows_that_one_done_alone(self, day: str) -> None:
        """However its number is written, and of whatever day: it says itself what it is about."""
        named = duty("transfer", after(30), done_by=[{"family": TRANSFER}], about="penalty_document_no")
        first, second = (
            fact("2026-05-04")._replace(record_id=each, document_no=each) for each in ("罚〔2026〕1号", "罚〔2026〕2号")
        )
        transfer = fact(day, TRANSFER, penalty_document_no="罚 [2026] 2号")
        rows = about(regime(named), first, second, transfer)
        assert [(row.about, row.done_on) for row in rows] == [
            ("罚〔2026〕1号", None),
            ("罚〔2026〕2号", date.fromisoformat(day)),
        ]
        assert [row.done_on for row in about(regime(named), first, fact(day, TRANSFER))] == [None]

    def test_undoing_the_fact_undoes_the_duty(self) -> None:
        assert about(regime(self.RECTIFY), fact("2026-05-09", MEASURE)) == []

    def test_a_report_names_the_record_or_the_subject(self) -> None:
        of, penalty = regime(duty("told", after(30))), fact("2026-05-04")
        key = record_key(PENALTY, HEALTH, "舞卫医罚〔2026〕1号")
        penalty = penalty._replace(record_id=record_id(key))
        target = {"family": PENALTY, "organ_code": HEALTH, "document_no": "舞卫医罚[2026]1号"}
        for items in ({"target": target}, {"about": HOSPITAL}, {"about": HOSPITAL, "period": "2026"}):
            row = one(about(of, penalty, shown=shown_by(of, report("2026-05-06", "told", **items))))
            assert (row.done_on, row.about) == (
                (None, penalty.record_id) if "period" in items else (date(2026, 5, 6), penalty.record_id)
            )
        for items in ({"about": HEALTH}, NOTHING):
            assert one(about(of, penalty, shown=shown_by(of, report("2026-05-06", "told", **items)))).done_on is None
        early = shown_by(of, report("2026-05-03", "told", about=HOSPITAL))
        assert one(about(of, penalty, shown=early)).done_on is None

    def test_only_the_unit_that_has_the_duty_can_report_it(self) -> None:
        of = regime(duty("take", after(30), units=["police"]))
        mine = report("2026-05-06", "take", about=HOSPITAL)
        assert shown_by(of, mine, subject_id=HEALTH) == []
        assert one(about(of, fact("2026-05-04"), shown=shown_by(of, mine, subject_id=POLICE))).done_on == date(
            2026, 5, 6
        )


class TestEntered:
    ENTRY = duty("entry", after(1, "months", "entry"))

    @pytest.mark.parametrize(
        ("known_at", "done", "late"),
        [
            ("2026-05-31T23:59:59+08:00", "2026-05-31", False),
            ("2026-05-31T15:59:59+00:00", "2026-05-31", False),
            ("2026-05-31T16:00:00+00:00", "2026-06-01", True),
        ],
    )
    def test_what_comes_after_a_month_is_late_and_taken(self, known_at: str, done: str, *, late: bool) -> None:
        row = one(about(regime(self.ENTRY), fact("2026-04-30", known=known_at)))
        assert row.due_on == date(2026, 5, 30)
        assert row.done_on == date.fromisoformat(done)
        row = one(about(regime(self.ENTRY), fact("2026-05-01", known=known_at.replace("05-31", "06-01"))))
        assert duties.is_late(row) == late


class TestResultsAndLists:
    def test_a_result_of_a_named_grade_starts_it_each_version_for_itself(self) -> None:
        of = regime(duty("board", after(1, "months", "result", scale="rating", grades=["poor"])))
        results = (
            Happened("result", "rating", date(2027, 1, 20), "2026", "good"),
            Happened("result", "rating", date(2027, 3, 31), "2026-2", "poor"),
            Happened("result", "other", date(2027, 3, 31), "2026", "poor"),
        )
        row = one(about(of, happened=results))
        assert (row.about, row.period, row.due_on) == (HOSPITAL, "2026-2", date(2027, 4, 30))

    def test_entry_and_exit_of_a_list(self) -> None:
        of = regime(
            duty("announce", after(5, "working", "listing", list="black")),
            duty("delete", after(3, "calendar", "listing", list="black", exit=True)),
        )
        listed = (
            Happened("entry", "black", date(2026, 5, 4), "2026-05-04"),
            Happened("exit", "black", date(2026, 8, 1), "2026-08-01"),
            Happened("entry", "red", date(2026, 5, 4), "2026-05-04"),
        )
        rows = about(of, happened=listed)
        assert [(row.duty, row.due_on) for row in rows] == [
            ("announce", date(2026, 5, 11)),  # 05-05 is off, 05-09 worked
            ("delete", date(2026, 8, 4)),
        ]


class TestEscalation:
    STEPS = (
        duty("rectify", after(30), done_by=[{"family": MEASURE}]),
        duty("suspend", after(15, kind="duty", duty="rectify", missed=True)),
        duty("cancel", after(2, "months", kind="duty", duty="suspend", missed=False)),
        duty("thank", after(3, kind="duty", duty="rectify", missed=False)),
    )

    def steps(self, *facts: Counted, shown: list[ShownRow] | None = None) -> list[tuple[str, str, str]]:
        rows = about(regime(*self.STEPS), fact("2026-05-04"), *facts, shown=shown)
        return [(row.duty, f"{row.began_on}", f"{row.due_on}") for row in rows]

    def test_a_step_begins_on_the_day_after_the_one_that_was_missed(self) -> None:
        assert self.steps() == [("rectify", "2026-05-04", "2026-06-03"), ("suspend", "2026-06-04", "2026-06-18")]

    def test_what_is_done_in_time_escalates_nothing(self) -> None:
        assert [step[0] for step in self.steps(fact("2026-06-03", MEASURE))] == ["rectify", "thank"]

    def test_what_is_done_late_and_before_the_next_step_was_due_ends_it(self) -> None:
        assert [step[0] for step in self.steps(fact("2026-06-18", MEASURE))] == ["rectify", "thank"]
        assert [step[0] for step in self.steps(fact("2026-06-19", MEASURE))] == ["rectify", "suspend", "thank"]

    def test_a_step_that_was_taken_stays_and_leads_on(self) -> None:
        suspended = shown_by(regime(*self.STEPS), report("2026-06-10", "suspend", about=HOSPITAL))
        assert self.steps(fact("2026-06-12", MEASURE), shown=suspended) == [
            ("cancel", "2026-06-10", "2026-08-10"),
            ("rectify", "2026-05-04", "2026-06-03"),
            ("suspend", "2026-06-04", "2026-06-18"),
            ("thank", "2026-06-12", "2026-06-15"),
        ]

    def test_of_a_period_the_next_step_is_of_the_same_period(self) -> None:
        of = regime(duty("close", yearly()), duty("warn", after(5, kind="duty", duty="close", missed=True)))
        rows = duties.of_units(of, LAW, date(2026, 1, 21), shown_by(of, report("2026-01-23", "warn", period="2025")))
        assert [(row.duty, row.period, row.due_on, row.done_on) for row in rows] == [
            ("close", "2025", date(2026, 1, 20), None),
            ("warn", "2025", date(2026, 1, 25), date(2026, 1, 23)),
        ]


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-05-23", DutyState.DUE),
        ("2026-05-24", DutyState.NEAR),
        ("2026-06-03", DutyState.NEAR),
        ("2026-06-04", DutyState.MISSED),
    ],
)
def test_where_a_duty_stands_follows_from_the_day(today: str, state: DutyState) -> None:
    row = one(about(regime(duty("told", after(30))), fact("2026-05-04")))
    assert duties.find_state(row, date.fromisoformat(today)) is state
    done = row._replace(done_on=date(2026, 7, 1))
    assert duties.find_state(done, date.fromisoformat(today)) is DutyState.DONE


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        ([duty("a", yearly(), units=["offise"])], "did you mean 'office'"),
        ([duty("a", yearly()), duty("a", yearly())], "same id"),
        ([duty("a", after(1, kind="duty", duty="b", missed=True))], "names the duty 'b'"),
        (
            [
                duty("a", after(1, kind="duty", duty="b", missed=True)),
                duty("b", after(1, kind="duty", duty="a", missed=True)),
            ],
            "begins after itself",
        ),
        (
            [duty("a", yearly()), duty("b", after(1, kind="duty", duty="a", missed=True), done_by=[{"family": CHECK}])],
            "reports alone",
        ),
        ([duty("a", {"kind": "fact", "when": [{"family": PENALTY}]})], "either within and counted"),
        ([duty("a", after(1), about="penalty_document_no")], "needs done_by"),
        ([duty("a", yearly(), done_by=[{"family": CHECK}], about="draw")], "a start of kind fact"),
        ([duty("a", after(1, deadline="crime_transfer"))], "either within and counted"),
        ([duty("a", {"kind": "fact", "when": [{"family": PENALTY}], "within": 3})], "either within and counted"),
    ],
)
def test_duties_that_make_no_sense_are_refused(listed: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        regime(*listed)


@given(
    st.lists(st.tuples(st.sampled_from([PENALTY, MEASURE]), st.dates(date(2026, 1, 1), date(2026, 12, 31))), max_size=8)
)
def test_the_order_of_facts_never_matters_and_undoing_one_is_as_if_it_never_came(found: list[tuple[str, date]]) -> None:
    of = regime(*TestEscalation.STEPS)
    facts = list({each.record_id: each for each in (fact(f"{day}", family) for family, day in found)}.values())
    rows = about(of, *facts)
    assert about(of, *reversed(facts)) == rows
    assert len({row[:5] for row in rows}) == len(rows)
    if facts:
        rest = about(of, *facts[1:])
        assert {row for row in rest if row.about == facts[0].record_id} == set()
