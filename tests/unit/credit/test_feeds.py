from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from credit.record.merging import Head
from credit.record.rows import FeedRow, unsettled
from credit.record.standing import OfficeAct, find_standing
from credit.telling import feeds
from credit.telling.feeds import Shown
from schemas.statement import ActKind, Fact, FeedResult
from tests.builders import (
    NATIONAL,
    OF_PERSONS,
    ROOT,
    TODAY,
    WANG,
    connectors,
    honour,
    national_law,
    penalty,
    person,
    row_of,
    rules,
    shipped_routes,
)
from tests.unit.credit.test_standing import act

FEED = shipped_routes().feeds[0]
NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SAMPLE = json.loads((ROOT / "connectors/licensing/samples/permit.json").read_text())["data"]


def shown(fact: Fact, *acts: OfficeAct, today: date = TODAY, id_no: str | None = None) -> Shown | None:
    return feeds.show(FEED, fact, find_standing(fact, acts, national_law(), today), id_no)


def tell(current: FeedRow | None, fact: Fact, *acts: OfficeAct, now: datetime = NOW) -> FeedRow | None:
    record = unsettled("s", fact, Head(1, NOW, "m", b""), NOW)
    about = feeds.About(record.record_id, record.category, record.occurred_on)
    return feeds.follow(about, FEED, current, shown(fact, *acts, today=now.date()), rules(now))


def published() -> FeedRow:
    row = tell(None, penalty())
    assert row is not None
    return row


def said(code: str, *, minutes: int = 0, message: str | None = None) -> tuple[FeedResult, datetime, str]:
    return (
        FeedResult("credit-china", "?", code, message),
        NOW + timedelta(minutes=minutes),
        f"/feed/x {code}",
    )


class TestShow:
    def test_a_public_penalty_by_its_national_items_alone(self) -> None:
        found = shown(penalty())
        assert found is not None
        assert set(found.items) == {"CF_WSH", "CF_CFLB", "CF_NR", "CF_NR_FK", "CF_GSJZQ", *NATIONAL}

    @pytest.mark.parametrize(
        ("asked", "carried"),
        [
            ("2026/12/17", "2027/05/18"),  # a day before the end of the minimum of seven months
            ("2026/12/18", "2026/12/18"),
            ("2027/05/19", "2027/05/18"),
        ],
    )
    def test_the_end_of_publicity_is_that_of_the_window(self, asked: str, carried: str) -> None:
        until = date.fromisoformat(asked.replace("/", "-"))
        found = shown(penalty(publicity_until=until, items={"CF_GSJZQ": asked}))
        assert found is not None
        assert found.items["CF_GSJZQ"] == carried

    def test_a_person_by_a_masked_number(self) -> None:
        found = shown(penalty(party=person(), items={"CF_XDR_ZJHM": ""}), id_no=WANG)
        assert found is not None
        assert found.items["CF_XDR_ZJHM"] == "110105********002X"

    def test_a_person_only_where_the_feed_is_sent_that_kind_of_persons(self) -> None:
        fact = penalty(party=person(), items={"CF_XDR_ZJHM": ""})
        standing = find_standing(fact, [], national_law(), TODAY)
        without = replace(FEED, person_kinds=frozenset({"permit"}))
        assert feeds.show(FEED, fact, standing, WANG) is not None
        assert feeds.show(without, fact, standing, WANG) is None
        organisation = penalty()
        assert feeds.show(without, organisation, find_standing(organisation, [], national_law(), TODAY), None)

    def test_not_what_is_minor_expired_withdrawn_or_of_another_kind(self) -> None:
        minor = penalty(items={"penalty_kinds": ["警告"], "CF_NR_FK": ""})
        assert shown(minor) is None
        assert shown(penalty(), today=date(2027, 5, 18)) is not None
        assert shown(penalty(), today=date(2027, 5, 19)) is None
        assert shown(penalty(), act("w", "r", ActKind.WITHDRAWAL)) is None
        assert shown(honour(person())) is None

    def test_what_is_only_objected_to_stays(self) -> None:
        assert shown(penalty(), act("o", "r", ActKind.OBJECTION, "filed")) == shown(penalty())


class TestReconcile:
    def test_publish_is_due_seven_working_days_after_the_decision(self) -> None:
        row = published()
        assert (row.operation, row.version, row.decided_on) == ("publish", 1, date(2026, 5, 18))
        assert row.due_on == date(2026, 5, 27)

    def test_unchanged(self) -> None:
        assert tell(published(), penalty(), now=LATER) is None

    def test_never_shown_is_not_withdrawn(self) -> None:
        assert tell(None, penalty(), act("w", "r", ActKind.WITHDRAWAL)) is None

    def test_a_change_is_an_update_that_forgets_the_last_answer(self) -> None:
        accepted = feeds.answer(published(), *said("0000"))
        row = tell(accepted, penalty(items={"CF_NR": "罚款人民币三千元"}), now=LATER)
        assert row is not None
        assert (row.operation, row.version, row.row_id) == ("update", 2, accepted.row_id)
        assert (row.result_code, row.result_at) == (None, None)
        assert row.due_on == date(2026, 6, 11)

    def test_a_withdrawal_is_due_in_three_days_and_told_once(self) -> None:
        row = tell(published(), penalty(), act("w", "r", ActKind.WITHDRAWAL), now=LATER)
        assert row is not None
        assert (row.operation, row.version, row.due_on) == ("withdraw", 2, date(2026, 6, 5))
        assert not row.in_force
        assert tell(row, penalty(), act("w", "r", ActKind.WITHDRAWAL), now=LATER) is None

    def test_what_counts_again_is_published_again(self) -> None:
        gone = tell(published(), penalty(), act("w", "r", ActKind.WITHDRAWAL))
        back = tell(gone, penalty())
        assert back is not None
        assert (back.operation, back.version, back.digest) == ("publish", 3, published().digest)


