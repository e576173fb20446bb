"""Private PostgreSQL, MariaDB and RabbitMQ servers that a test starts, kills, starts again and stops.

Each has its own folder, its own ports on 127.0.0.1 and, where the tests run as root, an unprivileged
user; nothing the machine already runs is touched, and only processes started here are ended.

The ports stay the same over a restart, and lie below the range the kernel gives to outgoing connections:
a client that keeps knocking at a dead server would otherwise end up connected to itself and hold the port.
"""

from __future__ import annotations

import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from random import SystemRandom
from typing import Any

import psycopg
import pymysql
import tenacity

from credit.store import tables
from credit.store.showing import tables as showing
from tests import sessions

DEPLOY = Path(__file__).parents[1] / "deploy"
PORTS = range(20_000, 32_000)
START_SECONDS = 60
STOP_SECONDS = 30

# What no quorum queue lives without. RabbitMQ starts none of these again, and says so only in its log.
_SOUND = (
    "[{Needed, true} = {Needed, is_pid(whereis(Needed))}"
    " || Needed <- [rabbit_fifo_dlx_sup, ra_server_sup_sup, ra_log_wal, ra_log_segment_writer]]"
)

# A queue that keeps its dead letters has a process that fetches them, which asks the queue for them when the queue
# has found its leader. If the queue is deleted before it answers, that process fails, and once more when it is started
# again; and RabbitMQ 3.10 then gives up the supervisor of all such processes of the node (rabbit_fifo_dlx_sup) for
# good. From there on no queue can be made, and every one ends that looks for a leader. So: wait until each queue has
# a leader, and then until each process has its answer.
_AT_REST = (
    "[catch ra:members(amqqueue:get_pid(Queue), 5000)"
    " || Queue <- rabbit_amqqueue:list(), amqqueue:get_type(Queue) =:= rabbit_quorum_queue],"
    " [catch sys:get_state(Fetching, 5000)"
    " || {_, Fetching, _, _} <- supervisor:which_children(rabbit_fifo_dlx_sup)]"
)

_OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"
_EMPTY = "; ".join(
    [
        *(f"DELETE FROM {table.name}" for table in tables.metadata.sorted_tables),
        *(f"DELETE FROM {showing.SCHEMA}.{table.name}" for table in showing.metadata.sorted_tables),
        "SELECT setval(c.oid, 1, false) FROM pg_class c WHERE c.relkind = 'S'",
    ]
)


class ServerUnavailableError(Exception):
    """A server is not installed or did not start; the message says which, and what its log said last."""


class Server:
    """One server process with a folder of its own. Subclasses say how it is launched and when it is ready."""

    name: str

    def __init__(self) -> None:
        self._user = _unprivileged_user(self.name) if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix=f"xinglin-{self.name}-"))
        self._log = self.folder / "output.log"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int | None:
        """The number of its first process; None while it does not run."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the server and wait until it answers; a no-op when it runs already.

        Raises ServerUnavailableError when it ends at once or is not ready in time.
        """
        if self.running:
            return
        try:
            self._process = self._launch()
            self._await_ready()
        except (tenacity.RetryError, ChildProcessError) as error:
            self.kill9()
            raise ServerUnavailableError(f"{self.name} did not start:\n{self._last_words()}") from error

    def stop(self) -> None:
        """End the server the orderly way, or the hard way when that takes too long; a no-op when down."""
        if self._process is None:
            return
        self._end_orderly(self._process)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill9()
        self._process = None

    def kill9(self) -> None:
        """Kill every process of the server as a power cut would; returns when all of them are gone."""
        if self._process is None:
            return
        if self.running:
            _kill_tree(self._process)
        self._process.wait(STOP_SECONDS)
        self._process = None

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _probe(self) -> None:
        """Raise OSError or psycopg.Error as long as the server does not answer."""
        raise NotImplementedError

    def _end_orderly(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()

    def _await_ready(self) -> None:
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((OSError, psycopg.Error))
            & tenacity.retry_if_not_exception_type(ChildProcessError),
            wait=tenacity.wait_fixed(0.05),
            stop=tenacity.stop_after_delay(START_SECONDS),
        ):
            with attempt:
                if not self.running:
                    raise ChildProcessError(f"{self.name} ended before it was ready")
                self._probe()

    def _spawn(self, *command: str | Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        # A session of its own keeps the terminal's Ctrl-C away: the tests stop their servers themselves.
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=env,
                start_new_session=True,
                **self._identity(),
            )

    def _identity(self) -> dict[str, Any]:
        """What makes a child process run as the unprivileged user; nothing when the tests are no root."""
        if self._user is None:
            return {}
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}

    def _hand_over(self) -> None:
        """Give the folder to the user that the server runs as."""
        if self._user is not None:
            owner = pwd.getpwnam(self._user).pw_uid
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, owner, -1, follow_symlinks=False)

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])


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
            self._emptying[name] = known = psycopg.connect(plain, autocommit=True, connect_timeout=5)
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
        with psycopg.connect(plain, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement.encode())


