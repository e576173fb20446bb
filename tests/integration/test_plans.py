"""How PostgreSQL reaches the rows that a batch asks for."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from credit.batch.arrival import Arrival
from credit.store import archive
from credit.store.engine import connect, undone
from tests import builders
from tests.bench import traffic
from workers.reading import Reader

_READ_WHOLE = text(
    "SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE seq_tup_read > 0 AND relname != 'alembic_version'"
)
#: After five executions PostgreSQL plans once and for all.
_PLANNED = 8
_BATCH = 40


def _arrivals() -> list[Arrival]:
    reader = Reader(builders.connectors(), builders.shipped_routes(), builders.national_law())
    postings = traffic.postings(0, 10 * _BATCH, date(2026, 2, 20))
    queues = [reader.routes.gate.queue_for(str(posting.type)) for posting in postings]
    today = builders.rules().at.today
    return [reader.read(str(queue), one.body, {}, today) for queue, one in zip(queues, postings, strict=True)]


@pytest.mark.servers
def test_a_batch_reads_no_table_whole_though_its_look_ups_were_planned_when_all_were_empty(database: str) -> None:
    engine, arrivals = connect(database), _arrivals()
    for _ in range(_PLANNED):
        with undone(engine) as connection:
            archive.take_in_within(connection, arrivals[:_BATCH], builders.rules())
    archive.take_in(engine, arrivals[:-_BATCH], builders.rules())
    with undone(engine) as connection:
        archive.take_in_within(connection, arrivals[-_BATCH:], builders.rules())
        assert connection.execute(_READ_WHOLE).all() == []
    engine.dispose()
