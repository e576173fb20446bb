from __future__ import annotations

from datetime import date
from pathlib import Path

from schemas.states import RowState
from tests.workbooks import read, require_sound, sheet_xml, write_workbook
from workers.files.grid import LIMITS
from workers.files.verdicts import fresh
from workers.files.verdicts.naming import HEADINGS, SUMMARY_SHEET
from workers.files.verdicts.rows import RowVerdict, SheetVerdict
from workers.files.verdicts.summary import Line

LINES = [Line((SUMMARY_SHEET,)), Line(("已受理", "1", "=1+1"), RowState.APPLIED)]


def test_a_new_workbook_has_the_values_as_they_were_read(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="A2" t="str"><v>文号</v></c><c r="B2" t="str"><v>日期</v></c></row>'
        '<row r="4"><c r="A4" t="str"><v>=1+1</v></c><c r="B4" s="1"><v>46023</v></c><c r="C4"><v>0.5</v></c></row>'
    )
    path, out = write_workbook(tmp_path / "in.xlsx", sheet_xml(rows)), tmp_path / "out.xlsx"
    verdict = RowVerdict(4, RowState.PARKED, "B4：早于", "sheet-1", frozenset({1, 8}))
    fresh.write(path, out, lambda: iter([SheetVerdict(1, 2, {}, iter([verdict]))]), lambda: LINES, LIMITS)
    require_sound(out)
    found = read(out)
    assert found["表"][2][:6] == ["文号", "日期", "", *HEADINGS]
    assert found["表"][4][:6] == ["=1+1", date(2026, 1, 1), 0.5, "未受理", "B4：早于", "sheet-1"]
    assert found[SUMMARY_SHEET][2] == ["已受理", "1", "=1+1"]


def test_a_summary_stands_alone_beside_a_text(tmp_path: Path) -> None:
    fresh.write_summary(tmp_path / "out.xlsx", LINES)
    assert list(read(tmp_path / "out.xlsx")) == [SUMMARY_SHEET]
