from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from schemas.states import RowState
from tests.workbooks import DECLARED, MAIN, parts_of, read, require_sound, sheet_xml, write_workbook
from workers.files.grid import LIMITS, Limits
from workers.files.verdicts.naming import HEADINGS, SUMMARY_SHEET
from workers.files.verdicts.package import CannotMark
from workers.files.verdicts.rows import RowVerdict, SheetVerdict
from workers.files.verdicts.styles import FAULT
from workers.files.verdicts.summary import Line
from workers.files.verdicts.xlsx import mark

SHEET = "xl/worksheets/sheet1.xml"
HEAD = (
    '<row r="1"><c r="A1" t="inlineStr" s="1"><is><t>文号</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>金额</t></is></c></row>'
)
ROW = '<row r="2" spans="1:2"><c r="A2" t="inlineStr"><is><t>一号</t></is></c><c r="B2"><v>5</v></c></row>'
TAKEN = RowVerdict(2, RowState.APPLIED, "", "sheet-1")
PARKED = RowVerdict(2, RowState.PARKED, "A2（文号）：请填写", "sheet-2", frozenset({0}))


def marked(
    path: Path,
    verdicts: Iterable[RowVerdict] = (TAKEN,),
    *,
    header_row: int = 1,
    places: Mapping[str, int] | None = None,
    limits: Limits = LIMITS,
) -> Path:
    """Mark a workbook, and look at what was made."""
    out = path.with_name("out.xlsx")
    rows = list(verdicts)
    mark(
        path,
        out,
        lambda: iter([SheetVerdict(1, header_row, places or {}, iter(rows))]),
        lambda: [Line((SUMMARY_SHEET,)), Line(("已受理", "1", "<&>"), RowState.APPLIED)],
        limits,
    )
    require_sound(out)
    return out


def of(tmp_path: Path, rows: str = HEAD + ROW, head: str = "", tail: str = "") -> Path:
    return write_workbook(tmp_path / "in.xlsx", sheet_xml(rows, head, tail))


def test_all_that_the_clerk_wrote_stays_byte_for_byte(tmp_path: Path) -> None:
    more = {"xl/media/image1.png": "\x00not read", "docProps/custom.xml": f"{DECLARED}<Anything/>"}
    tail = '<conditionalFormatting sqref="A1"/><extLst><ext uri="x"><row r="9"/></ext></extLst>'
    path = write_workbook(tmp_path / "in.xlsx", sheet_xml(HEAD + ROW, "<sheetPr/>", tail), more)
    out = marked(path)
    before, after = parts_of(path), parts_of(out)
    assert after.keys() == before.keys() | {"xl/worksheets/sheet2.xml"}
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        SHEET,
    }
    ours = re.compile(rb'<c r="[CDE]\d"[^/]*?(?:/>|>.*?</c>)|<cols>.*?</cols>')
    assert ours.sub(b"", after[SHEET]) == before[SHEET].replace(b' spans="1:2"', b"")


def test_three_columns_stand_right_of_what_is_there(tmp_path: Path) -> None:
    out = marked(of(tmp_path))
    assert read(out)["表"] == {1: ["文号", "金额", *HEADINGS], 2: ["一号", 5, "已受理", "", "sheet-1"]}
    assert read(out)[SUMMARY_SHEET][2] == ["已受理", "1", "<&>"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(HEAD + ROW.replace(' r="2"', "").replace(' r="A2"', "").replace(' r="B2"', ""), 2, id="no places"),
        pytest.param(HEAD.replace(' r="1"', "") + ROW, 2, id="a row without a number"),
        pytest.param(HEAD + '<row r="2"/>', 2, id="an empty row"),
        pytest.param(HEAD, 2, id="a row that is not there, at the end"),
        pytest.param(HEAD + ROW.replace("2", "5"), 2, id="a row that is not there, before others"),
        pytest.param(HEAD + ROW.replace("B2", "AZ2"), 2, id="wider below the headings"),
        pytest.param(HEAD + ROW.replace("</row>", '<c r="D2" s="1"/><c r="X2"/></row>'), 2, id="blank cells beneath"),
        pytest.param(HEAD + ROW.replace("</row>", "<extLst><ext/></extLst></row>"), 2, id="an extended row"),
        pytest.param(HEAD.replace("><", ">\n  <") + "\r\n" + ROW.replace("><", ">\n<"), 2, id="blanks between"),
        pytest.param(HEAD + ROW.replace('"', "'"), 2, id="other quotes"),
        pytest.param(HEAD + ROW.replace("<v>5</v>", "<f>1+4</f><v>5</v>"), 2, id="formulas of the clerk"),
    ],
)
def test_however_rows_are_written(tmp_path: Path, rows: str, expected: int) -> None:
    found = read(marked(of(tmp_path, rows)))["表"]
    places = [place for place, cell in enumerate(found[1]) if cell in HEADINGS]
    assert [found[1][place] for place in places] == [*HEADINGS]
    assert [found[expected][place] for place in places] == ["已受理", "", "sheet-1"]
    assert found[1][:2] == ["文号", "金额"]


