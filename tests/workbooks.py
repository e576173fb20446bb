"""Workbooks written part by part, as no library would write them, and a strict look at those that were made."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZIP_DEFLATED, ZipFile

from workers.files.grid import Cell
from workers.files.opening import open_book

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."

STYLES = (
    f'{DECLARED}<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border/></borders><cellStyleXfs count='1'><xf/></cellStyleXfs>"
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="1" borderId="0" xfId="0"><alignment horizontal="left"/></xf></cellXfs>'
    "</styleSheet>"
)


def sheet_xml(rows: str, head: str = "", tail: str = "") -> str:
    """A worksheet around its rows."""
    return f'{DECLARED}<worksheet xmlns="{MAIN}">{head}<sheetData>{rows}</sheetData>{tail}</worksheet>'


def write_workbook(path: Path, sheet: str | bytes, more: Mapping[str, str] | None = None) -> Path:
    """Write a workbook of one sheet; `more` adds parts or puts others in their place, and None removes one."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": (
            f'{DECLARED}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}worksheet+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}styles+xml"/></Types>'
        ),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": (
            f'{DECLARED}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="表" sheetId="7" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _relations(
            {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("styles", "styles.xml")}
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/styles.xml": STYLES,
    }
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in (parts | dict(more or {})).items():
            archive.writestr(name, content)
    return path


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    inner = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{t}"/>' for i, (kind, t) in targets.items())
    return f'{DECLARED}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'


def parts_of(path: Path) -> dict[str, bytes]:
    """The parts of a workbook by their names."""
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read(path: Path) -> dict[str, dict[int, list[Cell]]]:
    """The cells of a workbook as its reader finds them: by sheet and number of row."""
    with open_book(path) as sheets:
        return {sheet.name: {row.number: row.cells for row in sheet.rows} for sheet in sheets}


def require_sound(path: Path) -> None:
    """Check what spreadsheets repair: XML, relations, types, order of rows and cells, styles, counts, widths."""
    parts = parts_of(path)
    assert len(parts) == len({name.lower() for name in parts})
    trees = {name: ET.fromstring(xml) for name, xml in parts.items() if name.endswith((".xml", ".rels"))}
    targets = {r.get("Id"): r.get("Target", "") for r in trees["xl/_rels/workbook.xml.rels"]}
    assert len(targets) == len(trees["xl/_rels/workbook.xml.rels"])
    for target in targets.values():
        assert posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}") in parts
    sheets = [e for e in trees["xl/workbook.xml"].iter() if _local(e.tag) == "sheet"]
    for key in ("name", "sheetId"):
        assert len({sheet.get(key) for sheet in sheets}) == len(sheets)
    assert all(any(_local(k) == "id" and v in targets for k, v in sheet.attrib.items()) for sheet in sheets)
    typed = {e.get("PartName", "").lstrip("/") for e in trees["[Content_Types].xml"]}
    styles = trees["xl/styles.xml"]
    counts = {_local(e.tag): e for e in styles}
    for name in ("fills", "cellXfs"):
        assert counts[name].get("count") in {None, str(len(counts[name]))}
    assert all(int(xf.get("fillId", "0")) < len(counts["fills"]) for xf in counts["cellXfs"])
    for name, tree in trees.items():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            assert name in typed
            _require_sound_sheet(tree, len(counts["cellXfs"]))


def _require_sound_sheet(tree: ET.Element, styles: int) -> None:
    before = 0
    for row in (e for e in tree.iter() if _local(e.tag) == "row"):
        number = int(row.get("r") or before + 1)
        assert number > before
        before, column = number, -1
        for cell in row:
            place = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r") or "")
            at = _number(place[1]) if place else column + 1
            assert at > column
            assert place is None or int(place[2]) == number
            assert int(cell.get("s", "0")) < styles
            column = at
    last = 0
    for col in (e for e in tree.iter() if _local(e.tag) == "col"):
        assert last < int(col.get("min", "0")) <= int(col.get("max", "0"))
        last = int(col.get("max", "0"))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
