"""Taking a file in: read whole, written down whole, and only then sent, a message for each row.

Nothing of a file is on a queue before all of it stands in the archive, and nothing stands there unless all of it could
be read. What was taken is sent to its end by whoever takes the same file again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from credit.access import foureyes
from credit.identity import mask_text
from credit.record.rows import FileRow
from credit.store import files
from credit.store.engine import reading, writing
from credit.store.files import Sending
from schemas.access import FourEyes
from schemas.errors import ConfigurationError, PermanentError, TransientError
from schemas.party import squeeze_code
from schemas.states import FileState
from workers.broker import TAKE_BYTES, Fate, Outgoing
from workers.files.messages import message_of
from workers.files.names import readable
from workers.files.reading import read_into
from workers.files.sheetreader import Source
from workers.files.spool import Entry, Spool
from workers.files.staging import stage
from workers.retry import briefly
from workers.runtime import Runtime

_CONTENT_TYPE = "application/cloudevents+json"
_DEADLINE_SECONDS = 60.0
_CHUNK = 1 << 20

Tell = Callable[[int], None]
"""Hears how many rows more are done."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who hands a file in: as which sender, and the person; `account` is the user of the operating system, if known.

    `feed` is the platform whose answers all rows of the file are, where nothing else may be in it. `of_two` is what the
    person cannot send alone: rows that would do it are refused, each by itself.
    """

    sender: str
    by: str
    account: str | None = None
    feed: str | None = None
    of_two: frozenset[FourEyes] = foureyes.NOTHING


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken, or refused whole: then its row says why. Closing it gives the disk of its rows back."""

    row: FileRow
    spool: Spool

    @property
    def refused(self) -> bool:
        """Whether nothing of the file was taken."""
        return self.row.state == FileState.REFUSED

    def close(self) -> None:
        """Let go of the rows as they were read."""
        self.spool.close()


def identify(path: Path, sender: str, feed: str | None = None) -> str:
    """Return the id of a file: the SHA-256 of its sender, of the feed that answers by it, and of its bytes, in hex.

    One that may not be read is known by what the system says of it instead of its bytes.

    Raises:
        ConfigurationError: it cannot be opened.
    """
    who = squeeze_code(sender) if feed is None else f"{squeeze_code(sender)} {feed}"
    digest = hashlib.sha256(f"{who}\n".encode())
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except PermissionError:
        digest.update(repr(_look(path)).encode())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    return digest.hexdigest()


def take(opened: Runtime, path: Path, who: Who, tell: Tell = lambda _: None) -> Taken:
    """Read a file whole and write down what it states, in one transaction; nothing is sent yet.

    The same bytes of the same sender are the same file: taken again, it goes on from where it stands. `tell` hears of
    rows as they are read. A file that cannot be read whole is refused, and that is written down too.

    Raises:
        ConfigurationError: the file cannot be opened, or was changed while it was read.
        TransientError: the database failed; taking the file again goes on.
    """
    sender = squeeze_code(who.sender)
    before = _look(path)
    spool = Spool()
    try:
        file_id = identify(path, sender, who.feed)
        found = read_into(spool, opened, path, Source(sender, who.feed, who.of_two), tell)
        _require_same(path, before)
        row = FileRow(
            file_id=file_id,
            name=mask_text(readable(path.name)),  # it is kept in clear
            size=before.size,
            sender=sender,
            by=who.by,
            account=who.account,
            taken_at=opened.clock(),
            state=FileState.TAKEN if found.refused is None else FileState.REFUSED,
            reason=found.refused.reason if found.refused else None,
            detail=found.refused.detail if found.refused else None,
            rows=0 if found.refused else spool.rows,
            refused_rows=0 if found.refused else spool.refused,
            sent=0,
            reading=spool.reading,
            sheets=found.layouts(),
            answered_at=None,
            place=place_of(path),
        )
        return Taken(briefly()(stage, opened, row, found, spool), spool)
    except BaseException:
        spool.close()
        raise


@dataclass(frozen=True, slots=True)
class _Look:
    size: int
    changed: int
    inode: int


def _look(path: Path) -> _Look:
    try:
        found = path.stat()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    return _Look(found.st_size, found.st_mtime_ns, found.st_ino)


def place_of(path: Path) -> str:
    """Return where a file lies, as it is kept: without numbers of persons."""
    return mask_text(readable(str(path.absolute())))


def _require_same(path: Path, before: _Look) -> None:
    if _look(path) != before:
        raise ConfigurationError(f"{path}: it was changed while it was read; hand it in when it is complete")


def publish(opened: Runtime, taken: Taken, tell: Tell = lambda _: None) -> None:
    """Send the messages of a file, from the row on that its `sent` tells; `tell` hears of rows that are done.

    A row whose message is in the inbox is not sent. Sent twice, after a crash or by two processes, it is the same
    message and changes nothing.

    Raises:
        TransientError: broker or database failed; doing it again goes on.
        PermanentError: no inbound queue takes a message.
    """
    publisher = opened.broker.publisher()
    try:
        done = 0
        for lot in taken.spool.lots():
            start = max(taken.row.sent - done, 0)
            done += len(lot)
            if start >= len(lot):
                continue
            for window in _windows(_compose(opened, taken.row.sender, lot[start:])):
                _send(publisher.publish(window, _DEADLINE_SECONDS))
            with writing(opened.engine) as connection:
                files.note_sent(connection, taken.row.file_id, done)
            tell(len(lot) - start)
    finally:
        publisher.close()


def _compose(opened: Runtime, sender: str, lot: Sequence[tuple[Entry, bytes]]) -> Iterator[Outgoing]:
    keys = {entry.key for entry, _ in lot if entry.key is not None}
    with reading(opened.engine) as connection:
        left: dict[str, Sending] = files.find_sending(connection, keys)
    exchange = opened.reader.routes.exchange_in
    for entry, data in lot:
        if entry.is_part:
            continue
        made = left.pop(entry.key, None) if entry.key is not None else None
        if made is None or made.arrived:
            continue
        draft = entry.draft(data)
        body = message_of(draft, sender, made.at, made.revision)
        yield Outgoing(draft.message_id, exchange, draft.type, body, _CONTENT_TYPE, {})


def _windows(messages: Iterator[Outgoing]) -> Iterator[list[Outgoing]]:
    window: list[Outgoing] = []
    size = 0
    for message in messages:
        if window and size + len(message.body) > TAKE_BYTES:
            yield window
            window, size = [], 0
        window.append(message)
        size += len(message.body)
    if window:
        yield window


def _send(fates: dict[str, Fate]) -> None:
    if Fate.RETURNED in fates.values():
        raise PermanentError("no inbound queue took a message; run `xinglin doctor`")
    if Fate.REFUSED in fates.values():
        raise TransientError("the broker refused a message; try again when its queues have room")
