"""The ledger of an archive: whether all that came adds up, and what is to be sent."""

from __future__ import annotations

from sqlalchemy import update

from credit.store import outbox, tables
from credit.store.engine import reading, writing
from credit.store.queries import ledger
from tests.contract import archives as rows
from tests.contract.archives import NOON, Shelf, put, take_in


class TestLedger:
    def test_is_balanced_and_empty_for_a_new_archive(self, shelf: Shelf) -> None:
        with reading(shelf.engine) as connection:
            found = ledger.read_ledger(connection)
        nothing = ledger.Dispatches(0, 0, 0, 0)
        assert found == ledger.Ledger(
            0, 0, 0, 0, 0, 0, balanced=True, discarded=0, open=0, types=(), dispatches=nothing
        )

    def test_adds_up_what_became_of_every_delivery(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.message("/inspection 1", "applied"),
            rows.message("/inspection 2", "superseded"),
            rows.message("/inspection 3", "conflict"),
            rows.message("/inspection 4", "repeated"),
            rows.message("unreadable:q 1", "parked", type=None),
            rows.message("unreadable:q 2", "parked", type=None),
            rows.parked("unreadable:q 1", "json.invalid"),
            rows.parked("unreadable:q 2", "json.invalid"),
        )
        with writing(shelf.engine) as connection:
            message, waiting = tables.message, tables.parked
            connection.execute(update(message).where(message.c.message_key == "/inspection 1").values(repeats=3))
            discard = update(waiting).where(waiting.c.message_key == "unreadable:q 2")
            connection.execute(discard.values(closed_as="discarded"))
        take_in(shelf.engine, 7)
        take_in(shelf.engine, 2)
        with reading(shelf.engine) as connection:
            found = ledger.read_ledger(connection)
        assert (found.received, found.applied, found.repeated) == (9, 1, 4)
        assert (found.superseded, found.conflict, found.parked) == (1, 1, 2)
        assert (found.balanced, found.discarded, found.open) == (True, 1, 1)
        assert found.types == (
            ledger.Tally("credit.in.inspection", 2, 0, 0, 0, 0, 2),
            ledger.Tally("credit.inspection.penalty.v1", 7, 1, 4, 1, 1, 0),
        )

    def test_says_when_a_delivery_is_missing(self, shelf: Shelf) -> None:
        put(shelf.engine, rows.message())
        take_in(shelf.engine, 2)
        with reading(shelf.engine) as connection:
            assert not ledger.read_ledger(connection).balanced

    def test_counts_what_is_to_be_sent(self, shelf: Shelf) -> None:
        put(shelf.engine, *(rows.dispatch(f"f{number}:1") for number in range(4)))
        with writing(shelf.engine) as connection:
            sent, failed = outbox.claim(connection, "relay", 2, NOON)
            outbox.mark_sent(connection, "relay", [sent], NOON)
            outbox.give_back(connection, "relay", [failed], "no route", NOON)
        with reading(shelf.engine) as connection:
            assert ledger.read_ledger(connection).dispatches == ledger.Dispatches(4, 1, 3, 1)
