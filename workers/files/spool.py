"""The rows of a file between reading and sending: on disk, so that memory does not grow with the file.

The spool is a temporary file without a name: when its process ends, however it ends, nothing is left of it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, NamedTuple

import orjson

from workers.files.messages import Draft

_AT_ONCE = 5_000
_BUFFER = 1 << 20


class Entry(NamedTuple):
    """A row as it was read. Without a `message_id` it is refused by itself, and `refusal` says why, as JSON.

    One with a `message_id` and without a type is part of the message of the last entry before it that has one.
    """

    sheet: int
    row: int
    type: str = ""
    source: str = ""
    message_id: str | None = None
    revision: int | None = None
    said_of: str | None = None
    ticket: str | None = None
    refusal: str | None = None
    notes: str | None = None

    @property
    def key(self) -> str | None:
        """The key of its message in the inbox."""
        return f"{self.source} {self.message_id}" if self.message_id is not None else None

    @property
    def is_part(self) -> bool:
        """Whether another entry has the message that it is part of."""
        return self.message_id is not None and not self.type

    @property
    def replaces(self) -> str | None:
        """The key of the message in whose place its own comes: that of the 办理编号 in its row, where it is another."""
        if self.message_id is None or self.ticket in {None, self.message_id}:
            return None
        return f"{self.source} {self.ticket}"

    def draft(self, data: bytes) -> Draft:
        """Return what it states, with the data that were written beside it."""
        assert self.message_id is not None
        return Draft(self.type, self.source, self.message_id, self.revision, self.said_of, data)


class Spool:
    """Entries in their order, each with the data of its message."""

    def __init__(self) -> None:
        """Open an empty one."""
        self._file: IO[bytes] = tempfile.TemporaryFile(buffering=_BUFFER, prefix="xinglin-")  # noqa: SIM115 - `close`
        self._reading = hashlib.sha256()
        self.rows = 0
        self.refused = 0
        self.replacing = 0

    def add(self, entry: Entry, data: bytes = b"") -> None:
        """Write the next entry."""
        said = orjson.dumps(tuple(entry))
        self._reading.update(said)
        self._file.write(said + b"\n" + data + b"\n")
        self.rows += 1
        self.refused += entry.message_id is None
        self.replacing += entry.replaces is not None

    @property
    def reading(self) -> str:
        """The digest of everything that was read, in hex."""
        return self._reading.hexdigest()

    def lots(self) -> Iterator[list[tuple[Entry, bytes]]]:
        """Return the entries and their data from the first on, some thousands at a time.

        Several may be at it by turns: none minds where another has come to.
        """
        at = 0
        while True:
            self._file.seek(at)
            lot = [(Entry(*orjson.loads(said)), self._file.readline()[:-1]) for said in islice(self._file, _AT_ONCE)]
            if not lot:
                return
            at = self._file.tell()
            yield lot

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()
