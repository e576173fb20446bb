"""Signals reach a process wherever its main thread is just then; each test runs in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.processes import FORKS
from workers.signals import hearing, leave_when_told


def status_of(work: Callable[[], None]) -> int | None:
    """Return with which status a process ends that does this; None where it does not end."""
    process = FORKS.Process(target=work)
    process.start()
    process.join(60)
    status = process.exitcode
    process.kill()
    process.join()
    return status


def tell(number: int) -> None:
    os.kill(os.getpid(), number)


class Last:
    """Told to stop, as it goes, where Python only prints what is raised."""

    def __del__(self) -> None:
        tell(signal.SIGTERM)


def let_it_go() -> None:
    leave_when_told()
    tell(signal.SIGHUP)
    Last()
    sys.exit("still here")


def test_where_exceptions_are_swallowed_a_process_ends_all_the_same() -> None:
    assert status_of(let_it_go) == 0


def tell_once_asleep() -> None:
    """Be told to stop in another thread than the main one, once that sleeps: it is not woken by the signal itself."""
    while Path("/proc/self/stat").read_text().rpartition(")")[2].split()[0] != "S":
        pass
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


def wait_asleep() -> None:
    with hearing() as signals:
        other = threading.Thread(target=tell_once_asleep)
        other.start()
        heard = signals.wait()
        other.join()
    sys.exit(heard)


def test_who_sleeps_already_hears_what_another_thread_was_told() -> None:
    assert status_of(wait_asleep) == signal.SIGTERM


def hear_in_order() -> None:
    with hearing() as signals:
        tell(signal.SIGHUP)
        signals.say(0)
        tell(signal.SIGINT)
        heard = [signals.wait() for _ in range(3)]
    tell(signal.SIGTERM)  # nobody listens any more, and what is being closed is closed
    sys.exit(None if heard == [signal.SIGHUP, 0, signal.SIGINT] else str(heard))


def test_signals_and_what_is_said_come_in_their_order() -> None:
    assert status_of(hear_in_order) == 0
