from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, select, text

from credit import vault
from credit.record.rows import DispatchRow
from credit.store import migrate, outbox, tables
from credit.store.engine import connect, reading, writing
from credit.vault import Algorithm
from schemas.errors import ConfigurationError
from tests.servers import Postgres

KEYS = vault.generate(Algorithm.AES_256_GCM)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def all_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every migration is run here, on both databases: no tables are made as the first ones were (tests/once.py)."""
    monkeypatch.setattr(migrate, "command", command)


@pytest.fixture(params=["embedded", pytest.param("servers", marks=pytest.mark.servers)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "embedded":
        engine = connect(f"sqlite:///{tmp_path / 'archive.sqlite'}")
        yield engine
        engine.dispose()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    postgres.start()
    engine = connect(postgres.create_database("empty"))
    yield engine
    engine.dispose()
    postgres.drop_database("empty")


@pytest.fixture
def made(archive_url: str) -> Iterator[Engine]:
    """A database with all tables, as the migrations make them."""
    engine = connect(archive_url)
    yield engine
    engine.dispose()


def set_version(engine: Engine, version: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_the_migrations_make_the_tables_that_the_program_knows(made: Engine) -> None:
    with reading(made) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []


def test_partial_indexes_are_partial(made: Engine) -> None:
    """The comparison of alembic does not look at their conditions."""
    catalogue = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with reading(made) as connection:
        found: dict[str, str] = dict(connection.execute(text(catalogue[made.dialect.name])).all())
    for table in tables.metadata.sorted_tables:
        for index in table.indexes:
            partial = index.dialect_kwargs.get(f"{made.dialect.name}_where") is not None
            assert (" WHERE " in found[str(index.name)]) is partial, index.name
            assert ("UNIQUE" in found[str(index.name)]) is bool(index.unique), index.name


SOUGHT = {
    "act": {"record_id", "target_id"},
    "alias": {"value_hash", "subject_id"},
    "feed_row": {"row_id", "record_id"},
    "message": {"message_key", "record_id"},
    "notice": {"notice_no", "record_id"},
    "outbox": {"outbox_id", "message_id"},
    "parked": {"parked_id", "message_key"},
    "record": {"record_id", "subject_id"},
    "subject": {"subject_id"},
    "unsent": {"outbox_id", "stream"},
    "waiting": {"value_hash", "message_key"},
}
"""By what intake and look-up seek rows; without an index that begins with it, each batch reads a whole table."""


def test_what_is_sought_by_has_an_index_that_begins_with_it(made: Engine) -> None:
    catalogue = inspect(made)
    for table, columns in SOUGHT.items():
        begun = {index["column_names"][0] for index in catalogue.get_indexes(table)}
        begun.add(catalogue.get_pk_constraint(table)["constrained_columns"][0])
        assert columns <= begun, table


def test_late_notices_are_sought_among_the_unanswered(made: Engine) -> None:
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[made.dialect.name]
    late = f"SELECT * FROM notice WHERE reply_by < '2026-03-02' AND {tables.UNANSWERED}"
    with reading(made) as connection:
        if made.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(text(f"{explain} {late}")).all()
    assert "ix_notice_unanswered" in str(plan)


def test_an_archive_of_the_first_version_keeps_its_claims(empty: Engine) -> None:
    claim = {"kind": "name", "value_hash": "h", "subject_id": "s", "value": b"v", "claimed_by": "m", "claimed_at": NOW}
    with writing(empty) as connection:
        command.upgrade(migrate._config(connection), "0001")
        connection.execute(insert(tables.alias), claim)
    migrate.upgrade(empty, KEYS)
    with reading(empty) as connection:
        assert [dict(row._mapping) for row in connection.execute(select(tables.alias))] == [
            claim | dict.fromkeys(("account", "undone_by", "undone_account", "undone_at", "undone_why", "note"))
        ]


def test_an_outbox_of_the_second_version_goes_on_where_it_was(empty: Engine) -> None:
    columns = ("message_id", "stream", "type", "routing_key", "body", "created_at", "attempts", "trouble", "sent_at")
    statement = text(f"INSERT INTO outbox ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})")
    old = {"stream": "s", "type": "t", "routing_key": "notice.tax", "body": b"b", "created_at": NOW, "trouble": None}
    with writing(empty) as connection:
        command.upgrade(migrate._config(connection), "0002")
        connection.execute(statement, old | {"message_id": "sent", "attempts": 1, "sent_at": NOW})
        connection.execute(statement, old | {"message_id": "tried", "attempts": 3, "sent_at": None})
        connection.execute(statement, old | {"message_id": "new", "attempts": 0, "sent_at": None})
    migrate.upgrade(empty, KEYS)
    with writing(empty) as connection:
        assert outbox.count_unsent(connection) == 2
        [claimed] = outbox.claim(connection, "relay", 9, NOW)
        assert (claimed.message_id, claimed.body, claimed.attempts) == ("tried", b"b", 4)
        outbox.mark_sent(connection, "relay", [claimed], NOW)
        assert [row.message_id for row in outbox.claim(connection, "relay", 9, NOW)] == ["new"]
        outbox.enqueue(connection, [DispatchRow("sent", "t", "notice.tax", "s", b"", NOW)])
        assert outbox.count_unsent(connection) == 1


def test_pages_are_filled_as_the_tables_say(database: str) -> None:
    """The comparison of alembic does not look at this either."""
    engine = connect(database)
    query = text("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions IS NOT NULL")
    with reading(engine) as connection:
        made: dict[str, list[str]] = dict(connection.execute(query).all())
    engine.dispose()
    wanted = {table.name: table.dialect_kwargs.get("postgresql_with") for table in tables.metadata.sorted_tables}
    assert made == {name: [f"fillfactor={said['fillfactor']}"] for name, said in wanted.items() if said}


@pytest.mark.servers
def test_no_statement_of_an_upgrade_is_given_up_however_long_it_takes(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, allowed = connect(database), list[str]()
    set_version(engine, "0030")

    def look(config: Config, _to: str) -> None:
        connection = config.attributes["connection"]
        allowed.append(connection.execute(text("SHOW statement_timeout")).scalar_one())

    monkeypatch.setattr(migrate, "command", SimpleNamespace(upgrade=look))
    migrate.upgrade(engine, KEYS)
    with reading(engine) as connection:
        allowed.append(connection.execute(text("SHOW statement_timeout")).scalar_one())
    engine.dispose()
    assert allowed == ["0", "1min"]


def test_twice_is_once(empty: Engine) -> None:
    assert migrate.upgrade(empty) == migrate.upgrade(empty)
    migrate.check(empty)


def test_nothing_yet_is_refused_with_what_to_do(empty: Engine) -> None:
    with pytest.raises(ConfigurationError, match="nothing yet; run `xinglin db upgrade`"):
        migrate.check(empty)


@pytest.mark.parametrize("work", [migrate.check, migrate.upgrade], ids=["check", "upgrade"])
def test_newer_tables_are_refused(empty: Engine, work: Callable[[Engine], object]) -> None:
    migrate.upgrade(empty)
    set_version(empty, "9999_from_the_future")
    with pytest.raises(ConfigurationError, match="newer than this Xinglin"):
        work(empty)


def test_a_failed_upgrade_leaves_nothing(empty: Engine) -> None:
    with writing(empty) as connection:
        connection.execute(text("CREATE TABLE outbox (stray INTEGER)"))
    with pytest.raises(Exception, match="outbox"):
        migrate.upgrade(empty)
    with reading(empty) as connection:
        assert not empty.dialect.has_table(connection, "message")
        assert not empty.dialect.has_table(connection, "alembic_version")
