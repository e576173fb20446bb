from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from credit.record.merging import Head
from credit.record.rows import NoticeRow, RecordRow, SubjectRow, unsettled
from credit.record.standing import OfficeAct, find_standing
from credit.rules import Rules
from credit.telling import notices
from credit.telling.receipts import receive
from credit.telling.told import Case, Told, tell
from schemas.errors import UnusableError
from schemas.party import Organ, Party
from schemas.reasons import Reason
from schemas.record import Cause
from schemas.statement import ActKind, Fact, Receipt
from schemas.states import NoticeState
from tests.builders import CLINIC, TODAY, WANG, national_law, offence, penalty, person, rules, shipped_routes
from tests.unit.credit.test_standing import act

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
AT = rules(NOW)
LATER = rules(NOW + timedelta(days=30))


def wants(fact: Fact, *acts: OfficeAct, subject: str = "P1", today: date = TODAY) -> list[Told]:
    """What the agencies are told of a fact as it stands."""
    standing = find_standing(fact, acts, national_law(), today)
    matches = shipped_routes().grounds_for(fact, subject)
    of = SubjectRow(subject, fact.party.kind, "?", "?", fact.party.id_type, b"", NOW)
    return tell(of, [Case(fact, standing, matches, None)], today)


def follow(
    of: RecordRow, current: list[NoticeRow], told: list[Told], cause: Cause | None, by: Rules
) -> list[NoticeRow]:
    return [change.row for change in notices.follow(of, current, told, cause, by)]


def record(fact: Fact, subject: str = "P1") -> RecordRow:
    return unsettled(subject, fact, Head(1, NOW, "m", b""), NOW)


RECORD = record(offence())


def issue(fact: Fact) -> list[NoticeRow]:
    return follow(record(fact), [], wants(fact), None, AT)


def to_finance(rows: list[NoticeRow]) -> NoticeRow:
    return next(row for row in rows if row.agency == "finance")


def said(state: str, *, minutes: int = 0, agency: str = "finance", number: str = "?") -> Receipt:
    return Receipt(number, agency, NoticeState(state), NOW + timedelta(minutes=minutes))


class TestWanted:
    def test_an_offence_reaches_the_agencies_that_can_act_on_it(self) -> None:
        assert [want.agency for want in wants(offence())] == ["development-reform", "finance", "human-resources"]

    def test_a_name_of_long_ago_that_nobody_may_have_today_is_told_as_it_stands(self) -> None:
        nameless = Party.model_construct(kind="person", name="无", id_type="身份证", id_no=WANG)
        assert [dict(want.content["party"]) for want in wants(offence(party=nameless))] == [
            {"kind": "person", "name": "无", "id_type": "身份证"}
        ] * 3

    def test_a_mild_offence_none(self) -> None:
        assert wants(offence(items={"sanction": "fine"})) == []

    def test_a_measure_reaches_only_the_kind_of_party_it_is_for(self) -> None:
        unlicensed = penalty(items={"conduct": "unlicensed_practice"})
        of_clinic = {want.agency for want in wants(unlicensed, subject=CLINIC)}
        of_person = {want.agency for want in wants(unlicensed._replace(party=person()))}
        assert of_clinic - of_person == {"health-insurance", "market-regulation"}
        assert of_person == {"administrative-approval", "development-reform"}

    def test_what_no_longer_counts_none(self) -> None:
        assert all(want.over for want in wants(offence(), act("w", "r", ActKind.WITHDRAWAL)))
        assert not any(want.over for want in wants(offence(), today=date(2029, 5, 18)))
        assert all(want.over for want in wants(offence(), today=date(2029, 5, 19)))

    def test_a_filed_objection_changes_nothing(self) -> None:
        assert wants(offence(), act("o", "r", ActKind.OBJECTION, "filed")) == wants(offence())


