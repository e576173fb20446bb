"""What happens to the machines that everything runs on: disk, clock, the other nodes of a cluster."""

from __future__ import annotations

from io import FileIO
from threading import Event
from time import monotonic

from tests.fault.skewed import CLOCK
from tests.fault.stage import Stage
from tests.fault.table import CLUSTER, EMBEDDED, Fault


def fill_disk(stage: Stage) -> None:
    """The disk with archive and queues full for eight seconds"""
    stage.await_progress()
    filler = stage.runtime.settings.home / "filler"
    deadline = monotonic() + 8
    with filler.open("wb", buffering=0) as file:
        while monotonic() < deadline:
            for size in (65_536, 4_096, 512):
                _write_until_full(file, bytes(size))
            Event().wait(0.1)
    filler.unlink()


def _write_until_full(file: FileIO, block: bytes) -> None:
    try:
        while file.write(block):
            pass
    except OSError:  # full
        return


def set_clock_back(stage: Stage) -> None:
    """The clock of all workers set back by an hour under load, and intake and relay killed right then"""
    stage.await_progress()
    (stage.folder / CLOCK).write_text("-3600")
    for kind in ("intake", "relay"):
        stage.crew.kill(stage.crew.find(kind)[0])


def lose_node(stage: Stage) -> None:
    """A cluster of three nodes loses the one that everybody is connected to, for ten seconds"""
    stage.await_progress()
    stage.cluster.lose_first()
    Event().wait(10)
    stage.cluster.revive_first()


FAULTS = (
    Fault(fill_disk, pairs=EMBEDDED, disk_mib=24),
    Fault(set_clock_back, launcher="tests.fault.skewed"),
    Fault(lose_node, pairs=CLUSTER),
)
