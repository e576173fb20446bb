"""What is read of notices, of rows that feeds show, and of parked messages."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from credit.identity import IN_FULL, MASKED
from credit.record import places
from credit.record.rows import Decision
from credit.store import tables
from credit.store.engine import reading, writing
from credit.store.parked import Choice
from credit.store.queries import feeds, notices, parked
from credit.store.queries.mends import Change
from schemas.errors import PermanentError
from schemas.reasons import Reason
from schemas.states import NoticeState
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, DAY, NOON, SUCCESSOR, TODAY, Shelf, put, set_columns, view

NOT_TEXT = "00000000  ff fe 20 6e 6f 74 20 74 65 78 74                 .. not text"


class TestNotices:
    @pytest.fixture
    def told(self, shelf: Shelf) -> Shelf:
        lifted: dict[str, Any] = {"lift_cause": "repaired", "lifted_at": NOON}
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.organisation(SUCCESSOR, shelf.keyring),
            rows.record("r1"),
            rows.record("r2", SUCCESSOR),
            rows.notice("XL01-1", reply_by=TODAY),
            rows.notice("XL02-1", agency="police", reply_by=TODAY - DAY),
            rows.notice(
                "XL03-1", agency="audit", reply_by=TODAY - DAY, reply_state="executed", answered=True, replied_at=NOON
            ),
            rows.notice("XL04-1", agency="water", **lifted, lift_reply_by=TODAY),
            rows.notice("XL05-1", "r2", SUCCESSOR, **lifted, lift_reply_by=TODAY - DAY),
            rows.notice("XL06-1", agency="justice", **lifted, lift_reply_by=TODAY - DAY, lift_confirmed_at=NOON),
        )
        return shelf

    def find(self, shelf: Shelf, wanted: notices.Filter = notices.EVERYTHING) -> list[notices.Notice]:
        with reading(shelf.engine) as connection:
            return notices.find_notices(connection, view(shelf), wanted)

    def test_says_where_each_stands(self, told: Shelf) -> None:
        assert {each.row.notice_no: (each.state, each.overdue) for each in self.find(told)} == {
            "XL01-1": ("issued", False),
            "XL02-1": ("overdue", True),
            "XL03-1": ("executed", False),
            "XL04-1": ("lifting", False),
            "XL05-1": ("lifting", True),
            "XL06-1": ("lifted", False),
        }

    def test_lists_newest_first(self, told: Shelf) -> None:
        put(told.engine, rows.notice("XL00-1", issued_at=NOON + DAY))
        assert self.find(told)[0].row.notice_no == "XL00-1"

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (notices.Filter(agency="tax"), {"XL01-1", "XL05-1"}),
            (notices.Filter(state=NoticeState.LIFTING), {"XL04-1", "XL05-1"}),
            (notices.Filter(agency="tax", state=NoticeState.LIFTING), {"XL05-1"}),
            (notices.Filter(subjects=frozenset({SUCCESSOR})), {"XL05-1"}),
            (notices.Filter(subjects=frozenset()), set()),
            (notices.Filter(agency="nobody"), set()),
        ],
    )
    def test_filters(self, told: Shelf, wanted: notices.Filter, expected: set[str]) -> None:
        assert {each.row.notice_no for each in self.find(told, wanted)} == expected

    def test_closure_is_who_has_not_confirmed_a_lift_longest_due_first(self, told: Shelf) -> None:
        with reading(told.engine) as connection:
            found = notices.find_unclosed(connection, view(told))
        assert [(each.row.notice_no, each.overdue) for each in found] == [("XL05-1", True), ("XL04-1", False)]

    def test_knows_the_agencies_ever_told(self, told: Shelf) -> None:
        with reading(told.engine) as connection:
            assert notices.find_agencies(connection) == {"tax", "police", "audit", "water", "justice"}


class TestFeeds:
    def test_says_where_each_row_stands(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record("r1"),
            rows.feed_row("f1", due_on=TODAY),
            rows.feed_row("f2", due_on=TODAY - DAY),
            rows.feed_row("f3", version=2, due_on=TODAY - DAY, result_code="0000"),
            rows.feed_row("f4", due_on=TODAY, result_code="2001", result_message="校验位不符"),
            rows.feed_row("f5", version=2, operation="withdraw", due_on=TODAY + DAY),
            # f2 was sent and cleared away; version 1 of f5 was sent, its withdrawal waits.
            rows.dispatch("f1:1"),
            rows.dispatch("f5:2"),
        )
        with reading(shelf.engine) as connection:
            found = feeds.find_entries(connection, view(shelf))
        assert [(each.row.row_id, each.state, each.late) for each in found] == [
            ("f2", "sent", True),
            ("f4", "refused", False),
            ("f3", "accepted", False),
            ("f1", "pending", False),
            ("f5", "pending", False),
        ]
        assert feeds.summarise(found) == [feeds.Summary("credit-china", 5, 4, 2, 1, 1, 1, 0, 1)]

    def test_a_sent_row_is_not_pending_while_its_proof_is_kept(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record(),
            rows.feed_row(),
            rows.dispatch("f1:1"),
        )
        set_columns(shelf.engine, tables.outbox, sent_at=NOON)
        with reading(shelf.engine) as connection:
            assert [each.state for each in feeds.find_entries(connection, view(shelf))] == ["sent"]


class TestParked:
    @pytest.fixture
    def held(self, shelf: Shelf) -> Shelf:
        sealed = shelf.keyring.seal(b"\xff\xfe not text", places.of_message("unreadable:q 1"))
        put(
            shelf.engine,
            rows.message("unreadable:q 1", "parked", raw=sealed, type=None, sender=None),
            rows.message("/inspection 2", "parked"),
            rows.message("/inspection 3", "applied"),
            rows.parked("unreadable:q 1", "json.not_utf8", "not UTF-8 at byte 0"),
            rows.parked("/inspection 2", "identity.unresolved"),
            rows.parked("/inspection 3", "identity.unresolved"),
        )
        with writing(shelf.engine) as connection:
            waiting = tables.parked
            closing = update(waiting).where(waiting.c.message_key == "/inspection 3")
            connection.execute(closing.values(closed_as="applied", closed_at=NOON, closed_by="replay"))
            connection.execute(tables.waiting.insert().values(value_hash="h", message_key="/inspection 2"))
        return shelf

    def test_lists_open_ones_oldest_first(self, held: Shelf) -> None:
        with reading(held.engine) as connection:
            found = parked.find_parked(connection, MASKED)
        assert [(each.message_key, each.reason, each.waits) for each in found] == [
            ("unreadable:q 1", "json.not_utf8", 0),
            ("/inspection 2", "identity.unresolved", 1),
        ]
        assert found[0].hint == "报文不是 UTF-8 编码。请来源单位改用 UTF-8 重新发送。"

    def test_lists_by_reason_and_closed_ones_too(self, held: Shelf) -> None:
        with reading(held.engine) as connection:
            found = parked.find_parked(connection, MASKED, Choice(reason=Reason.ID_UNRESOLVED), closed=True)
        assert [(each.message_key, each.closed_as, each.closed_by) for each in found] == [
            ("/inspection 2", None, None),
            ("/inspection 3", "applied", "replay"),
        ]

    def test_tells_the_story_with_the_bytes(self, held: Shelf) -> None:
        events = tables.parked_event
        former = held.keyring.seal(b"{", places.of_former_message(2))
        with writing(held.engine) as connection:
            said = {"parked_id": 1, "at": NOON, "by": "李科长", "account": "li"}
            connection.execute(events.insert().values(**said, action="replay", note=""))
            connection.execute(events.insert().values(**said, action="mend", note="补正", raw=former))
        with reading(held.engine) as connection:
            story = parked.read_story(connection, 1, held.keyring, MASKED)
        assert (story.row.message_key, story.message) == ("unreadable:q 1", NOT_TEXT)
        assert story.events == (
            parked.Event(NOON, "李科长", "li", "replay", "", None, None),
            parked.Event(NOON, "李科长", "li", "mend", "补正", "{", (Change("*", None, None),)),
        )

    def test_gives_the_bytes_to_who_sees_numbers_and_to_nobody_else_and_keeps_who_looked(self, held: Shelf) -> None:
        look = Decision("li", "", NOON, "li")
        with writing(held.engine) as connection:
            assert parked.read_raw(connection, 1, held.keyring, IN_FULL, look) == b"\xff\xfe not text"
            with pytest.raises(PermanentError, match="may see personal numbers"):
                parked.read_raw(connection, 1, held.keyring, MASKED, look)
        with reading(held.engine) as connection:
            (event,) = parked.read_story(connection, 1, held.keyring, MASKED).events
        assert event == parked.Event(NOON, "li", "li", "look", "", None, None)

    def test_refuses_a_number_that_is_none(self, held: Shelf) -> None:
        with reading(held.engine) as connection, pytest.raises(PermanentError, match="no message 99 was ever parked"):
            parked.read_story(connection, 99, held.keyring, MASKED)