class TestAnswer:
    def test_the_latest_counts_in_whatever_order(self) -> None:
        answers = [said("9001"), said("0000", minutes=9), said("9002", minutes=3)]
        for order in permutations(answers):
            row = published()
            for answer in order:
                row = feeds.answer(row, *answer)
            assert (row.result_code, feeds.status(row, sent=True)) == ("0000", "accepted")

    def test_two_of_one_time_give_the_same_in_whatever_order(self) -> None:
        one, two = said("9001", message="甲"), said("9001", message="乙")
        assert feeds.answer(feeds.answer(published(), *one), *two) == feeds.answer(
            feeds.answer(published(), *two), *one
        )

    def test_an_answer_to_the_version_before_is_none_to_this(self) -> None:
        gone = tell(published(), penalty(), act("w", "r", ActKind.WITHDRAWAL), now=LATER)
        assert gone is not None
        assert feeds.answer(gone, *said("0000", minutes=9)) is gone
        assert feeds.answer(gone, FeedResult("credit-china", "?", "0000"), LATER, "k").result_code == "0000"

    @pytest.mark.parametrize(
        ("answered", "counts"),
        [(timedelta(minutes=2), timedelta(minutes=2)), (timedelta(days=900), timedelta(minutes=5))],
    )
    def test_it_is_of_when_the_feed_says_and_never_later_than_its_message(
        self, answered: timedelta, counts: timedelta
    ) -> None:
        result, sent_at, key = said("0000", minutes=5)
        row = feeds.answer(published(), replace(result, at=NOW + answered), sent_at, key)
        assert (row.result_at, row.answered_by) == (NOW + counts, key)

    def test_what_was_answered_before_the_row_was_told_changes_nothing(self) -> None:
        result, sent_at, key = said("0000", minutes=5)
        row = published()
        assert feeds.answer(row, replace(result, at=NOW - timedelta(seconds=1)), sent_at, key) is row

    def test_a_row_that_is_told_something_new_has_no_answer(self) -> None:
        row = tell(feeds.answer(published(), *said("9001")), penalty(), act("w", "r", ActKind.WITHDRAWAL), now=LATER)
        assert row is not None
        assert (row.result_code, row.answered_by) == (None, None)

    @pytest.mark.parametrize(
        ("code", "sent", "status"),
        [(None, False, "pending"), (None, True, "sent"), ("0000", True, "accepted"), ("9001", True, "refused")],
    )
    def test_status(self, code: str | None, status: str, *, sent: bool) -> None:
        assert feeds.status(published()._replace(result_code=code), sent=sent) == status


def test_a_row_has_one_name_for_good() -> None:
    assert row_of(penalty()) == row_of(penalty(items={"CF_NR": "x"}))
    assert row_of(penalty()) != row_of(penalty("舞卫医罚〔2026〕2号"))


class TestAGenerationWithoutStates:
    """V2016 has no place for the state of a permit: a void one would be shown as if it held."""

    PERMIT = feeds.About("r", "permit", TODAY)
    OLD = replace(
        FEED,
        generation="V2016",
        sheets={("permit", "organisation"): connectors().templates()["permit-v2016-organisation"]},
    )

    def tell(self, current: FeedRow | None, state: str) -> FeedRow | None:
        items = {**SAMPLE, "XK_ZT": state}
        return feeds.follow(self.PERMIT, self.OLD, current, Shown(items, state.encode(), "organisation"), rules(NOW))

    def test_a_void_permit_is_held_and_never_shown(self) -> None:
        row = self.tell(None, "2")
        assert row is not None
        assert (row.version, row.held) == (0, '["not_in_generation:XK_ZT"]')

    def test_a_person_whose_number_it_has_no_column_for_is_held(self) -> None:
        old = replace(self.OLD, sheets={("penalty", "person"): connectors().templates()["penalty-v2016-person"]})
        items = {**penalty().items, **OF_PERSONS, "CF_XDR_ZJLX": "护照号", "CF_XDR_ZJHM": "E1*****78"}
        row = feeds.follow(feeds.About("r", "penalty", TODAY), old, None, Shown(items, b"", "person"), rules(NOW))
        assert row is not None
        assert (row.version, row.held) == (0, '["not_in_generation:CF_XDR_ZJHM"]')

    def test_a_permit_that_becomes_void_is_withdrawn(self) -> None:
        shown_first = self.tell(None, "1")
        assert shown_first is not None
        assert (shown_first.operation, shown_first.held) == ("publish", None)
        gone = self.tell(shown_first, "2")
        assert gone is not None
        assert (gone.operation, gone.held) == ("withdraw", None)
        again = self.tell(gone, "1")
        assert again is not None
        assert again.operation == "publish"
