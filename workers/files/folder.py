"""A watched folder: what is put there is taken, and comes back with its verdict beside it.

The folder is polled, as a share on the network tells nobody of its changes. A file that stood still is moved to a place
of its own below `taking/`: of two workers on one folder only one can move it. What lies there when a worker starts was
at work when the former one ended, and goes on. Done, it lies in `done/` or `refused/`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import structlog

from credit.access import foureyes
from credit.store import files
from credit.store.engine import reading
from credit.store.queries.accounts import read_of_system_user
from schemas.errors import ConfigurationError, OutOfStep, PermanentError, TransientError
from schemas.states import FileState
from workers.files import taking, verdicts
from workers.files.ending import REFUSAL, finish, refusal_path, write_refusal
from workers.files.names import numbered, readable
from workers.files.taking import Taken, Who
from workers.files.waiting import Waiting
from workers.retry import patiently
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)

POLL_SECONDS = 3.0
ABANDONED_SECONDS = 600.0
"""What has lain so long below `taking/` without being this worker's is taken over."""
TAKING, DONE, REFUSED = "taking", "done", "refused"
_TEMPORARY = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp")
_OUT = "verdict"
_MOST_AT_ONCE = 20


class _Seen(NamedTuple):
    """A file as a poll found it: one that is the same in two of them stands still."""

    size: int
    changed: int
    inode: int


class _Claim:
    """A file in its place below `taking/`, on its way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.taken: Taken | None = None
        self.waiting: Waiting | None = None
        self.trouble: str | None = None

    @property
    def is_at_hand(self) -> bool:
        """Whether it is held up by nothing, or has rows on their way."""
        return self.trouble is None or self.taken is not None

    @property
    def out(self) -> Path:
        """Where its verdict is written before it is moved."""
        return self.path.parent / _OUT

    def clear_out(self) -> None:
        """Make that place empty: a worker that died may have left something half written."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()