def test_a_late_wide_row_moves_the_columns_and_loses_nothing(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 300))
    wide = '<row r="300"><c r="A300"><v>1</v></c><c r="D300"><v>7</v></c></row>'
    verdicts = [RowVerdict(n, RowState.APPLIED, "", f"sheet-{n}") for n in range(2, 301)]
    found = read(marked(of(tmp_path, HEAD + rows + wide), verdicts))["表"]
    assert found[1][4:7] == [*HEADINGS]
    assert found[300] == [1, "", "", 7, "已受理", "", "sheet-300"]


def test_a_merged_cell_beside_the_headings_is_passed_by(tmp_path: Path) -> None:
    tail = '<mergeCells count="2"><mergeCell ref="A1:A1"/><mergeCell ref="B1:E2"/></mergeCells>'
    found = read(marked(of(tmp_path, tail=tail)))["表"]
    assert found[1][5:8] == [*HEADINGS]


def test_a_merged_title_above_the_headings_moves_nothing(tmp_path: Path) -> None:
    title = '<row r="1"><c r="A1" t="inlineStr"><is><t>报送表</t></is></c></row>'
    below = HEAD.replace("1", "2"), ROW.replace('2"', '3"').replace("1:3", "1:2")
    tail = '<mergeCells count="1"><mergeCell ref="A1:H1"/></mergeCells>'
    path = of(tmp_path, title + "".join(below), tail=tail)
    found = read(marked(path, [RowVerdict(3, RowState.APPLIED)], header_row=2))["表"]
    assert found[2][2:5] == [*HEADINGS]


def test_a_faulty_cell_is_red_and_keeps_its_format_else(tmp_path: Path) -> None:
    rows = HEAD + ROW.replace('<c r="A2"', '<c r="A2" s="1"')
    after = parts_of(marked(of(tmp_path, rows), [PARKED]))
    found = re.search(rb'<c s="(\d+)" r="A2"', after[SHEET])
    assert found
    xf = re.findall(rb"<xf .*?(?:/>|</xf>)", after["xl/styles.xml"].partition(b"<cellXfs")[2])[int(found[1])]
    fills = re.findall(rb"<fill>.*?</fill>", after["xl/styles.xml"])
    fill = re.search(rb'fillId="(\d+)"', xf)
    assert fill
    assert FAULT.encode() in fills[int(fill[1])]
    assert b'numFmtId="14"' in xf
    assert b'<alignment horizontal="left"/>' in xf


def test_a_faulty_cell_that_is_not_there_is_made_red(tmp_path: Path) -> None:
    rows = HEAD + '<row r="2"><c r="B2"><v>5</v></c></row>'
    assert re.search(
        rb'<row r="2"[^>]*><c r="A2" s="\d+"/><c r="B2">', parts_of(marked(of(tmp_path, rows), [PARKED]))[SHEET]
    )


def test_a_verdict_that_is_handed_in_again_is_replaced(tmp_path: Path) -> None:
    first = marked(of(tmp_path), [PARKED])
    again = first.rename(tmp_path / "again.xlsx")
    places = dict(zip(HEADINGS, (2, 3, 4), strict=True))
    out = marked(again, [RowVerdict(2, RowState.APPLIED, "", "sheet-3")], places=places)
    assert read(out)["表"] == {1: ["文号", "金额", *HEADINGS], 2: ["一号", 5, "已受理", "", "sheet-3"]}
    assert list(read(out)) == ["表", SUMMARY_SHEET]
    red = re.search(rb'<c s="(\d+)" r="A2"', parts_of(again)[SHEET])
    sound = re.search(rb'<c s="(\d+)" r="A2"', parts_of(out)[SHEET])
    assert red
    assert sound
    assert red[1] != sound[1]
    xfs = re.findall(rb"<xf .*?(?:/>|</xf>)", parts_of(out)["xl/styles.xml"].partition(b"<cellXfs")[2])
    assert b'fillId="0"' in xfs[int(sound[1])]


