"""A real worker process, asked for its metrics as Prometheus asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.processes import XINGLIN, Process
from tests.servers import free_ports
from workers import drain
from workers.demo.town.day import ordinary
from workers.metrics import catalogue
from workers.postings import Posting
from workers.runtime import open_runtime
from workers.settings import read

MESSAGES = 40


def scrape(port: int) -> dict[str, float]:
    """What is shown: of each name the sum over its labels."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    found: defaultdict[str, float] = defaultdict(float)
    for sample in (sample for family in families for sample in family.samples):
        found[sample.name] += sample.value
    return found


@retry(
    wait=wait_fixed(0.1),
    stop=stop_after_delay(90),
    retry=retry_if_exception_type((OSError, AssertionError)),
    reraise=True,
)
def scrape_until(port: int, is_met: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    found = scrape(port)
    assert is_met(found), found
    return found


def test_a_worker_shows_what_it_did(tmp_path: Path) -> None:
    with open_runtime(read({}, home=tmp_path)) as runtime:
        runtime.broker.declare(runtime.reader.routes.topology)
        postings = [Posting(one.body, one.routing_type) for one in ordinary(5, MESSAGES, date(2026, 11, 22))]
        drain.send(runtime, postings, lambda _: None)
        known = sorted(queue.name for queue in runtime.reader.routes.topology.queues)
    (port,), log = free_ports(1), tmp_path / "log"
    arguments = ["worker", "all", "--home", str(tmp_path), "--metrics-port", str(port)]
    worker = Process(XINGLIN, arguments, {}, log)
    try:
        found = scrape_until(
            port,
            lambda found: (
                # What is told one after the other may be asked for in between.
                found["xinglin_intake_messages_total"] == found["xinglin_intake_batch_messages_sum"] == len(postings)
                and found["xinglin_intake_batch_seconds_count"] == found["xinglin_intake_batch_messages_count"]
                and found["xinglin_relay_confirm_seconds_count"] == found["xinglin_relay_delay_seconds_count"] > 0
                and found["xinglin_relay_messages_total"] > 0
                and found["xinglin_scheduler_rounds_total"] >= 1
                and found["xinglin_worker_heartbeat_timestamp_seconds"] > 0
                and found["xinglin_archive_workers"] == 4  # `all` is one of each; what was seen is shown for 15 s
                # Both of start, intake, relay and carrier; the database of the four others, which start beside them.
                and found["xinglin_connection_up"] == 12
            ),
        )
    finally:
        worker.terminate()
        assert worker.wait(60) == 0
    assert "Traceback" not in log.read_text()
    assert found["xinglin_worker_info"] == 1
    assert found["xinglin_intake_delay_seconds_count"] >= found["xinglin_intake_batch_seconds_count"] >= 1
    # Everything that is in the catalogue is shown, but for what there is none of here.
    named = {name for metric in catalogue.METRICS for name in metric.series}
    assert {name for name in found if name.startswith("xinglin_")} <= named
    written = (tmp_path / "metrics" / "xinglin.prom").read_text()
    assert "xinglin_archive_ledger_difference 0.0\n" in written
    assert all(f'xinglin_broker_queue_messages{{queue="{queue}"}}' in written for queue in known)
