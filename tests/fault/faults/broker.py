"""What happens to the message broker."""

from __future__ import annotations

from threading import Event

from tests.fault.stage import Stage
from tests.fault.table import SERVERS, Fault


def kill_broker(stage: Stage) -> None:
    """`kill -9` of the broker, started again after three seconds"""
    stage.await_progress()
    stage.rabbitmq.kill9()
    Event().wait(3)
    stage.rabbitmq.start()


def restart_broker(stage: Stage) -> None:
    """The broker stopped the orderly way and started again"""
    stage.await_progress()
    stage.rabbitmq.ctl("stop_app")
    stage.rabbitmq.ctl("start_app")


def stay_away(stage: Stage) -> None:
    """The broker away for a minute"""
    stage.await_progress()
    stage.rabbitmq.ctl("stop_app")
    Event().wait(60)
    stage.rabbitmq.ctl("start_app")


def close_connections(stage: Stage) -> None:
    """`rabbitmqctl close_all_connections`"""
    stage.await_progress()
    stage.rabbitmq.ctl("close_all_connections", "fault")


def raise_memory_alarm(stage: Stage) -> None:
    """Memory alarm for twenty seconds: the broker blocks everybody who publishes"""
    stage.await_progress()
    stage.rabbitmq.ctl("set_vm_memory_high_watermark", "absolute", "1MB")
    Event().wait(20)
    stage.rabbitmq.ctl("set_vm_memory_high_watermark", "0.4")


FAULTS = (
    Fault(kill_broker, pairs=SERVERS, rounds=2, short=SERVERS),
    Fault(restart_broker, pairs=SERVERS),
    Fault(stay_away, pairs=SERVERS),
    Fault(close_connections, pairs=SERVERS, rounds=4, short=SERVERS),
    Fault(raise_memory_alarm, pairs=SERVERS),
)