def test_what_a_verdict_said_of_a_row_that_is_none_any_more_goes(tmp_path: Path) -> None:
    first = marked(of(tmp_path), [PARKED]).rename(tmp_path / "again.xlsx")
    out = marked(first, [], places=dict(zip(HEADINGS, (2, 3, 4), strict=True)))
    assert read(out)["表"][2] == ["一号", 5, "", "", ""]


def test_columns_that_were_moved_or_removed_are_found_again(tmp_path: Path) -> None:
    out = marked(of(tmp_path), places={HEADINGS[0]: 0})
    assert read(out)["表"][1] == [HEADINGS[0], "金额", HEADINGS[1], HEADINGS[2]]


def test_widths_of_the_clerk_are_cut_where_ours_stand(tmp_path: Path) -> None:
    wide = '<col min="2" max="16384" width="4" hidden="1"/>'
    head = f'<dimension ref="A1:B2"/><cols><col min="1" max="1" width="9"/>{wide}</cols>'
    after = parts_of(marked(of(tmp_path, head=head)))[SHEET]
    assert b'<dimension ref="A1:E2"/>' in after
    widths = re.findall(rb'<col min="(\d+)" max="(\d+)" (?:width="(\d+)")', after)
    assert widths == [
        (b"1", b"1", b"9"),
        (b"2", b"2", b"4"),
        (b"3", b"3", b"12"),
        (b"4", b"4", b"60"),
        (b"5", b"5", b"42"),
        (b"6", b"16384", b"4"),
    ]


def test_a_row_is_high_enough_for_what_is_said(tmp_path: Path) -> None:
    low = HEAD + ROW.replace("<row ", '<row ht="12" customHeight="1" ')
    long = RowVerdict(2, RowState.PARKED, "说" * 70, "sheet-1")
    assert b'<row r="2" ht="45" customHeight="1">' in parts_of(marked(of(tmp_path, low), [long]))[SHEET]
    high = HEAD + ROW.replace("<row ", '<row ht="99.5" ')
    assert b'<row ht="99.5" r="2">' in parts_of(marked(of(tmp_path, high), [long]))[SHEET]


def prefixed(xml: str) -> str:
    named = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml.removeprefix(DECLARED))
    return DECLARED + named.replace("xmlns=", "xmlns:x=")


def test_prefixes_are_kept(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "in.xlsx", prefixed(sheet_xml(HEAD + ROW, '<dimension ref="A1"/>')))
    parts = {name: xml.decode() for name, xml in parts_of(path).items()}
    workbook = prefixed(parts["xl/workbook.xml"])
    path = write_workbook(
        path, parts[SHEET], {"xl/workbook.xml": workbook, "xl/styles.xml": prefixed(parts["xl/styles.xml"])}
    )
    out = marked(path, [PARKED])
    assert read(out)["表"][2] == ["一号", 5, "未受理", "A2（文号）：请填写", "sheet-2"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "gb18030"])
def test_other_encodings_become_utf_8(tmp_path: Path, encoding: str) -> None:
    name = "UTF-16" if "16" in encoding else "UTF-8" if "8-" in encoding else "GB18030"
    text = sheet_xml(HEAD + ROW).replace("UTF-8", name)
    out = marked(write_workbook(tmp_path / "in.xlsx", text.encode(encoding)))
    assert "金额" in parts_of(out)[SHEET].decode()


