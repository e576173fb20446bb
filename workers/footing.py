"""What a command stands on: an archive that is there and in use, and the routing and law it is read by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from credit.store import engine as store_engine
from credit.store import keymark, migrate
from credit.store.engine import reading
from schemas.errors import ConfigurationError
from workers import keyfile
from workers.settings import Settings

_HOW_TO_MAKE = (
    "查询不会新建档案。试用请运行 xinglin demo；单机运行 xinglin worker all，或用 xinglin ingest 送入报文。"
    "已有档案的，请用 --home 或 XINGLIN_HOME 指明目录；在服务器上，请按各 worker 的环境运行（xinglinctl）。"
)
_HOW_TO_START = "档案尚未启用。请先启动 worker（xinglin worker），由它登记密钥。"


@dataclass(frozen=True, slots=True)
class Footing:
    """Where a command reads: the archive (a file, or server and database, never a password), routing file and law."""

    archive: str
    routing: str
    law: str


def describe(settings: Settings) -> Footing:
    """Return what the settings stand on, to be shown."""
    return Footing(_name_archive(settings.database_url), str(settings.routing), str(settings.policies))


def _name_archive(database_url: str) -> str:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    named = url.query.get("host", "")
    host = url.host or (named if isinstance(named, str) else ",".join(named))
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{host}{port}/{url.database or ''}"


def require(settings: Settings) -> None:
    """Refuse an archive that is not there, not of this version or not in use yet; make and change nothing.

    Raises:
        ConfigurationError: it says what is missing, with a note in Chinese how an archive is made.
        TransientError: the database cannot be reached.
    """
    if not settings.servers:
        _require_files(settings)
    engine = store_engine.connect(settings.database_url)
    try:
        migrate.check(engine)
        with reading(engine) as connection:
            marked = keymark.is_marked(connection)
    finally:
        engine.dispose()
    if not marked:
        raise _refuse("the archive is empty: no worker has begun to use it", _HOW_TO_START)


def _require_files(settings: Settings) -> None:
    archive = settings.home / "archive.sqlite"
    # An empty file is what a program leaves that was stopped at its first breath; opening it would change it.
    if not archive.is_file() or not archive.stat().st_size:
        raise _refuse(f"{archive} is not there: this command reads an archive and makes none", _HOW_TO_MAKE)
    keys = keyfile.key_file(settings.home, settings.environ)
    if keys is not None and not keys.exists():
        raise _refuse(f"{keys} is not there: the archive's keys are missing", _tell_keys(archive, keys))


def _tell_keys(archive: Path, keys: Path) -> str:
    return (
        f"档案 {archive} 的密钥文件 {keys} 不存在：请从备份恢复，或用 XINGLIN_KEY_FILE 指明位置。新密钥打不开旧档案。"
    )


def _refuse(found: str, told: str) -> ConfigurationError:
    error = ConfigurationError(found)
    error.add_note(told)
    return error
