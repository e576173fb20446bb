from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from credit.batch.work import Work
from credit.record.rows import MessageRow, WorkerRow
from credit.store.engine import StoreUnavailable
from schemas.errors import ConfigurationError
from workers.broker import BrokerLost
from workers.metrics import catalogue
from workers.metrics.meter import SILENT, Meter, Tally
from workers.metrics.port import served
from workers.process import metering
from workers.settings import read

NOW = datetime(2026, 11, 27, 4, 0, 0, tzinfo=UTC)
WORKER = WorkerRow("a@b:1:c", "intake", "b", 1, "0.1.0", "0011", "route", "law", NOW, NOW, NOW)


def message(key: str, outcome: str, event_time: datetime | None) -> MessageRow:
    return MessageRow(key, b"", None, "q", NOW, b"", "{}", None, None, event_time, 1, None, outcome)


def samples(tally: Tally) -> dict[str, float]:
    """What is shown, by name and labels as Prometheus writes them."""
    return {name_of(sample): sample.value for family in tally.registry.collect() for sample in family.samples}


def name_of(sample: Sample) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
    return f"{sample.name}{{{labels}}}" if labels else sample.name


@pytest.fixture
def tally() -> Tally:
    found = Tally(lambda: NOW)
    found.load(WORKER, {"/inspection", "/licensing"})
    return found


def test_names_are_sound_and_their_own() -> None:
    names = [metric.name for metric in catalogue.METRICS]
    assert len(set(names)) == len(names) == 41
    for metric in catalogue.METRICS:
        assert metric.name.startswith("xinglin_")
        assert metric.name.endswith("_total") == (metric.kind is catalogue.Kind.COUNTER)
        assert bool(metric.bounds) == (metric.kind is catalogue.Kind.HISTOGRAM)
        assert list(metric.bounds) == sorted(set(metric.bounds))
        assert metric.help.endswith(".")


def test_a_batch_is_counted_by_source_and_outcome(tally: Tally) -> None:
    rows = [
        message("/inspection 1", "applied", NOW - timedelta(seconds=59)),
        message("/inspection 2", "applied", NOW - timedelta(minutes=10)),
        message("/licensing 1", "parked", NOW + timedelta(seconds=5)),  # a sender whose clock is ahead
        message("/made-up 1?0123456789abcdef", "parked", None),
        message("unreadable:q 00", "parked", None),
    ]
    work: Any = Work(None)  # type: ignore[arg-type]
    for row in rows:
        work.messages.put(row.message_key, row)
    work.repeats["/inspection 1"] = 3
    tally.commit(work)
    tally.batch(8, 0.02)
    found = samples(tally)
    assert {name: value for name, value in found.items() if name.startswith("xinglin_intake_messages_total")} == {
        'xinglin_intake_messages_total{source="/inspection",outcome="applied"}': 2,
        'xinglin_intake_messages_total{source="/inspection",outcome="repeated"}': 3,
        'xinglin_intake_messages_total{source="/licensing",outcome="parked"}': 1,
        'xinglin_intake_messages_total{source="other",outcome="parked"}': 2,
    }
    assert found['xinglin_intake_delay_seconds_bucket{source="/inspection",le="30.0"}'] == 0
    assert found['xinglin_intake_delay_seconds_bucket{source="/inspection",le="60.0"}'] == 1
    assert found['xinglin_intake_delay_seconds_sum{source="/inspection"}'] == 659
    assert found['xinglin_intake_delay_seconds_sum{source="/licensing"}'] == 0
    assert 'xinglin_intake_delay_seconds_sum{source="other"}' not in found
    assert found["xinglin_intake_batch_messages_sum"] == 8
    assert found['xinglin_intake_batch_seconds_bucket{le="0.025"}'] == 1


