from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from schemas.file_reasons import FileReason
from tests.unit.files.books import Page, xls, xlsx
from tests.unit.files.hostile import HOSTILE, Hostile, book, far_cell, old_book, relation, with_record
from tests.unit.files.messy.rows import HEAD, ROW, row
from tests.unit.files.seen import TEMPLATES, read
from workers.files import biff
from workers.files.grid import LIMITS, FileRefused, Limits, Sheet
from workers.files.opening import open_book
from workers.files.rows import SheetRows, read_book
from workers.files.workbook import read_lines


@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.title)
def test_hostile(file: Hostile, tmp_path: Path) -> None:
    path = tmp_path / file.name
    path.write_bytes(file.data)
    with pytest.raises(FileRefused) as refused:
        read(path, file.limits)
    assert refused.value.reason is file.reason, refused.value
    assert file.says in refused.value.detail
    assert refused.value.reason.hint


def test_a_link_to_click_is_none_that_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(relation("hyperlink", "https://example.org/"))
    assert len(read(path).rows) == 1


def test_a_format_as_excel_95_wrote_it_breaks_no_file() -> None:
    examined = biff.examine(with_record(old_book(), 0x041E, b"\xa4\x00\x01@"))
    assert [sheet.units for sheet in examined.sheets] == [{}]


