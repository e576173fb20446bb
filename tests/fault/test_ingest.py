"""`kill -9` of `xinglin ingest`, again and again, at any moment: handed in once more, the same file goes on."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from threading import Event
from time import monotonic
from typing import NamedTuple

import pytest

from credit.identity import MASKED
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.files import read_file
from schemas.states import FileState, RowState
from tests.builders import rows
from tests.fault.conftest import ROWS as FIGURES
from tests.fault.table import BOTH, Row
from tests.processes import XINGLIN, Process
from tests.sheets import penalty, write_csv
from workers.runtime import open_runtime
from workers.settings import Settings, read

ROWS, ROUNDS = 12_000, 10
_CHANCE = random.Random(20261128)
_PATIENCE_SECONDS = 240


class Kept(NamedTuple):
    """What is kept of a file: the digest of the archive, and how many messages came, once and again."""

    digest: str
    messages: int
    repeats: int


def _start(place: Settings, path: Path) -> Process:
    return Process(XINGLIN, ["ingest", str(path), "--home", str(place.home)], place.environ, path.with_suffix(".log"))


def _go_through(place: Settings, path: Path) -> None:
    status = _start(place, path).wait(_PATIENCE_SECONDS)
    assert status == 0, path.with_suffix(".log").read_text("utf-8")


def _look(place: Settings, path: Path) -> Kept:
    with open_runtime(place) as runtime:
        with reading(runtime.engine) as connection:
            handed = read_file(connection, MASKED, path.name)
            kept = digest(connection, runtime.keyring)
        # Where a round was over before its kill, the file was answered, and handed in again its rows are repeated.
        through = handed.counts[RowState.APPLIED] + handed.counts[RowState.REPEATED]
        assert (handed.row.state, handed.row.sent, through) == (FileState.ANSWERED, ROWS, ROWS)
        [(messages, repeats)] = rows(runtime, "SELECT count(*), sum(repeats) FROM message")
        return Kept(kept, int(messages), int(repeats))


@pytest.mark.fault
@pytest.mark.timeout(540)
@pytest.mark.parametrize("pair", BOTH)
def test_a_file_whose_ingest_is_killed_again_and_again_is_in_the_archive_once(
    request: pytest.FixtureRequest, pair: str, bare: Settings, tmp_path: Path
) -> None:
    said = "`kill -9` of `xinglin ingest` at a random moment, the same file handed in again: each row comes in, once"
    row = Row("kill_ingest", said, pair, ROUNDS, trouble="it did not come to its end")
    request.config.stash[FIGURES].append(row)
    path = write_csv(tmp_path / "处罚.csv", [penalty(1 + number) for number in range(ROWS)])
    undisturbed = read({}, home=tmp_path / "calm")
    _go_through(undisturbed, path)
    ends = []
    for _ in range(ROUNDS):
        killed = _start(bare, path)
        Event().wait(_CHANCE.uniform(0.3, 2.5))
        killed.kill()
        ends.append(killed.wait(20))
    assert ends.count(-signal.SIGKILL) >= ROUNDS // 2, ends
    began = monotonic()
    _go_through(bare, path)
    row.recovery = monotonic() - began
    calm, kept = _look(undisturbed, path), _look(bare, path)
    row.lost, row.repeats = ROWS - kept.messages, kept.repeats
    row.twice = kept.digest != calm.digest
    assert (kept.messages, kept.digest) == (calm.messages, calm.digest)
    row.trouble = ""