class Folder:
    """One watched folder. Not safe for use by several threads; several processes may watch the same one."""

    def __init__(self, opened: Runtime, place: Path, sender: str, feed: str | None = None) -> None:
        """Watch a folder, whose rows are sent as `sender`; with a `feed` they are answers of that platform.

        Raises:
            ConfigurationError: it is no folder, or nothing can be made in it.
        """
        self._opened = opened
        self._place = place.absolute()
        self._sender = sender
        self._feed = feed
        self._seen: dict[str, _Seen] = {}
        self._claims: dict[Path, _Claim] = {}
        self._others: dict[Path, float] = {}
        self._first = True
        try:
            for name in (TAKING, DONE, REFUSED):
                (self._place / name).mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{place}: {error.strerror}; it has to be a folder to write in") from error

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is at hand is finished first. Troubles are waited out."""
        for attempt in patiently(stop, partial(self._opened.meter.retry, "folder")):
            with attempt:
                self._opened.broker.declare(self._opened.reader.routes.topology)
                while not stop.is_set():
                    self.step(monotonic())
                    stop.wait(POLL_SECONDS)

    def step(self, now: float) -> int:
        """Look once at the folder and do what can be done; return how many files are on their way.

        `now` is a moment of a clock that never goes back.

        Raises:
            TransientError: broker or database failed; the next step goes on.
        """
        self._adopt(now)
        for entry in self._settled():
            self._claim(entry)
        for claim in list(self._claims.values()):
            before, claim.trouble = claim.trouble, None
            try:
                self._go_on(claim)
            except (TransientError, OutOfStep):
                raise
            except Exception as error:  # noqa: BLE001 - one file that nobody foresaw keeps no other waiting
                claim.trouble = _describe(error)
                if claim.trouble != before:
                    _log.error("file_held_up", place=claim.path.parent.name, trouble=claim.trouble)
        return len(self._claims)

    def close(self) -> None:
        """Leave what is on its way where it lies: whoever starts next goes on with it."""
        for claim in self._claims.values():
            if claim.taken is not None:
                claim.taken.close()
        self._claims.clear()

    def _adopt(self, now: float) -> None:
        """Go on with what lies below `taking/`: at the start with all of it, later with what nobody seems to be at."""
        found = {Path(entry.path) for entry in _scan(self._place / TAKING) if entry.is_dir(follow_symlinks=False)}
        mine = {claim.path.parent for claim in self._claims.values()}
        self._others = {place: self._others.get(place, now) for place in found - mine}
        for place, since in list(self._others.items()):
            if self._first or now - since >= ABANDONED_SECONDS:
                del self._others[place]
                self._take_over(place)
        self._first = False

    def _take_over(self, place: Path) -> None:
        left = [Path(entry.path) for entry in _scan(place) if entry.is_file(follow_symlinks=False)]
        if left:
            self._claims[left[0]] = _Claim(left[0])
            return
        for entry in _scan(place / _OUT):  # the file itself was moved, and what is beside it was not
            home = REFUSED if entry.name.endswith(REFUSAL) else DONE
            _move(Path(entry.path), self._place / home, entry.name)
        _clear(place)

    def _settled(self) -> Iterator[os.DirEntry[str]]:
        """Return the files that stand still since the last look."""
        before, self._seen = self._seen, {}
        for entry in _scan(self._place):
            if _is_passed_over(entry):
                continue
            with suppress(OSError):  # it was moved away meanwhile
                found = entry.stat(follow_symlinks=False)
                self._seen[entry.name] = _Seen(found.st_size, found.st_mtime_ns, found.st_ino)
                at_hand = sum(claim.is_at_hand for claim in self._claims.values())
                if before.get(entry.name) == self._seen[entry.name] and at_hand < _MOST_AT_ONCE:
                    yield entry

    def _claim(self, entry: os.DirEntry[str]) -> None:
        place = Path(tempfile.mkdtemp(prefix="", dir=self._place / TAKING))
        place.chmod(0o755)
        path = place / readable(entry.name)
        try:
            Path(entry.path).rename(path)
        except OSError as error:  # another worker was first, or a program has it open that lets nobody move it
            _log.info("file_not_moved", trouble=error.strerror)
            _clear(place)
            return
        if not stat.S_ISREG(path.lstat().st_mode):
            _log.warning("no_file", place=place.name)
            return
        self._claims[path] = _Claim(path)

    def _go_on(self, claim: _Claim) -> None:
        if not claim.path.exists():  # another worker took it over, and was done first
            self._end(claim)
            return
        if self._is_answered(claim):
            self._put_away(claim)
            return
        if claim.taken is None:
            claim.taken = taking.take(self._opened, claim.path, self._who(claim.path))
            if claim.taken.refused:
                self._put_back(claim, claim.taken)
                return
            _log.info("file_taken", file=claim.taken.row.file_id, rows=claim.taken.row.rows)
        if claim.waiting is None:
            taking.publish(self._opened, claim.taken)
            claim.waiting = Waiting(self._opened, claim.taken)
        if claim.waiting.is_over():
            claim.clear_out()
            out = verdicts.verdict_path(claim.path, claim.out)
            finish(self._opened, claim.path, claim.taken.row.file_id, out)
            self._put_away(claim)

    def _is_answered(self, claim: _Claim) -> bool:
        """Tell whether the verdict on this very file is written: it was to be moved when a worker ended."""
        if claim.taken is not None or not (claim.out / verdicts.verdict_path(claim.path).name).exists():
            return False
        file_id = taking.identify(claim.path, self._sender, self._feed)
        with reading(self._opened.engine) as connection:
            row = files.read_file(connection, file_id)
        return row is not None and row.state == FileState.ANSWERED and row.place == taking.place_of(claim.path)

    def _who(self, path: Path) -> Who:
        """Say who hands a file in: whose file it is. Behind it is a system, unless an account is bound to that user."""
        owner = path.lstat().st_uid
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = str(owner)
        with reading(self._opened.engine) as connection:
            known = read_of_system_user(connection, name) is not None
        of_two = foureyes.OF_TWO if known else foureyes.NOTHING
        return Who(self._sender, name, name, self._feed, of_two)

    def _put_away(self, claim: _Claim) -> None:
        """Move a file and its verdict, which has its name, to `done/`."""
        path = claim.path
        verdict = verdicts.verdict_path(path).name
        # A verdict that was handed in again would have the name of its own verdict.
        name = path.name if path.name != verdict else f"{path.stem.rpartition('.')[0]}.更正{path.suffix}"
        self._move_all(claim, self._place / DONE, name)

    def _put_back(self, claim: _Claim, taken: Taken) -> None:
        """Move a file of which nothing was taken to `refused/`, and say beside it why."""
        _log.warning("file_refused", file=taken.row.file_id, reason=taken.row.reason)
        claim.clear_out()
        write_refusal(taken.row, refusal_path(claim.path, claim.out))
        self._move_all(claim, self._place / REFUSED, claim.path.name)

    def _move_all(self, claim: _Claim, folder: Path, name: str) -> None:
        """Move a file and what is said of it, all under the same number."""
        beside = [Path(entry.path) for entry in _scan(claim.out)]
        names = [name, *(each.name for each in beside)]
        number = 1
        while not all(_is_free(folder / numbered(each, number), claim.path) for each in names):
            number += 1
        # First of all they are named so: whoever goes on with this moves them under no other number.
        said = [each.rename(each.with_name(numbered(each.name, number))) for each in beside]
        _move(claim.path, folder, numbered(name, number))
        for each in said:
            _move(each, folder, each.name)
        self._end(claim)

    def _end(self, claim: _Claim) -> None:
        if claim.taken is not None:
            claim.taken.close()
        del self._claims[claim.path]
        _clear(claim.path.parent)


def _scan(place: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_passed_over(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    hidden = name.startswith((".", "~$"))
    return hidden or name.lower().endswith(_TEMPORARY) or not entry.is_file(follow_symlinks=False)


def _is_free(goal: Path, path: Path) -> bool:
    """Tell whether a file can be moved to a place, or has been, by one who ended between the two halves of it."""
    return not os.path.lexists(goal) or goal.samefile(path)


def _move(path: Path, folder: Path, name: str) -> None:
    """Move a file into a folder, under a name that is free there."""
    for number in count(1):
        goal = folder / numbered(name, number)
        if not _is_free(goal, path):
            continue
        if os.path.lexists(goal):
            path.unlink()
            return
        try:
            os.link(path, goal, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError:  # a share without links: nobody else takes the name in between, or hardly ever
            path.rename(goal)
        else:
            path.unlink()
        return


def _describe(error: Exception) -> str:
    if isinstance(error, OSError):  # what the system says of a file has its name in it
        return error.strerror or "the system refused"
    return str(error) if isinstance(error, PermanentError) else f"Xinglin failed: {type(error).__name__}"


def _clear(place: Path) -> None:
    """Remove an empty place below `taking/`."""
    with suppress(OSError):
        (place / _OUT).rmdir()
    with suppress(OSError):
        place.rmdir()
