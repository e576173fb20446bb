"""From publish to commit, message by message, under a steady load."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.bench.place import Place
from tests.bench.rates import A_QUEUE, TAKEN_IN
from workers import drain
from workers.postings import Posting

_TICK_SECONDS = 0.01
#: Confirms nobody waits for, so that a slow one does not delay the next messages.
_UNDER_WAY = 1000
_COMMITTED = """
SELECT message_key, extract(epoch FROM pg_xact_commit_timestamp(message.xmin))::float8
FROM message WHERE outcome = 'applied' AND repeats = 0 AND message_key NOT IN (SELECT message_key FROM parked)
"""


@dataclass(frozen=True, slots=True)
class Latency:
    """The sorted times in seconds from publish to commit, and the processor microseconds of each message."""

    seconds: Sequence[float]
    processor: Mapping[str, float]
    busy: float
    """Which part of all processors was at work."""

    def quantile(self, share: float) -> float:
        """Return the time below which a share of the times lie."""
        return quantile(self.seconds, share)


def measure(place: Place, processes: int, rate: float, warm: Sequence[Posting], postings: Sequence[Posting]) -> Latency:
    """Return the latency at so many messages a second.

    Left out are messages that wait for another one and those that come more than once: theirs is not a time
    of the machine.
    """
    with place.round() as kept:
        workers = [kept.start_xinglin("intake") for _ in range(processes)]
        kept.wait_for_consumers(A_QUEUE, processes, workers)
        kept.send(warm)
        kept.wait_for(TAKEN_IN, len(warm), workers)
        # Made in advance: a busy publisher takes its time from those that are measured.
        keys = [_key(posting) for posting in postings]
        outgoing = [drain._address(kept.runtime, posting) for posting in postings]
        published: dict[str, float] = {}
        publisher = kept.runtime.broker.publisher()
        publisher.publish([], 60)  # connects
        before, own, begin = kept.processor_seconds(workers), time.process_time(), time.time()
        ticks = math.ceil(len(postings) / rate / _TICK_SECONDS)
        ends = [min(int(tick * rate * _TICK_SECONDS), len(postings)) for tick in range(ticks + 1)]
        for tick, (first, last) in enumerate(pairwise(ends)):
            due = begin + tick * _TICK_SECONDS
            time.sleep(max(due - time.time(), 0))
            # The moment it was due: a publisher that falls behind is not to flatter the intake.
            published |= dict.fromkeys(keys[first:last], due)
            publisher.publish(outgoing[first:last], 60, _UNDER_WAY)
        publisher.publish([], 60)
        publisher.close()
        kept.wait_for(TAKEN_IN, len(warm) + len(postings), workers)
        after = kept.processor_seconds(workers) | {"publisher": time.process_time() - own}
        spent = {name: seconds - before.get(name, 0) for name, seconds in after.items()}
        busy = sum(spent.values()) / (time.time() - begin) / (os.cpu_count() or 1)
        with kept.connect() as connection:
            committed = connection.execute(_COMMITTED).fetchall()
    times = sorted(at - published[key] for key, at in committed if key in published)
    return Latency(times, {name: each / len(postings) * 1e6 for name, each in spent.items()}, busy)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of sorted values lie."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _key(posting: Posting) -> str:
    event = json.loads(posting.body)
    return f"{event['source']} {event['id']}"
