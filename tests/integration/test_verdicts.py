"""From a messy spreadsheet to its verdict, and back with two cells mended."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from schemas.errors import PermanentError
from schemas.states import RowState
from tests.builders import HEALTH, NOON, declare, rows
from tests.sheets import PERSON, penalty, write_csv
from tests.unit.files.books import package, xls, xlsx
from tests.workbooks import parts_of, read, require_sound
from workers import drain
from workers.demo.messy import SHEET, write_messy
from workers.demo.town.people import town as people
from workers.files import taking
from workers.files.ending import finish
from workers.files.taking import Who
from workers.files.verdicts import Summary, answer, verdict_path
from workers.files.verdicts.naming import SUMMARY_SHEET, summary_path
from workers.files.verdicts.styles import FAULT
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

WHO = Who(HEALTH.code, "张科员", "zhang")
APPLIED, REPEATED, PARKED = RowState.APPLIED, RowState.REPEATED, RowState.PARKED
CONFLICT, REFUSED = RowState.CONFLICT, RowState.REFUSED


class Office:
    """Somebody who hands files in and reads what became of them, a minute after each other."""

    def __init__(self, place: Settings) -> None:
        self.now: datetime = NOON
        self.place = place

    def clock(self) -> datetime:
        return self.now

    def hand_in(self, runtime: Runtime, path: Path) -> Summary:
        self.now += timedelta(minutes=1)
        with closing(taking.take(runtime, path, WHO)) as taken:
            assert not taken.refused, taken.row.detail
            taking.publish(runtime, taken)
        drain.work_until_empty(runtime, lambda _: None)
        return finish(runtime, path, taken.row.file_id, verdict_path(path))


@pytest.fixture
def office(place: Settings) -> Office:
    return Office(place)


@pytest.fixture
def runtime(office: Office) -> Iterator[Runtime]:
    with open_runtime(office.place, office.clock) as opened:
        declare(opened.broker, opened.reader.routes.topology)
        yield opened


def mend(path: Path, out: Path, *changes: tuple[str, str]) -> Path:
    """Type over texts that stand in one cell each, as a spreadsheet saves them, and touch nothing else."""
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        parts = parts_of(path)
        for before, after in changes:
            texts = parts["xl/sharedStrings.xml"].decode()
            assert texts.count(f"<t>{before}</t>") == 1
            parts["xl/sharedStrings.xml"] = texts.replace(f"<t>{before}</t>", f"<t>{after}</t>").encode()
        for name, content in parts.items():
            archive.writestr(name, content)
    return out


def test_a_messy_spreadsheet_comes_back_marked_and_is_mended_and_handed_in_again(
    office: Office, runtime: Runtime, tmp_path: Path
) -> None:
    path = tmp_path / "处罚.xlsx"
    write_messy(path, NOON.date())
    first = office.hand_in(runtime, path)
    require_sound(first.verdict)
    assert first.counts == {REFUSED: 3, PARKED: 2, APPLIED: 4, CONFLICT: 3}
    assert (first.rows, first.to_mend, first.by) == (12, 8, "张科员")
    cells = read(first.verdict)[SHEET]
    said = {number: row[-3:-1] for number, row in cells.items() if number > 2}
    assert [state for state, _ in said.values()] == [
        "冲突", "已受理", "已受理", "已受理", "未受理", "未读入", "已受理", "未读入", "冲突", "冲突", "未读入", "未受理"
    ]  # fmt: skip
    assert said[4][1] == "O4：46144 按日期读作 2026-05-02。"
    assert str(said[7][1]).startswith("D7（统一社会信用代码）：统一社会信用代码校验位不符。")
    assert str(said[8][1]).startswith("G8（自然人证件号码）：号码以数字格式保存，15 位以后的数字已经丢失。")
    assert str(said[10][1]).startswith("H10（行政处罚决定书文号）：「无」只是占位文字。")
    assert str(said[13][1]).startswith("M13（处罚内容）：「/」只是占位文字。必填项不得")
    assert str(said[14][1]).startswith("O14（处罚决定日期）：决定日期晚于今天。")
    for before, after in zip(read(path)[SHEET].items(), cells.items(), strict=True):
        assert after[1][: len(before[1])] == before[1]

    good = people().medical[4].uscc
    wrong = next(cell for cell in cells[7] if isinstance(cell, str) and cell[:-1] == good[:-1])
    corrected = mend(first.verdict, tmp_path / "处罚.更正.xlsx", (wrong, good), ("无", "舞卫医罚〔2026〕908号"))
    messages = rows(runtime, "SELECT count(*) FROM message")[0][0]
    second = office.hand_in(runtime, corrected)
    require_sound(second.verdict)
    assert rows(runtime, "SELECT count(*) FROM message")[0][0] == messages + 2
    assert rows(runtime, "SELECT count(*) FROM parked WHERE closed_as = 'discarded'")[0][0] == 1
    assert rows(runtime, "SELECT count(*) FROM parked WHERE closed_as IS NULL")[0][0] == 1
    assert second.counts == {REFUSED: 2, PARKED: 1, APPLIED: 2, REPEATED: 4, CONFLICT: 3}
    again = read(second.verdict)
    assert list(again) == [SHEET, SUMMARY_SHEET]
    assert "重新制作" not in str(again[SUMMARY_SHEET])
    assert [len(row) for row in again[SHEET].values()] == [len(row) for row in cells.values()]
    assert [again[SHEET][number][-3] for number in (7, 10)] == ["已受理", "已受理"]
    assert str(again[SHEET][4][-2]).startswith(
        "与此前所报相同（文件“处罚.xlsx”第 4 行，2026-06-01 12:01），档案无变化。"
    )
    assert not _red(second.verdict, "D7")
    assert _red(first.verdict, "D7")
    assert _red(second.verdict, "O14")


def _red(path: Path, place: str) -> bool:
    """Tell whether a cell is coloured as faulty."""
    parts = parts_of(path)
    style = re.search(rb'<c s="(\d+)" r="' + place.encode() + rb'"', parts["xl/worksheets/sheet1.xml"])
    xfs = re.findall(rb"<xf [^>]*", parts["xl/styles.xml"].partition(b"<cellXfs")[2])
    fills = re.findall(rb"<fill>.*?</fill>", parts["xl/styles.xml"])
    fill = re.search(rb'fillId="(\d+)"', xfs[int(style[1])]) if style else None
    return fill is not None and FAULT.encode() in fills[int(fill[1])]


def test_a_text_comes_back_as_a_text_and_can_be_handed_in_again(
    office: Office, runtime: Runtime, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "处罚.csv", [penalty(1), penalty(2, CF_XDR_SHXYM="92410481MA9TK8C742"), penalty(1)])
    first = office.hand_in(runtime, path)
    assert first.verdict == tmp_path / "处罚.办理结果.csv"
    with first.verdict.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["办理结果"] for row in found] == ["已受理", "未受理", "重复"]
    assert found[1]["说明"].startswith("C3（统一社会信用代码）：统一社会信用代码校验位不符。")
    assert found[2]["说明"].startswith("与此前所报相同（本文件第 2 行，")
    assert read(summary_path(first.verdict))[SUMMARY_SHEET][2][:2] == ["文件", "处罚.csv"]
    mended = first.verdict.read_bytes().replace(b"92410481MA9TK8C742", b"92410481MA9TK8C741")
    first.verdict.write_bytes(mended)
    second = office.hand_in(runtime, first.verdict)
    assert second.verdict == first.verdict
    assert second.counts == {APPLIED: 1, REPEATED: 2}
    assert rows(runtime, "SELECT closed_as FROM parked") == [("discarded",)]


def test_both_who_name_another_party_under_one_number_are_told_so(
    office: Office, runtime: Runtime, tmp_path: Path
) -> None:
    first, second = write_csv(tmp_path / "a.csv", [penalty(1)]), write_csv(tmp_path / "b.csv", [penalty(1, **PERSON)])
    for path in (first, second, first):  # the first one is answered before there is another
        office.hand_in(runtime, path)
    verdicts = (verdict_path(path).read_text(encoding="utf-8-sig").splitlines() for path in (first, second))
    told = [next(csv.DictReader(lines)) for lines in verdicts]
    assert [row["办理结果"] for row in told] == ["冲突", "冲突"]
    what = "该文号所称当事人不同：一案有多个当事人的，以“之二”等后缀区分文号后再报"
    assert [what in row["说明"] for row in told] == [True, True]


@pytest.mark.parametrize("ending", ["xls", "xml"])
def test_an_old_workbook_and_a_package_are_answered_by_a_workbook_that_can_be_handed_in(
    office: Office, runtime: Runtime, tmp_path: Path, ending: str
) -> None:
    given = [penalty(1), penalty(2, CF_XDR_SHXYM="92410481MA9TK8C742"), penalty(3, CF_JDRQ="2026/13/01")]
    path = tmp_path / f"处罚.{ending}"
    path.write_bytes(
        xls([list(given[0]), *(list(row.values()) for row in given)]) if ending == "xls" else package(given)
    )
    before = path.read_bytes()
    first = office.hand_in(runtime, path)
    assert first.verdict == tmp_path / "处罚.办理结果.xlsx"
    assert path.read_bytes() == before
    require_sound(first.verdict)
    book = read(first.verdict)
    sheet = next(cells for name, cells in book.items() if name != SUMMARY_SHEET)
    head, *answered = [[str(cell or "") for cell in cells] for cells in sheet.values()]
    assert head[: len(given[0])] == list(given[0])
    found = [dict(zip(head, cells, strict=False)) for cells in answered]
    assert [{code: row[code] for code in given[0]} for row in found] == given
    assert [row["办理结果"] for row in found] == ["已受理", "未受理", "未受理"]
    assert found[0]["办理编号"].startswith("sheet-")
    assert found[1]["说明"].startswith("C3（统一社会信用代码）：统一社会信用代码校验位不符。")
    assert found[2]["说明"].startswith("L4（处罚决定日期）")
    assert ["文件", path.name] in [cells[:2] for cells in book[SUMMARY_SHEET].values()]
    (note,) = (cells[2] for cells in book[SUMMARY_SHEET].values() if cells[0] == "说明")
    assert str(note).startswith("本工作簿按读到的值重新制作")
    mended = tmp_path / "更正.xlsx"
    right = [[cell.replace("92410481MA9TK8C742", "92410481MA9TK8C741") for cell in cells] for cells in answered]
    mended.write_bytes(xlsx([head, *right]))
    assert office.hand_in(runtime, mended).counts == {APPLIED: 1, REPEATED: 1, PARKED: 1}


@pytest.mark.parametrize("name", ["处罚[1]", "'处罚'", "二〇二六年第一季度行政处罚信息公示数据上报稿（终稿，已核对）"])
def test_a_package_is_answered_whatever_it_is_called(
    office: Office, runtime: Runtime, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.xml"
    path.write_bytes(package([penalty(1)]))
    answered = office.hand_in(runtime, path)
    require_sound(answered.verdict)
    assert answered.counts == {APPLIED: 1}
    assert len(read(answered.verdict)) == 2


def test_what_was_never_taken_is_not_answered(runtime: Runtime, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "处罚.csv", [penalty(1)])
    with pytest.raises(PermanentError, match="no file of that id"):
        answer(runtime, path, "0" * 64, verdict_path(path))
    assert not verdict_path(path).exists()
