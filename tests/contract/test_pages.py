"""Long lists are read by pages in the query: none is short because of what somebody else sees; over both stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from credit import vault
from credit.grading.rows import DrawRow
from credit.identity import MASKED, Viewer
from credit.record.rows import AlertRow
from credit.store import bulk, tables
from credit.store.engine import connect, reading, writing
from credit.store.queries import alerts, draws, files
from credit.store.queries.page import PageUnknown, Part, comes_after, comes_before
from credit.store.queries.view import View
from credit.vault import Algorithm
from tests.contract import archives as rows
from tests.contract.archives import NOON, ORGAN

OTHER = "11410400005451234X"
MINUTE = timedelta(minutes=1)
KEYS = vault.generate(Algorithm.AES_256_GCM)


def view(organs: frozenset[str] | None = None) -> View:
    viewer = Viewer(sees_numbers=False, sees_sealed=False, organs=organs) if organs is not None else MASKED
    return View(viewer, KEYS, date(2026, 3, 20))


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


def walk(read: Callable[[Part], list[Any]], key_of: Callable[[Any], str], size: int) -> list[list[Any]]:
    """Return all pages of a list."""
    pages, after = [], ""
    while found := read(Part(after, size)):
        pages.append(found)
        after = key_of(found[-1])
    return pages


def test_files_of_one_organ_fill_a_page_whoever_else_handed_files_in(engine: Engine) -> None:
    # Two at the same moment, and the latest are of another organ.
    made = [rows.file(f"mine {n}", ORGAN, NOON + n // 2 * MINUTE) for n in range(5)]
    theirs = [rows.file(f"theirs {n}", OTHER, NOON + (90 + n) * MINUTE) for n in range(7)]
    with writing(engine) as connection:
        bulk.insert(connection, tables.file, [*made, *theirs])
    with reading(engine) as connection:
        mine = view(frozenset({ORGAN}))
        pages = walk(lambda part: files.find_files(connection, mine, part), lambda each: files.key_of(each.row), 2)
        assert files.find_files(connection, view(frozenset()), Part()) == []
        assert len(files.find_files(connection, view(), Part())) == 12
    assert [[each.row.file_id for each in found] for found in pages] == [
        ["mine 4", "mine 3"],
        ["mine 2", "mine 1"],
        ["mine 0"],
    ]


def test_alerts_have_pages_and_one_is_read_by_its_number(engine: Engine) -> None:
    ended = {2: NOON, 4: NOON}
    with writing(engine) as connection:
        for n in range(1, 6):
            row = AlertRow(n, "worker-missing", f"host {n}", "page", NOON, ended.get(n), 1, NOON, "", "[]")
            connection.execute(insert(tables.alert).values(row._asdict()))
    with reading(engine) as connection:
        every, still = (
            walk(
                lambda part, wanted=wanted: alerts.find_alerts(connection, wanted, part),  # type: ignore[misc]
                alerts.key_of,
                2,
            )
            for wanted in (alerts.EVERYTHING, alerts.STILL_OPEN)
        )
        found = alerts.read_alert(connection, 4)
        missing = [alerts.read_alert(connection, number) for number in (6, 0, 2**63, 2**90)]
    assert [[row.alert_id for row in page] for page in every] == [[5, 4], [3, 2], [1]]
    assert [[row.alert_id for row in page] for page in still] == [[5, 3], [1]]
    assert found is not None
    assert (found.alert_id, found.ended_at) == (4, NOON)
    assert missing == [None] * 4


def test_draws_have_pages_without_the_ballots(engine: Engine) -> None:
    with writing(engine) as connection:
        for n in range(5):
            row = DrawRow(f"city/random/{n}", "city", "random", str(n), "seed", NOON + n // 2 * MINUTE, "李", None, "d",
                          b"the whole ballot", "{}")  # fmt: skip
            bulk.insert(connection, tables.draw, [row])
    with reading(engine) as connection:
        pages = walk(lambda part: draws.find_draws(connection, part), draws.key_of, 2)
    assert [[row.period for row in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert {row.ballot for page in pages for row in page} == {b""}


@pytest.mark.parametrize(
    "key", ["7", "[true]", '["7"]', "[7.0]", "[9223372036854775808]", "[-9223372036854775809]", "[null]", "[" * 9999]
)
def test_a_key_that_is_no_number_of_a_row_is_refused(key: str) -> None:
    for place in (comes_after, comes_before):
        with pytest.raises(PageUnknown):
            place((tables.alert.c.alert_id,), key)