def test_a_lost_connection_is_down_until_it_is_reached_again(tally: Tally) -> None:
    tally.reach("relay", "broker", "database")
    tally.retry("relay", BrokerLost())
    found = samples(tally)
    assert found['xinglin_connection_up{worker="relay",to="broker"}'] == 0
    assert found['xinglin_connection_up{worker="relay",to="database"}'] == 1
    assert found['xinglin_retries_total{worker="relay",trouble="BrokerLost"}'] == 1
    tally.retry("relay", StoreUnavailable())
    tally.reach("relay", "broker")
    found = samples(tally)
    assert found['xinglin_connection_up{worker="relay",to="broker"}'] == 1
    assert found['xinglin_connection_up{worker="relay",to="database"}'] == 0


def test_what_is_loaded_replaces_what_was(tally: Tally) -> None:
    tally.load(WORKER._replace(routing="other"), set())
    assert [name for name in samples(tally) if name.startswith("xinglin_worker_info")] == [
        'xinglin_worker_info{kind="intake",version="0.1.0",routing="other",law="law"}'
    ]


def test_what_was_sent_is_counted_and_timed(tally: Tally) -> None:
    tally.publish("notice", "confirmed")
    tally.confirm("notice", 0.004, NOW - timedelta(seconds=301))
    tally.publish("feed", "returned")
    tally.beat(NOW)
    found = samples(tally)
    assert found['xinglin_relay_messages_total{family="notice",fate="confirmed"}'] == 1
    assert found['xinglin_relay_messages_total{family="feed",fate="returned"}'] == 1
    assert found['xinglin_relay_confirm_seconds_bucket{le="0.005"}'] == 1
    assert found['xinglin_relay_delay_seconds_bucket{family="notice",le="300.0"}'] == 0
    assert found["xinglin_worker_heartbeat_timestamp_seconds"] == NOW.timestamp()


def test_the_registry_shows_nothing_that_the_catalogue_does_not_name(tally: Tally) -> None:
    shown = {family.name for family in text_string_to_metric_families(generate_latest(tally.registry).decode())}
    assert shown <= {metric.name.removesuffix("_total") for metric in catalogue.METRICS}


def test_two_processes_share_nothing(tally: Tally) -> None:
    other = Tally(lambda: NOW)
    other.round(1.0)
    assert samples(tally)["xinglin_scheduler_rounds_total"] == 0


def test_after_a_round_the_file_is_whole_and_alone(tmp_path: Path) -> None:
    file = tmp_path / "metrics" / "xinglin.prom"
    tally = Tally(lambda: NOW, file)
    tally.round(0.2)
    tally.round(0.3)
    assert [each.name for each in file.parent.iterdir()] == ["xinglin.prom"]
    assert "\nxinglin_scheduler_last_round_timestamp_seconds 1.795752e+09\n" in file.read_text()


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "metrics").touch()
    Tally(lambda: NOW, tmp_path / "metrics" / "xinglin.prom").round(0.2)


def test_a_silent_meter_takes_everything_that_a_tally_does() -> None:
    told = {name for name in vars(Meter) if not name.startswith("_")}
    assert told == {name for name in vars(Tally) if not name.startswith("_")}
    SILENT.round(1.0)


def test_a_port_that_is_taken_is_named(tally: Tally) -> None:
    with (
        served(tally.registry, 0) as port,
        pytest.raises(ConfigurationError, match=f"--metrics-port {port}"),
        served(tally.registry, port),
    ):
        pass


def test_an_address_that_is_none_is_named(tally: Tally) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot listen at a\.\.b"), served(tally.registry, 0, "a..b"):
        pass


def test_an_address_without_a_port_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="give --metrics-port too"), metering(read({}), None, "0.0.0.0"):
        pass


def test_who_connects_and_says_nothing_is_let_go(
    tally: Tally, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("workers.metrics.port._Handler.timeout", 0.05)
    with served(tally.registry, 0) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
        assert caller.recv(1) == b""
        monkeypatch.undo()  # who has something to say may take longer on a busy machine
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"xinglin_worker_info{" in answer.read()
    assert capsys.readouterr().err == ""
