"""Damaged files: what transport, half a copy, or an attacker does to workbooks, texts and packages of rows."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.mutations import damaged_bytes, hostile
from tests.unit.files import books
from tests.unit.files.messy.rows import CODES, HEAD, PLAIN, ROW, row
from tests.unit.files.seen import TEMPLATES
from workers.files.grid import FileRefused
from workers.files.opening import open_book
from workers.files.rows import Row, SheetRows, read_book

_ROWS = [
    ["行政处罚信息公示表"],
    HEAD,
    ROW,
    row(CF_JDRQ=date(2026, 1, 5), CF_NR_FK=0.2, CF_XDR_SHXYM=410481198001011234),
]
_TEXTS = [HEAD, ROW, row(CF_XDR_MC='"甲",\n诊所')]
_PAGE = books.Page(_ROWS, merged=("A1:G1", "A3:A4"), hidden_columns="B", hidden_rows=(4,))


@cache
def _wholes() -> dict[str, list[bytes]]:
    """Sound files by their endings."""
    return {
        ".xlsx": [books.xlsx(_PAGE, books.Page(_ROWS, "隐藏", hidden=True))],
        ".xls": [books.xls(books.Page(_ROWS, hidden_columns="B"), from_1904=True)],
        ".csv": [books.text(_TEXTS), books.text(_TEXTS, "gb18030", ";"), books.text(_TEXTS, "utf-16", "\t")],
        ".xml": [
            books.package([dict(zip(HEAD, PLAIN.values(), strict=True))] * 2, charset)
            for charset in ("UTF-8", "GB18030")
        ],
    }


@st.composite
def damaged_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file with its ending: damaged as a whole, in one part of its archive, or with other values in its cells."""
    ending = draw(st.sampled_from(sorted(_wholes())))
    whole = draw(st.sampled_from(_wholes()[ending]))
    match draw(st.sampled_from(["bytes", "part", "cells", "ending"])):
        case "part" if ending == ".xlsx":
            return ending, draw(_damaged_part(whole))
        case "cells":
            return ending, draw(_other_cells(ending))
        case "ending":
            return draw(st.sampled_from(sorted(_wholes()))), whole
    return ending, draw(damaged_bytes(whole))


@st.composite
def _damaged_part(draw: st.DrawFn, whole: bytes) -> bytes:
    parts = books.parts(whole)
    name = draw(st.sampled_from(sorted(parts)))
    method = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    return books.packed(parts | {name: draw(damaged_bytes(parts[name]))}, method)


@st.composite
def _other_cells(draw: st.DrawFn, ending: str) -> bytes:
    rows: list[list[Any]] = [draw(st.sampled_from([HEAD, list(CODES)]))]
    rows += draw(st.lists(st.lists(hostile, max_size=9), max_size=4))
    written = [[str(cell).encode("utf-8", "replace").decode()[:5000] for cell in cells] for cells in rows]
    match ending:
        case ".xlsx":
            return books.xlsx([[_fitting(cell) for cell in cells] for cells in rows])
        case ".xls":
            return books.xls([[_fitting(cell) for cell in cells] for cells in rows])
        case ".csv":
            return books.text(written)
    out = io.StringIO()
    for cells in written[1:]:
        items = (f"<{code}>{_escaped(cell)}</{code}>" for code, cell in zip(CODES, cells, strict=False))
        out.write(f"<row>{''.join(items)}</row>")
    return f"<package><body>{out.getvalue()}</body></package>".encode()


def _fitting(cell: object) -> object:
    """A value as the writers of workbooks take it."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return float(cell) if -1e300 < cell < 1e300 else 0
    return str(cell).encode("utf-8", "replace").decode()[:5000]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def read_damaged(ending: str, data: bytes) -> list[Row]:
    """Read a file as it is read at work, with a child for workbooks; nothing where it is refused."""
    rows: list[Row] = []
    with TemporaryDirectory() as folder, suppress(FileRefused):
        path = Path(folder, f"a{ending}")
        path.write_bytes(data)
        with open_book(path) as sheets:
            for sheet in read_book(sheets, TEMPLATES):
                if isinstance(sheet, SheetRows):
                    rows.extend(sheet.rows)
    return rows
