"""What goes on around the workers while a fault happens: sources that send, partners that answer, one who counts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import Self

from schemas.errors import PermanentError, TransientError
from schemas.routing import Queue, Topology
from tests.receivers import Receivers
from workers import drain
from workers.demo.town.day import ordinary
from workers.demo.town.partners import Partners
from workers.postings import Posting
from workers.runtime import Runtime

WITNESS = "witness"
_CHUNK = 20
_PACE_SECONDS = 0.1
_AGAIN_SECONDS = 0.5


def postings(seed: int, count: int) -> list[Posting]:
    """Return messages of all types whose every order ends in the same archive."""
    return [Posting(one.body, one.routing_type) for one in ordinary(seed, count, date(2026, 11, 22))]


class _Activity:
    """A thread that works until it is done or told to stop; its failure is raised where it is joined."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.stopped.set()
        self._thread.join()
        if kind is None and self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            self._failure = error

    def work(self) -> None:
        raise NotImplementedError


class Sources(_Activity):
    """Send known messages, some 200 a second until they hurry, and each again until the broker has confirmed it."""

    def __init__(self, runtime: Runtime, content: Sequence[Posting]) -> None:
        super().__init__()
        self._runtime = runtime
        self.content = content
        self._hurry = threading.Event()
        self._sending = threading.Lock()
        self._allowed = 0
        self.confirmed = 0

    def allow(self, share: float) -> None:
        """Send no more than this share of the messages for now, so that every round of a fault meets some."""
        self._allowed = int(len(self.content) * share)

    def hurry(self) -> None:
        """Send the rest as fast as the broker takes it."""
        self.allow(1)
        self._hurry.set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing be under way from the sources for a while."""
        with self._sending:
            yield

    @property
    def resting(self) -> bool:
        """Whether they have sent what they may."""
        return self.confirmed >= self._allowed

    @property
    def done(self) -> bool:
        """Whether every message is confirmed."""
        return self.confirmed == len(self.content)

    def work(self) -> None:
        """Send chunk by chunk; one whose fate is unknown is sent again, as a source without an answer does."""
        while not self.done and not self.stopped.is_set():
            if self.resting:
                self.stopped.wait(_PACE_SECONDS)
                continue
            size = len(self.content) if self._hurry.is_set() else _CHUNK
            chunk = self.content[self.confirmed : self.confirmed + size]
            try:
                with self._sending:
                    drain.send(self._runtime, chunk, lambda _: None)
            except (TransientError, PermanentError):
                self.stopped.wait(_AGAIN_SECONDS)
                continue
            self.confirmed += len(chunk)
            self._hurry.wait(_PACE_SECONDS)


class Answers(_Activity):
    """Partners and Credit China take what they are sent and answer it, over whatever connection there is."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self._runtime = runtime

    def work(self) -> None:
        """Take and answer until stopped."""
        while not self.stopped.is_set():
            partners = Partners(self._runtime)
            try:
                while not self.stopped.is_set():
                    drain.send(self._runtime, partners.answer(), lambda _: None)
            except (TransientError, PermanentError):
                self.stopped.wait(_AGAIN_SECONDS)
            finally:
                partners.close()


def witness_topology(runtime: Runtime) -> Topology:
    """Return the topology with one more queue, bound to everything that leaves: nobody reads it before the end.

    It has the bindings of the others, so that what nobody else takes has nowhere to go with it either, and is
    the first to be bound, so that it hears of all that anyone else does.
    """
    routes = runtime.reader.routes
    keys = {key for queue in routes.topology.queues if queue.exchange == routes.exchange_out for key in queue.bindings}
    seen = Queue(WITNESS, routes.exchange_out, tuple(sorted(keys)))
    return replace(routes.topology, queues=(seen, *routes.topology.queues))


def hear_witness(runtime: Runtime) -> Receivers:
    """Return what receivers believe who read everything that was ever sent, in the order of the broker."""
    receivers = Receivers()
    consumer = runtime.broker.consumer([WITNESS], prefetch=1000)
    try:
        while not consumer.is_drained():
            taken = consumer.take(1000, 1.0)
            for delivery in taken:
                receivers.hear(json.loads(delivery.body))
            if taken:
                consumer.ack(taken[-1])
    finally:
        consumer.close()
    return receivers
