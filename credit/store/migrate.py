"""Bringing an archive's tables to the version that this program knows, and refusing to work on any other."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from credit.store.engine import reading, writing
from credit.vault import Keyring
from schemas.errors import ConfigurationError

_LOCK = 0x58494E474C494E


def _config(connection: Connection, keyring: Keyring | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("credit.store") / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["keyring"] = keyring
    return config


def upgrade(engine: Engine, keyring: Keyring | None = None) -> str:
    """Bring the tables to the newest version, in one transaction; return its name. Nothing to do is fine.

    Two programs that start at once do it one after the other. The keys are those of the archive; one that holds
    nothing yet needs none.

    Raises:
        ConfigurationError: the tables are newer than this program, or the keys are needed and missing.
        SealBroken: a sealed value cannot be opened with these keys; nothing was changed.
    """
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = _config(connection, keyring)
        scripts = ScriptDirectory.from_config(config)
        _refuse_newer(connection, scripts)
        command.upgrade(config, "head")
        return str(scripts.get_current_head())


def check(engine: Engine) -> None:
    """Refuse an archive whose tables are of another version.

    Raises:
        ConfigurationError: the tables are older (run `xinglin db upgrade`) or newer (install the newer Xinglin).
    """
    with reading(engine) as connection:
        scripts = ScriptDirectory.from_config(_config(connection))
        found = _refuse_newer(connection, scripts)
    if found != scripts.get_current_head():
        raise ConfigurationError(f"the archive's tables are at {found or 'nothing yet'}; run `xinglin db upgrade`")


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigurationError(f"the archive's tables are at {found}, which is newer than this Xinglin; update it")
    return found