class TestReconcile:
    def test_issue(self) -> None:
        row = to_finance(issue(offence()))
        assert row.notice_no.endswith("-1")
        assert (row.sequence, row.from_on, row.until_on) == (1, date(2026, 5, 18), date(2029, 5, 18))
        assert row.reply_by == date(2026, 6, 15)  # ten working days after Monday, 1 June
        assert row.in_force

    def test_unchanged(self) -> None:
        assert follow(RECORD, issue(offence()), wants(offence()), None, LATER) == []

    @pytest.mark.parametrize(
        "changed",
        [
            offence(occurred_on=date(2026, 5, 17)),
            offence(publicity_until=date(2027, 8, 1)),
            offence(party=person("王某某")),
            offence(organ=Organ(name="舞钢市公安局治安大队", code="11410481684874525W")),
        ],
        ids=["day", "end", "name", "organ"],
    )
    def test_other_content_is_a_lift_and_the_next_number(self, changed: Fact) -> None:
        before = to_finance(issue(offence()))
        lifted, issued = (
            row for row in follow(record(changed), [before], wants(changed), None, LATER) if row.agency == "finance"
        )
        assert (lifted.notice_no, lifted.lift_cause, lifted.in_force) == (before.notice_no, "withdrawn", False)
        assert issued.notice_no == before.notice_no[:-1] + "2"
        assert issued.in_force

    def test_another_subject_is_other_content(self) -> None:
        rows = follow(record(offence(), "P2"), issue(offence()), wants(offence(), subject="P2"), None, AT)
        assert [(row.subject_id, row.in_force) for row in rows] == [("P1", False)] * 3 + [("P2", True)] * 3

    @pytest.mark.parametrize("cause", list(Cause))
    def test_a_lift_names_its_cause_and_is_due_itself(self, cause: Cause) -> None:
        lifted = follow(RECORD, issue(offence()), [], cause, AT)
        assert {row.lift_cause for row in lifted} == {cause.value}
        assert {row.lift_reply_by for row in lifted} == {date(2026, 6, 8)}  # five working days
        assert follow(RECORD, lifted, [], cause, LATER) == []

    def test_a_number_is_never_used_again(self) -> None:
        rows: list[NoticeRow] = []
        for _ in range(11):
            rows += [row for row in follow(RECORD, rows, wants(offence()), None, AT) if row.agency == "finance"]
            lifted = follow(RECORD, rows, [], Cause.WITHDRAWN, AT)
            rows = [row for row in rows if row.notice_no not in {one.notice_no for one in lifted}] + lifted
        assert sorted(row.sequence for row in rows) == list(range(1, 12))
        assert len({row.notice_no for row in rows}) == 11
        assert not any(row.in_force for row in rows)


class TestReceive:
    row = to_finance(issue(offence()))

    def receive(self, *receipts: Receipt) -> NoticeRow:
        row = self.row
        for receipt in receipts:
            row = receive(row, receipt, "/partner/finance", AT)
        return row

    def test_the_latest_shows_in_whatever_order(self) -> None:
        steps = [
            said("received"),
            said("executed", minutes=5),
            said("partly_executed", minutes=5),
            said("received", minutes=1),
        ]
        assert {self.receive(*order) for order in permutations(steps)} == {self.receive(*steps)}
        assert self.receive(*steps).reply_state == "partly_executed"

    def test_of_two_of_one_time_the_same_shows_in_whatever_order(self) -> None:
        one, two = replace(said("declined"), reason="甲"), replace(said("declined"), reason="乙")
        assert self.receive(one, two) == self.receive(two, one)

    def test_a_repeat_changes_nothing(self) -> None:
        once = self.receive(said("executed"))
        assert receive(once, said("executed"), "/partner/finance", AT) is once

    @pytest.mark.parametrize(
        ("agency", "source"), [("tax", "/partner/tax"), ("finance", "/partner/tax"), ("tax", "/partner/finance")]
    )
    def test_of_another_agency(self, agency: str, source: str) -> None:
        with pytest.raises(UnusableError) as refused:
            receive(self.row, said("executed", agency=agency), source, AT)
        assert refused.value.reason is Reason.RECEIPT_AGENCY

    def test_lifted_while_in_force(self) -> None:
        with pytest.raises(UnusableError) as refused:
            self.receive(said("lifted"))
        assert refused.value.reason is Reason.RECEIPT_NOT_LIFTED

    def test_the_first_word_of_the_lift_counts(self) -> None:
        lifted = notices.lift(self.row, Cause.REPAIRED, AT)
        answers = [said("lifted", minutes=9), said("lifted", minutes=3)]
        for order in permutations(answers):
            row = lifted
            for receipt in order:
                row = receive(row, receipt, "/partner/finance", AT)
            assert row.lift_confirmed_at == NOW + timedelta(minutes=3)
            assert notices.status(row, TODAY) == "lifted"


class TestOverdue:
    row = to_finance(issue(offence()))

    def test_the_last_day_is_not_overdue_the_next_is(self) -> None:
        assert [notices.status(self.row, date(2026, 6, day)) for day in (15, 16)] == ["issued", "overdue"]

    def test_a_notice_that_has_not_left_is_queued_whatever_the_day(self) -> None:
        days = (date(2026, 6, 15), date(2026, 6, 16))
        assert [notices.status(self.row, day, unsent=True) for day in days] == ["queued", "queued"]

    def test_a_notice_that_was_answered_has_left(self) -> None:
        seen = self.row._replace(reply_state="received")
        assert notices.status(seen, date(2026, 6, 15), unsent=True) == "received"

    @pytest.mark.parametrize(
        ("state", "due"), [("received", True), ("executed", False), ("partly_executed", False), ("declined", False)]
    )
    def test_only_a_final_reply_stops_the_clock(self, state: str, *, due: bool) -> None:
        replied = receive(self.row, said(state), "/partner/finance", AT)
        assert (notices.status(replied, date(2026, 9, 1)) == "overdue") is due

    def test_a_lift_has_a_clock_of_its_own(self) -> None:
        lifted = notices.lift(self.row, Cause.REPAIRED, AT)
        assert (lifted.lift_reply_by, lifted.reply_by) == (date(2026, 6, 8), date(2026, 6, 15))
