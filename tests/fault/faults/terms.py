"""What happens to the terms on which workers work: the version of the tables, and the keys."""

from __future__ import annotations

from contextlib import ExitStack

from sqlalchemy import Connection

from credit.store import outbox, roll
from credit.store.engine import reading
from tests.fault import newer
from tests.fault.faults.database import connected
from tests.fault.stage import CREW, Stage
from tests.fault.table import SERVERS, Fault
from workers.runtime import wall_clock


def upgrade_tables(stage: Stage) -> None:
    """`xinglin db upgrade` under workers of the former version: refused; and by force while they are cut off"""
    stage.await_progress()
    refused = stage.run("db", "upgrade", module=newer.__name__)
    assert refused.status == 1, refused.said
    assert "others are at work on this archive" in refused.said
    with ExitStack() as paused:
        for number in range(len(CREW)):
            paused.enter_context(stage.crew.paused(number))
        with connected(stage) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'xinglin-%'"
            )
        stage.wait(lambda: stage.look_patiently(_count_at_work) == 0, "the workers to be taken for dead")
        stage.runtime.engine.dispose()  # the stage's own session, which looked
        newer.install(stage.runtime.settings.home)
        done = stage.run("db", "upgrade", module=newer.__name__)
        assert done.status == 0, done.said
    stage.wait(
        lambda: stage.crew.count_logs(b"start it anew, in the version that fits the tables") == len(CREW), "their end"
    )
    stage.await_progress()
    with reading(stage.runtime.engine) as archive:
        assert not outbox.find_forgotten(archive)


def rotate_keys(stage: Stage) -> None:
    """`xinglin keys rotate` under load: workers stop and start with the new keys; everything can be read"""
    stage.await_progress()
    done = stage.run("keys", "rotate")
    assert done.status == 0, done.said
    stage.await_progress()
    verified = stage.run("verify")
    assert verified.status == 0, verified.said
    assert stage.crew.count_logs(b"internal.error") == 0


def _count_at_work(connection: Connection) -> int:
    return len(roll.at_work(connection, wall_clock()))


FAULTS = (
    Fault(upgrade_tables, pairs=SERVERS, launcher=newer.__name__),
    Fault(rotate_keys, pairs=SERVERS, rounds=3),
)
