"""Measures with an end of their own, parties that are told first, and receipts that a person has to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from credit.batch.settle import settle
from credit.routing import routes
from credit.routing.routes import Routes
from credit.rules import Rules
from credit.telling import notices
from credit.telling.receipts import receive
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import Act, ActKind, Fact, MeasureReport, Receipt
from schemas.states import NoticeState
from tests.builders import (
    NOON,
    OFFICE,
    Archive,
    arrive,
    carry_on,
    connectors,
    national_law,
    offence,
    on,
    repair,
    told,
    withdrawal,
)

ROOT = Path(__file__).parents[3]
LONG_AGO = offence(occurred_on=date(2025, 4, 30))
"""Of a day so long ago that it can be repaired since 31 May 2026."""
LAST_PUBLIC = date(2029, 5, 18)
"""The offence is of 18 May 2026 and public for three years."""


@cache
def edited(*edits: str) -> Routes:
    """The shipped routes with one measure of human resources that a repair does not lift, of four years."""
    text = (ROOT / "routing.yaml").read_text(encoding="utf-8")
    plain = "{code: M02, basis: 《中华人民共和国公务员法》第二十六条，依法被列为失信联合惩戒对象的不得录用为公务员}"
    assert plain in text
    text = text.replace(plain, plain[:-1] + ", term: {months: 48}, lifted_by: withdrawal}")
    ground = "    name: 严重危害正常医疗秩序\n"
    for edit in edits:
        text = text.replace(ground, ground + edit)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "routing.yaml"
        path.write_text(text, encoding="utf-8")
        return routes.load(path, national_law(), date(2026, 6, 1), connectors().models())


TOLD_FIRST = "    told_first: {source: {document: 试验, clause: 告知}, confidence: low}\n"


def under(by: Routes, day: date) -> Rules:
    return replace(on(day), routes=by)


def telling(state: str, served_on: date, number: str = "舞信告〔2026〕1号") -> Act:
    key = offence().key._replace(family="credit.office.told", organ_code=OFFICE.code, document_no=number)
    return Act(key, OFFICE, ActKind.TOLD, offence().key, state, served_on)


def settled(archive: Archive, at: Rules) -> Any:
    """What passing time makes of the records on file."""
    archive.work = carry_on(archive.work, at)
    settle(list(archive.work.records), archive.work)
    return archive.work


def heard(work: Any, agency: str) -> list[dict[str, Any]]:
    """What leaves for an agency, in order."""
    return [
        message["data"]
        for row, message in zip(work.dispatches, told(work), strict=True)
        if row.routing_key == f"notice.{agency}"
    ]


class TestEnds:
    """Human resources are asked for M02 (four years, not lifted by repair) and M07 (as long as it is public)."""

    by = edited()

    def taken(self, fact: Fact | None = None) -> Archive:
        archive = Archive()
        archive.take(arrive(fact or offence()), at=under(self.by, date(2026, 6, 1)))
        return archive

    def notice(self, archive: Archive) -> Any:
        (row,) = (row for row in archive.work.notices.values() if row.agency == "human-resources")
        return row

    def test_the_notice_holds_until_the_last_of_its_measures(self) -> None:
        archive = Archive()
        work = archive.take(arrive(offence()), at=under(self.by, date(2026, 6, 1)))
        (said,) = heard(work, "human-resources")
        assert said["until"] == "2030-05-18"
        ban, honours = said["measures"]
        assert (ban["code"], ban["lifted_by"], "until" in ban) == ("M02", "withdrawal", False)
        assert (honours["code"], honours["until"], "lifted_by" in honours) == ("M07", "2029-05-18", False)

    def test_a_repair_lifts_one_and_leaves_the_ban(self) -> None:
        archive = self.taken(LONG_AGO)
        work = archive.take(arrive(repair(LONG_AGO), "2"), at=under(self.by, date(2026, 6, 2)))
        (said,) = heard(work, "human-resources")
        assert (said["measures"], said["cause"]) == (["M07"], "repaired")
        assert self.notice(archive).in_force
        assert [each["cause"] for each in heard(work, "finance")] == ["repaired"]
        assert "measures" not in heard(work, "finance")[0]

    def test_a_withdrawal_lifts_everything(self) -> None:
        archive = self.taken()
        work = archive.take(arrive(withdrawal(offence()), "2"), at=under(self.by, date(2026, 6, 2)))
        (said,) = heard(work, "human-resources")
        assert "measures" not in said
        assert not self.notice(archive).in_force

    def test_a_repair_that_falls_brings_all_of_them_back(self) -> None:
        archive = self.taken(LONG_AGO)
        archive.take(arrive(repair(LONG_AGO), "2"), at=under(self.by, date(2026, 6, 2)))
        undone = arrive(withdrawal(repair(LONG_AGO), "舞撤〔2026〕9号"), "3")
        lifted, issued = heard(archive.take(undone, at=under(self.by, date(2026, 6, 3))), "human-resources")
        assert lifted["cause"] == "withdrawn"
        assert [measure["code"] for measure in issued["measures"]] == ["M02", "M07"]

    @pytest.mark.parametrize(
        ("day", "left"), [(LAST_PUBLIC, {"M02", "M07"}), (date(2029, 5, 19), {"M02"}), (date(2030, 5, 19), set())]
    )
    def test_known_late_only_what_still_holds_is_asked_for(self, day: date, left: set[str]) -> None:
        work = Archive().take(arrive(offence()), at=under(self.by, day))
        asked = [each for said in heard(work, "human-resources") for each in said["measures"]]
        assert {each["code"] for each in asked} == left

    def test_the_record_changes_when_the_next_measure_ends(self) -> None:
        archive = self.taken()
        (record,) = archive.work.records.values()
        assert record.changes_on == date(2029, 5, 19)
        archive.take(arrive(repair(offence()), "2"), at=under(self.by, date(2029, 1, 2)))
        (record,) = archive.work.records.values()
        assert record.changes_on == date(2030, 5, 19)

    def test_the_agency_confirms_a_part_by_naming_it(self) -> None:
        archive = self.taken(LONG_AGO)
        archive.take(arrive(repair(LONG_AGO), "2"), at=under(self.by, date(2026, 6, 2)))
        row, rules = self.notice(archive), under(self.by, date(2026, 6, 3))
        assert row.part_reply_by == date(2026, 6, 9)  # five working days after Tuesday, 2 June
        for measures in ((), ("M02",), ("M02", "M07")):
            with pytest.raises(UnusableError) as refused:
                receive(row, answer(row, "lifted", *measures), "/partner/human-resources", rules)
            assert refused.value.reason is Reason.RECEIPT_NOT_LIFTED
        after = receive(row, answer(row, "lifted", "M07"), "/partner/human-resources", rules)
        assert after.part_reply_by is None
        assert after.in_force


def answer(row: Any, state: str, *measures: str, done: bool = True, at: datetime = NOON + timedelta(days=2)) -> Receipt:
    reports = tuple(MeasureReport(code, done) for code in measures)
    return Receipt(row.notice_no, row.agency, NoticeState(state), at, reports)


class TestToldFirst:
    by = edited(TOLD_FIRST)

    def test_until_told_it_is_prepared_and_nothing_leaves(self) -> None:
        archive = Archive()
        work = archive.take(arrive(offence()), at=under(self.by, date(2026, 6, 1)))
        assert work.dispatches == []
        rows = list(archive.work.notices.values())
        assert {notices.status(row, date(2027, 1, 1)) for row in rows} == {NoticeState.PREPARED}
        with pytest.raises(UnusableError) as refused:
            receive(rows[0], answer(rows[0], "executed"), f"/partner/{rows[0].agency}", under(self.by, NOON.date()))
        assert refused.value.reason is Reason.RECEIPT_UNKNOWN

    @pytest.mark.parametrize("order", [("fact", "told"), ("told", "fact")])
    @pytest.mark.parametrize("state", ["answered", "waived"])
    def test_once_heard_it_goes(self, state: str, order: tuple[str, str]) -> None:
        archive = Archive()
        sent = {"fact": arrive(offence(), "1"), "told": arrive(telling(state, date(2026, 6, 1)), "2")}
        for each in order:
            work = archive.take(sent[each], at=under(self.by, date(2026, 6, 1)))
        assert len(work.dispatches) == 3
        assert {row.sequence for row in archive.work.notices.values()} == {1}

    def test_served_alone_it_goes_when_the_time_to_answer_is_over(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"), at=under(self.by, date(2026, 6, 1)))
        work = archive.take(arrive(telling("served", date(2026, 6, 1)), "2"), at=under(self.by, date(2026, 6, 1)))
        assert work.dispatches == []
        (record,) = archive.work.records.values()
        assert record.changes_on == date(2026, 6, 9)  # the last day to answer is Monday, 8 June
        for day, messages in ((date(2026, 6, 8), 0), (date(2026, 6, 9), 3)):
            assert len(settled(archive, under(self.by, day)).dispatches) == messages

    def test_withdrawn_before_it_went_nobody_is_told(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"), at=under(self.by, date(2026, 6, 1)))
        work = archive.take(arrive(withdrawal(offence()), "2"), at=under(self.by, date(2026, 6, 2)))
        assert work.dispatches == []
        states = {notices.status(row, date(2026, 6, 2)) for row in archive.work.notices.values()}
        assert states == {NoticeState.DROPPED}

    def test_a_telling_that_falls_does_not_count(self) -> None:
        archive = Archive()
        first = telling("waived", date(2026, 6, 1))
        archive.take(arrive(first, "1"), arrive(withdrawal(first), "2"), at=under(self.by, date(2026, 6, 1)))
        assert archive.take(arrive(offence(), "3"), at=under(self.by, date(2026, 6, 1))).dispatches == []


class TestReceipts:
    archive = Archive()
    archive.take(arrive(offence()))
    (row,) = (row for row in archive.work.notices.values() if row.agency == "finance")
    rules = on(date(2026, 6, 3))

    def take(self, *receipts: Receipt) -> Any:
        row = self.row
        for receipt in receipts:
            row = receive(row, receipt, "/partner/finance", self.rules)
        return row

    @pytest.mark.parametrize("state", ["executed", "partly_executed", "declined"])
    @pytest.mark.parametrize("minutes", [0, 1, 600])
    def test_what_was_answered_is_not_opened_again(self, state: str, minutes: int) -> None:
        final = answer(self.row, state)
        again = answer(self.row, "received", at=final.at + timedelta(minutes=minutes))
        assert self.take(final, again) == self.take(again, final) == self.take(final)
        assert self.take(final, again).answered

    @pytest.mark.parametrize(
        ("at", "held"),
        [
            (datetime(2026, 5, 31, 15, 59, 59, tzinfo=UTC), True),  # one second before the day of the notice
            (datetime(2026, 5, 31, 16, 0, tzinfo=UTC), False),
            (datetime(2026, 6, 4, 15, 59, 59, tzinfo=UTC), False),
            (datetime(2026, 6, 4, 16, 0, tzinfo=UTC), True),
            (datetime(2199, 1, 1, tzinfo=UTC), True),
        ],
    )
    @pytest.mark.parametrize("state", ["received", "executed"])
    def test_a_time_that_cannot_be_is_held(self, at: datetime, state: str, *, held: bool) -> None:
        if not held:
            assert self.take(answer(self.row, state, at=at)).replied_at == at
            return
        with pytest.raises(UnusableError) as refused:
            self.take(answer(self.row, state, at=at))
        assert refused.value.reason is Reason.RECEIPT_TIME

    @pytest.mark.parametrize("code", ["M99", "M07", "11010519491231002X"])
    def test_a_measure_that_is_not_in_the_notice_is_held(self, code: str) -> None:
        with pytest.raises(UnusableError) as refused:
            self.take(answer(self.row, "executed", "M06", code))
        assert refused.value.reason is Reason.RECEIPT_MEASURE
        assert code not in refused.value.detail

    @pytest.mark.parametrize(
        ("state", "done", "held"),
        [
            ("executed", False, True),
            ("executed", True, False),
            ("declined", True, True),
            ("declined", False, False),
            ("partly_executed", False, False),
            ("received", False, False),
        ],
    )
    def test_what_contradicts_itself_is_held(self, state: str, *, done: bool, held: bool) -> None:
        receipt = answer(self.row, state, "M06", done=done)
        if not held:
            assert self.take(receipt).reply_state == state
            return
        with pytest.raises(UnusableError) as refused:
            self.take(receipt)
        assert refused.value.reason is Reason.RECEIPT_CONTRADICTION


def test_the_deciding_organ_is_not_told_of_its_own_decision() -> None:
    fact = offence(organ=OFFICE, key=offence().key._replace(organ_code=OFFICE.code))
    work = Archive().take(arrive(fact), at=under(edited(), date(2026, 6, 1)))
    assert {row.routing_key for row in work.dispatches} == {"notice.finance", "notice.human-resources"}
