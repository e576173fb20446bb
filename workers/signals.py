"""What a process that works until it is told to stop is told by signals."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_TOLD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def leave_when_told() -> None:
    """Let the process end at once, with status 0, when it is told to stop; SIGHUP is passed over.

    For as long as nothing is at hand: what was begun is left as by `kill -9`. No exception leads out, as `sys.exit`
    would raise one: it strikes a library anywhere, which then swallows it, or waits for ever in its own goodbye.
    """
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of this process in their order, and among them what its own threads say."""

    _heard: socket.socket
    _said: socket.socket

    def say(self, number: int) -> None:
        """Say a number up to 255 to who waits; for any thread."""
        self._said.send(bytes([number]))

    def wait(self) -> int:
        """Wait for the next number that was said, by a signal or by a thread."""
        return self._heard.recv(1)[0]


@contextmanager
def hearing() -> Iterator[Signals]:
    """Hear SIGTERM, SIGINT and SIGHUP; after that they are passed over. For the main thread.

    They come by a socket, into which the system's handler writes them. A handler of Python runs between two
    instructions of the main thread: where that one goes to sleep on a lock just then, it sleeps on.
    """
    heard, said = socket.socketpair()
    with heard, said:
        said.settimeout(0)  # the system's handler cannot wait
        signal.set_wakeup_fd(said.fileno())
        for number in _TOLD:
            signal.signal(number, _pass)
        try:
            yield Signals(heard, said)
        finally:
            signal.set_wakeup_fd(-1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


def _pass(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: by now the number of the signal is in the socket."""
