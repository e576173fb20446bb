"""What is made of a row before it leaves: repaired, checked, held and let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from credit.record.rows import FeedRow
from credit.record.standing import find_standing
from credit.rules import Moment
from credit.telling import feeds, portal
from schemas.statement import Category, Fact
from schemas.states import FeedState, Operation
from tests.builders import (
    CLINIC,
    HOSPITAL,
    TODAY,
    Archive,
    arrive,
    clinic,
    national_law,
    on,
    penalty,
    person,
    row_of,
    rules,
    shipped_routes,
    told,
    withdrawal,
)

GOOD, BAD = "使用未取得资格的人员", "一" * 41
"""Of the law made up for tests the facts of a violation have up to thirty characters, forty from 1 July on."""


def stated(text: str, revision: int = 1, **changes: Any) -> Any:
    items = {"CF_SY": text} | changes.pop("items", {})
    return arrive(penalty(items=items, **changes), f"m{revision}", revision=revision)


def the_row(archive: Archive) -> FeedRow:
    return archive.work.feed_rows[row_of(penalty())]


class TestRepair:
    @pytest.mark.parametrize(
        ("item", "stated", "shown"),
        [
            ("CF_XDR_SHXYM", CLINIC.lower(), CLINIC),
            ("CF_CFJGDM", "１１４１０４８１９８３６９００６４Ｔ", "11410481983690064T"),
            ("CF_XDR_ZZJG", "ma9k2f7q-0", "MA9K2F7Q0"),
            ("CF_XDR_GSZC", "４１０４８１０００００１２３４", "410481000001234"),
            ("CF_JDRQ", "2026-5-18", "2026/05/18"),
            ("CF_YXQ", "长期", "2099/12/31"),
            ("CF_YXQ", "9999/12/31", "2099/12/31"),
            ("CF_NR_FK", "0.2", "0.200000"),
            ("CF_CFLB", "警告;罚款、通报批评", "警告；罚款；通报批评"),
        ],
    )
    def test_form_is_repaired(self, item: str, stated: str, shown: str) -> None:
        items = {item: stated}
        portal.repair(items, Category.PENALTY, None)
        assert items == {item: shown}

    @pytest.mark.parametrize(
        ("item", "text"),
        [
            ("CF_XDR_MC", "舞钢（安康）ｄｉａｎ诊所"),
            ("CF_JDRQ", "择日"),
            ("CF_NR_FK", "两千"),
            ("CF_NR_FK", "0.0000001"),
            ("CF_WSH", "舞卫医罚[2026]1号"),
        ],
    )
    def test_meaning_is_not(self, item: str, text: str) -> None:
        items = {item: text}
        portal.repair(items, Category.PENALTY, None)
        assert items == {item: text}

    @pytest.mark.parametrize(
        ("known_by", "shown"),
        [
            ("", CLINIC),
            ("MA9K2F7Q0", CLINIC),
            ("00000000000000000X", CLINIC),
            ("000000000000000000", CLINIC),
            (HOSPITAL, HOSPITAL),  # its own code, whoever carries on its archive
        ],
    )
    def test_who_is_known_by_an_older_code_is_shown_by_that_of_the_subject(self, known_by: str, shown: str) -> None:
        items = {"CF_XDR_SHXYM": known_by}
        portal.repair(items, Category.PENALTY, CLINIC)
        assert items["CF_XDR_SHXYM"] == shown

    def test_the_kind_of_a_document_does_not_leave_without_its_number(self) -> None:
        shown = show(penalty(items={"CF_FR_ZJLX": "身份证"}))
        assert shown is not None
        assert "CF_FR_ZJLX" not in shown.items
        assert shown.items["CF_FRDB"] == "样本负责人"

    @pytest.mark.parametrize(("known_by", "shown"), [({"uscc": CLINIC}, CLINIC), ({"licence_no": "1号"}, HOSPITAL)])
    def test_an_inspection_too_shows_a_party_by_its_own_code(self, known_by: dict[str, str], shown: str) -> None:
        items = {"scheme": "key", "result": "no_problem"}
        fact = penalty()._replace(category=Category.CHECK, party=clinic(**known_by), items=items)
        kinds: frozenset[Any] = frozenset({"check"})
        feed = replace(shipped_routes().feeds[0], kinds=kinds, schemes=frozenset({"key"}))
        said = feeds.show(feed, fact, find_standing(fact, [], national_law(), TODAY), None, HOSPITAL)
        assert said is not None
        assert said.items["party"]["uscc"] == shown

    def test_no_code_is_made_of_what_is_none(self) -> None:
        items = {"CF_XDR_SHXYM": ""}
        portal.repair(items, Category.PENALTY, "P-not-a-code")
        assert items["CF_XDR_SHXYM"] == ""


class TestHeld:
    def test_a_row_that_would_be_refused_does_not_leave(self) -> None:
        archive = Archive()
        changes = archive.take(stated(BAD))
        row = the_row(archive)
        assert told(changes) == []
        assert (row.version, row.held, row.in_force) == (0, '["too_long:CF_SY"]', False)
        assert row.due_on == date(2026, 5, 27)  # seven working days after the decision, held or not
        assert feeds.status(row, sent=False) is FeedState.HELD

    def test_it_is_looked_at_again_each_day(self) -> None:
        archive = Archive()
        archive.take(stated(BAD))
        (record,) = archive.work.records.values()
        assert record.changes_on == TODAY + timedelta(days=1)
        archive.take(stated(GOOD, 2))
        (record,) = archive.work.records.values()
        assert record.changes_on != TODAY + timedelta(days=1)

    def test_a_correction_lets_it_go_and_is_due_on_the_first_day(self) -> None:
        archive = Archive()
        archive.take(stated(BAD))
        changes = archive.take(stated(GOOD, 2), at=on(date(2026, 6, 3)))
        row = the_row(archive)
        (message,) = told(changes)
        assert (message["id"], message["data"]["operation"]) == (f"{row.row_id}:1", "publish")
        assert (row.version, row.held, row.due_on) == (1, None, date(2026, 5, 27))

    def test_the_passing_of_time_lets_it_go(self) -> None:
        archive = Archive()
        archive.take(stated("一" * 31), at=on(date(2026, 6, 30)))
        assert the_row(archive).held == '["too_long:CF_SY"]'
        changes = archive.take(stated("一" * 31, 2), at=on(date(2026, 7, 1)))
        assert [message["data"]["operation"] for message in told(changes)] == ["publish"]

    def test_what_is_shown_stays_while_its_update_is_held(self) -> None:
        archive = Archive()
        archive.take(stated(GOOD))
        before = the_row(archive)
        changes = archive.take(stated(BAD, 2), at=on(date(2026, 6, 2)))
        row = the_row(archive)
        assert told(changes) == []
        assert (row.version, row.operation, row.digest) == (1, "publish", before.digest)
        assert (row.held, row.in_force) == ('["too_long:CF_SY"]', True)
        assert row.due_on == before.due_on  # which nobody has answered

    def test_an_update_of_what_was_answered_is_due_by_itself(self) -> None:
        answered = the_published()._replace(result_code="0000", result_at=NOW)
        row = follow(answered, BAD, date(2026, 6, 2))
        assert row is not None
        assert (row.due_on, row.result_code) == (date(2026, 6, 11), "0000")
        assert follow(row, BAD, date(2026, 6, 5)) == row  # on a later day it is due on the same
        let_go = follow(row, "更正后的事实", date(2026, 6, 5))
        assert let_go is not None
        assert (let_go.operation, let_go.version, let_go.due_on) == ("update", 2, date(2026, 6, 11))

    def test_an_update_taken_back_leaves_what_is_shown(self) -> None:
        row = follow(the_published(), BAD)
        assert row is not None
        back = follow(row, GOOD)
        assert back is not None
        assert (back.held, back.version, back.operation) == (None, 1, "publish")

    def test_a_withdrawal_always_goes(self) -> None:
        archive = Archive()
        archive.take(stated(GOOD))
        archive.take(stated(BAD, 2))
        changes = archive.take(arrive(withdrawal(penalty()), "w"))
        row = the_row(archive)
        (message,) = [each for each in told(changes) if each["type"] == "credit.feed.rows.v1"]
        assert (message["data"]["operation"], row.held, row.version) == ("withdraw", None, 2)

    def test_what_was_never_told_is_not_withdrawn(self) -> None:
        archive = Archive()
        archive.take(stated(BAD))
        changes = archive.take(arrive(withdrawal(penalty()), "w"))
        row = the_row(archive)
        assert [each for each in told(changes) if each["type"] == "credit.feed.rows.v1"] == []
        assert (row.held, row.version, row.operation) == (None, 0, Operation.WITHDRAW)

    def test_what_is_withdrawn_and_comes_back_wrong_is_held(self) -> None:
        gone = the_published()._replace(operation="withdraw", version=2, result_code="0000", result_at=NOW)
        row = follow(gone, BAD)
        assert row is not None
        assert (row.held, row.version, row.in_force) == ('["too_long:CF_SY"]', 2, False)
        back = follow(row, GOOD)
        assert back is not None
        assert (back.operation, back.version) == ("publish", 3)

    def test_a_minor_or_sealed_record_is_never_even_held(self) -> None:
        archive = Archive()
        archive.take(stated(BAD, items={"penalty_kinds": ["警告"], "CF_CFLB": "警告", "CF_NR_FK": "", "CF_NR": "警告"}))
        assert dict(archive.work.feed_rows) == {}

    def test_a_person_is_checked_as_one(self) -> None:
        archive = Archive()
        changes = archive.take(stated(GOOD, party=person()))
        (message,) = told(changes)
        assert message["data"]["rows"][0]["CF_XDR_ZJHM"] == "110105********002X"

    def test_the_reasons_are_said_in_chinese(self) -> None:
        (found,) = portal.read_held('["too_long:CF_SY"]')
        assert (found.reason, found.item, found.word) == ("too_long", "CF_SY", "超出长度")
        assert "精简" in found.hint
        assert portal.read_held(None) == ()


NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


def the_published() -> FeedRow:
    archive = Archive()
    archive.take(stated(GOOD))
    return the_row(archive)


def show(fact: Fact) -> feeds.Shown | None:
    """What Credit China is to show of a fact."""
    return feeds.show(shipped_routes().feeds[0], fact, find_standing(fact, [], national_law(), TODAY), None, CLINIC)


def follow(current: FeedRow, text: str, day: date = TODAY) -> FeedRow | None:
    """What becomes of a row when its record says this on a day."""
    fact: Fact = penalty(items={"CF_SY": text})
    feed = shipped_routes().feeds[0]
    shown = feeds.show(feed, fact, find_standing(fact, [], national_law(), day), None, CLINIC)
    about = feeds.About(current.record_id, current.kind, fact.occurred_on)
    moment = Moment(datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC), day)
    known = rules(moment.now)
    assert known.at.today == day
    return feeds.follow(about, feed, current, shown, known)


def test_rows_are_held_for_the_same_in_whatever_order() -> None:
    messages = [stated(BAD, 3), stated(GOOD, 1), stated("一" * 12, 2)]
    for order in permutations(messages):
        archive = Archive()
        for message in order:
            archive.take(message)
        assert the_row(archive).held == '["too_long:CF_SY"]'
