"""Workers that start before their servers, and servers that are not who they should be."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from credit import vault
from schemas.errors import TransientError
from tests.fault.proxy import Proxy
from tests.processes import XINGLIN, Process
from tests.servers import PORTS, RabbitMQ
from workers import footing, keyfile, settings
from workers.metrics.meter import BROKER, DATABASE, Tally
from workers.process import start
from workers.runtime import wall_clock

ENDS = (BROKER, DATABASE)
NOBODY = PORTS.start - 1
"""A port that nothing listens on."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Settings against servers that are not there."""
    keys = tmp_path / "keys.json"
    keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
    return {
        "XINGLIN_BROKER_URL": f"amqp://guest:guest@127.0.0.1:{NOBODY}/",
        "XINGLIN_DATABASE_URL": f"postgresql+psycopg://xinglin@127.0.0.1:{NOBODY}/nowhere",
        "XINGLIN_KEY_FILE": str(keys),
        "XINGLIN_HOME": str(tmp_path),
    }


def test_told_to_stop_a_worker_that_waits_for_its_servers_ends_at_once(environ: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    worker = Process(XINGLIN, ["worker", "all"], environ, log)
    try:
        for _ in range(600):
            if "waiting_out_trouble" in log.read_text():
                break
            threading.Event().wait(0.1)
        worker.send_signal(signal.SIGHUP)  # nothing to read again yet
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
    said = log.read_text()
    assert "the database refused or was lost" in said
    assert "Traceback" not in said


def test_a_worker_works_as_soon_as_both_servers_are_there(
    environ: dict[str, str], emptied_database: str, vhost: str, rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    # The broker's address takes connections and ends them, until there is a broker behind it.
    proxy = Proxy(NOBODY)
    port = proxy.port
    url = vhost.replace(f":{rabbitmq.port}/", f":{port}/")
    chosen = settings.read(
        environ | {"XINGLIN_BROKER_URL": url, "XINGLIN_DATABASE_URL": emptied_database}, home=tmp_path
    )
    with capture_logs() as logs:
        waiter = threading.Thread(target=_open_after_a_wait, args=(logs, proxy, rabbitmq.port))
        waiter.start()
        try:
            tally = Tally(wall_clock)
            with start(chosen, tally) as opened:
                queues = opened.reader.routes.inbound
                assert None not in opened.broker.look(queues).queues.values()
        finally:
            waiter.join()
            proxy.close()
    waits = [line["trouble"] for line in logs if line["event"] == "waiting_out_trouble"]
    assert str(port) in waits[0]
    # What was waited out is over: nobody shall hear of it any more.
    reached = {
        to: tally.registry.get_sample_value("xinglin_connection_up", {"worker": "start", "to": to}) for to in ENDS
    }
    assert reached == dict.fromkeys(ENDS, 1)


def _open_after_a_wait(logs: list[EventDict], proxy: Proxy, port: int) -> None:
    for _ in range(3000):
        if any(line["event"] == "waiting_out_trouble" for line in logs):
            break
        threading.Event().wait(0.02)
    proxy.target = port


def test_a_command_that_reads_does_not_wait(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=str(NOBODY)):
        footing.require(settings.read(environ, home=tmp_path))
