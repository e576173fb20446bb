"""A TCP proxy that can go silent: the network failures that no server process can produce by itself."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

_CHUNK = 65_536
_POLL_SECONDS = 0.05


class Direction(Enum):
    """Which way bytes go: up to the server, or down to the client."""

    UP = "up"
    DOWN = "down"


@dataclass(slots=True)
class _Pipe:
    """Two connected sockets, and which ways they swallow what comes, for good or until the fault ends."""

    client: socket.socket
    server: socket.socket
    swallows: set[Direction] = field(default_factory=set)


class Proxy:
    """Forwards connections to a port of this machine; swallowed bytes are acknowledged and never arrive."""

    def __init__(self, target: int) -> None:
        """Listen on a free port and forward from now on."""
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._pipes: list[_Pipe] = []
        self._swallow_new: frozenset[Direction] = frozenset()
        self._cue: bytes | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="proxy", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where clients connect."""
        port: int = self._listener.getsockname()[1]
        return port

    @contextmanager
    def swallowing(self, *directions: Direction) -> Iterator[None]:
        """Swallow these directions of every connection, new ones too; what was swallowed stays lost."""
        with self._lock:
            self._swallow_new = frozenset(directions)
        self.freeze(*directions)
        try:
            yield
        finally:
            with self._lock:
                self._swallow_new = frozenset()

    @contextmanager
    def losing_answers_to(self, words: bytes) -> Iterator[None]:
        """Let everything through until a client says these words; they arrive, and no answer ever comes back."""
        with self._lock:
            self._cue = words
        try:
            yield
        finally:
            with self._lock:
                self._cue = None

    def freeze(self, *directions: Direction) -> None:
        """Swallow these directions of the connections there are, for ever; new ones are forwarded."""
        with self._lock:
            for pipe in self._pipes:
                pipe.swallows.update(directions)

    def close(self) -> None:
        """End all connections and stop listening."""
        self._stopped.set()
        self._thread.join()
        with self._lock:
            for pipe in list(self._pipes):
                self._drop(pipe)
        self._listener.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            for key, _ in self._selector.select(_POLL_SECONDS):
                with self._lock:
                    if key.data is None:
                        self._accept()
                    else:
                        self._forward(*key.data)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:  # as if the client had met the closed port itself
            client.close()
            return
        # A partition that swallows both ways swallows the beginning of a connection as well.
        pipe = _Pipe(client, server, set(self._swallow_new))
        self._pipes.append(pipe)
        self._selector.register(client, selectors.EVENT_READ, (pipe, Direction.UP))
        self._selector.register(server, selectors.EVENT_READ, (pipe, Direction.DOWN))

    def _forward(self, pipe: _Pipe, direction: Direction) -> None:
        if pipe not in self._pipes:  # dropped by the event before
            return
        ends = (pipe.client, pipe.server) if direction is Direction.UP else (pipe.server, pipe.client)
        source, sink = ends
        try:
            data = source.recv(_CHUNK)
            if self._cue and direction is Direction.UP and self._cue in data:
                pipe.swallows.add(Direction.DOWN)
            if data and direction not in pipe.swallows:
                sink.sendall(data)
        except OSError:
            data = b""
        # In a network that swallows everything, the end of a connection does not arrive either.
        if not data and direction in pipe.swallows:
            self._selector.unregister(source)
        elif not data:
            self._drop(pipe)

    def _drop(self, pipe: _Pipe) -> None:
        self._pipes.remove(pipe)
        for end in (pipe.client, pipe.server):
            with suppress(KeyError, ValueError):
                self._selector.unregister(end)
            end.close()
