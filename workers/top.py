"""One picture of everything that flows: archive, broker, workers, sources and alerts, as of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credit.store.engine import reading
from credit.store.queries.flow import Flow, Mark, read_flow, read_mark
from credit.store.queries.observation import observe
from credit.telling.observation import NOTHING, Observation, Waiting
from workers.runtime import Runtime
from workers.watching import Watched, watch


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen. `flow` is what came and went since the picture before, None of the first one."""

    seen: Observation
    watched: Watched
    mark: Mark
    flow: Flow | None

    def waits(self) -> dict[str, Waiting]:
        """Return what waits or missed its day, each kind with its number and since when the oldest."""
        seen = self.seen
        return {
            "parked": add_up({reason: each.waiting for reason, each in seen.parked.items()}),
            "unsent": seen.unsent,
            "unconfirmed": seen.unconfirmed,
            "notices_overdue": add_up(seen.notices_overdue),
            "lifts_overdue": add_up(seen.lifts_overdue),
            "feed_rows_late": add_up(seen.feed_rows_late),
            "records_due": seen.records_due,
        }


def look(runtime: Runtime, before: Mark | None = None) -> Picture:
    """Look at everything once; a broker that does not answer is part of the picture.

    Raises:
        TransientError: the database cannot be reached.
    """
    rules = runtime.rules()
    watched = watch(runtime.broker, rules.routes)
    with reading(runtime.engine) as connection:
        seen = observe(connection, rules.at, rules.law, rules.routes.sources, workers=rules.routes.workers)
        mark = read_mark(connection, rules.at.now)
        flow = read_flow(connection, before, mark) if before is not None else None
    return Picture(seen, watched, mark, flow)


def add_up(waiting: Mapping[str, Waiting]) -> Waiting:
    """Return how many wait in all, and since when the oldest does."""
    since = [each.since for each in waiting.values() if each.since is not None]
    return Waiting(sum(each.count for each in waiting.values()), min(since)) if since else NOTHING
