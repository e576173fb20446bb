"""Who else has the files of an embedded home open: workers of any version, also those that are on no roll."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError

_PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process of this host that has a file of the home open."""

    pid: int
    command: str


def find_holders(home: Path) -> list[Holder]:
    """Return the other processes that have a database of the home open, as far as the kernel lets this user see.

    Linux tells it of processes of the same user, and root of all on this host. Not seen are those of other users, those
    in a container that this one cannot look into, and any on a system without /proc.
    """
    files = {(found.st_dev, found.st_ino) for found in (file.stat() for file in home.glob("*.sqlite"))}
    mine = os.getpid()
    return [
        Holder(pid, _read_command(pid)) for pid in _list_processes() if pid != mine and files.intersection(_opened(pid))
    ]


def refuse_holders(home: Path, doing: str) -> None:
    """Refuse to do something while others have the home's databases open.

    Raises:
        ConfigurationError: it names the processes.
    """
    if others := find_holders(home):
        named = "; ".join(f"process {each.pid} ({each.command})" for each in others)
        error = ConfigurationError(f"others have the databases of {home} open: {named}. Stop them before {doing}")
        error.add_note("没有执行：还有进程打开着本目录的档案，请先停止所列进程（worker 用 SIGTERM）再执行。")
        raise error


def _list_processes() -> Iterator[int]:
    with suppress(OSError):
        yield from (int(entry.name) for entry in _PROCESSES.iterdir() if entry.name.isdigit())


def _opened(pid: int) -> Iterator[tuple[int, int]]:
    with suppress(OSError):  # another user's, or gone meanwhile
        for entry in (_PROCESSES / str(pid) / "fd").iterdir():
            with suppress(OSError):
                if ".sqlite" in str(entry.readlink()):
                    found = entry.stat()
                    yield found.st_dev, found.st_ino


def _read_command(pid: int) -> str:
    with suppress(OSError):
        words = (_PROCESSES / str(pid) / "cmdline").read_bytes().split(b"\0")
        return " ".join(word.decode("utf-8", "replace") for word in words if word)[:120]
    return "?"
