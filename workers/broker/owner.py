"""Who holds messages of an embedded broker: a name that dies with its process.

An owner holds an operating system lock on a file of its own beside the broker's. The kernel releases the lock
however the process ends, so a dead owner is known at once, also from another container, where process numbers
say nothing.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from uuid import uuid4


class Owner:
    """A claim of this process on the broker file at `path`, until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.name = uuid4().hex
        self._file = _file_of(path, self.name)
        self._lock = self._file.open("xb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def release(self) -> None:
        """End the claim."""
        self._file.unlink(missing_ok=True)
        self._lock.close()


def is_alive(path: Path, name: str) -> bool:
    """Say whether the owner still holds its claim on the broker file at `path`; sweep up after it if not."""
    file = _file_of(path, name)
    try:
        with file.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    file.unlink(missing_ok=True)
    return False


def names(path: Path) -> list[str]:
    """List the owners of the broker file at `path` that left a lock file, dead or alive."""
    return [file.name.rpartition("-")[2] for file in path.parent.glob(f"{path.name}-owner-*")]


def _file_of(path: Path, name: str) -> Path:
    return path.with_name(f"{path.name}-owner-{name}")
