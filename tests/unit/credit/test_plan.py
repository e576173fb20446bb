"""Whole small stories, without a database."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

from credit.batch.settle import settle
from schemas.reasons import Reason
from schemas.statement import FeedResult
from tests.builders import (
    HOSPITAL,
    NINE,
    NOON,
    POLICE,
    TODAY,
    Archive,
    arrive,
    carry_on,
    clinic,
    fail,
    honour,
    notice_to,
    objection,
    offence,
    on,
    penalty,
    person,
    receipt,
    record_of,
    repair,
    result,
    row_of,
    rules,
    told,
    withdrawal,
)

AGENCIES = {"development-reform", "finance", "human-resources"}


class TestAFact:
    def test_an_offence_is_kept_and_three_agencies_are_told(self) -> None:
        archive = Archive()
        changes = archive.take(arrive(offence()))
        assert archive.outcomes() == {"/security 1": "applied"}
        assert archive.in_force() == AGENCIES
        assert {message["type"] for message in told(changes)} == {"credit.notice.issued.v1"}
        assert {message["data"]["party"]["id_no"] for message in told(changes)} == {"11010519491231002X"}

    def test_a_penalty_goes_to_credit_china_with_a_masked_number(self) -> None:
        changes = Archive().take(arrive(penalty(party=person(), items={"CF_XDR_ZJHM": ""})))
        (message,) = told(changes)
        assert (message["type"], message["data"]["operation"]) == ("credit.feed.rows.v1", "publish")
        assert message["data"]["rows"][0]["CF_XDR_ZJHM"] == "110105********002X"

    def test_an_honour_goes_nowhere(self) -> None:
        assert Archive().take(arrive(honour(clinic()))).dispatches == []

    def test_a_fact_that_is_over_is_kept_and_nobody_is_told(self) -> None:
        archive = Archive()
        old = offence(occurred_on=date(2020, 5, 18))
        assert archive.take(arrive(old)).dispatches == []
        assert archive.state_of(old) == "expired"


class TestRepeatsAndRevisions:
    def test_a_repeat_is_counted_and_changes_nothing(self) -> None:
        archive = Archive()
        archive.take(arrive(offence()))
        again = archive.take(arrive(offence()), arrive(offence()))
        assert again.repeats == {"/security 1": 2}
        assert (again.received, again.records.changed, again.dispatches) == (2, {}, [])

    def test_a_repeat_within_one_batch(self) -> None:
        changes = Archive().take(arrive(offence()), arrive(offence()))
        assert (changes.received, len(changes.messages.changed), changes.repeats) == (2, 1, {"/security 1": 1})

    def test_the_same_under_another_id_is_repeated(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"), arrive(offence(), "2", time=NINE + timedelta(hours=1)))
        assert archive.outcomes() == {"/security 1": "applied", "/security 2": "repeated"}

    def test_a_higher_revision_shows_whatever_the_order(self) -> None:
        mild = offence(items={"behaviour": "B2", "sanction": "warning", "hospital": "?"})
        one, two = arrive(offence(), "1"), arrive(mild, "2", revision=2)
        for order in ((one, two), (two, one)):
            archive = Archive()
            for arrival in order:
                archive.take(arrival)
            assert archive.work.records[record_of(mild)].revision == 2
            assert archive.in_force() == set()

    def test_a_conflict_is_disputed_shown_by_the_earlier_with_one_case(self) -> None:
        late = arrive(offence(occurred_on=date(2026, 5, 17)), "2", time=NINE + timedelta(hours=1))
        early = arrive(offence(), "1")
        later = arrive(offence(occurred_on=date(2026, 5, 16)), "3", time=NINE + timedelta(hours=2))
        for order in permutations((early, late, later)):
            archive = Archive()
            cases = [case for arrival in order for case in archive.take(arrival).cases]
            row = archive.work.records[record_of(offence())]
            assert (row.disputed, row.stated_by, row.occurred_on) == (True, "/security 1", date(2026, 5, 18))
            assert [(case.kind, case.subject) for case in cases] == [("record-disputed", POLICE.code)]
            assert archive.in_force() == AGENCIES

    def test_a_record_that_moves_to_another_subject_takes_its_notices_along(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"))
        changes = archive.take(arrive(offence(party=person("李某", "41048120000229101X")), "2", revision=2))
        kinds = [message["type"] for message in told(changes)]
        # A person may have to take two parties apart.
        assert [case.kind for case in changes.cases] == ["party-disputed"]
        assert kinds == ["credit.notice.lifted.v1"] * 3 + ["credit.notice.issued.v1"] * 3
        numbers = {message["data"].get("party", {}).get("id_no") for message in told(changes)}
        assert numbers == {None, "41048120000229101X"}

    def test_an_id_used_again_for_another_content_waits_for_a_person(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"))
        other = arrive(offence("2号"), "1")
        changes = archive.take(other)
        assert [row.reason for row in changes.parked] == ["message.id_reused"]
        assert sorted(archive.outcomes().values()) == ["applied", "parked"]
        assert list(archive.take(other).repeats.values()) == [1]

    def test_a_correction_under_the_id_of_a_parked_message_goes_its_way(self) -> None:
        bad, good = fail("1", Reason.ITEM_MISSING, "/security"), arrive(offence(), "1")
        for order in ((bad, good), (good, bad)):
            archive = Archive()
            for arrival in order:
                archive.take(arrival)
            assert sorted(archive.outcomes().values()) == ["applied", "parked"]
            assert archive.in_force() == AGENCIES
            assert archive.take(bad, good).repeats.keys() == archive.outcomes().keys()


class TestActs:
    def test_any_order_of_fact_revision_withdrawal_repair_and_its_withdrawal_ends_alike(self) -> None:
        fact = offence()
        granted = repair(fact)
        story = (
            arrive(fact, "1"),
            arrive(offence(items={"behaviour": "B3", "sanction": "criminal", "hospital": "?"}), "2", revision=2),
            arrive(granted, "3"),
            arrive(withdrawal(granted), "4"),
            arrive(objection(fact), "5"),
        )
        ends = set()
        for order in permutations(story):
            for size in (1, 2, 5):
                archive = Archive()
                for start in range(0, len(order), size):
                    archive.take(*order[start : start + size])
                row = archive.work.records[record_of(fact)]
                told_now = {(n.agency, n.digest) for n in archive.work.notices.values() if n.in_force}
                ends.add((row.state, row.acts, row.stated_by, row.fact, frozenset(told_now)))
        assert len(ends) == 1
        (state, acts, *_, notices) = ends.pop()
        assert (state, acts, len(notices)) == ("under_objection", '["/office 5"]', 3)

    def test_a_withdrawal_before_its_record_takes_effect_when_it_comes(self) -> None:
        archive = Archive()
        assert archive.take(arrive(withdrawal(penalty()), "1")).records.changed == {}
        changes = archive.take(arrive(penalty(), "2"))
        assert archive.state_of(penalty()) == "withdrawn"
        assert changes.dispatches == []

    def test_a_revision_after_a_withdrawal_as_entered_in_error_leaves_it_withdrawn_with_a_case(self) -> None:
        wrong = withdrawal(offence())._replace(state="entered_in_error")
        revised = arrive(offence(), "3", revision=2)
        for act, opened in ((wrong, ["withdrawn-revised"]), (withdrawal(offence()), [])):
            archive = Archive()
            archive.take(arrive(offence(), "1"), arrive(act, "2"))
            changes = archive.take(revised)
            assert (changes.dispatches, [case.kind for case in changes.cases]) == ([], opened)
            assert archive.state_of(offence()) == "withdrawn"
            assert archive.take(revised).cases == []

    def test_every_agency_is_told_of_the_lift_with_its_cause(self) -> None:
        fact = offence(occurred_on=date(2025, 4, 30))  # can be repaired since 31 May 2026
        causes = {
            "withdrawn": withdrawal(fact),
            "repaired": repair(fact),
            "upheld_objection": objection(fact, "upheld"),
        }
        for cause, act in causes.items():
            archive = Archive()
            archive.take(arrive(fact, "1"))
            sent = told(archive.take(arrive(act, "2")))
            assert {message["data"]["agency"] for message in sent} == AGENCIES
            assert {message["data"]["cause"] for message in sent} == {cause}
            assert archive.in_force() == set()

    def test_a_repair_before_its_time_lifts_and_takes_down_nothing_until_its_day(self) -> None:
        """A general record of 18 May 2026 can be repaired after seven months, from 19 December on."""
        fact = penalty(items={"conduct": "unlicensed_practice"})
        archive = Archive()
        archive.take(arrive(fact, "1"), arrive(repair(fact), "2"))
        held = archive.in_force()
        assert (archive.state_of(fact), bool(held)) == ("in_force", True)
        assert archive.work.records[record_of(fact)].changes_on == date(2026, 12, 19)
        assert archive.work.feed_rows[row_of(fact)].operation == "publish"
        for day, state in ((date(2026, 12, 18), "in_force"), (date(2026, 12, 19), "repaired")):
            archive.work = carry_on(archive.work, on(day))
            settle([record_of(fact)], archive.work)
            assert archive.state_of(fact) == state
            assert archive.in_force() == (held if state == "in_force" else set())
        assert {row.lift_cause for row in archive.work.notices.values()} == {"repaired"}
        row = archive.work.feed_rows[row_of(fact)]
        assert (row.operation, row.due_on) == ("withdraw", date(2026, 12, 22))

    def test_an_act_that_is_corrected_to_another_record_frees_the_first(self) -> None:
        first, second = offence("1号"), offence("2号")
        archive = Archive()
        archive.take(arrive(first, "1"), arrive(second, "2"), arrive(withdrawal(first), "3"))
        archive.take(arrive(withdrawal(second), "4", revision=2))
        assert (archive.state_of(first), archive.state_of(second)) == ("in_force", "withdrawn")

    def test_what_is_withdrawn_in_the_batch_it_comes_in_is_never_told(self) -> None:
        assert Archive().take(arrive(offence(), "1"), arrive(withdrawal(offence()), "2")).dispatches == []

    def test_a_lift_withdrawn_is_a_new_notice(self) -> None:
        archive = Archive()
        gone = withdrawal(offence())
        archive.take(arrive(offence(), "1"))
        archive.take(arrive(gone, "2"))
        archive.take(arrive(withdrawal(gone, "舞撤〔2026〕2号"), "3"))
        assert {n.notice_no for n in archive.work.notices.values() if n.in_force} == {
            notice_to(agency, offence(), 2) for agency in AGENCIES
        }


class TestAnswers:
    def test_a_receipt_moves_its_notice_on(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"))
        number = notice_to("finance", offence())
        archive.take(arrive(receipt(number), "2"))
        assert archive.work.notices[number].reply_state == "executed"

    def test_a_receipt_in_the_batch_that_issues_its_notice(self) -> None:
        archive = Archive()
        number = notice_to("finance", offence())
        archive.take(arrive(receipt(number), "2"), arrive(offence(), "1"))
        assert archive.work.notices[number].reply_state == "executed"

    def test_a_receipt_for_a_notice_that_was_never_sent(self) -> None:
        changes = Archive().take(arrive(receipt("XL0-1"), "2"))
        assert [row.reason for row in changes.parked] == ["receipt.unknown_notice"]

    def test_one_bad_receipt_does_not_hold_up_the_others(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"))
        number = notice_to("finance", offence())
        changes = archive.take(
            arrive(receipt(number, agency="tax"), "2"),
            arrive(receipt(number, "lifted"), "3"),
            arrive(receipt(number), "4"),
        )
        assert [row.reason for row in changes.parked] == ["receipt.wrong_agency", "receipt.not_lifted"]
        assert archive.work.notices[number].reply_state == "executed"

    def test_a_receipt_read_again_after_its_envelope_was_mended(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"))
        number = notice_to("finance", offence())
        arrival = arrive(receipt(number), "2", parked_id=7)
        object.__setattr__(arrival, "key", "unreadable:credit.in.receipts 00")
        assert archive.take(arrival).unparked.keys() == {7}
        assert archive.work.notices[number].reply_state == "executed"

    def test_an_answer_from_another_feed(self) -> None:
        archive = Archive()
        archive.take(arrive(penalty(), "1"))
        changes = archive.take(arrive(result(row_of(penalty())), "2", source="/feed/province"))
        assert [row.reason for row in changes.parked] == ["source.wrong_queue"]

    def answer(self, archive: Archive, *, number: str, row_id: str | None = None, message_id: str = "9") -> str:
        """Return what became of Credit China's answer to a number, or why it is parked."""
        changes = archive.take(arrive(FeedResult("credit-china", row_id, "0000", document_no=number), message_id))
        parked = [row.reason for row in changes.parked]
        return parked[0] if parked else archive.outcomes()[f"/feed/credit-china {message_id}"]

    def test_a_number_names_the_row_that_is_about_its_document(self) -> None:
        archive = Archive()
        archive.take(arrive(penalty(), "1"), arrive(penalty("舞卫医罚〔2026〕2号"), "2"))
        number = penalty().key.document_no
        archive.take(arrive(FeedResult("credit-china", None, "0000", document_no=number), "9", time=NOON))
        row = archive.work.feed_rows[row_of(penalty())]
        assert (row.result_code, row.answered_by) == ("0000", "/feed/credit-china 9")
        assert archive.work.feed_rows[row_of(penalty("舞卫医罚〔2026〕2号"))].result_code is None

    def test_a_number_of_a_record_of_the_same_batch(self) -> None:
        archive = Archive()
        result = FeedResult("credit-china", None, "0000", document_no=penalty().key.document_no)
        archive.take(arrive(result, "9", time=NOON), arrive(penalty(), "1"))
        assert archive.work.feed_rows[row_of(penalty())].result_code == "0000"

    def test_a_number_that_names_no_row_or_several_is_parked_for_its_own_reason(self) -> None:
        archive = Archive()
        archive.take(arrive(offence(), "1"), arrive(penalty(), "2"))
        assert self.answer(archive, number="舞卫医罚〔2026〕77号", message_id="7") == "feed.unknown_number"
        assert self.answer(archive, number=offence().key.document_no, message_id="8") == "feed.unknown_number"
        archive.take(arrive(penalty()._replace(key=penalty().key._replace(organ_code=POLICE.code)), "3"))
        assert self.answer(archive, number=penalty().key.document_no) == "feed.ambiguous_number"

    def test_a_row_that_is_about_another_document_than_the_answer_says(self) -> None:
        archive = Archive()
        archive.take(arrive(penalty(), "1"))
        row = row_of(penalty())
        assert self.answer(archive, number="舞卫医罚〔2026〕2号", row_id=row) == "feed.other_number"
        assert archive.work.feed_rows[row].result_code is None

    def test_an_older_answer_never_replaces_a_newer_one(self) -> None:
        archive = Archive()
        archive.take(arrive(penalty(), "1"))
        number = penalty().key.document_no
        for message_id, code, minutes in (("8", "E003", 9), ("9", "0000", 5)):
            said = FeedResult("credit-china", None, code, document_no=number, at=NOON + timedelta(minutes=minutes))
            archive.take(arrive(said, message_id, time=NOON + timedelta(hours=1)))
        row = archive.work.feed_rows[row_of(penalty())]
        assert (row.result_code, row.answered_by) == ("E003", "/feed/credit-china 8")
        assert archive.outcomes()["/feed/credit-china 9"] == "superseded"


class TestClocks:
    def test_what_comes_after_its_window_is_withdrawn_by_the_next_look(self) -> None:
        archive = Archive()
        archive.take(arrive(penalty(occurred_on=date(2025, 6, 1)), "1"), at=rules())
        assert archive.state_of(penalty()) == "in_force"
        changes = archive.take(arrive(objection(penalty()), "2"), at=on(TODAY + timedelta(days=1)))
        assert archive.state_of(penalty()) == "expired"
        assert [row.operation for row in changes.feed_rows.changed.values()] == ["withdraw"]


def test_a_failure_and_a_missing_party_do_not_hold_up_the_rest() -> None:
    archive = Archive()
    changes = archive.take(
        fail("1", Reason.JSON_INVALID),
        arrive(honour(clinic(licence_no="41704812241048111A1001")), "2"),
        arrive(honour(clinic(uscc=HOSPITAL), "2号"), "3"),
    )
    assert [row.reason for row in changes.parked] == ["json.invalid", "identity.unresolved"]
    assert changes.received == len(changes.messages.changed) == 3
