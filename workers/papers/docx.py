"""Papers as DOCX, for those who change them before they are sent.

Only names of fonts stand in the file, those that the offices' own machines have.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from workers.papers import zipped
from workers.papers.parts import Fields, Line, Part, Row, Sign, Table

_BODY, _HEI, _KAI, _BIAO, _SONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体", "宋体"
_LATIN = "Times New Roman"
_PITCH = Pt(29)
"""22 lines on 225 mm."""
_RED = RGBColor(0xD7, 0x00, 0x0F)
_WIDE = 6
"""Columns from which a sheet lies on its side."""


def write(parts: tuple[Part, ...], title: str, office: str, on: date) -> bytes:
    """Return the file; the same bytes for the same parts."""
    document = Document()
    _prepare(document, wide=any(isinstance(part, Table) and len(part.columns) >= _WIDE for part in parts))
    for part in parts:
        match part:
            case Line():
                _write_line(document, part)
            case Sign():
                _write_sign(document, part)
            case Table():
                _write_table(document, part)
            case Fields():
                _fill(document, part.rows, head=False)
    _describe(document, title, office, on)
    out = BytesIO()
    document.save(out)
    return zipped.settle(out.getvalue())


def _prepare(document: Any, *, wide: bool) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    if wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        section.top_margin, section.bottom_margin = Mm(28), Mm(26)
    style = document.styles["Normal"]
    _set_font(style, _BODY, 16)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    style.paragraph_format.line_spacing = _PITCH
    _number_pages(section.footer.paragraphs[0])


def _set_font(holder: Any, family: str, size: float) -> None:
    holder.font.size = Pt(size)
    holder.font.name = _LATIN
    # Word takes the font of Chinese characters from here alone.
    holder.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), family)


def _add(document: Any, text: str, family: str = _BODY, size: float = 16, *, bold: bool = False) -> Any:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(text)
    _set_font(run, family, size)
    run.bold = bold
    return paragraph


def _write_line(document: Any, line: Line) -> None:
    match line.kind:
        case "masthead":
            paragraph = _add(document, line.text, _BIAO, 36)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.line_spacing = Pt(50)
            paragraph.runs[0].font.color.rgb = _RED
        case "title":
            paragraph = _add(document, line.text, _BIAO, 22)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.line_spacing = Pt(34)
            paragraph.paragraph_format.space_after = _PITCH
        case "number":
            paragraph = _add(document, line.text)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = _PITCH
        case "to":
            _add(document, line.text)
        case "note":
            _add(document, line.text, size=12)
        case "heading":
            _indent(_add(document, line.text, _HEI if line.level == 1 else _KAI))
        case "para":
            paragraph = _indent(_add(document, line.text))
            paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def _indent(paragraph: Any) -> Any:
    paragraph.paragraph_format.first_line_indent = Pt(32)
    return paragraph


def _write_sign(document: Any, sign: Sign) -> None:
    document.add_paragraph()
    for line in sign.lines:
        paragraph = _add(document, line)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(64)
        paragraph.paragraph_format.keep_together = True


def _write_table(document: Any, table: Table) -> None:
    if table.caption:
        _add(document, table.caption, _HEI, 14).paragraph_format.keep_with_next = True
    _fill(document, (table.columns, *table.rows), head=True)


def _fill(document: Any, rows: tuple[Row, ...], *, head: bool) -> None:
    made = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for index, (row, cells) in enumerate(zip(rows, made.rows, strict=True)):
        for place, (text, cell) in enumerate(zip(row, cells.cells, strict=True)):
            named = index == 0 if head else place == 0
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            _set_font(paragraph.add_run(text), _HEI if named else _BODY, 10.5)
            if named:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if head:
        repeated = OxmlElement("w:tblHeader")
        made.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 - a row has no public name for it


def _number_pages(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("— ", None), ("", "PAGE"), (" —", None)):
        run = paragraph.add_run(text)
        _set_font(run, _SONG, 14)
        for kind in ("begin", "end") if field else ():
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run.element.append(mark)
            if kind == "begin":
                code = OxmlElement("w:instrText")
                code.text = field
                run.element.append(code)


def _describe(document: Any, title: str, office: str, on: date) -> None:
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments = title, office, office, ""
    about.language = "zh-CN"
    about.created = about.modified = datetime(on.year, on.month, on.day, tzinfo=UTC)
