"""What happens to the workers themselves."""

from __future__ import annotations

import random
from contextlib import ExitStack
from threading import Event

from tests.fault.stage import CREW, Stage
from tests.fault.table import EMBEDDED, FOUR_INTAKES, SERVERS, TWO_ASSESSORS, TWO_HOSTS, TWO_INTAKES, Fault
from workers.broker.seam import HEARTBEAT_SECONDS

_CHANCE = random.Random(20261122)


def _moment() -> None:
    """Let a random moment pass, so that a fault strikes anywhere in a batch or a window."""
    Event().wait(_CHANCE.uniform(0, 0.4))


def _kill(stage: Stage, kind: str) -> None:
    stage.await_progress()
    _moment()
    stage.crew.kill(*stage.crew.find(kind))


def kill_intake(stage: Stage) -> None:
    """`kill -9` of intake at a random moment"""
    _kill(stage, "intake")


def kill_relay(stage: Stage) -> None:
    """`kill -9` of the relay at a random moment"""
    _kill(stage, "relay")


def kill_scheduler(stage: Stage) -> None:
    """`kill -9` of the scheduler at a random moment"""
    _kill(stage, "scheduler")


def kill_assessors(stage: Stage) -> None:
    """`kill -9` of two assessors at a random moment: grades and lists are those of the undisturbed archive"""
    _kill(stage, "assessor")


def kill_all(stage: Stage) -> None:
    """`kill -9` of all workers at once, as in a power cut"""
    stage.await_progress()
    _moment()
    stage.crew.kill(*range(len(CREW)))


def terminate(stage: Stage) -> None:
    """SIGTERM to every worker under load; each must end with status 0"""
    for number in range(len(CREW)):
        stage.await_progress()
        stage.crew.terminate(number)


def stop_early(stage: Stage) -> None:
    """SIGTERM to every worker at a random moment of its start; each must end in order"""
    for number in range(len(CREW)):
        stage.await_progress()
        stage.crew.stop_early(number, _CHANCE.uniform(0, 0.8))


def pause(stage: Stage) -> None:
    """All workers paused for five seconds and woken again (SIGSTOP, SIGCONT)"""
    stage.await_progress()
    with ExitStack() as paused:
        for number in range(len(CREW)):
            paused.enter_context(stage.crew.paused(number))
        Event().wait(5)


def wake_late(stage: Stage) -> None:
    """Intake and relay paused; others do their work on the same queues; then they wake"""
    stage.await_progress()
    with stage.crew.paused(0), stage.crew.paused(1):
        stage.rabbitmq.close_connections()
        stage.await_progress(200)


def kill_among_several(stage: Stage) -> None:
    """`kill -9` of one intake and one relay that work on the same queues"""
    stage.await_progress()
    _moment()
    for kind in ("intake", "relay"):
        stage.crew.kill(_CHANCE.choice(stage.crew.find(kind)))


def miss_heartbeats(stage: Stage) -> None:
    """Intake frozen for three heartbeats: the broker drops it, and it wakes with work in hand"""
    stage.await_progress()
    with stage.crew.paused(0):
        Event().wait(3 * HEARTBEAT_SECONDS)


def lose_host(stage: Stage) -> None:
    """`kill -9` of every worker of a host that does not come back; those of another one do its work"""
    stage.await_progress()
    _moment()
    stage.crew.lose(len(CREW))


FAULTS = (
    Fault(kill_intake, rounds=10),
    Fault(kill_relay, rounds=5),
    Fault(kill_scheduler, rounds=3),
    Fault(kill_assessors, rounds=10, crew=TWO_ASSESSORS),
    Fault(kill_all, rounds=4),
    Fault(terminate, short=EMBEDDED),
    Fault(stop_early, rounds=5),
    Fault(pause),
    Fault(wake_late, pairs=SERVERS, crew=TWO_INTAKES, short=SERVERS),
    Fault(kill_among_several, rounds=4, crew=TWO_INTAKES),
    Fault(kill_among_several, rounds=4, crew=FOUR_INTAKES),
    Fault(miss_heartbeats, pairs=SERVERS),
    Fault(lose_host, pairs=SERVERS, crew=TWO_HOSTS),
)
