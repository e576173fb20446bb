"""What is left of a relay that died is sent when its lease has ended, at whatever moment of a look that is."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from credit.record import places
from credit.record.rows import DispatchRow
from credit.store import outbox
from credit.store.engine import reading, writing
from credit.store.outbox import LEASE
from tests.builders import NOON, declare
from workers import drain
from workers.runtime import open_runtime
from workers.settings import read


@pytest.mark.parametrize("looks", range(8))
def test_a_lease_that_ends_between_two_looks_at_the_clock_leaves_nothing_behind(tmp_path: Path, looks: int) -> None:
    looked: count[int] | None = None

    def clock() -> datetime:
        over = looked is not None and next(looked) >= looks
        return NOON + LEASE + timedelta(seconds=1) if over else NOON

    with open_runtime(read({}, home=tmp_path), clock) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        body = runtime.keyring.seal(b"notice", places.of_dispatch("m"))
        with writing(runtime.engine) as connection:
            outbox.enqueue(connection, [DispatchRow("m", "t", "notice.tax", "s", body, NOON)])
        with writing(runtime.engine) as connection:
            assert len(outbox.claim(connection, "of one that died", 1, NOON)) == 1
        looked = count()
        drain.empty_outbox(runtime)
        with reading(runtime.engine) as connection:
            assert outbox.count_unsent(connection) == 0