class TestChild:
    """Through the process itself."""

    @staticmethod
    def sheets(path: Path, limits: Limits = LIMITS) -> list[tuple[str, int]]:
        with open_book(path, limits) as sheets:
            return [
                (sheet.name, len(list(sheet.rows)))
                for sheet in read_book(sheets, TEMPLATES)
                if isinstance(sheet, SheetRows)
            ]

    @pytest.mark.parametrize("make", [xlsx, xls])
    def test_sheets(self, make: object, tmp_path: Path) -> None:
        path = tmp_path / ("a.xlsx" if make is xlsx else "a.xls")
        pages = (Page([HEAD, ROW], "一月"), Page([HEAD, ROW, row(CF_WSH="罚2号")], "二月"))
        path.write_bytes(make(*pages))  # type: ignore[operator]
        assert self.sheets(path) == [("一月", 1), ("二月", 2)]

    def test_a_cell_far_out(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(far_cell("XFD1048576"))
        assert path.stat().st_size < 10_000
        with pytest.raises(FileRefused, match="读取意外终止") as refused:
            self.sheets(path)
        assert refused.value.reason is FileReason.UNREADABLE

    def test_too_little_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(far_cell("ZZ100000"))
        with pytest.raises(FileRefused) as refused:
            self.sheets(path, replace(LIMITS, memory=512 << 20))
        assert refused.value.reason is FileReason.UNREADABLE

    def test_silence(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(book())
        with pytest.raises(FileRefused, match="没有进展"):
            self.sheets(path, replace(LIMITS, silence=0.001))

    def test_refuses_with_its_reason(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(book()[:2000])
        with pytest.raises(FileRefused) as refused:
            self.sheets(path)
        assert refused.value.reason is FileReason.BROKEN

    def test_is_gone_when_nobody_reads_on(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(xlsx([HEAD, *([ROW] * 3000)]))
        before = _children()
        with open_book(path) as sheets:
            next(next(sheets).rows)
            assert _children() > before
        assert _children() == before

    def test_is_bound(self) -> None:
        """By its limits neither files nor sockets nor processes: what takes its place here tries each."""
        program = (
            "import os, resource, socket\n"
            "from workers.files import child\n"
            "from workers.files.grid import LIMITS\n"
            "child.limit(LIMITS)\n"
            "for trial in (lambda: open('/etc/passwd'), socket.socket, os.pipe, lambda: os.fork() or os._exit(0)):\n"
            "    try:\n"
            "        trial()\n"
            "    except OSError:\n"
            "        print('no')\n"
            "print(*resource.getrlimit(resource.RLIMIT_CPU), *resource.getrlimit(resource.RLIMIT_AS))\n"
        )
        done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
        # Who may do everything may still fork.
        assert done.stdout.split() == ["no"] * (3 if os.geteuid() == 0 else 4) + ["60"] * 2 + [str(2 << 30)] * 2

    def test_starts_fast(self) -> None:
        """What is long to load has no place there."""
        program = "import sys; import workers.files.child; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
        loaded = set(done.stdout.split())
        assert not loaded & {"pydantic", "sqlalchemy", "structlog", "typer", "rich", "kombu", "asyncio"}


def _children() -> int:
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


_SHEET = {
    "sheet": 1, "name": "a", "hidden": False, "hidden_columns": [], "hidden_rows": 0, "merged": [], "from_1904": False,
}  # fmt: skip


class TestLines:
    """A child in the hands of its file."""

    @staticmethod
    def read(*lines: object) -> list[Sheet]:
        written = [line if isinstance(line, bytes) else orjson.dumps(line) for line in lines]
        found = []
        for sheet in read_lines(iter(written), replace(LIMITS, columns=3, letters=100)):
            list(sheet.rows)
            found.append(sheet)
        return found

    def test_as_they_should_be(self) -> None:
        assert [
            sheet.name for sheet in self.read(_SHEET, [1, ["a"]], [3, []], _SHEET | {"name": "b"}, {"end": True})
        ] == [
            "a",
            "b",
        ]

    @pytest.mark.parametrize(
        "lines",
        [
            [],
            [b""],
            [b"{"],
            [b"\xff"],
            [1],
            [None],
            [{"end": 1}],
            [{"sheet": 1}],
            [_SHEET],
            [[1, ["a"]]],
            [_SHEET, [1, ["a"]], [1, ["a"]], {"end": True}],
            [_SHEET, [0, ["a"]], {"end": True}],
            [_SHEET, ["1", ["a"]], {"end": True}],
            [_SHEET, [1, "a"], {"end": True}],
            [_SHEET, [1, ["a"], 2], {"end": True}],
            [_SHEET, [1, ["a"] * 4], {"end": True}],
            [_SHEET, [1, [{"day": "2026-02-30"}]], {"end": True}],
            [_SHEET, [1, [{"day": 1}]], {"end": True}],
            [_SHEET, [1, [{"duration": 1e300}]], {"end": True}],
            [_SHEET, [1, [{"duration": "1"}]], {"end": True}],
            [_SHEET, [1, [{"moment": None}]], {"end": True}],
            [_SHEET, [1, [{"a": 1, "b": 2}]], {"end": True}],
            [_SHEET | {"merged": [[0, 0, 0, 1 << 40]]}, {"end": True}],
            [_SHEET | {"merged": [[0, 0, "0", 1]]}, {"end": True}],
            [_SHEET | {"merged": [[0, 0]]}, {"end": True}],
            [_SHEET | {"hidden_columns": 1}, {"end": True}],
            [{"refused": "no such reason", "detail": "x"}],
            [{"refused": "file.broken"}],
        ],
    )
    def test_as_they_may_not_be(self, lines: list[object]) -> None:
        with pytest.raises(FileRefused) as refused:
            self.read(*lines)
        assert refused.value.reason is FileReason.UNREADABLE

    def test_a_refusal_ends_it(self) -> None:
        with pytest.raises(FileRefused, match=r"file\.rows|zu viel") as refused:
            self.read(_SHEET, [1, ["a"]], {"refused": "file.too_many_rows", "detail": "zu viel"})
        assert refused.value.reason is FileReason.ROWS

    def test_a_long_cell(self) -> None:
        with pytest.raises(FileRefused) as refused:
            self.read(_SHEET, [1, ["a" * 101]])
        assert refused.value.reason is FileReason.CELL_TOO_LONG

    def test_whatever_stands_in_a_cell_is_no_error_of_ours(self) -> None:
        cells = [{"x": 1}, {"fault": 7}, [1]]
        sheets = read_lines(iter([orjson.dumps(_SHEET), orjson.dumps([1, cells]), b'{"end":true}']), LIMITS)
        assert [sheet.name for sheet in sheets if list(sheet.rows)] == ["a"]
