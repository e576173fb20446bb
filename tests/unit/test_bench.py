"""What the benchmark says of its raw figures."""

from __future__ import annotations

import json
import pickle
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from credit.store import migrate
from credit.store.digest import digest
from credit.store.engine import connect, reading
from tests.bench import capacity, counters, results, same_rows, traffic
from tests.bench.against import COMPARED, Comparison, Effort
from tests.bench.alone import deliver
from tests.bench.place import ROOT
from workers import settings
from workers.runtime import open_runtime

_SPENT = {"workers": 200.0, "broker": 10.0, "database": 100.0}
_FLOOR = {"workers": 40.0, "broker": 10.0, "database": 60.0}
_RATES = {
    "floor": [20_000.0, 30_000.0, 25_000.0],
    "same_rows_1": [8_000.0, 6_000.0, 7_000.0],
    "intake_1": [3_500.0, 3_600.0, 3_400.0],
    "intake_1_marking": [3_430.0],
    "same_rows_2": [10_000.0],
    "intake_2": [6_000.0],
    "faststream": [500.0],
    "celery": [400.0],
    "publisher": [20_000.0],
    "relay": [15_000.0],
}


def _latency(share: float, p99_ms: float) -> dict[str, Any]:
    spent = {**_SPENT, "publisher": 30.0}
    rate = {"processes": 2, "share": share, "rate": share * 6_000}
    return {**rate, "p50_ms": 20.0, "p99_ms": p99_ms, "processor_us": spent, "busy": 0.5}


def _raw(*latencies: dict[str, Any]) -> dict[str, Any]:
    grown = {"lookup_p50_ms": 3.0, "lookup_p99_ms": 8.0}
    return {
        "machine": {"processors": 2, "memory_gib": 8, "system": "Linux", "python": "3.11.2", "on": "2026-11-27"},
        "rates": _RATES,
        "processor_us": {name: _FLOOR if name.startswith("same") else _SPENT for name in _RATES},
        "latency": list(latencies),
        "assessed": {"rate": 1_750.0, "p50_ms": 300.0, "p99_ms": 700.0},
        "memory": {
            "backlog": 80_000,
            "peak_mib": 150.0,
            "kept_bytes_per_message": 4_000,
            "processor_ms_per_message": 0.2,
        },
        "closing": {"close": 30.0, "ratio": 2.5, "peak_mib": 120.0},
        "console": {
            "records": 100_000,
            "screens": [
                {"whose": "all organs", "screen": "first page", "p50_ms": 90.0, "p95_ms": 150.0},
                {"whose": "one organ", "screen": "first page", "p50_ms": 90.0, "p95_ms": 160.0},
                {"whose": "all organs", "screen": "feeds", "p50_ms": 40.0, "p95_ms": 310.0},
                {"whose": "one organ", "screen": "feeds", "p50_ms": 50.0, "p95_ms": 70.0},
                {"whose": "one organ", "screen": "ledger", "p50_ms": 900.0, "p95_ms": 990.0},
            ],
        },
        "public": {"pages_a_second": 900, "p99_ms": 40.0, "rendered_a_second": 600, "rendered_p99_ms": 50.0},
        "counters": {"messages": 2_500, "statements": 300, "round_trips": 80, "wal_bytes_per_message": 4_900.0},
        "growth": {"10000": {"rates": [3_000.0], **grown}, "1000000": {"rates": [2_400.0], **grown}},
    }


def test_an_intake_is_compared_with_the_median_of_the_floor_of_as_many_processes() -> None:
    figures = results.sum_up(_raw(_latency(0.5, 200.0)))
    assert figures["same_rows_ratio_1"] == 0.5
    assert figures["same_rows_ratio_2"] == 0.6
    assert figures["intake_ratio_1"] == 0.14
    assert figures["peer_ratio"] == 7.0
    assert figures["marking_ratio"] == 0.98
    assert (figures["console_first_ms"], figures["console_list_ms"]) == (160.0, 310.0)
    assert (figures["public_rate"], figures["public_p99_ms"]) == (900, 40.0)
    assert (figures["public_rendered_rate"], figures["public_rendered_p99_ms"]) == (600, 50.0)
    assert list(figures) == list(results.MEANINGS)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("peer_ratio", 8.0, True),
        ("peer_ratio", 7.999, False),
        ("p99_ms", 250.0, True),
        ("p99_ms", 250.1, False),
        ("same_rows_ratio_1", 0.01, None),
        ("intake_ratio_2", 0.01, None),
    ],
)
def test_a_figure_holds_at_its_target_and_what_has_none_neither_holds_nor_misses(
    name: str, value: float, expected: object
) -> None:
    assert results.holds(name, value) is expected


