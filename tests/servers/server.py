"""What every private server is: a process with a folder, a user and ports of its own."""

from __future__ import annotations

import os
import pwd
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
import tenacity

DEPLOY = Path(__file__).parents[2] / "deploy"
PORTS = range(20_000, 32_000)
START_SECONDS = 120
STOP_SECONDS = 30
_RESERVED: list[socket.socket] = []


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


def _unprivileged_user(preferred: str) -> str:
    """PostgreSQL refuses to run as root, and nothing here needs it."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return preferred if preferred in known else "nobody"


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on. Not from `random`: it is seeded, and two test runs would pick the same."""
    ports: list[int] = []
    while len(ports) < count:
        port = SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            if _reserve(port) and probe.connect_ex(("127.0.0.1", port)) != 0:
                ports.append(port)
    return ports


def _reserve(port: int) -> bool:
    """Keep a port from other processes of tests as long as this one lives: its server may be down for a while."""
    kept = socket.socket(socket.AF_UNIX)
    try:
        kept.bind(f"\0xinglin-tests-{port}")  # a name that the kernel knows, and no file
    except OSError:
        kept.close()
        return False
    _RESERVED.append(kept)
    return True


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
