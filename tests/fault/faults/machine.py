"""What happens to the machines that everything runs on: disk, clock, the other nodes of a cluster."""

from __future__ import annotations

from io import FileIO
from threading import Event
from time import monotonic

from tests.fault.skewed import set_clock
from tests.fault.stage import CREW, Stage
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
    """The clock of all workers an hour behind for a while, and intake and relay killed right then: they wait"""
    stage.await_progress()
    _be_wrong(stage, -3600, "intake", "relay")


def set_clock_ahead(stage: Stage) -> None:
    """The clock of all workers four years ahead for a while, and all of them started anew by it: they wait"""
    stage.await_progress()
    _be_wrong(stage, 4 * 365 * 86_400, *CREW)


def _be_wrong(stage: Stage, seconds: int, *killed: str) -> None:
    """Let the clock be wrong until every worker has said so and ten seconds more, in which nothing may be decided."""
    set_clock(stage.runtime.settings.home, seconds)
    for kind in killed:
        stage.crew.kill(stage.crew.find(kind)[0])
    stage.wait(lambda: stage.crew.all_said(b"this host's clock says"), "every worker to say that its clock is wrong")
    before = stage.standing()
    Event().wait(10)
    assert stage.standing() == before, "something was decided by a wrong clock"
    set_clock(stage.runtime.settings.home, 0)


def lose_node(stage: Stage) -> None:
    """A cluster of three nodes loses the one that everybody is connected to, for ten seconds"""
    stage.await_progress()
    stage.cluster.lose_first()
    Event().wait(10)
    stage.cluster.revive_first()


FAULTS = (
    Fault(fill_disk, pairs=EMBEDDED, disk_mib=24),
    Fault(set_clock_back, launcher="tests.fault.skewed"),
    Fault(set_clock_ahead, rounds=3, launcher="tests.fault.skewed"),
    Fault(lose_node, pairs=CLUSTER),
)
