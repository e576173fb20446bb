from __future__ import annotations

from pathlib import Path

import pytest

from schemas.file_reasons import CellReason, FileReason
from tests.unit.files.books import text, xlsx
from tests.unit.files.messy.rows import HEAD, ROW, row
from tests.unit.files.seen import PENALTY, PERMIT, read
from workers.files.grid import FileRefused, column_letter
from workers.files.rows import SheetRows, read_sheets


def test_a_verdict_that_is_handed_in_again_has_the_tickets_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [[*ROW, "未受理", "金额有误", " sheet-1 "], [*row(CF_WSH="罚2号"), "已受理"], [*ROW[:6], "", "", "", 7]]
    path.write_bytes(xlsx([[*HEAD, "办理结果", "说明", "办理编号"], *rows]))
    found = read(path)
    assert [one.ticket for one in found.rows] == ["sheet-1", None, None]
    layout = found.sheets[0].layout
    assert (layout.outcome, layout.says, layout.ticket) == (7, 8, 9)
    assert sorted(layout.columns) == [0, 1, 2, 3, 4, 5, 6]
    assert (layout.header_row, layout.template) == (1, PENALTY)


def test_a_column_of_the_same_name_elsewhere_is_none_of_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx([["说明", *HEAD, "办理结果", "办理编号"], ["首次", *ROW, "已受理", "sheet-1"]]))
    layout = read(path).sheets[0].layout
    assert (layout.outcome, layout.says, layout.ticket) == (8, None, 9)
    assert [heading.text for heading in layout.unknown] == ["说明"]


def test_a_path_is_read_by_the_templates_that_are_known(tmp_path: Path) -> None:
    path = tmp_path / "某县.csv"
    path.write_bytes(text([HEAD, ROW, row(CF_WSH="罚2号")]))
    [sheet] = read_sheets(path, [PENALTY, PERMIT])
    assert isinstance(sheet, SheetRows)
    assert (sheet.number, sheet.name) == (1, "某县")
    with pytest.raises(FileRefused) as refused:
        list(read_sheets(path, [PERMIT]))
    assert refused.value.reason is FileReason.HEADER_UNKNOWN


def test_rows_come_before_the_end_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text([HEAD, *([ROW] * 30)]) + b'"not closed')
    sheets = read_sheets(path, [PENALTY])
    sheet = next(sheets)
    assert isinstance(sheet, SheetRows)
    with pytest.raises(FileRefused, match="第 32 行"):
        list(sheet.rows)


def test_column_letters() -> None:
    assert [column_letter(at) for at in (0, 3, 25, 26, 701, 702, 16383)] == ["A", "D", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_every_refusal_says_how_to_mend_it() -> None:
    assert all(reason.hint for reason in FileReason)
    said = {CellReason.READ_AS, CellReason.WORKED_OUT, CellReason.FILLER, CellReason.MERGED}
    assert {reason for reason in CellReason if not reason.hint} == said
