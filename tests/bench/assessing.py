"""What assessment costs intake, and how long it takes from the commit of a fact to the grade that rests on it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from itertools import pairwise

from tests.bench import rates
from tests.bench.place import Place
from workers import drain
from workers.postings import Posting

_TICK_SECONDS = 0.02
_UNDER_WAY = 1000
_WATCH = """
CREATE TABLE seen (touched_id bigint, at timestamptz);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO seen SELECT touched_id, pg_xact_commit_timestamp(xmin) FROM touched WHERE touched_id = old.touched_id;
    RETURN old;
END $$;
CREATE TRIGGER see BEFORE DELETE ON touched FOR EACH ROW EXECUTE FUNCTION see()
"""
"""Keeps when each touch was committed, in the transaction that assesses its subject."""
_TIMES = "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - at)::float8 FROM seen ORDER BY 1"
_SWEPT = "SELECT count(*) FROM sweep WHERE reached IS NULL"
_LEFT = "SELECT CASE WHEN EXISTS (SELECT 1 FROM touched) THEN 0 ELSE 1 END"


def mark(place: Place, warm: Sequence[Posting], postings: Sequence[Posting]) -> rates.Pace:
    """Return the pace of one intake that says of each batch whom it touches; nobody assesses them meanwhile."""
    with place.round() as kept:
        kept.runtime.assessor().finish()  # from now on there is a sweep
        return rates.intake_within(kept, 1, warm, postings)


def measure(place: Place, rate: float, warm: Sequence[Posting], postings: Sequence[Posting]) -> list[float]:
    """Return, sorted, the seconds from the commit of each change to the commit of its assessment.

    One intake and one assessor work, at so many messages a second, by the regimes of the shipped routes.
    """
    with place.round() as kept:
        workers = [kept.start_xinglin("intake"), kept.start_xinglin("assessor")]
        kept.wait_for_consumers(rates.A_QUEUE, 1, workers)
        kept.wait_for(_SWEPT, 1, workers)
        kept.send(warm)
        kept.wait_for(rates.TAKEN_IN, len(warm), workers)
        kept.wait_for(_LEFT, 1, workers)
        with kept.connect() as connection:
            connection.execute(_WATCH.encode())
        outgoing = [drain._address(kept.runtime, posting) for posting in postings]
        publisher = kept.runtime.broker.publisher()
        publisher.publish([], 60)  # connects
        begin = time.time()
        ticks = math.ceil(len(postings) / rate / _TICK_SECONDS)
        ends = [min(int(tick * rate * _TICK_SECONDS), len(postings)) for tick in range(ticks + 1)]
        for tick, (first, last) in enumerate(pairwise(ends)):
            time.sleep(max(begin + tick * _TICK_SECONDS - time.time(), 0))
            publisher.publish(outgoing[first:last], 60, _UNDER_WAY)
        publisher.publish([], 60)
        publisher.close()
        kept.wait_for(rates.TAKEN_IN, len(warm) + len(postings), workers)
        kept.wait_for(_LEFT, 1, workers)
        with kept.connect() as connection:
            return [float(seconds) for (seconds,) in connection.execute(_TIMES.encode()).fetchall()]
