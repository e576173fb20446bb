"""Many parked messages at once: which are meant, what comes of each, and that it goes on where it stood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from credit.identity import MASKED
from credit.store import parked
from credit.store.engine import reading, undone
from credit.store.parked import Choice
from credit.store.queries import parked as queries
from credit.store.queries.archive import read_archive
from credit.store.queries.ledger import read_ledger
from credit.store.queries.mends import Change
from credit.store.queries.page import Part
from credit.store.queries.parked_piles import find_piles
from schemas.reasons import Reason
from tests.builders import CLINIC, HOSPITAL, NOON, desk, feed_in, mend, message, rows
from workers.decisions import lots
from workers.decisions.lots import Setting, each_lot
from workers.decisions.parking import Mending
from workers.intake import BatchLimits
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

SHOP = "92410481MA9TK8C741"
"""Whom the sample of a penalty is about."""
FUTURE = Choice(reason=Reason.DATE_FUTURE)


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    def clock() -> datetime:
        return NOON

    with open_runtime(place, clock) as opened:
        yield opened


def early(number: int, **changes: str) -> Posting:
    """A penalty of the day after tomorrow."""
    items = {"CF_WSH": f"舞卫医罚〔2026〕{number}号", "CF_JDRQ": "2026/06/03", "CF_YXQ": "2027/06/03"} | changes
    return message("penalty", f"{number}", None, **items)


def blank(number: int, **changes: str) -> Posting:
    """A penalty without its document number."""
    return message("penalty", f"{number}", None, CF_WSH="", **changes)


def test_piles_are_by_reason_source_and_sender_with_times_and_a_sample(runtime: Runtime) -> None:
    feed_in(runtime, early(1), early(2), Posting(b"{", None))
    with reading(runtime.engine) as connection:
        piles = find_piles(connection, runtime.view(MASKED))
    sender = json.loads(early(1).body)["sender"]
    assert [(pile.reason, pile.source, pile.sender, pile.count, pile.sample) for pile in piles] == [
        ("date.future", "/inspection", sender, 2, 1),
        ("json.invalid", "unreadable:credit.in.unsorted", None, 1, 3),
    ]
    assert (piles[0].first, piles[0].last) == (NOON, NOON)
    assert "2026-06-03" in piles[0].detail


def test_piles_are_by_the_item_that_was_found_wrong_and_lists_too(runtime: Runtime) -> None:
    feed_in(runtime, early(1), blank(2), Posting(b"{", None))
    with reading(runtime.engine) as connection:
        piles = find_piles(connection, runtime.view(MASKED))
        found = queries.find_parked(connection, MASKED, Choice(item="CF_WSH"))
        notes = queries.find_notes(connection, [1, 2], MASKED)
    assert {pile.sample: pile.item for pile in piles} == {1: "", 2: "CF_WSH", 3: ""}
    assert [row.parked_id for row in found] == [2]
    assert notes == {}


def test_a_page_goes_on_after_the_last_number_in_either_direction(runtime: Runtime) -> None:
    feed_in(runtime, *(early(number) for number in range(1, 6)))

    def numbers(part: Part, choice: Choice = Choice(), *, newest_first: bool = False) -> list[int]:  # noqa: B008 - a frozen value
        with reading(runtime.engine) as connection:
            found = queries.find_parked(connection, MASKED, choice, part, newest_first=newest_first)
        return [row.parked_id for row in found]

    assert numbers(Part(limit=2)) == [1, 2]
    assert numbers(Part(queries.key_of(2), 2)) == [3, 4]
    assert numbers(Part(limit=2), newest_first=True) == [5, 4]
    assert numbers(Part(queries.key_of(4), 9), newest_first=True) == [3, 2, 1]
    assert numbers(Part(), Choice(source="/inspection")) == [1, 2, 3, 4, 5]
    assert numbers(Part(), Choice(source="/inspectio")) == []
    assert numbers(Part(), Choice(source="/_nspection")) == []
    assert numbers(Part(), Choice(sender="11410481001581767M")) == []
    assert numbers(Part(), Choice(since=NOON)) == [1, 2, 3, 4, 5]
    assert numbers(Part(), Choice(until=NOON)) == []
    assert numbers(Part(), Choice(since=NOON + timedelta(seconds=1))) == []


def test_lots_are_as_large_as_batches_and_none_comes_twice(runtime: Runtime) -> None:
    feed_in(runtime, *(early(number) for number in range(1, 6)))
    with reading(runtime.engine) as connection:
        one, *_ = parked.choose(connection, Choice(), 0, 1)

    def all_lots(most: int | None = None, **limits: int) -> list[list[int]]:
        return list(each_lot(runtime.engine, FUTURE, most=most, limits=BatchLimits(**limits)))

    assert all_lots(messages=2) == [[1, 2], [3, 4], [5]]
    assert all_lots(messages=2, most=3) == [[1, 2], [3]]
    assert all_lots(bytes=2 * one.bytes + 10) == [[1, 2], [3, 4], [5]]
    assert all_lots(bytes=1) == [[1], [2], [3], [4], [5]]
    assert list(each_lot(runtime.engine, FUTURE, after=3)) == [[4, 5]]


def test_each_message_has_its_own_verdict_and_what_was_replayed_is_not_replayed_again(runtime: Runtime) -> None:
    feed_in(runtime, early(1), early(2), early(3, CF_JDRQ="2026/06/09", CF_YXQ="2027/06/09"))
    worker, rules = desk(runtime, "日期已到"), runtime.rules()
    later = replace(worker, rules=lambda: replace(rules, at=replace(rules.at, today=date(2026, 6, 3))))
    tried = replace(later, transaction=undone).replay([3, 2, 1])
    done = later.replay([3, 2, 1])
    assert tried == done
    assert [(each.parked_id, each.was, each.outcome, each.reason) for each in done] == [
        (1, "date.future", "applied", ""),
        (2, "date.future", "applied", ""),
        (3, "date.future", "parked", "date.future"),
    ]
    assert later.replay([1, 2]) == []
    events = rows(runtime, 'SELECT parked_id, action, "by", account, note FROM parked_event ORDER BY event_id')
    assert events == [(number, "replay", "李科长", "li", "日期已到") for number in (1, 2, 3)]
    assert list(each_lot(runtime.engine, FUTURE)) == [[3]]


def test_many_are_discarded_with_name_and_reason(runtime: Runtime) -> None:
    feed_in(runtime, early(1), early(2))
    assert [verdict.outcome for verdict in desk(runtime, "测试数据").discard([1, 2])] == ["discarded"] * 2
    assert rows(runtime, "SELECT closed_as, closed_by FROM parked") == [("discarded", "李科长")] * 2
    assert rows(runtime, "SELECT action, account, note FROM parked_event") == [("discard", "li", "测试数据")] * 2


def test_the_same_mistake_is_mended_in_many_and_what_does_not_fit_is_left(runtime: Runtime) -> None:
    feed_in(runtime, early(1), early(2), Posting(b"{", None))
    setting = [Setting(("data", "CF_JDRQ"), "2026/05/20")]
    worker = desk(runtime, "来源单位更正日期")
    mending = Mending(lambda raw: lots.apply(setting, raw))
    assert worker.preview(1, mending, MASKED) == (Change("data.CF_JDRQ", '"2026/06/03"', '"2026/05/20"'),)
    done = worker.mend([1, 2, 3], mending)
    assert [(each.outcome, each.reason) for each in done] == [
        ("applied", ""),
        ("applied", ""),
        ("unmended", "json.invalid"),
    ]
    assert rows(runtime, "SELECT count(*) FROM parked_event") == [(2,)]


def test_who_mended_what_is_told_with_the_record(runtime: Runtime) -> None:
    feed_in(runtime, early(1))
    mend(runtime, 1, early(1, CF_JDRQ="2026/05/20", CF_YXQ="2027/05/20"))
    with reading(runtime.engine) as connection:
        (record,) = read_archive(connection, SHOP, runtime.view(MASKED)).records
        (event,) = queries.read_story(connection, 1, runtime.keyring, MASKED).events
    ((told,),) = (said.mends for said in record.messages)
    assert (told.by, told.account, told.why) == ("李科长", "li", "补正")
    assert told.changes == event.changes
    assert {change.path: (change.before, change.after) for change in told.changes} == {
        "data.CF_JDRQ": ('"2026/06/03"', '"2026/05/20"'),
        "data.CF_YXQ": ('"2027/06/03"', '"2027/05/20"'),
    }


@pytest.mark.parametrize("first", [early(1), blank(1), message("penalty", "1", {"time": "昨天"})])
def test_a_mend_about_another_party_is_refused_unless_it_is_meant(runtime: Runtime, first: Posting) -> None:
    feed_in(runtime, first)
    other = message("penalty", "1", CF_XDR_SHXYM=HOSPITAL)
    refused = mend(runtime, 1, other)
    assert refused.outcome == "unmended"
    assert "data.CF_XDR_SHXYM" in refused.detail
    assert HOSPITAL not in refused.detail
    assert rows(runtime, "SELECT count(*) FROM parked_event") == [(0,)]
    assert mend(runtime, 1, other, "处罚决定书所载为该院").outcome == "applied"
    assert rows(runtime, "SELECT note FROM parked_event") == [("补正；改为另一当事人：处罚决定书所载为该院",)]


def test_two_mends_do_not_do_together_what_one_may_not(runtime: Runtime) -> None:
    feed_in(runtime, blank(1))
    assert mend(runtime, 1, blank(1, CF_XDR_SHXYM="")).outcome == "parked"
    assert mend(runtime, 1, message("penalty", "1", CF_XDR_SHXYM=HOSPITAL)).outcome == "unmended"


def test_a_wrong_number_is_put_right_where_the_name_stays(runtime: Runtime) -> None:
    wrong = CLINIC[:-1] + ("0" if CLINIC[-1] != "0" else "1")
    feed_in(runtime, message("penalty", "1", CF_XDR_SHXYM=wrong))
    assert rows(runtime, "SELECT reason FROM parked") == [("uscc.check_digit",)]
    assert mend(runtime, 1, message("penalty", "1", CF_XDR_SHXYM=CLINIC)).outcome == "applied"


STRANGER = "11410481685969382K"


def routed(runtime: Runtime, **changed: frozenset[str]) -> Runtime:
    """The same with routes by which other senders may send, or speak for others."""
    gate = runtime.reader.routes.gate
    queue = "credit.in.inspection"
    known = gate.admissions[queue].senders["/inspection"]
    senders = {**known, **{sender: frozenset[str]() for sender in changed.get("senders", frozenset())}}
    admissions = {**gate.admissions, queue: replace(gate.admissions[queue], senders={"/inspection": senders})}
    voices = {**gate.voices, STRANGER: changed.get("voices", frozenset())}
    routes = replace(runtime.reader.routes, gate=replace(gate, admissions=admissions, voices=voices))
    return replace(runtime, reader=replace(runtime.reader, routes=routes))


def test_when_the_route_is_mended_the_repeat_closes_what_was_refused(runtime: Runtime) -> None:
    sent = message("penalty", "1", {"sender": STRANGER})
    feed_in(runtime, sent, sent)
    ((key, sender, repeats),) = rows(runtime, "SELECT message_key, sender, repeats FROM message")
    assert key.startswith("/inspection 1?")
    assert (sender, repeats) == (STRANGER, 1)
    with reading(runtime.engine) as connection:
        (row,) = queries.find_parked(connection, MASKED, Choice(source="/inspection", sender=STRANGER))
    assert (row.reason, row.waits) == ("sender.unknown", 0)

    organ = frozenset({json.loads(sent.body)["data"]["CF_CFJGDM"]})
    feed_in(routed(runtime, senders=frozenset({STRANGER}), voices=organ), sent)
    assert rows(runtime, "SELECT message_key, outcome FROM message ORDER BY message_key") == [
        ("/inspection 1", "applied"),
        (key, "repeated"),
    ]
    assert rows(runtime, "SELECT closed_as, closed_by FROM parked") == [("repeated", "repeat")]
    with reading(runtime.engine) as connection:
        assert read_ledger(connection).balanced


def test_when_a_voice_is_given_the_repeat_is_taken_in(runtime: Runtime) -> None:
    sent = message("penalty", "1", {"sender": STRANGER})
    heard = routed(runtime, senders=frozenset({STRANGER}))
    feed_in(heard, sent, sent)
    assert rows(runtime, "SELECT outcome, repeats FROM message") == [("parked", 1)]
    assert rows(runtime, "SELECT reason FROM parked") == [("sender.foreign_organ",)]

    organ = frozenset({json.loads(sent.body)["data"]["CF_CFJGDM"]})
    feed_in(routed(runtime, senders=frozenset({STRANGER}), voices=organ), sent, sent)
    assert rows(runtime, "SELECT message_key, outcome, repeats FROM message") == [("/inspection 1", "applied", 3)]
    assert rows(runtime, "SELECT closed_as FROM parked") == [("applied",)]
    with reading(runtime.engine) as connection:
        assert read_ledger(connection).balanced


def test_what_was_refused_takes_no_place_from_who_may_use_it(runtime: Runtime) -> None:
    feed_in(runtime, message("penalty", "1", {"sender": STRANGER}), message("penalty", "1"))
    found = rows(runtime, "SELECT message_key, outcome FROM message ORDER BY message_key")
    assert [(key.partition("?")[0], outcome) for key, outcome in found] == [
        ("/inspection 1", "applied"),
        ("/inspection 1", "parked"),
    ]
    assert found[0][0] == "/inspection 1"


def test_what_was_discarded_is_not_opened_by_a_repeat(runtime: Runtime) -> None:
    sent = message("penalty", "1", {"sender": STRANGER})
    heard = routed(runtime, senders=frozenset({STRANGER}))
    feed_in(heard, sent)
    desk(runtime, "测试").discard([1])
    organ = frozenset({json.loads(sent.body)["data"]["CF_CFJGDM"]})
    feed_in(routed(runtime, senders=frozenset({STRANGER}), voices=organ), sent)
    assert rows(runtime, "SELECT outcome, repeats FROM message") == [("parked", 1)]
    assert rows(runtime, "SELECT closed_as FROM parked") == [("discarded",)]
