"""An alert goes out once for each case. That it was raised before stops nothing, the same over both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from credit.batch.arrival import Arrival
from credit.record.rows import DispatchRow
from credit.rules import Rules
from credit.store import archive, migrate, outbox, tables
from credit.store.engine import connect, reading, writing
from tests.builders import (
    NOON,
    arrive,
    connectors,
    national_law,
    offence,
    on,
    penalty,
    result,
    row_of,
    rules,
    shipped_routes,
)
from workers.broker import Fate
from workers.reading import Reader
from workers.scheduler import Scheduler


@pytest.fixture(params=["embedded", pytest.param("servers", marks=pytest.mark.servers)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty archive."""
    made = connect(
        f"sqlite:///{tmp_path / 'archive.sqlite'}"
        if request.param == "embedded"
        else request.getfixturevalue("emptied_database")
    )
    migrate.upgrade(made)
    yield made
    made.dispose()


def take(engine: Engine, *arrivals: Arrival, at: Rules | None = None) -> None:
    archive.take_in(engine, arrivals, at or rules())


def alerts(engine: Engine, kind: str) -> list[str]:
    outbox = tables.outbox.c
    with reading(engine) as connection:
        found = select(outbox.message_id).where(outbox.routing_key == f"alert.{kind}").order_by(outbox.message_id)
        return list(connection.execute(found).scalars())


def outcomes(engine: Engine) -> dict[str, int]:
    outcome = tables.message.c.outcome
    with reading(engine) as connection:
        counted = select(outcome, func.count().label("number")).group_by(outcome)
        return {row.outcome: row.number for row in connection.execute(counted)}


def refusal(number: int, code: str = "9001") -> Arrival:
    """A feed's answer to the one version of the row, so many minutes after noon."""
    return arrive(result(row_of(penalty()), code), f"refusal {number}", time=NOON + timedelta(minutes=number))


def test_a_refusal_that_comes_again_raises_no_second_alert(engine: Engine) -> None:
    take(engine, arrive(penalty(), "1"))
    take(engine, refusal(1), refusal(2))  # within a batch
    take(engine, refusal(3), arrive(offence(), "2"))  # after one that raised it
    assert outcomes(engine) == {"applied": 5}
    assert alerts(engine, "feed-refused") == [f"feed-refused:{row_of(penalty())}:1:9001"]


def test_a_refusal_for_another_reason_is_another_case(engine: Engine) -> None:
    take(engine, arrive(penalty(), "1"))
    take(engine, refusal(1), refusal(2, "9002"))
    take(engine, refusal(3))
    assert alerts(engine, "feed-refused") == [f"feed-refused:{row_of(penalty())}:1:{code}" for code in (9001, 9002)]


def test_every_deadline_in_a_year_without_holidays_raises_the_same_alert(engine: Engine) -> None:
    # Nobody knows the holidays of that year yet, so each of these batches says so.
    far = on(date(2090, 3, 1))
    for number in range(2):
        take(engine, arrive(offence(f"{number}号", occurred_on=date(2090, 2, 1)), str(number)), at=far)
    assert outcomes(engine) == {"applied": 2}
    assert alerts(engine, "calendar-uncovered") == ["calendar-uncovered:2090"]


def strand(engine: Engine, *names: str) -> None:
    """Let the broker have returned a message of each routing key, named as it."""
    with writing(engine) as connection:
        outbox.enqueue(connection, [DispatchRow(f"{name}:1", "t", name, name, b"", NOON) for name in names])
        outbox.give_back(connection, "r", outbox.claim(connection, "r", 9, NOON), Fate.RETURNED.value, NOON)


def test_an_agency_without_a_queue_raises_one_alert_for_each_outage(engine: Engine) -> None:
    reader = Reader(connectors(), shipped_routes(), national_law())
    scheduler = Scheduler(engine, reader, rules)
    strand(engine, "notice.tax", "feed.credit-china", "alert.feed-late")
    assert scheduler.tick().unroutable == 3
    assert scheduler.tick().unroutable == 3
    raised = ["queue-missing:feed.credit-china:feed.credit-china:1", "queue-missing:notice.tax:notice.tax:1"]
    assert alerts(engine, "queue-missing") == raised  # none about the queue of the alerts, by which it would go
    with writing(engine) as connection:
        connection.execute(tables.unsent.delete())
        connection.execute(tables.outbox.update().values(sent_at=NOON))
        later = DispatchRow("later", "t", "notice.tax", "later", b"", NOON)
        outbox.enqueue(connection, [later])
        outbox.give_back(connection, "r", outbox.claim(connection, "r", 9, NOON), Fate.RETURNED.value, NOON)
    assert scheduler.tick().unroutable == 1
    assert alerts(engine, "queue-missing") == sorted([*raised, "queue-missing:notice.tax:later"])
