"""A watched folder: what stands still is taken, answered and put away, whoever dies in between."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from credit.identity import MASKED
from credit.store import files
from credit.store.engine import reading
from credit.store.queries.files import find_files, stream_outcomes
from credit.store.queries.page import Part
from schemas.errors import ConfigurationError
from schemas.states import FileState, RowState
from tests.builders import HEALTH, declare, rows
from tests.rights import bound_by_modes
from tests.sheets import penalty, write_csv
from workers import drain
from workers.files import folder, taking, verdicts
from workers.files.folder import ABANDONED_SECONDS, Folder
from workers.files.spool import Spool
from workers.files.waiting import PATIENCE_SECONDS, Waiting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

WHO = taking.Who(HEALTH.code, "张科员")

Start = Callable[[], "Watch"]


class Killed(BaseException):
    """A worker ended here, without winding anything up."""


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    with open_runtime(place) as opened:
        declare(opened.broker, opened.reader.routes.topology)
        yield opened


@pytest.fixture
def box(tmp_path: Path) -> Path:
    made = tmp_path / "box"
    made.mkdir()
    return made


class Watch:
    """A folder worker whose rounds a test makes, three seconds apart."""

    def __init__(self, runtime: Runtime, box: Path) -> None:
        self.runtime = runtime
        self.now = 0.0
        self.folder = Folder(runtime, box, HEALTH.code)

    def poll(self, times: int = 1) -> int:
        left = 0
        for _ in range(times):
            self.now += 3
            left = self.folder.step(self.now)
        return left

    def work_off(self) -> None:
        """Take what stands still, let intake do its part, and answer."""
        self.poll(2)
        drain.work_until_empty(self.runtime, lambda _: None)
        assert self.poll() == 0


@pytest.fixture
def watching(runtime: Runtime, box: Path) -> Iterator[Start]:
    """Workers on the folder; what the system would close of one that died is closed at the end."""
    started: list[Watch] = []

    def start() -> Watch:
        started.append(Watch(runtime, box))
        return started[-1]

    yield start
    for watch in started:
        watch.folder.close()


def below(box: Path) -> set[str]:
    return {path.relative_to(box).as_posix() for path in box.rglob("*") if not path.is_dir() or path.is_symlink()}


def test_a_file_comes_back_with_its_verdict(runtime: Runtime, watching: Start, box: Path) -> None:
    watch = watching()
    write_csv(box / "处罚.csv", [penalty(1), penalty(2)])
    watch.work_off()
    assert below(box) == {"done/处罚.csv", "done/处罚.办理结果.csv"} | summaries(box)
    assert list((box / "taking").iterdir()) == []
    with reading(runtime.engine) as connection:
        (handed,) = find_files(connection, runtime.view(MASKED), Part(limit=10))
    assert (handed.row.state, handed.counts[RowState.APPLIED]) == (FileState.ANSWERED, 2)


def summaries(box: Path) -> set[str]:
    return {name for name in below(box) if "办理汇总" in name}


def test_a_file_is_taken_once_it_stands_still(runtime: Runtime, watching: Start, box: Path) -> None:
    watch, path = watching(), write_csv(box / "a.csv", [penalty(1)])
    for number in range(3):
        assert watch.poll() == 0
        with path.open("a") as file:
            file.write("\n")
        os.utime(path, ns=(number, number))
    assert watch.poll() == 0
    assert watch.poll() == 1


def test_what_is_no_file_to_be_taken_is_left_alone(
    runtime: Runtime, watching: Start, box: Path, tmp_path: Path
) -> None:
    watch = watching()
    for name in ("~$a.xlsx", ".a.csv", "a.csv.part", "a.TMP"):
        write_csv(box / name, [penalty(1)])
    (box / "link.csv").symlink_to(write_csv(tmp_path / "elsewhere.csv", [penalty(1)]))
    (box / "folder.csv").mkdir()
    os.mkfifo(box / "pipe.csv")
    before = below(box)
    assert watch.poll(4) == 0
    assert below(box) == before


def test_a_refused_file_says_why(runtime: Runtime, watching: Start, box: Path) -> None:
    (box / "a.csv").touch()
    watching().poll(2)
    assert below(box) == {"refused/a.csv", "refused/a.csv.未接收.txt"}
    said = (box / "refused" / "a.csv.未接收.txt").read_text(encoding="utf-8-sig")
    assert said.startswith("文件：a.csv\n未接收：空文件\n")


def test_a_name_that_is_taken_gets_a_number(runtime: Runtime, watching: Start, box: Path) -> None:
    watch = watching()
    for number in (1, 2):
        write_csv(box / "a.csv", [penalty(number)])
        watch.work_off()
    write_csv(box / "a.办理结果.csv", [penalty(3)])
    watch.work_off()
    names = {name for name in below(box) if "汇总" not in name}
    assert names == {
        "done/a.csv",
        "done/a.办理结果.csv",
        "done/a (2).csv",
        "done/a (2).办理结果.csv",
        "done/a (3).更正.csv",
        "done/a (3).办理结果.csv",
    }


def test_a_file_and_what_is_said_of_it_have_one_number(runtime: Runtime, watching: Start, box: Path) -> None:
    """The last of them would be the second of its name, beside the third verdict; a refused one is alone there."""
    watch = watching()
    for name in ("a.csv", "a.办理结果.csv", "a.csv"):
        write_csv(box / name, [penalty(1)])
        watch.work_off()
    (box / "refused" / "a.csv.未接收.txt").touch()
    (box / "a.csv").touch()
    watch.poll(2)
    assert {name for name in below(box) if "汇总" not in name} == {
        "done/a.csv",
        "done/a.办理结果.csv",
        "done/a (2).更正.csv",
        "done/a (2).办理结果.csv",
        "done/a (3).csv",
        "done/a (3).办理结果.csv",
        "refused/a.csv.未接收.txt",
        "refused/a (2).csv",
        "refused/a (2).csv.未接收.txt",
    }


def test_files_that_may_not_be_read_are_refused_and_hold_up_nobody(
    runtime: Runtime, watching: Start, box: Path
) -> None:
    watch = watching()
    for number in range(21):
        write_csv(box / f"a{number}.csv", [penalty(number)]).chmod(0)
    write_csv(box / "z.csv", [penalty(21)])
    with bound_by_modes():
        watch.poll(3)
    drain.work_until_empty(runtime, lambda _: None)
    assert watch.poll() == 0
    assert {name for name in below(box) if "汇总" not in name} == {
        *(f"refused/a{number}.csv" for number in range(21)),
        *(f"refused/a{number}.csv.未接收.txt" for number in range(21)),
        "done/z.csv",
        "done/z.办理结果.csv",
    }
    said = (box / "refused" / "a0.csv.未接收.txt").read_text(encoding="utf-8-sig")
    assert said == (
        "文件：a0.csv\n未接收：没有读取权限\n说明：运行本程序的用户不能读取该文件\n"
        "办法：请让运行本程序的用户可以读取该文件（如 chmod 644），再重新提交。\n"
    )
    assert rows(runtime, "SELECT state, count(*) FROM file GROUP BY state ORDER BY state") == [
        ("answered", 1),
        ("refused", 21),
    ]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "the disk is broken"), ZeroDivisionError()], ids=["disk", "bug"])
def test_files_that_cannot_be_taken_hold_up_nobody(
    runtime: Runtime, watching: Start, box: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    watch, take = watching(), taking.take
    for number in range(21):
        write_csv(box / f"a{number}.csv", [penalty(number)])
    write_csv(box / "z.csv", [penalty(21)])

    def take_good(opened: Runtime, path: Path, who: taking.Who) -> taking.Taken:
        if path.name.startswith("a"):
            raise error
        return take(opened, path, who)

    with monkeypatch.context() as patch:
        patch.setattr(taking, "take", take_good)
        watch.poll(4)
        drain.work_until_empty(runtime, lambda _: None)
        assert watch.poll() == 21
    assert {name for name in below(box) if "done" in name and "汇总" not in name} == {
        "done/z.csv",
        "done/z.办理结果.csv",
    }
    watch.work_off()  # once they can be read they are taken
    assert rows(runtime, "SELECT state, count(*) FROM file GROUP BY state") == [("answered", 22)]


def test_whatever_a_file_is_called_it_is_answered(runtime: Runtime, watching: Start, box: Path) -> None:
    long = "报" * 79
    write_csv(box / f"{long}1.csv", [penalty(1)])
    write_csv(box / f"{long}2.csv", [{"a": "1"}])
    write_csv(box / "x.csv", [penalty(2)]).rename(os.fsdecode(os.fsencode(box) + "/处罚.csv".encode("gb18030")))
    watching().work_off()
    assert below(box) - summaries(box) == {
        f"done/{long}1.csv",
        f"done/{'报' * 63}…{'报' * 9}1.办理结果.csv",
        "done/处罚.csv",
        "done/处罚.办理结果.csv",
        f"refused/{long}2.csv",
        f"refused/{'报' * 67}…{'报' * 5}2.csv.未接收.txt",
    }
    assert rows(runtime, "SELECT name FROM file WHERE name LIKE '%处罚%'") == [("处罚.csv",)]


def test_of_two_workers_on_one_folder_one_has_a_file(runtime: Runtime, watching: Start, box: Path) -> None:
    one, other = watching(), watching()
    for number in range(4):
        write_csv(box / f"{number}.csv", [penalty(number)])
    one.poll()
    other.poll()
    assert (one.poll(), other.poll()) == (4, 0)
    drain.work_until_empty(runtime, lambda _: None)
    assert (one.poll(), other.poll()) == (0, 0)
    assert rows(runtime, "SELECT count(*), sum(repeats) FROM message") == [(4, 0)]


def test_what_another_worker_left_for_long_is_taken_over(runtime: Runtime, watching: Start, box: Path) -> None:
    one, other = watching(), watching()
    other.poll()
    write_csv(box / "a.csv", [penalty(1)])
    assert one.poll(2) == 1
    assert other.poll() == 0
    other.now += ABANDONED_SECONDS
    assert other.poll() == 1
    drain.work_until_empty(runtime, lambda _: None)
    assert (other.poll(), one.poll()) == (0, 0)  # the first finds that it is done
    assert {name for name in below(box) if "汇总" not in name} == {"done/a.csv", "done/a.办理结果.csv"}


PLACES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "moved": lambda patch: patch.setattr(taking, "take", die),
    "taken": lambda patch: patch.setattr(taking, "publish", die),
    "sent": lambda patch: patch.setattr(folder, "Waiting", die),
    "through": lambda patch: patch.setattr(verdicts, "answer", die),
    "written": lambda patch: patch.setattr(files, "note_answered", die),
    "answered": lambda patch: patch.setattr(folder, "_move", die),
    "half moved": lambda patch: patch.setattr(os, "link", partial(link_and_die, os.link)),
    "put away": lambda patch: patch.setattr(folder, "_clear", die),
}


def link_and_die(link: Callable[[Path, Path], None], path: Path, goal: Path, **_: object) -> None:
    link(path, goal)
    if goal.parent.name == "done":  # the embedded broker makes links too
        raise Killed


def die(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("moment", PLACES)
def test_a_worker_that_dies_leaves_what_the_next_one_goes_on_with(
    runtime: Runtime, watching: Start, box: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(box / "a.csv", [penalty(1), penalty(2)])
    with monkeypatch.context() as patch:
        PLACES[moment](patch)
        with pytest.raises(Killed):
            watching().work_off()
    watching().work_off()
    assert {name for name in below(box) if "汇总" not in name} == {"done/a.csv", "done/a.办理结果.csv"}
    assert list((box / "taking").iterdir()) == []
    assert rows(runtime, "SELECT count(*), sum(repeats) FROM message") == [(2, 0)]
    with reading(runtime.engine) as connection:
        (handed,) = find_files(connection, runtime.view(MASKED), Part(limit=10))
        assert handed.row.state == FileState.ANSWERED
        assert [each.state for each in stream_outcomes(connection, handed.row.file_id)] == [RowState.APPLIED] * 2


def move_and_die(move: Callable[[Path, Path, str], None], path: Path, goal: Path, name: str) -> None:
    if path.parent.name == "verdict":
        raise Killed
    move(path, goal, name)


NUMBERED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "file half moved": PLACES["half moved"],
    "file moved": lambda patch: patch.setattr(folder, "_move", partial(move_and_die, folder._move)),
}


@pytest.mark.parametrize("moment", NUMBERED)
def test_whoever_goes_on_gives_what_is_left_the_same_number(
    runtime: Runtime, watching: Start, box: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (box / "done").mkdir()
    (box / "done" / "a.办理结果.csv").touch()
    write_csv(box / "a.csv", [penalty(1)])
    with monkeypatch.context() as patch:
        NUMBERED[moment](patch)
        with pytest.raises(Killed):
            watching().work_off()
    watching().work_off()
    assert {name for name in below(box) if "汇总" not in name} == {
        "done/a.办理结果.csv",
        "done/a (2).csv",
        "done/a (2).办理结果.csv",
    }


def test_what_a_queue_has_lost_is_sent_again(runtime: Runtime, watching: Start, box: Path) -> None:
    path = write_csv(box / "a.csv", [penalty(1), penalty(2)])
    now = 0.0
    taken = taking.take(runtime, path, WHO)
    waiting = Waiting(runtime, taken, lambda: now)  # nothing was sent: as if the queue had been emptied
    assert not waiting.is_over()
    now += PATIENCE_SECONDS
    assert not waiting.is_over()
    drain.work_until_empty(runtime, lambda _: None)
    assert waiting.is_over()
    taken.close()


def test_all_rows_are_waited_for_in_whatever_order_they_come(runtime: Runtime, box: Path) -> None:
    path = write_csv(box / "a.csv", (penalty(number) for number in range(1, 1_201)))
    with closing(taking.take(runtime, path, WHO)) as taken, closing(Spool()) as backwards:
        waiting = Waiting(runtime, taken)
        (lot,) = taken.spool.lots()
        for entry, data in reversed(lot):
            backwards.add(entry, data)
        taking.publish(runtime, replace(taken, spool=backwards))
        with closing(runtime.intake()) as intake:
            while not waiting.is_over():
                intake.step()
        assert rows(runtime, "SELECT count(*) FROM message") == [(1_200,)]


def test_what_was_not_let_in_is_not_waited_for(runtime: Runtime, box: Path) -> None:
    with closing(taking.take(runtime, write_csv(box / "a.csv", [penalty(1), penalty(2)]), WHO)) as taken:
        waiting = Waiting(runtime, taken)
        stranger = taken.row._replace(sender="91410481MA9TK8C74X")
        taking.publish(runtime, replace(taken, row=stranger))
        assert not waiting.is_over()
        drain.work_until_empty(runtime, lambda _: None)
        assert waiting.is_over()
        assert rows(runtime, "SELECT reason, count(*) FROM parked GROUP BY reason") == [("sender.unknown", 2)]


def test_a_folder_that_is_none_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="folder to write in"):
        Folder(runtime, write_csv(tmp_path / "a.csv", [penalty(1)]), HEALTH.code)
