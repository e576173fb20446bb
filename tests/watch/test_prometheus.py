"""A real Prometheus with the rules of deploy/ watches a real worker, and an alert fires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tenacity

from credit.record.rows import DispatchRow
from credit.store import outbox
from credit.store.engine import writing
from deploy.watch.files import DEPLOY
from tests.conftest import lifetime
from tests.processes import XINGLIN, Process
from tests.prometheus import Prometheus
from tests.servers import free_ports
from workers import settings
from workers.runtime import open_runtime


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[int]:
    """A scheduler of an embedded home where nobody sends what has to be sent since an hour; the port of its metrics."""
    with open_runtime(settings.read({}, home=tmp_path)) as opened, writing(opened.engine) as connection:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        outbox.enqueue(connection, [DispatchRow("1", "t", "notice.tax", "1", b"sealed", long_ago)])
    (port,) = free_ports(1)
    arguments = ["worker", "scheduler", "--home", str(tmp_path), "--metrics-port", str(port)]
    process = Process(XINGLIN, arguments, {}, tmp_path / "log")
    try:
        yield port
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()


@pytest.fixture
def prometheus(worker: int) -> Iterator[Prometheus]:
    """It has the rules as they are shipped, except that nothing has to last before somebody hears of it."""
    shipped = {name: (DEPLOY / "prometheus" / name).read_text() for name in ("recordings.yml", "alerts.yml")}
    rules = {name: re.sub(r"(?m)^( +for:) .*$", r"\1 0s", text) for name, text in shipped.items()}
    with lifetime(lambda: Prometheus(rules, [worker])) as server:
        yield server


def test_prometheus_sees_what_is_wrong_at_a_real_worker(prometheus: Prometheus) -> None:
    expected = {
        ("OutboxOld", ""): "page",
        ("WorkerMissing", "intake"): "page",
        ("WorkerMissing", "relay"): "page",
        ("Watching", ""): "none",
    }
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(AssertionError),
        wait=tenacity.wait_fixed(0.1),
        stop=tenacity.stop_after_delay(60),
        reraise=True,
    ):
        with attempt:
            raised = [each["labels"] for each in prometheus.ask("alerts")["alerts"] if each["state"] == "firing"]
            found = {(each["alertname"], each.get("kind", "")): each["severity"] for each in raised}
            assert expected.items() <= found.items()
            assert ("WorkerMissing", "scheduler") not in found
            assert {name for name, _ in found}.isdisjoint({"WatcherDead", "ScrapeFailed", "LedgerUnbalanced"})
