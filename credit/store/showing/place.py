"""Where the public projection lies, and who may do what there."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Engine

from credit.store.engine import connect, writing
from credit.store.showing.tables import ADDED, READ, SCHEMA, metadata
from schemas.errors import ConfigurationError

FILE = "public.sqlite"
"""The projection of an embedded archive, beside it."""
_NAME = re.compile("[a-z_][a-z0-9_]{0,62}")
_IN_SCHEMA = {"schema_translate_map": {None: SCHEMA}}


def beside(archive: Engine) -> Engine:
    """Return the projection of an archive, for whoever fills it; embedded it is made when it is not there yet."""
    if archive.dialect.name == "postgresql":
        return archive.execution_options(look=None, **_IN_SCHEMA)
    path = Path(str(archive.url.database)).with_name(FILE)
    engine = connect(f"sqlite:///{path}")
    with writing(engine) as connection:
        metadata.create_all(connection)
    path.chmod(0o600)
    return engine


def open_for_page(url: str) -> Engine:
    """Return the projection for the page, by the URL of a database; nothing is made.

    Raises:
        ConfigurationError: a file is not there, or it is no database that Xinglin uses.
    """
    engine = connect(url)
    if engine.dialect.name == "postgresql":
        return engine.execution_options(**_IN_SCHEMA)
    path = Path(str(engine.url.database))
    if not path.is_file():
        error = ConfigurationError(f"{path} is not there: nothing was published yet")
        error.add_note("公示数据尚未生成。请先运行 xinglin worker scheduler（或 xinglin worker all），由其发布。")
        raise error
    return engine


def grants(user: str) -> tuple[str, ...]:
    """Return the statements that let a user of PostgreSQL read the projection, add to it, and do nothing else.

    Raises:
        ConfigurationError: the name is not of small letters, digits and underscores.
    """
    if not _NAME.fullmatch(user):
        raise ConfigurationError(f"{user!r} is no name for a database user: write it in a-z, 0-9 and _")
    read, added = (", ".join(f"{SCHEMA}.{table.name}" for table in tables) for tables in (READ, ADDED))
    return (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {user}",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {user}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {user}",
        f"GRANT SELECT ON {read} TO {user}",
        f"GRANT INSERT ON {added} TO {user}",
    )
