from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from credit.store import migrate, tables
from credit.store.engine import connect, reading, writing
from schemas.errors import ConfigurationError
from tests.servers import Postgres


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


def set_version(engine: Engine, version: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_the_migrations_make_the_tables_that_the_program_knows(empty: Engine) -> None:
    migrate.upgrade(empty)
    with reading(empty) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []


def test_partial_indexes_are_partial(empty: Engine) -> None:
    """The comparison of alembic does not look at their conditions."""
    migrate.upgrade(empty)
    catalogue = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with reading(empty) as connection:
        made: dict[str, str] = dict(connection.execute(text(catalogue[empty.dialect.name])).all())
    for table in tables.metadata.sorted_tables:
        for index in table.indexes:
            partial = index.dialect_kwargs.get(f"{empty.dialect.name}_where") is not None
            assert (" WHERE " in made[str(index.name)]) is partial, index.name
            assert ("UNIQUE" in made[str(index.name)]) is bool(index.unique), index.name


def test_twice_is_once(empty: Engine) -> None:
    assert migrate.upgrade(empty) == migrate.upgrade(empty)
    migrate.check(empty)


def test_nothing_yet_is_refused_with_what_to_do(empty: Engine) -> None:
    with pytest.raises(ConfigurationError, match="nothing yet; run `xinglin db upgrade`"):
        migrate.check(empty)


@pytest.mark.parametrize("work", [migrate.check, migrate.upgrade], ids=["check", "upgrade"])
def test_newer_tables_are_refused(empty: Engine, work: object) -> None:
    migrate.upgrade(empty)
    set_version(empty, "9999_from_the_future")
    with pytest.raises(ConfigurationError, match="newer than this Xinglin"):
        work(empty)  # type: ignore[operator]


def test_a_failed_upgrade_leaves_nothing(empty: Engine) -> None:
    with writing(empty) as connection:
        connection.execute(text("CREATE TABLE outbox (stray INTEGER)"))
    with pytest.raises(Exception, match="outbox"):
        migrate.upgrade(empty)
    with reading(empty) as connection:
        assert not empty.dialect.has_table(connection, "message")
        assert not empty.dialect.has_table(connection, "alembic_version")
