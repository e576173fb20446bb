"""Lists of messages in a sheet of their own: what a workbook of two sheets states, and what is said at its cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from schemas.states import RowState
from tests.builders import HEALTH, NOON, ROOT, declare, rows
from tests.workbooks import read, require_sound
from workers import drain
from workers.files import taking
from workers.files.ending import finish
from workers.files.verdicts import Summary, verdict_path
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

WHO = taking.Who(HEALTH.code, "张科员")
HEADS, ITEMS = "监督检查", "检查项目明细"
SAMPLE = json.loads((ROOT / "connectors/inspection/samples/check.json").read_text(encoding="utf-8"))["data"]
SINGLE = {"code": "A1", "full_marks": "15", "marks": "12", "applicable": "是", "star": "一星", "met": "是"}


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    with open_runtime(place, lambda: NOON) as opened:
        declare(opened.broker, opened.reader.routes.topology)
        yield opened


def head(runtime: Runtime, number: str, **changes: str) -> dict[str, str]:
    template = runtime.reader.registry.templates()["credit.inspection.check.v1"]
    assert template.write is not None
    said = template.write({**SAMPLE, "items": [], "document_no": f"舞卫检〔2026〕{number}号"}).values
    return {**said, **changes}


def item(number: str, code: str = "A1", **changes: str) -> dict[str, str]:
    return {"document_no": f"舞卫检〔2026〕{number}号", **SINGLE, "code": code, **changes}


def write(path: Path, *sheets: tuple[str, Sequence[Mapping[str, str]]]) -> Path:
    """Write sheets, each with the codes of its columns above its rows."""
    with Workbook(str(path)) as book:
        for name, found in sheets:
            sheet = book.add_worksheet(name)
            columns = list(dict.fromkeys(code for row in found for code in row))
            for number, cells in enumerate([columns, *([row.get(code, "") for code in columns] for row in found)]):
                for place, text in enumerate(cells):
                    sheet.write_string(number, place, text)
    return path


def hand_in(runtime: Runtime, path: Path) -> Summary:
    with closing(taking.take(runtime, path, WHO)) as taken:
        assert not taken.refused, taken.row.detail
        taking.publish(runtime, taken)
    drain.work_until_empty(runtime, lambda _: None)
    return finish(runtime, path, taken.row.file_id, verdict_path(path))


def states(summary: Summary, sheet: str) -> list[str]:
    return [str(cells[-3]) for number, cells in read(summary.verdict)[sheet].items() if number > 1]


def says(summary: Summary, sheet: str, row: int) -> str:
    return str(read(summary.verdict)[sheet][row][-2] or "")


def kept_items(runtime: Runtime) -> dict[str, list[str]]:
    """Return the codes of the items that each inspection on file has."""
    found = rows(runtime, "SELECT document_no, fact FROM record ORDER BY document_no")
    return {str(no): [each["code"] for each in json.loads(str(fact))["items"]["items"]] for no, fact in found}


def test_rows_of_both_sheets_are_one_message(runtime: Runtime, tmp_path: Path) -> None:
    several = [item("1", f"A{at}") for at in range(25)]
    path = write(
        tmp_path / "检查.xlsx",
        (HEADS, [head(runtime, "1"), head(runtime, "2")]),
        (ITEMS, [item("2", "B1"), *several, item("2", "B2")]),
    )
    summary = hand_in(runtime, path)
    require_sound(summary.verdict)
    assert summary.counts == {RowState.APPLIED: 29}
    assert kept_items(runtime) == {
        "舞卫检〔2026〕1号": [f"A{at}" for at in range(25)],
        "舞卫检〔2026〕2号": ["B1", "B2"],
    }
    assert set(states(summary, HEADS)) == set(states(summary, ITEMS)) == {"已受理"}
    # Handed in again as it is, nothing changes; one item more is the head's message once more, as a correction.
    again = hand_in(runtime, summary.verdict)
    assert again.counts == {RowState.REPEATED: 29}
    assert rows(runtime, "SELECT count(*) FROM message") == [(2,)]


def test_what_cannot_be_joined_is_said_at_its_cell_and_no_part_of_it_goes(runtime: Runtime, tmp_path: Path) -> None:
    heads = [
        head(runtime, "1"),
        head(runtime, "2"),  # no items
        head(runtime, "3"),
        head(runtime, "3", inspectors="3"),
        head(runtime, "4"),
        head(runtime, "5", **{f"items.1.{code}": text for code, text in SINGLE.items()}),
        head(runtime, "6"),
        head(runtime, "7", **{f"items.1.{code}": text for code, text in SINGLE.items()}),
        head(runtime, "8") | {"document_no": ""},
    ]
    items = [
        item("1"),
        item("9"),  # no head
        item("1", "A2"),
        item("3"),
        item("4"),
        item("4"),  # once more
        item("4", "A2"),
        item("5", "A2"),  # in both places
        item("6", "4.11481E+17"),
        item("6", "A2"),
        item("1", "A3") | {"document_no": ""},
    ]
    summary = hand_in(runtime, write(tmp_path / "检查.xlsx", (HEADS, heads), (ITEMS, items)))
    require_sound(summary.verdict)
    taken, not_read = "已受理", "未读入"
    assert states(summary, HEADS) == [taken, *[not_read] * 6, taken, not_read]
    assert states(summary, ITEMS) == [taken, not_read, taken, *[not_read] * 8]
    assert kept_items(runtime) == {"舞卫检〔2026〕1号": ["A1", "A2"], "舞卫检〔2026〕7号": ["A1"]}
    told = {row: says(summary, HEADS, row) for row in range(2, 11)}
    assert "明细表中没有这个编号的行" in told[3]
    assert "第 5 行是同一编号" in told[4]
    assert "第 4 行是同一编号" in told[5]
    assert "明细中有行未读入" in told[6]
    assert "既填在本行，又填在明细表" in told[7]
    assert "没有填写编号" in told[10]
    said = {row: says(summary, ITEMS, row) for row in range(2, 13)}
    assert said[3].startswith("A3（文书号）：主表中没有这个编号")
    assert "与第 6 行完全相同" in said[7]
    assert said[8].startswith("A8（文书号）：主表第 6 行未读入")
    assert said[10].startswith("B10（编号）")
    assert "没有填写编号" in said[12]


def test_what_intake_refuses_is_marked_in_the_row_that_it_is_about(runtime: Runtime, tmp_path: Path) -> None:
    lines = [item("1"), item("1", "A2", marks="不知道"), item("1", "A3")]
    summary = hand_in(runtime, write(tmp_path / "检查.xlsx", (HEADS, [head(runtime, "1")]), (ITEMS, lines)))
    refused = "未读入" if summary.counts.get(RowState.REFUSED) else "未受理"
    assert states(summary, HEADS) == [refused]
    assert says(summary, ITEMS, 3).startswith("D3（得分）")
    assert not says(summary, ITEMS, 2).startswith("D2")


@pytest.mark.parametrize("alone", [True, False])
def test_a_list_before_its_rows_refuses_the_file(runtime: Runtime, tmp_path: Path, *, alone: bool) -> None:
    sheets = [(ITEMS, [item("1")])] + ([] if alone else [(HEADS, [head(runtime, "1")])])
    path = write(tmp_path / "检查.xlsx", *sheets)
    with closing(taking.take(runtime, path, WHO)) as taken:
        assert (taken.refused, taken.row.reason) == (True, "file.detail_first")


def test_a_workbook_without_the_second_sheet_is_read_as_before(runtime: Runtime, tmp_path: Path) -> None:
    summary = hand_in(runtime, write(tmp_path / "检查.xlsx", (HEADS, [head(runtime, "1")])))
    assert summary.counts == {RowState.APPLIED: 1}
