"""What the metrics show of an archive: the same over both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from credit import vault
from credit.record.rows import HeardRow
from credit.store.engine import connect
from tests.builders import rules, shipped_routes
from tests.contract import archives as rows
from tests.contract.archives import NOON, put
from workers import broker as brokers
from workers.broker import Broker
from workers.metrics.archive import Overview
from workers.watching import watch

NOW = NOON + timedelta(days=18)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = brokers.connect(f"embedded:///{tmp_path / 'broker.sqlite'}", vault.generate(vault.Algorithm.AES_256_GCM))
    made.declare(shipped_routes().topology)
    yield made
    made.close()


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def show(overview: Overview) -> dict[str, float]:
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in overview.look()
        for sample in family.samples
    }


def test_the_archive_is_shown_as_it_is(engine: Engine, broker: Broker) -> None:
    put(
        engine,
        rows.message("/inspection 1"),
        rows.message("/inspection 2", "parked"),
        rows.parked("/inspection 2", "alias.unknown"),
        rows.record("r1"),
        rows.notice("XL01-1", reply_by=date(2026, 3, 16)),
        rows.notice("XL02-1", agency="finance", lifted_at=NOON, lift_reply_by=date(2026, 3, 9)),
        rows.feed_row("f1"),
        rows.feed_row("f2", result_code="E003", result_at=NOON),
        rows.dispatch("n1", "credit.notice.issued.v1"),
    )
    found = show(Overview(engine, partial(watch, broker, shipped_routes()), lambda: rules(NOW)))
    day = 86400.0
    expected = {
        "xinglin_archive_parked alias.unknown": 1,
        "xinglin_archive_parked_oldest_seconds alias.unknown": 18 * day,
        "xinglin_archive_unsent": 1,
        "xinglin_archive_unsent_oldest_seconds": 18 * day,
        "xinglin_archive_notices_overdue tax": 1,
        # The 16th was over at 16:00 UTC, and now is noon in Shanghai, 04:00 UTC, of the 20th.
        "xinglin_archive_notices_overdue_oldest_seconds tax": 3.5 * day,
        "xinglin_archive_lifts_overdue finance": 1,
        "xinglin_archive_lifts_overdue_oldest_seconds finance": 10.5 * day,
        "xinglin_archive_feed_rows_late credit-china": 1,
        "xinglin_archive_feed_rows_refused credit-china": 1,
        "xinglin_archive_records_due": 0,
        "xinglin_archive_transfers_overdue": 0,
        "xinglin_archive_ledger_difference": -2,  # nobody received them
        "xinglin_archive_outbox sent": 0,
        "xinglin_archive_outbox unsent": 1,
        "xinglin_archive_outbox forgotten": 0,
        "xinglin_archive_touched": 0,
        "xinglin_archive_touched_oldest_seconds": 0.0,
        "xinglin_archive_workers intake": 0,
        "xinglin_archive_workers relay": 0,
        "xinglin_archive_workers scheduler": 0,
        "xinglin_archive_observed_timestamp_seconds": NOW.timestamp(),
    }
    assert {name: value for name, value in found.items() if name.startswith("xinglin_archive")} == expected
    assert found["xinglin_broker_queue_messages credit.in.inspection"] == 0


def test_what_was_seen_is_kept_a_while_and_the_books_for_longer(engine: Engine, broker: Broker) -> None:
    clock = Seconds()
    overview = Overview(engine, partial(watch, broker, shipped_routes()), lambda: rules(NOW), clock)
    assert show(overview)["xinglin_archive_unsent"] == 0
    put(engine, rows.dispatch("n1", "credit.notice.issued.v1"))
    clock.now += 14.9
    assert show(overview)["xinglin_archive_unsent"] == 0
    clock.now += 0.1
    found = show(overview)
    assert (found["xinglin_archive_unsent"], found["xinglin_archive_outbox unsent"]) == (1, 0)
    clock.now += 300
    assert show(overview)["xinglin_archive_outbox unsent"] == 1


def test_of_an_archive_that_is_away_only_says_when_it_was_seen(tmp_path: Path, broker: Broker) -> None:
    away = connect(f"sqlite:///{tmp_path / 'nowhere' / 'archive.sqlite'}")
    found = show(Overview(away, partial(watch, broker, shipped_routes()), lambda: rules(NOW)))
    assert not [name for name in found if name.startswith("xinglin_archive")]
    assert "xinglin_broker_queue_messages credit.in.inspection" in found


def test_a_source_is_shown_by_its_silence_and_its_usual_gap(engine: Engine, broker: Broker) -> None:
    # Each noon of a working week, Monday the 9th to Friday the 13th; now it is noon of Friday the 20th.
    noons = [NOON + timedelta(days=day) for day in range(7, 12)]
    put(
        engine,
        HeardRow("/inspection", noons[0].date(), 1, noons[0]),
        *(HeardRow("/inspection", noon.date(), 1, noon, noon - timedelta(days=1), noon) for noon in noons[1:]),
    )
    found = show(Overview(engine, partial(watch, broker, shipped_routes()), lambda: rules(NOW)))
    assert {name: value for name, value in found.items() if name.startswith("xinglin_archive_source")} == {
        "xinglin_archive_source_silence_seconds /inspection": 5 * 86400.0,
        "xinglin_archive_source_gap_seconds /inspection": 86400.0,
    }
