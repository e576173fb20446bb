"""A small template of the tests' own, and what reading a file shows of it, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.file_reasons import CellReason, FileReason
from schemas.sheets import REVISION, Choice, Column, Context, Kind, Stated, Template
from workers.files import child, guard
from workers.files.grid import LIMITS, Limits, Sheet, column_letter
from workers.files.guard import FileKind
from workers.files.opening import open_book
from workers.files.rows import CellNote, Row, SheetLeftOut, SheetRows, read_book
from workers.files.titles import Titles
from workers.files.workbook import read_lines


def _read(values: Mapping[str, str], _: Context) -> Stated:
    return Stated("test", dict(values))


PENALTY = Template(
    "penalty",
    "处罚",
    "test.penalty.v1",
    (
        Column("CF_XDR_MC", "行政相对人名称", required=True),
        Column(
            "CF_XDR_SHXYM",
            "行政相对人代码_1（统一社会信用代码）",
            Kind.CODE,
            also=("统一社会信用代码",),
            most=18,
        ),
        Column("CF_XDR_ZZJG", "行政相对人代码_3（组织机构代码）", Kind.CODE, also=("组织机构代码",), most=9),
        Column("CF_XDR_ZJHM", "证件号码", Kind.CODE, most=64),
        Column("CF_WSH", "行政处罚决定书文号", Kind.CODE, also=("决定书文号", "文号"), required=True, most=128),
        Column(
            "CF_CFLB",
            "处罚类别",
            Kind.CHOICES,
            choices=(Choice("警告", "警告"), Choice("罚款", "罚款"), Choice("没收违法所得", "没收违法所得")),
        ),
        Column("CF_NR_FK", "罚款金额（万元）", Kind.AMOUNT, also=("罚款金额",)),
        Column("CF_JDRQ", "处罚决定日期", Kind.DAY, required=True),
        Column("CF_GSJZQ", "公示截止期", Kind.END),
        Column("CF_TZ", "是否听证", Kind.FLAG),
        Column("CF_ZT", "状态", Kind.CHOICE, choices=(Choice("0", "正常"), Choice("01", "撤销"), Choice("2", "异议"))),
        Column("CF_RS", "人数", Kind.NUMBER),
        Column("CF_CFJG", "处罚机关"),
        Column("CF_CFJGDM", "处罚机关统一社会信用代码", Kind.CODE, most=18),
        Column("BZ", "备注"),
        REVISION,
    ),
    _read,
)
PERMIT = Template(
    "permit",
    "许可",
    "test.permit.v1",
    (
        Column("XK_XDR_MC", "行政相对人名称", required=True),
        Column("XK_WSH", "许可决定文书号", Kind.CODE, required=True),
        Column("XK_YXQZ", "有效期自", Kind.DAY),
        Column("XK_YXQZI", "有效期至", Kind.END),
        Column("BZ", "备注"),
    ),
    _read,
)
TEMPLATES = [Titles(PENALTY), Titles(PERMIT)]
TITLES = {column.code: column.title for column in PENALTY.columns}

Said = tuple[CellReason, str]
"""A reason, and how what is said begins."""


@dataclass(frozen=True)
class Seen:
    """A row that is expected: what stands in it, and what is said of its cells, by the letters of columns."""

    number: int
    values: Mapping[str, str]
    notes: Mapping[str, Said] = field(default_factory=dict)
    refusals: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    rows: list[Row]
    sheets: list[SheetRows]
    left_out: list[SheetLeftOut]


def read(path: Path, limits: Limits = LIMITS, templates: Sequence[Titles] = TEMPLATES) -> Read:
    """Read a file in this process: what the child does is called as a function."""
    rows, sheets, left_out = list[Row](), list[SheetRows](), list[SheetLeftOut]()
    with _open(path, limits) as opened:
        for sheet in read_book(opened, templates):
            if isinstance(sheet, SheetLeftOut):
                left_out.append(sheet)
            else:
                sheets.append(sheet)
                rows.extend(sheet.rows)
    return Read(rows, sheets, left_out)


@contextmanager
def _open(path: Path, limits: Limits) -> Iterator[Iterator[Sheet]]:
    with path.open("rb") as opened:
        kind = guard.recognise(opened, path.name, limits)
    if kind in {FileKind.XLSX, FileKind.XLS}:
        yield read_lines(child.read(path.read_bytes(), limits), limits)
        return
    with open_book(path, limits) as sheets:
        yield sheets


def seen(row: Row, expected: Seen | None) -> Seen:
    """Return a row as it is written down as expected; of what is said, as much as was written down."""
    return Seen(
        row.number,
        dict(row.values),
        _said(row.notes, expected.notes if expected else {}),
        _said(row.refusals, expected.refusals if expected else {}),
    )


def _said(notes: Sequence[CellNote], expected: Mapping[str, Said]) -> dict[str, Said]:
    said = {}
    for note in notes:
        letter = column_letter(note.column)
        assert letter not in said
        begin = expected.get(letter, (None, ""))[1]
        said[letter] = (note.reason, begin if begin and note.says.startswith(begin) else note.says)
    return said


def at(values: Mapping[str, Any], *codes: str) -> list[Any]:
    """The values of a row in the order of columns."""
    return [values.get(code, "") for code in codes]


@dataclass(frozen=True)
class Case:
    """A file, and what is to be read of it: rows, or why it is refused."""

    title: str
    name: str
    data: bytes
    rows: tuple[Seen, ...] = ()
    refused: tuple[FileReason, str] | None = None
    """The reason, and a part of what is said."""
    notes: tuple[str, ...] = ()
    """What is said of the first sheet that is read."""
    template: str = ""
    """The template that ships and has to be told from all others; without one the tests' own are known."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Names of sheets that are not read, and why."""
