"""`kill -9` of the worker of a watched folder, again and again, at any moment: each file is answered, and once."""

from __future__ import annotations

import os
import random
import re
import signal
from pathlib import Path
from threading import Event
from time import monotonic
from typing import NamedTuple

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from credit.identity import MASKED
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.files import find_files
from credit.store.queries.page import Part
from schemas.states import FileState, RowState
from tests.builders import declare, rows
from tests.fault.conftest import ROWS as FIGURES
from tests.fault.table import BOTH, Row
from tests.processes import XINGLIN, Process
from tests.sheets import penalty, write_csv, write_xlsx
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings, read

FILES, ROWS, ROUNDS = 8, 400, 10
_NAMES = ["file-0.xlsx", *(f"file-{number}.csv" for number in range(1, FILES))]


@retry(wait=wait_fixed(0.2), stop=stop_after_delay(120), retry=retry_if_result(lambda met: not met))
def _wait_until_done(box: Path) -> bool:
    return all((box / "done" / name).exists() for name in _NAMES)


@retry(wait=wait_fixed(0.2), stop=stop_after_delay(60), retry=retry_if_result(lambda met: not met))
def _wait_until_listening(process: Process) -> bool:
    """Wait until a worker hears SIGTERM by itself, as the kernel knows."""
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def _start(place: Settings, *words: str) -> Process:
    return Process(XINGLIN, ["worker", *words, "--home", str(place.home)], place.environ, Path(os.devnull))


class Worked(NamedTuple):
    """What is kept of the files, and the seconds from the last kill until they were done."""

    digest: str
    messages: list[tuple[object, ...]]
    recovery: float


def _work_off(place: Settings, box: Path, kills: int) -> Worked:
    """Let a folder be worked off by workers of which the one of the folder is killed; return what is kept then."""
    chance = random.Random(20261127)
    box.mkdir()
    for number, name in enumerate(_NAMES):
        write = write_xlsx if name.endswith(".xlsx") else write_csv
        write(box / name, [penalty(1 + number * ROWS + row) for row in range(ROWS)])
    with open_runtime(place) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        intake = _start(place, "intake")
        try:
            for _ in range(kills):
                folder = _start(place, "folder", str(box))
                Event().wait(chance.uniform(2, 9))
                folder.send_signal(signal.SIGKILL)
                folder.wait(20)
            began = monotonic()
            folder = _start(place, "folder", str(box))
            _wait_until_done(box)
            recovery = monotonic() - began
            # The last one that was killed may have left nothing to do: then this one has to begin before it can end.
            _wait_until_listening(folder)
            folder.send_signal(signal.SIGTERM)
            assert folder.wait(60) == 0
        finally:
            intake.kill()
            intake.wait(20)
        return Worked(*_look(runtime), recovery)


def _look(runtime: Runtime) -> tuple[str, list[tuple[object, ...]]]:
    with reading(runtime.engine) as connection:
        handed = find_files(connection, runtime.view(MASKED), Part(limit=FILES + 1))
        assert [each.row.state for each in handed] == [FileState.ANSWERED] * FILES
        assert [each.counts[RowState.APPLIED] for each in handed] == [ROWS] * FILES
        kept = digest(connection, runtime.keyring)
    return kept, rows(runtime, "SELECT count(*) FROM message")


@pytest.mark.fault
@pytest.mark.timeout(480)
@pytest.mark.parametrize("pair", BOTH)
def test_a_folder_worker_that_is_killed_again_and_again_answers_each_file_once(
    request: pytest.FixtureRequest, pair: str, bare: Settings, tmp_path: Path
) -> None:
    said = "`kill -9` of the worker of a watched folder at a random moment: each file is answered, once"
    row = Row("kill_folder", said, pair, ROUNDS, trouble="it did not come to its end")
    request.config.stash[FIGURES].append(row)
    calm = _work_off(read({}, home=tmp_path / "calm"), tmp_path / "calm box", 0)
    worked = _work_off(bare, tmp_path / "box", ROUNDS)
    row.lost, row.repeats, row.recovery = 0, 0, worked.recovery
    assert (worked.digest, worked.messages) == (calm.digest, calm.messages)
    assert list((tmp_path / "box" / "taking").iterdir()) == []
    found = sorted(path.name for path in (tmp_path / "box" / "done").iterdir())
    assert [name for name in found if "汇总" not in name] == sorted(
        each for name in _NAMES for each in (name, name.replace(".", ".办理结果."))
    )
    row.twice, row.trouble = False, ""
