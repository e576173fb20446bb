"""Workbooks and CSV files as spreadsheets open them: what is in the parts of the file, not what the writer meant."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from connectors import registry
from schemas.base import Frozen
from schemas.sheets import EXAMPLE_MARK, Choice, Column, Context, Kind, Template, heading
from workers.files.rows import SheetRows, read_sheets
from workers.files.sheetwriter import Form, write_rows, write_template

TEMPLATES = registry.load().templates()
MODELS = registry.load().models()
GOLDEN = sorted((Path(__file__).parents[1] / "connectors" / "golden").glob("*.csv"))
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://example.invalid","x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "https://example.invalid",
]


def part(path: Path, name: str) -> ET.Element:
    with ZipFile(path) as book:
        return ET.fromstring(book.read(name))


def shared(path: Path) -> list[str]:
    return ["".join(text.text or "" for text in one.iter(f"{MAIN}t")) for one in part(path, "xl/sharedStrings.xml")]


def cells(path: Path, sheet: int = 1) -> dict[str, str]:
    """Return the texts of a sheet by cell; a number or a formula would be an error."""
    texts = shared(path) if "xl/sharedStrings.xml" in ZipFile(path).namelist() else []
    found = {}
    for cell in part(path, f"xl/worksheets/sheet{sheet}.xml").iter(f"{MAIN}c"):
        if len(cell):
            assert cell.get("t") in {"s", "inlineStr"}, cell.get("r")
            value = cell.find(f"{MAIN}v")
            place = str(cell.get("r"))
            found[place] = texts[int(value.text or "")] if value is not None else "".join(cell.itertext())
    return found


def offers(path: Path) -> dict[str, ET.Element]:
    """Return the drop-downs of the first sheet by the cells that have them."""
    sheet = part(path, "xl/worksheets/sheet1.xml")
    return {str(one.get("sqref")): one for one in sheet.iter(f"{MAIN}dataValidation")}


@pytest.fixture
def penalty(tmp_path: Path) -> Path:
    path = tmp_path / "penalty.xlsx"
    write_template(TEMPLATES["penalty-v2019"], path)
    return path


def test_a_template_has_its_headings_and_an_example_that_says_that_it_is_one(penalty: Path) -> None:
    found = cells(penalty)
    assert (found["A1"], found["C1"]) == ("行政相对人名称*", "行政相对人代码_1（统一社会信用代码）")
    assert found["A2"] == f"{EXAMPLE_MARK}舞钢市样本美发店"
    assert found["N2"] == f"{EXAMPLE_MARK}舞卫公罚〔2026〕31号"
    assert {re.sub("[A-Z]+", "", place) for place in found} == {"1", "2"}


def test_the_header_stays_and_codes_are_text_down_the_whole_column(penalty: Path) -> None:
    sheet = part(penalty, "xl/worksheets/sheet1.xml")
    pane = next(sheet.iter(f"{MAIN}pane"))
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    styles = part(penalty, "xl/styles.xml")
    formats = [one.get("numFmtId") for one in next(styles.iter(f"{MAIN}cellXfs"))]
    columns = {int(one.get("min") or 0): one for one in sheet.iter(f"{MAIN}col")}
    by_number = list(enumerate(TEMPLATES["penalty-v2019"].columns, start=1))
    for number, column in by_number:
        holder = columns[max(start for start in columns if start <= number)]
        assert (formats[int(holder.get("style") or 0)] == "49") == (column.kind not in {Kind.AMOUNT, Kind.NUMBER})
        assert 10 <= float(holder.get("width") or 0) <= 50


def test_choices_are_lists_and_only_a_list_with_others_may_be_typed_over(penalty: Path) -> None:
    rules = offers(penalty)
    kind = rules["B2:B20001"]
    assert kind.findtext(f"{MAIN}formula1") == '"法人及非法人组织,自然人,个体工商户"'
    assert kind.get("errorStyle") is None  # stop
    assert rules["J2:J20001"].get("errorStyle") == "information"
    assert rules["AE2:AE20001"].findtext(f"{MAIN}formula1") == '"是,否"'
    assert "R2:R20001" not in rules  # several kinds of penalty stand in one cell


def test_a_long_list_stands_on_a_sheet_that_nobody_sees(tmp_path: Path) -> None:
    path = tmp_path / "withdrawal.xlsx"
    choices = tuple(Choice(str(number), f"第{number}种很长的选项") for number in range(30))
    template = small()
    columns = (*template.columns, Column("d", "选择", Kind.CHOICE, choices=choices))
    write_template(replace(template, columns=columns), path)
    book = part(path, "xl/workbook.xml")
    assert [one.get("state") for one in book.iter(f"{MAIN}sheet")] == [None, None, "veryHidden"]
    names = {one.get("name"): one.text for one in book.iter(f"{MAIN}definedName")}
    assert names["_options_3"] == "'选项'!$D$1:$D$30"
    assert offers(path)["D2:D20001"].findtext(f"{MAIN}formula1") == "_options_3"
    assert [text for place, text in cells(path, 3).items() if place.startswith("D")] == [one.word for one in choices]


def test_every_column_is_explained(penalty: Path) -> None:
    guide = cells(penalty, 2)
    titles = {text for place, text in guide.items() if place.startswith("B")}
    assert titles >= {column.title for column in TEMPLATES["penalty-v2019"].columns}
    with ZipFile(penalty) as book:
        notes = book.read("xl/comments1.xml").decode("utf-8")
    assert "2000 元填 0.2" in notes
    assert notes.count("<comment ") == len(TEMPLATES["penalty-v2019"].columns)


def test_the_same_template_is_the_same_file(penalty: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    write_template(TEMPLATES["penalty-v2019"], again)
    assert again.read_bytes() == penalty.read_bytes()


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_can_be_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / "one.xlsx"
    template = TEMPLATES[name]
    write_template(template, path)
    apart = [
        column for column in template.columns if column.code.startswith(tuple(f"{d.item}." for d in template.details))
    ]
    assert len(cells(path)) >= len(template.columns) - len(apart)
    for number, detail in enumerate(template.details, start=2):
        headings = [text for place, text in cells(path, number).items() if re.fullmatch("[A-Z]+1", place)]
        assert headings == [heading(column) for column in detail.template.columns]


def small() -> Template:
    template = TEMPLATES["permit-v2018-person"]
    columns = (Column("a", "名称", required=True), Column("b", "金额", Kind.AMOUNT), Column("c", "我们的", ours=True))
    return replace(template, columns=columns)


def test_rows_stay_text_whatever_they_begin_with(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    assert write_rows(small(), ({"a": text, "b": "0.2", "c": "x"} for text in FORMULAS), path, "xlsx") == len(FORMULAS)
    found = cells(path)
    assert [found[f"A{row}"] for row in range(2, len(FORMULAS) + 2)] == FORMULAS
    assert {place for place in found if place.endswith("1") and len(place) == 2} == {"A1", "B1"}
    assert found["A1"] == "名称"
    with ZipFile(path) as book:
        relations = [book.read(name) for name in book.namelist() if "sheet1.xml.rels" in name]
    assert not [one for one in relations if b"hyperlink" in one]


def test_a_csv_file_is_one_that_excel_reads_and_works_nothing_out_of(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    texts = [*FORMULAS, "甲，乙", 'a"b', "两\n行"]
    assert write_rows(small(), ({"a": text} for text in texts), path, "csv") == len(texts)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == len(texts) + 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["名称", "金额"]
    assert [row[0].removeprefix("'") for row in rows[1:]] == texts
    assert not [row[0] for row in rows[1:] if row[0].startswith(("=", "+", "-", "@", "\t"))]


def test_rows_are_taken_one_by_one(tmp_path: Path) -> None:
    taken = 0

    def endless() -> object:
        nonlocal taken
        for row in repeat({"a": "x"}):
            taken += 1
            if taken > 1000:
                raise InterruptedError
            yield row

    with pytest.raises(InterruptedError):
        write_rows(small(), endless(), tmp_path / "rows.csv", "csv")  # type: ignore[arg-type]
    assert taken == 1001


def read_back(path: Path) -> list[SheetRows]:
    sheets = read_sheets(path, tuple(TEMPLATES.values()))
    return [replace(sheet, rows=iter(list(sheet.rows))) for sheet in sheets if isinstance(sheet, SheetRows)]


@pytest.mark.parametrize("name", ["penalty-v2016-organisation", "credit.inspection.check.v1"])
def test_a_template_that_was_not_filled_in_is_known_by_its_headings_and_has_no_row(name: str, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    write_template(TEMPLATES[name], path)
    sheets = read_back(path)
    details = TEMPLATES[name].details
    assert [sheet.layout.template.name for sheet in sheets] == [name, *(each.template.name for each in details)]
    assert [list(sheet.rows) for sheet in sheets] == [[] for _ in sheets]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_rows_that_are_written_are_read_as_they_were(name: str, form: Form, tmp_path: Path) -> None:
    template, path = TEMPLATES[name], tmp_path / f"rows.{form}"
    values = {column.code: column.example for column in template.columns if column.example and not column.ours}
    write_rows(template, [values], path, form)
    sheet = read_back(path)[0]
    assert sheet.layout.template.name == name
    (row,) = sheet.rows
    days = {column.code for column in template.columns if column.kind in {Kind.DAY, Kind.END}}
    assert row.values == {code: text.replace("/", "-") if code in days else text for code, text in values.items()}


def messages_of(sheet: SheetRows) -> list[tuple[str, Frozen]]:
    """What the rows of a sheet state, each by the model of its message."""
    organs = {"舞钢市卫生健康委员会": "11410481983690064T", "舞钢市社会信用体系建设办公室": "11410481685969382K"}
    stated = [sheet.layout.template.read(row.values, Context("11410481983690064T", organs)) for row in sheet.rows]
    return [(each.type, MODELS[each.type].model_validate(each.data)) for each in stated]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_states_the_same_by_our_readers_and_is_read_back_when_written_anew(
    golden: Path, form: Form, tmp_path: Path
) -> None:
    kept = json.loads(golden.with_suffix(".json").read_text(encoding="utf-8"))
    said = [(each["type"], MODELS[each["type"]].model_validate(each["data"])) for each in kept]
    (sheet,) = read_back(golden)
    rows = list(sheet.rows)
    assert (sheet.layout.template.name, len(rows)) == (golden.stem, len(kept))
    assert messages_of(replace(sheet, rows=iter(rows))) == said
    path = tmp_path / f"rows.{form}"
    assert write_rows(TEMPLATES[golden.stem], [row.values for row in rows], path, form) == len(kept)
    (again,) = read_back(path)
    assert again.layout.template.name == golden.stem
    ours = {column.code for column in TEMPLATES[golden.stem].columns if column.ours}
    bare = [{code: text for code, text in row.values.items() if code not in ours} for row in rows]
    assert [row.values for row in again.rows] == bare
