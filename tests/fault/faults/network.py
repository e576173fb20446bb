"""What happens to the network between the workers and their servers."""

from __future__ import annotations

from threading import Event

from tests.fault.proxy import Direction
from tests.fault.stage import Stage
from tests.fault.table import SERVERS, Fault

_SECONDS = 10


def _silence(stage: Stage, server: str, *directions: Direction) -> None:
    stage.await_progress()
    with stage.proxies[server].swallowing(*directions):
        Event().wait(_SECONDS)


def lose_broker_silently(stage: Stage) -> None:
    """Ten seconds in which the network to the broker swallows everything, both ways"""
    _silence(stage, "broker", Direction.UP, Direction.DOWN)


def lose_confirms(stage: Stage) -> None:
    """Ten seconds in which nothing comes back from the broker: published, and never confirmed"""
    _silence(stage, "broker", Direction.DOWN)


def freeze_broker_connections(stage: Stage) -> None:
    """Every connection to the broker goes dead for ever; new ones work"""
    stage.await_progress()
    stage.proxies["broker"].freeze(Direction.UP, Direction.DOWN)


def lose_database_silently(stage: Stage) -> None:
    """Ten seconds in which the network to the database swallows everything, both ways"""
    _silence(stage, "database", Direction.UP, Direction.DOWN)


def lose_commit_answers(stage: Stage) -> None:
    """Ten seconds in which every COMMIT arrives and its answer is lost: nobody knows whether it was done"""
    stage.await_progress()
    with stage.proxies["database"].losing_answers_to(b"COMMIT"):
        Event().wait(_SECONDS)


def freeze_database_connections(stage: Stage) -> None:
    """Every connection to the database goes dead for ever; new ones work"""
    stage.await_progress()
    stage.proxies["database"].freeze(Direction.UP, Direction.DOWN)


FAULTS = (
    Fault(lose_broker_silently, pairs=SERVERS),
    Fault(lose_confirms, pairs=SERVERS),
    Fault(freeze_broker_connections, pairs=SERVERS),
    Fault(lose_database_silently, pairs=SERVERS),
    Fault(lose_commit_answers, pairs=SERVERS),
    Fault(freeze_database_connections, pairs=SERVERS),
)
