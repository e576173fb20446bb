from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from schemas.states import RowState
from workers.files.verdicts import text
from workers.files.verdicts.naming import HEADINGS
from workers.files.verdicts.rows import RowVerdict, SheetVerdict

STATES = (RowVerdict(3, RowState.APPLIED, "", "sheet-1"), RowVerdict(5, RowState.PARKED, "B5：请填写", "sheet-2"))


def marked(path: Path, places: Mapping[str, int] | None = None, header_row: int = 2) -> bytes:
    out = path.with_name("out.csv")
    text.mark(path, out, lambda: iter([SheetVerdict(1, header_row, places or {}, iter(STATES))]))
    return out.read_bytes()


@pytest.mark.parametrize(
    ("encoding", "again"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_text_keeps_its_encoding_its_delimiter_and_its_rows(
    tmp_path: Path, encoding: str, again: str, separator: str
) -> None:
    rows = [["报送表"], ["文号", "内容"], ["一号", 'a"b\r\nc'], [], ["二号", f"x{separator}y"], ["", ""], ["三号"]]
    path = tmp_path / "in.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    found = list(csv.reader(marked(path).decode(again).splitlines(keepends=True), delimiter=separator))
    assert found == [
        ["报送表"],
        ["文号", "内容", *HEADINGS],
        ["一号", 'a"b\r\nc', "已受理", "", "sheet-1"],
        [],
        ["二号", f"x{separator}y", "未受理", "B5：请填写", "sheet-2"],
        ["", ""],
        ["三号", "", "", "", ""],
    ]


def test_spreadsheets_see_that_it_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("报送表\n文号,内容\n一号,\n", encoding="utf-8")
    assert marked(path).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x"])
def test_a_formula_stays_text(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"报送表\n文号,内容\n{cell},'{cell}\n", encoding="utf-8")
    found = list(csv.reader(marked(path).decode("utf-8-sig").splitlines()))
    assert found[2][:2] == [f"'{cell}", f"'{cell}"]


def test_a_row_that_is_wider_than_the_headings_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("报送表\n文号,内容\n一号,a,b,\n", encoding="utf-8")
    found = list(csv.reader(marked(path).decode("utf-8-sig").splitlines()))
    assert found[1:] == [["文号", "内容", "", *HEADINGS], ["一号", "a", "b", "已受理", "", "sheet-1"]]


def test_a_verdict_that_is_handed_in_again_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        "报送表\n办理结果,说明,办理编号,文号\n未受理,旧,sheet-0,一号\n未受理,旧,sheet-9,\n", encoding="utf-8"
    )
    found = list(
        csv.reader(marked(path, {heading: n for n, heading in enumerate(HEADINGS)}).decode("utf-8-sig").splitlines())
    )
    assert found[1:] == [[*HEADINGS, "文号"], ["已受理", "", "sheet-1", "一号"], ["", "", "", ""]]
