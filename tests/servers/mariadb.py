"""Private servers of MariaDB."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

import pymysql

from tests.servers.server import START_SECONDS, Server, ServerUnavailableError, free_ports


class MariaDB(Server):
    """A MariaDB that is nobody's but the tests': no password, no file of the machine's own configuration."""

    name = "mysql"

    def __init__(self) -> None:
        self._install, self._program = _find_mariadb()
        super().__init__()
        (self.port,) = free_ports(1)
        self._hand_over()

    def url_of(self, database: str) -> str:
        """Where a database is, as SQLAlchemy writes it."""
        return f"mariadb+pymysql://xinglin@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Create an empty database; returns its URL."""
        self._execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, with connections to it or without."""
        self._execute(f"DROP DATABASE IF EXISTS `{name}`")

    def _make(self) -> None:
        command = [self._install, "--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db"]
        command += ["--auth-root-authentication-method=normal", "--skip-name-resolve", "--force"]
        self._process = self._spawn(*command)
        self._process.wait(START_SECONDS)
        if not (self.folder / "data" / "mysql").exists():
            raise ServerUnavailableError(f"mariadb-install-db failed:\n{self._last_words()}")

    def _launch(self) -> subprocess.Popen[bytes]:
        settings: dict[str, object] = {
            "datadir": self.folder / "data",
            "socket": self.folder / "socket",
            "pid-file": self.folder / "pid",
            "bind-address": "127.0.0.1",
            "port": self.port,
            "innodb-flush-log-at-trx-commit": 1,
            "innodb-buffer-pool-size": "64M",
            "innodb-log-file-size": "64M",
            "max-allowed-packet": "32M",
        }
        if not (self.folder / "data").exists():
            self._make()
            # Users are made before anybody can connect: who starts it may be anybody of the machine.
            init = self.folder / "init.sql"
            init.write_text("CREATE USER xinglin@'127.0.0.1';\nGRANT ALL ON *.* TO xinglin@'127.0.0.1';\n")
            self._hand_over()
            settings["init-file"] = init
        flags = [f"--{name}={value}" for name, value in settings.items()]
        return self._spawn(self._program, "--no-defaults", "--skip-name-resolve", *flags)

    def _probe(self) -> None:
        self._execute("SELECT 1")

    def _execute(self, statement: str) -> None:
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def _connect(self) -> pymysql.Connection[Any]:
        try:
            return pymysql.connect(host="127.0.0.1", port=self.port, user="xinglin", connect_timeout=30)
        except pymysql.OperationalError as error:
            raise ConnectionError(str(error)) from error


def _find_mariadb() -> tuple[str, str]:
    """What makes an empty MariaDB, and what runs it; Debian keeps the latter out of the PATH of users."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    found = shutil.which("mariadb-install-db", path=path), shutil.which("mariadbd", path=path)
    if found[0] is None or found[1] is None:
        raise ServerUnavailableError("MariaDB is not installed: run deploy/setup/servers.sh")
    return found[0], found[1]