class DeployedPostgres(Postgres):
    """A PostgreSQL with the fragment of deploy/."""

    def _spawn(self, *command: str | Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        fragment = (DEPLOY / "postgresql" / "xinglin.conf").read_text()
        flags = [f"--{name}={value}" for name, value in re.findall(r"(?m)^(\w+) = (\S+)$", fragment)]
        return super()._spawn(*command, *(flags if Path(command[0]).name == "postgres" else ()), env=env)


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
            return pymysql.connect(host="127.0.0.1", port=self.port, user="xinglin", connect_timeout=5)
        except pymysql.OperationalError as error:
            raise ConnectionError(str(error)) from error


class RabbitMQ(Server):
    """A RabbitMQ node with no plugins, known to no one but its own epmd (Erlang's port mapper).

    It shares the machine as a small place's does, with the environment of deploy/.
    """

    name = "rabbitmq"
    plugins: tuple[str, ...] = ()
    """Which of the installed plugins it has at hand."""

    def __init__(self) -> None:
        installed = _find_rabbitmq()
        super().__init__()
        self._install(installed)
        self.port, self._dist_port, self._epmd_port = free_ports(3)
        self._epmd: subprocess.Popen[bytes] | None = None
        self._shares_epmd = False
        self.losses: list[str] = []
        """What the log said each time that the node had to be started again because its queues were gone."""
        self._write_configuration()
        self._hand_over()

    @property
    def url(self) -> str:
        """Where the default virtual host is."""
        return self.url_of("%2F")

    def url_of(self, vhost: str) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{vhost}"

    @property
    def nodename(self) -> str:
        """What the node is called among others."""
        return f"xinglin-{self.port}@localhost"

    def follow(self, other: RabbitMQ) -> None:
        """Know another node of the same owner: its port mapper, and the secret that nodes share. Before `start`."""
        self._epmd_port = other._epmd_port
        self._shares_epmd = True
        cookie = self.folder / ".erlang.cookie"
        cookie.unlink()
        cookie.write_bytes((other.folder / ".erlang.cookie").read_bytes())
        cookie.chmod(0o400)
        self._hand_over()

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl on this node (about a second a call) and return what it printed."""
        done = subprocess.run(
            [self._sbin / "rabbitmqctl", "--quiet", *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self._environment(),
            **self._identity(),
        )
        if done.returncode:
            raise ChildProcessError(f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}")
        printed: str = done.stdout
        return printed

    def evaluate(self, expressions: str) -> None:
        """Evaluate Erlang on this node. What `ctl` starts a machine for, in a twentieth of the time."""
        done = subprocess.run(
            ["erl_call", "-address", f"127.0.0.1:{self._dist_port}", "-r", "-e"],
            check=False,
            input=f"{expressions}\n",
            capture_output=True,
            text=True,
            cwd=self.folder,
            # As whoever runs the tests: Python copies itself whole to start a process of somebody else.
            env=self._environment(),
        )
        if done.returncode or not done.stdout.startswith("{ok, "):
            raise ChildProcessError(f"{expressions}: {done.stdout}{done.stderr}")

    def create_vhost(self, name: str) -> str:
        """Create a virtual host that guest may use; returns its URL."""
        everything = '<<".*">>'
        self._evaluate_soundly(
            f'ok = rabbit_vhost:add(<<"{name}">>, <<"tests">>),'
            f'ok = rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>,'
            f' {everything}, {everything}, {everything}, <<"tests">>).'
        )
        return self.url_of(name)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all its queues; its connections are closed."""
        self._evaluate_soundly(f'{_AT_REST}, ok = rabbit_vhost:delete(<<"{name}">>, <<"tests">>).')

    def settle_dead_letters(self) -> None:
        """Return when a queue can be deleted and the node lives on, which it may not just after a declaration."""
        self.evaluate(f"{_AT_REST}.")

    def empty(self, name: str) -> None:
        """Throw out whoever is connected to a virtual host, and what lies in its queues, which stay.

        Where one of them is dead, the virtual host is made anew, with no queues.
        """
        try:
            self.evaluate(
                f'{_SOUND}, V = <<"{name}">>,'
                ' ok = rabbit_connection_tracking:close_connections(rabbit_connection_tracking:list(V), "emptied", 0),'
                " [{ok, _} = rabbit_amqqueue:purge(Queue) || Queue <- rabbit_amqqueue:list(V)]."
            )
        except ChildProcessError as error:
            self._start_again(error)
            self.delete_vhost(name)
            self.create_vhost(name)

    def _evaluate_soundly(self, expressions: str) -> None:
        """Evaluate on a node that can have queues: one that cannot is started again before."""
        try:
            self.evaluate(f"{_SOUND}, {expressions}")
        except ChildProcessError as error:
            self._start_again(error)
            self.evaluate(expressions)

    def _start_again(self, cause: ChildProcessError) -> None:
        self.losses.append(f"{cause}\n{self.first_errors()}\n[…]\n{self.last_words()}")
        self.stop()
        self.start()

    def first_errors(self) -> str:
        """Return what its own log says first of what went wrong since it started last."""
        *_, since = self._read_log().rpartition("Logging: testing error log level")
        return "\n".join([line for line in since.splitlines() if "[error]" in line][:120])

    def last_words(self) -> str:
        """Return the end of the node's own log: what its clients are not told, such as why a channel crashed."""
        return "\n".join(self._read_log().splitlines()[-200:])

    def _read_log(self) -> str:
        log = self.folder / "log" / f"{self.nodename}.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def block_publishers(self) -> None:
        """Let the node take nothing from publishers, as one without memory; return when it does not."""
        self._limit_memory("{absolute, 1000000}", blocked=True)

    def unblock_publishers(self) -> None:
        """Let the node take messages again; return when it does."""
        self._limit_memory("0.4", blocked=False)

    def _limit_memory(self, limit: str, *, blocked: bool) -> None:
        # The monitor looks some time after it was told.
        look = f"(rabbit_alarm:get_alarms() =/= []) =:= {str(blocked).lower()}"
        self.evaluate(
            f"ok = vm_memory_monitor:set_vm_memory_high_watermark({limit}),"
            f" W = fun(_, 0) -> exit(late); (F, N) -> case {look} of true -> ok;"
            " false -> timer:sleep(20), F(F, N - 1) end end, ok = W(W, 500)."
        )

    def close_connections(self) -> None:
        """Close all connections, as `rabbitmqctl close_all_connections` does; one may end by itself meanwhile."""
        closing = 'catch rabbit_networking:close_connection(Connection, "by the tests")'
        self.evaluate(f"[{closing} || Connection <- rabbit_networking:connections()].")

    def settle(self) -> None:
        """Write to disk which quorum queues there are; RabbitMQ does so some time after a declaration.

        A node killed before that starts such a queue again from nothing, confirmed messages or not: a test
        that declares a queue and then kills the node calls this in between.
        """
        self.evaluate("[ok = dets:sync(Table) || Table <- dets:all()].")

    def stop(self) -> None:
        super().stop()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait(STOP_SECONDS)
            self._epmd = None

    def _write_configuration(self) -> None:
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\ndisk_free_limit.absolute = 50MB\n"
        )
        (self.folder / "advanced.config").write_text("[].\n")
        (self.folder / "enabled_plugins").write_text("[].\n")
        shutil.copy(DEPLOY / "rabbitmq" / "rabbitmq-env.conf", self.folder / "env.conf")
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(SystemRandom().randbytes(16).hex())
        cookie.chmod(0o400)

    def _install(self, installed: Path) -> None:
        """Make a RabbitMQ of the installed one with few plugins: each it would look at at every start."""
        home = self.folder / "home"
        shutil.copytree(installed / "sbin", home / "sbin")
        (home / "escript").symlink_to(installed / "escript")
        (home / "plugins").mkdir()
        for library in (installed / "plugins").iterdir():
            name = library.name.partition("-")[0]
            if not name.startswith("rabbitmq_") or name in {"rabbitmq_prelaunch", *self.plugins}:
                (home / "plugins" / library.name).symlink_to(library)
        self._sbin = home / "sbin"
        self._gather_modules(home / "plugins")

    def _gather_modules(self, plugins: Path) -> None:
        """Put all modules into one folder: RabbitMQ would look for each in thirty, a quarter of what a start takes.

        The libraries are looked through from the last to the first, so that one by this name comes before all others.
        """
        libraries = [*sorted(_find_erlang().iterdir()), *plugins.iterdir()]
        modules = {module.name: module for library in libraries for module in library.glob("ebin/*.beam")}
        folder = plugins / "zzz-1.0" / "ebin"
        folder.mkdir(parents=True)
        (folder / "zzz.app").write_text(
            '{application, zzz, [{vsn, "1.0"}, {modules, []}, {registered, []}, {applications, [kernel, stdlib]}]}.\n'
        )
        for name, module in modules.items():
            (folder / name).symlink_to(module)

    def _environment(self) -> dict[str, str]:
        """Everything that would otherwise come from /etc/rabbitmq, /var and the home of the user."""
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return inherited | {
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": self.nodename,
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            # The port of rabbitmqctl itself would be the node's plus 10,000, which may be over 65,535.
            "RABBITMQ_CTL_DIST_PORT_MIN": str(PORTS.start),
            "RABBITMQ_CTL_DIST_PORT_MAX": str(PORTS.stop),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            # The start script becomes the node instead of guarding it: its process is the one we hold.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _launch(self) -> subprocess.Popen[bytes]:
        if self._epmd is None and not self._shares_epmd:
            # The node would leave one behind; started first and in the foreground, it is ours to end.
            self._epmd = self._spawn("epmd", env=self._environment())
            self._await_epmd()
        return self._spawn(self._sbin / "rabbitmq-server", env=self._environment())

    def _await_epmd(self) -> None:
        for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(0.05), stop=tenacity.stop_after_delay(10)):
            with attempt, socket.create_connection(("127.0.0.1", self._epmd_port), timeout=1):
                pass

    def _probe(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            if connection.recv(1) != b"\x01":  # the first byte of the method frame with which a ready broker answers
                raise ConnectionError("no AMQP answer yet")


def _answers(connection: psycopg.Connection) -> bool:
    """Tell whether a connection can be used; one that cannot, the server having been started again, is closed."""
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        connection.close()
        return False
    return True


def _unprivileged_user(preferred: str) -> str:
    """PostgreSQL refuses to run as root, and nothing here needs it."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return preferred if preferred in known else "nobody"


def _find_postgres() -> Path:
    """The folder of the newest installed server binaries; Debian keeps them out of PATH."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = str(packaged[-1]) if packaged else shutil.which("initdb")
    if found is None:
        raise ServerUnavailableError("PostgreSQL is not installed: run deploy/setup/servers.sh")
    return Path(found).resolve().parent


def _find_mariadb() -> tuple[str, str]:
    """What makes an empty MariaDB, and what runs it; Debian keeps the latter out of the PATH of users."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    found = shutil.which("mariadb-install-db", path=path), shutil.which("mariadbd", path=path)
    if found[0] is None or found[1] is None:
        raise ServerUnavailableError("MariaDB is not installed: run deploy/setup/servers.sh")
    return found[0], found[1]


def _find_rabbitmq() -> Path:
    """Where RabbitMQ with its own scripts is; those that Debian puts in PATH insist on the system's node."""
    packaged = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    found = str(packaged) if packaged.exists() else shutil.which("rabbitmq-server")
    if found is None or shutil.which("epmd") is None or shutil.which("erl_call") is None:
        raise ServerUnavailableError("RabbitMQ is not installed: run deploy/setup/servers.sh")
    return Path(found).resolve().parents[1]


def _find_erlang() -> Path:
    """Where the libraries are that Erlang comes with."""
    found = shutil.which("erl")
    assert found is not None
    return Path(found).resolve().parents[1] / "lib"


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on. Not from `random`: it is seeded, and two test runs would pick the same."""
    ports: list[int] = []
    while len(ports) < count:
        port = SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            if port not in ports and probe.connect_ex(("127.0.0.1", port)) != 0:
                ports.append(port)
    return ports


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL a process and all its descendants, and return when none of them is left.

    The first is halted before it is asked for its children, so that it can neither start nor clean up any.
    """
    process.send_signal(signal.SIGSTOP)
    with ExitStack() as opened:
        handles = []
        for pid in _with_descendants(process.pid):
            with suppress(ProcessLookupError):
                handles.append(os.pidfd_open(pid))
                opened.callback(os.close, handles[-1])
        for handle in handles:
            with suppress(ProcessLookupError):  # gone with its parent already
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        for handle in handles:
            select.select([handle], [], [], STOP_SECONDS)


def _with_descendants(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(each for child in children for each in _with_descendants(int(child)))]
    return []