def test_the_knee_is_the_lowest_load_that_misses_whatever_the_order_and_whatever_holds_above_it() -> None:
    raw = _raw(_latency(0.5, 240.0), _latency(0.375, 260.0), _latency(0.25, 900.0), _latency(0.125, 250.0))
    found = results.knee(raw)
    assert found is not None
    assert found["share"] == 0.25
    assert "0.25 of the highest rate, 1,500 messages a second" in results.describe_knee(raw)


def test_there_is_no_knee_where_all_loads_hold() -> None:
    raw = _raw(_latency(0.25, 30.0), _latency(0.5, 250.0))
    assert results.knee(raw) is None
    assert "beyond" in results.describe_knee(raw)


def test_the_page_has_a_place_for_every_table_and_says_what_rows_cost(tmp_path: Path) -> None:
    page, bench = tmp_path / "capacity.md", tmp_path / "bench.json"
    shutil.copy(ROOT / "docs" / "capacity.md", page)
    raw = _raw(_latency(0.5, 300.0))
    bench.write_text(json.dumps({**results.sum_up(raw), "scale": "small", "seconds": 170, "raw": raw}))
    capacity.write(bench, page)
    text = page.read_text()
    assert "| `peer_ratio` | one intake process : the faster peer | 7 | ≥ 8 | **no** |" in text
    assert "| `same_rows_ratio_1` | one intake process : one that writes the same rows | 0.5 | – | – |" in text
    assert "| the same rows, two processes | 40 | 10 | 60 | 110 |" in text
    # (200 + 100) of worker and database, divided by (40 + 60): the broker is not counted.
    assert "one intake takes 3.0 times what writing the same rows takes" in text
    assert "The knee is at 0.5 of the highest rate" in text
    assert "| feeds | 40, 310 | 50, 70 |" in text


def test_two_versions_are_compared_round_by_round_and_by_what_they_made_of_the_messages() -> None:
    def efforts(*wholes: float, digest: str = "d") -> list[Effort]:
        return [Effort(dict.fromkeys(COMPARED, whole), digest) for whole in wholes]

    # The machine was slow in the second round: the ratio of the medians would be 150 : 210.
    compared = Comparison("abc", efforts(100, 300, 150), efforts(200, 600, 210))
    assert compared.medians()["whole"] == (150, 210, 0.5)
    assert compared.digests == {"d"}
    assert Comparison("abc", efforts(1), efforts(1, digest="e")).digests == {"d", "e"}


def test_one_message_in_fifty_is_damaged_each_in_another_way() -> None:
    body = json.dumps({"sender": "s", "data": {"a": 1, "b": 2}}).encode()
    whole = [deliver("q", body, tag) for tag in range(1, 201)]
    damaged = traffic.damaged(whole)
    places = [place for place, (one, other) in enumerate(zip(whole, damaged, strict=True)) if one != other]
    assert places == [49, 99, 149, 199]
    made = [damaged[place].body for place in places]
    assert json.loads(made[0]) == {"data": {"a": 1, "b": 2}}
    assert json.loads(made[1]) == {"sender": "s", "data": {"b": 2}}
    assert made[2] == body[: len(body) // 2]
    assert json.loads(made[3]) == {"data": {"a": 1, "b": 2}}


def test_the_floor_writes_what_the_intake_wrote(tmp_path: Path) -> None:
    file = tmp_path / "rows.pickle"
    postings = traffic.postings(0, 1_200, date(2026, 11, 22))
    floor = connect(f"sqlite:///{tmp_path / 'floor.sqlite'}")
    migrate.upgrade(floor)
    with open_runtime(settings.read({}, home=tmp_path / "home"), lambda: counters.NOW) as runtime:
        same_rows.record(runtime, postings[:100], postings[100:], file)
        part: same_rows.Part = pickle.loads(file.read_bytes())
        assert [batch.messages for batch in part.warm] == [100]
        assert [batch.messages for batch in part.measured] == [500, 500, 100]
        for batch in (*part.warm, *part.measured):
            same_rows.write_batch(floor, batch)
        with reading(runtime.engine) as real, reading(floor) as same:
            expected = digest(real, runtime.keyring)
            assert digest(same, runtime.keyring) == expected
            for table in ("message", "outbox", "unsent", "parked", "waiting", "batch"):
                count = f"SELECT count(*) FROM {table}"
                counts = [each.exec_driver_sql(count).scalar_one() for each in (real, same)]
                assert counts[0] == counts[1], table
    floor.dispose()
