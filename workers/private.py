"""The embedded home is its owner's alone: the folder and the files of archive and broker, whatever they were before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def close_home(home: Path) -> None:
    """Take from others what they may do with an embedded home and the databases in it.

    A folder that is shared (sticky, such as /tmp) or another user's stays as it is: its files are closed all the same.
    The key file is not touched: that others could read the keys is for a person to know, see `workers.keyfile`.
    """
    status = home.stat()
    if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
        _close(home)
    for file in home.glob("*.sqlite*"):
        _close(file)


def close_file(path: Path) -> None:
    """Take from others what they may do with a database file and the files that SQLite keeps beside it."""
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        _close(file)


def _close(path: Path) -> None:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OF_OTHERS:
            path.chmod(mode & ~_OF_OTHERS)
    except (FileNotFoundError, PermissionError):
        return  # gone meanwhile, as what SQLite keeps beside a database; or another user's