def test_a_sheet_without_a_stylesheet_gets_one(tmp_path: Path) -> None:
    path = of(tmp_path)
    parts = {name: xml.decode() for name, xml in parts_of(path).items() if name != "xl/styles.xml"}
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        parts[name] = re.sub(r"<(?:Override|Relationship) [^>]*styles[^>]*/>", "", parts[name])
    with ZipFile(path, "w") as archive:
        for name, xml in parts.items():
            archive.writestr(name, xml)
    assert read(marked(path))["表"][2][2] == "已受理"


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        (sheet_xml(HEAD + "<!-- a remark -->" + ROW), "comments"),
        (sheet_xml(HEAD + ROW.replace("一号", "<![CDATA[<row r='9'>]]>")), "comments"),
        (sheet_xml(ROW + HEAD), "ascend"),
        (sheet_xml(HEAD + ROW.replace("A2", "C2")), "ascend"),
        (sheet_xml(HEAD + "<other/>" + ROW), "between the rows"),
        (sheet_xml(HEAD + ROW.replace("</row>", "")), "does not end"),
        (sheet_xml(HEAD + ROW).replace("</sheetData>", ""), "between the rows"),
        (f'{DECLARED}<worksheet xmlns="{MAIN}"><sheetData/></worksheet>', "no rows"),
        (sheet_xml(HEAD + ROW + '<row r="3"><c r="XFC3"><v>1</v></c></row>'), "no room"),
        (sheet_xml(HEAD.replace("UTF-8", "x")).encode("utf-16")[:-1], "encoding"),
        (sheet_xml(HEAD + ROW).replace("UTF-8", "x-unknown"), "encoding"),
    ],
)
def test_what_is_written_in_another_way_is_not_marked(tmp_path: Path, sheet: str | bytes, why: str) -> None:
    with pytest.raises(CannotMark, match=why):
        marked(write_workbook(tmp_path / "in.xlsx", sheet), [RowVerdict(2, RowState.PARKED, "", "", frozenset({1}))])


@pytest.mark.parametrize(
    "part", ["xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"]
)
def test_entities_are_refused(tmp_path: Path, part: str) -> None:
    path = of(tmp_path)
    xml = parts_of(path)[part].decode().replace(DECLARED, f'{DECLARED}<!DOCTYPE x [<!ENTITY a "b">]>')
    with pytest.raises(CannotMark, match="entities"):
        marked(write_workbook(path, sheet_xml(HEAD + ROW), {part: xml}))


def test_no_more_is_unpacked_than_allowed(tmp_path: Path) -> None:
    path = of(tmp_path, HEAD + ROW + " " * 3_000_000)
    with pytest.raises(CannotMark, match="larger"):
        marked(path, limits=Limits(unpacked=1_000_000))


def test_a_row_without_end_is_not_gathered_for_ever(tmp_path: Path) -> None:
    path = of(tmp_path, HEAD + f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"x" * 12_000_000}</t></is></c></row>')
    with pytest.raises(CannotMark, match="too long"):
        marked(path)


@pytest.mark.parametrize("text", ["=1+1", "<b>&amp;\"'", "a\x00\x08b\ud800c", "]]>", "长" * 40_000, "\t行\n"])
def test_whatever_is_said_stays_text(tmp_path: Path, text: str) -> None:
    found = read(marked(of(tmp_path), [RowVerdict(2, RowState.PARKED, text)]))["表"][2][3]
    assert found == re.sub("[\x00\x08\ud800]", "", text)[:32_767].strip()


def test_a_formula_where_our_columns_stand_is_not_thrown_away(tmp_path: Path) -> None:
    rows = HEAD + ROW.replace("<v>5</v>", "<f>1+4</f><v>5</v>")
    with pytest.raises(CannotMark, match="formula"):
        marked(of(tmp_path, rows), places=dict(zip(HEADINGS, (1, 2, 3), strict=True)))


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_damaged_is_marked_soundly_or_not_at_all(tmp_path: Path, seed: int) -> None:
    """A part that was well-formed stays so; where it was not, nothing worse than a damaged copy may come of it."""
    chance = Random(seed)
    parts = parts_of(of(tmp_path, head='<cols><col min="1" max="9" width="4"/></cols>'))
    name = chance.choice(
        ["xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", SHEET]
    )
    damaged = bytearray(parts[name])
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(damaged))
        damaged[at : at + chance.randint(0, 9)] = chance.choice(
            [b"", b"<", b">", b'"', b"/>", b"\xff", b"0", b"</row>"]
        )
    path = write_workbook(tmp_path / "in.xlsx", sheet_xml(HEAD + ROW), {name: damaged.decode("latin-1")})
    out = tmp_path / "out.xlsx"
    verdicts = SheetVerdict(1, 1, {}, iter([PARKED]))
    with suppress(CannotMark):
        mark(path, out, lambda: iter([verdicts]), lambda: [Line((SUMMARY_SHEET,))], LIMITS)
