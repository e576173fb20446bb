"""What an act can be about, and the acts whose record has not come; the same over both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from credit import vault
from credit.identity import IN_FULL, MASKED
from credit.store.engine import connect, reading
from credit.store.queries import search
from credit.store.queries.page import Part
from credit.store.queries.targets import find_on_file, find_waiting
from credit.store.queries.view import View
from credit.vault import Algorithm
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, NOON, Shelf, put

pytestmark = pytest.mark.long


@pytest.fixture
def shelf(archive_url: str) -> Iterator[Shelf]:
    engine = connect(archive_url)
    made = Shelf(engine, vault.generate(Algorithm.AES_256_GCM))
    put(
        engine,
        rows.organisation(CLINIC, made.keyring, "舞钢安康诊所"),
        rows.record("r1", CLINIC, document_no="舞卫医罚〔2026〕1号"),
        rows.record("sealed", CLINIC, document_no="密1号", sealed_clause="某条例"),
        rows.act("repair", "r1", "repair", "granted", document_no="修1号"),
        rows.act("undoing", "repair", "withdrawal", "void", document_no="撤1号"),
        rows.act("on sealed", "sealed", "repair", "applied", document_no="修2号"),
        rows.act("late", "none", "withdrawal", "void", document_no="撤2号", known_at=NOON),
        rows.act("later", "none", "repair", "applied", document_no="修3号", known_at=NOON + timedelta(days=1)),
        rows.act("on late", "late", "withdrawal", "void", document_no="撤3号"),
        rows.act("a", "b", "withdrawal", "void", document_no="撤4号"),
        rows.act("b", "a", "withdrawal", "void", document_no="撤5号"),
    )
    yield made
    engine.dispose()


def view(shelf: Shelf, *, sealed: bool) -> View:
    return View(IN_FULL if sealed else MASKED, shelf.keyring, date(2026, 3, 20))


def about(shelf: Shelf, record_id: str, *, sealed: bool = True) -> tuple[str | None, str | None] | None:
    with reading(shelf.engine) as connection:
        found = find_on_file(connection, record_id, view(shelf, sealed=sealed))
    return (found.about, found.subject_id) if found is not None else None


@pytest.mark.parametrize("record_id", ["r1", "repair", "undoing"])
def test_what_is_on_file_leads_to_its_record_however_far(shelf: Shelf, record_id: str) -> None:
    assert about(shelf, record_id) == ("r1", CLINIC)


@pytest.mark.parametrize("record_id", ["late", "on late", "a", "b"])
def test_an_act_without_a_record_is_on_file_itself(shelf: Shelf, record_id: str) -> None:
    assert about(shelf, record_id) == (None, None)


@pytest.mark.parametrize("record_id", ["sealed", "on sealed"])
def test_what_is_sealed_is_there_for_who_may_see_it_alone(shelf: Shelf, record_id: str) -> None:
    assert about(shelf, record_id) == ("sealed", CLINIC)
    assert about(shelf, record_id, sealed=False) is None


def test_what_was_never_said_is_not_on_file(shelf: Shelf) -> None:
    assert about(shelf, "none") is None


def test_what_waits_longest_for_its_record_is_in_front_of_each_page(shelf: Shelf) -> None:
    seen = view(shelf, sealed=True)
    with reading(shelf.engine) as connection:
        every = find_waiting(connection, seen, Part())
        first = find_waiting(connection, seen, Part(limit=1))
        rest = find_waiting(connection, seen, Part(first[0].after, 5))
    assert [each.record_id for each in every] == ["late", "later"]
    assert first + rest == every


@pytest.mark.parametrize(
    ("number", "hit"),
    [("修1号", ("r1", CLINIC)), ("撤1号", ("r1", CLINIC)), ("撤2号", ("late", None)), ("撤3号", ("on late", None))],
)
def test_acts_are_found_by_their_numbers(shelf: Shelf, number: str, hit: tuple[str, str | None]) -> None:
    with reading(shelf.engine) as connection:
        found = search.search(connection, number, view(shelf, sealed=True))
    assert [(each.key, each.subject_id) for each in found] == [hit]
