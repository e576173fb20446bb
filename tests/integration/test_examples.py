from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from credit.store.queries.ledger import read_ledger
from tests.builders import declare
from workers import drain, postings
from workers.runtime import open_runtime
from workers.settings import Settings

SAMPLES = sorted(Path(__file__).parents[2].glob("connectors/*/samples/*.json"))
AFTER_ALL = datetime(2026, 8, 3, 4, 0, tzinfo=UTC)
"""A day when all of them have been sent, and none is over."""


def test_every_sample_is_applied_but_the_replies_to_what_was_never_sent(place: Settings) -> None:
    messages = [posting for path in SAMPLES for posting in postings.read_file(path)]
    with open_runtime(place, lambda: AFTER_ALL) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        drain.send(runtime, messages, lambda _: None)
        drain.work_until_empty(runtime, lambda _: None)
        with runtime.engine.connect() as connection:
            ledger = read_ledger(connection)
            reasons = set(connection.execute(text("SELECT reason FROM parked")).scalars())
            unsent = connection.execute(text("SELECT count(*) FROM outbox WHERE sent_at IS NULL")).scalar_one()
    assert (ledger.received, ledger.applied, ledger.parked, ledger.balanced) == (42, 39, 2, True)
    assert ledger.superseded == 1  # the platform answered before it was told
    assert reasons == {"feed.unknown_row", "receipt.unknown_notice"}
    assert unsent == 0
