"""Private clusters of PostgreSQL."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from credit.store import tables
from credit.store.showing import tables as showing
from tests import sessions
from tests.servers.server import DEPLOY, START_SECONDS, Server, ServerUnavailableError, free_ports

_OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"
_EMPTY = "; ".join(
    [
        *(f"DELETE FROM {table.name}" for table in tables.metadata.sorted_tables),
        *(f"DELETE FROM {showing.SCHEMA}.{table.name}" for table in showing.metadata.sorted_tables),
        "SELECT setval(c.oid, 1, false) FROM pg_class c WHERE c.relkind = 'S'",
    ]
)


class Postgres(Server):
    """A PostgreSQL cluster that keeps its promises (fsync and synchronous commit on)."""

    name = "postgres"

    def __init__(self) -> None:
        self._bin = _find_postgres()
        super().__init__()
        (self.port,) = free_ports(1)
        self._emptying: dict[str, psycopg.Connection] = {}
        self._hand_over()

    @property
    def url(self) -> str:
        """Where the maintenance database is, as SQLAlchemy writes it."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql+psycopg://xinglin@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """Create a database as a copy of the template, which nobody may be connected to; returns its URL."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, throwing out whoever is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def empty(self, name: str) -> None:
        """Throw out whoever is at work in a database, remove all rows of the archive, and number from one again.

        It is done over a connection that stays: of its time, a new one takes nine parts in ten.
        """
        known = self._emptying.get(name)
        if known is None or not _answers(known):
            plain = self.url_of(name).replace("+psycopg", "")
            self._emptying[name] = known = psycopg.connect(plain, autocommit=True, connect_timeout=30)
        others = f"{_OTHERS} AND pid <> ALL (ARRAY{sessions.free()}::int[])"
        known.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}; {_EMPTY}".encode())

    def remove(self) -> None:
        for connection in self._emptying.values():
            connection.close()
        sessions.end()
        super().remove()

    def _initdb(self) -> None:
        command = [str(self._bin / "initdb"), f"--pgdata={self.folder / 'data'}", "--username=xinglin"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._process = self._spawn(*command)
        self._process.wait(START_SECONDS)
        if not (self.folder / "data" / "PG_VERSION").exists():
            raise ServerUnavailableError(f"initdb failed:\n{self._last_words()}")

    def _launch(self) -> subprocess.Popen[bytes]:
        if not (self.folder / "data").exists():
            self._initdb()
        settings: dict[str, object] = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "fsync": "on",
            "synchronous_commit": "on",
            "checkpoint_timeout": "1h",  # what is written anew after one would be counted among what a message writes
            "max_locks_per_transaction": 256,
        }
        flags = [f"--{name}={value}" for name, value in settings.items()]
        where = ("-D", str(self.folder / "data"), "-p", str(self.port))
        return self._spawn(self._bin / "postgres", *where, *flags)

    def _end_orderly(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGINT)  # "fast": does not wait for clients to leave

    def _probe(self) -> None:
        self._execute("SELECT 1")

    def _execute(self, statement: str) -> None:
        plain = self.url.replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True, connect_timeout=30) as connection:
            connection.execute(statement.encode())


class DeployedPostgres(Postgres):
    """A PostgreSQL with the fragment of deploy/."""

    def _spawn(self, *command: str | Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        fragment = (DEPLOY / "postgresql" / "xinglin.conf").read_text()
        flags = [f"--{name}={value}" for name, value in re.findall(r"(?m)^(\w+) = (\S+)$", fragment)]
        return super()._spawn(*command, *(flags if Path(command[0]).name == "postgres" else ()), env=env)


def _answers(connection: psycopg.Connection) -> bool:
    """Tell whether a connection can be used; one that cannot, the server having been started again, is closed."""
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        connection.close()
        return False
    return True


def _find_postgres() -> Path:
    """The folder of the newest installed server binaries; Debian keeps them out of PATH."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = str(packaged[-1]) if packaged else shutil.which("initdb")
    if found is None:
        raise ServerUnavailableError("PostgreSQL is not installed: run deploy/setup/servers.sh")
    return Path(found).resolve().parent
