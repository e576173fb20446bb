"""Private nodes of RabbitMQ."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from random import SystemRandom

import tenacity

from tests.servers.server import DEPLOY, PORTS, START_SECONDS, STOP_SECONDS, Server, ServerUnavailableError, free_ports

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
    "[catch ra:members(amqqueue:get_pid(Queue), 30000)"
    " || Queue <- rabbit_amqqueue:list(), amqqueue:get_type(Queue) =:= rabbit_quorum_queue],"
    " [catch sys:get_state(Fetching, 30000)"
    " || {_, Fetching, _, _} <- supervisor:which_children(rabbit_fifo_dlx_sup)]"
)


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
            " false -> timer:sleep(20), F(F, N - 1) end end, ok = W(W, 3000)."
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
        for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(0.05), stop=tenacity.stop_after_delay(START_SECONDS)):
            with attempt, socket.create_connection(("127.0.0.1", self._epmd_port), timeout=1):
                pass

    def _probe(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            if connection.recv(1) != b"\x01":  # the first byte of the method frame with which a ready broker answers
                raise ConnectionError("no AMQP answer yet")


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
