"""Uploaded spreadsheets, kept sealed for as long as their verdict may be fetched: it is written into the clerk's own.

In clear a file lies here only while it is read or its verdict is written, in a folder of its own that goes with it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from credit.vault import Keyring, place

_KEPT = timedelta(days=7)
"""So long an uploaded file is kept; a verdict is fetched within that time."""
_AT_WORK = timedelta(hours=1)
"""A folder in clear that is older belongs to nobody any more: its process was killed."""
_NEW = ".new"


def folder(home: Path) -> Path:
    """Return where uploaded files are, for nobody but the console's user."""
    found = home / "uploads"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    found.chmod(0o700)
    return found


@contextmanager
def workplace(home: Path) -> Iterator[Path]:
    """Let somebody work on a file in clear, in a folder that goes with whatever is in it."""
    with tempfile.TemporaryDirectory(dir=folder(home), prefix=".open-") as made:
        yield Path(made)


def write_alone(path: Path) -> int:
    """Make a file that nobody else may read; return its descriptor."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def keep(home: Path, keyring: Keyring, file_id: str, path: Path) -> None:
    """Keep a file that was taken in, sealed; one that is kept already is kept as long as if it had just come."""
    sealed = keyring.seal(path.read_bytes(), _place(file_id))
    new = path.with_name(f"{file_id}{_NEW}")
    with os.fdopen(write_alone(new), "wb") as out:
        out.write(sealed)
    new.replace(folder(home) / file_id)


def forget(home: Path, file_id: str) -> None:
    """Keep a file no longer."""
    _remove(folder(home) / file_id)


def is_kept(home: Path, file_id: str) -> bool:
    """Tell whether a file is kept."""
    return (folder(home) / file_id).is_file()


def open_again(home: Path, keyring: Keyring, file_id: str, path: Path) -> None:
    """Write a file that is kept to a path, in clear.

    Raises:
        OSError: it is not kept any more.
        SealBroken: the key that it was sealed with is gone.
    """
    plain = keyring.unseal((folder(home) / file_id).read_bytes(), _place(file_id))
    with os.fdopen(write_alone(path), "wb") as out:
        out.write(plain)


def forget_old(home: Path, now: datetime) -> None:
    """Remove what was uploaded long ago, and what a process that was killed has left in clear.

    The rows are in the archive, and the clerk has the file.
    """
    for each in folder(home).iterdir():
        kept = _AT_WORK if each.is_dir() else _KEPT
        if each.stat().st_mtime < (now - kept).timestamp():
            _remove(each)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _place(file_id: str) -> bytes:
    return place("console", "upload", file_id)
