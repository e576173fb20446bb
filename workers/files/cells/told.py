"""What a converter says of a cell, and what converters of all kinds share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from schemas.file_reasons import CellReason
from schemas.fillers import says_nothing
from workers.files.formats import OTHERWISE
from workers.files.grid import NOT_WORKED_OUT, Cell, Fault


class Told(NamedTuple):
    """A text of which something is to be said; None where the cell is refused."""

    text: str | None
    reason: CellReason
    says: str


Converted = str | Told
Convert = Callable[[Cell], Converted]
"""Takes a cell that is not blank."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a column's converter has to know of its sheet."""

    from_1904: bool | None = None
    in_yuan: bool = False


KEPT = 4096
"""Answers that are remembered for each column: cells repeat."""
FAULTS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
"""What failed formulas leave where a sheet was saved as text."""
_SHOWN = 40

LOST = Told(None, CellReason.NUMBER_AS_FLOAT, "号码以数字格式保存，15 位以后的数字已经丢失")
"""It says no digit: those that are left may be of an identity number."""


def shown(written: str) -> str:
    """Return a text as notes show it: not too long."""
    text = written.strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def masked(text: str) -> str:
    """Return a code for people to recognise; of one that may be an identity number only the ends."""
    bare = text.strip()
    return shown(bare) if sum(map(str.isdigit, bare)) < 15 else f"{bare[:6]}…{bare[-2:]}"


def read_as(written: str, text: str) -> Told:
    """Say that a text was read in another form."""
    return Told(text, CellReason.READ_AS, f"「{shown(written)}」读作「{shown(text)}」")


def blank(written: str) -> Told:
    """Say that a filler is nothing."""
    return Told("", CellReason.FILLER, f"「{shown(written)}」视为空")


def void(written: str) -> Told:
    """Refuse a filler where something has to stand."""
    return Told(None, CellReason.VOID, f"「{shown(written)}」只是占位文字")


def fault(code: str) -> Told:
    """Refuse what a failed formula left, or a number that its format shows as another."""
    if code == NOT_WORKED_OUT:
        says = "公式还没有算出值：用 Excel 或 WPS 打开本文件，保存后再提交"
        return Told(None, CellReason.ERROR_VALUE, says)
    number, otherwise, form = code.partition(OTHERWISE)
    if otherwise:
        says = f"「{shown(masked(number) + otherwise + form)}」显示的数与单元格的值不同，先把格式改为“常规”"
        return Told(None, CellReason.AMOUNT_UNCLEAR, says)
    return Told(None, CellReason.ERROR_VALUE, f"单元格是公式错误 {shown(code)}")


def wrong(cell: Cell, says: str) -> Told:
    """Refuse a cell that cannot be what its column holds."""
    return fault(cell.code) if isinstance(cell, Fault) else Told(None, CellReason.KIND_WRONG, says)


def is_no_value(text: str) -> bool:
    """Tell whether a text in a column of numbers, codes or days says that there is none; 0 is one."""
    return bool(text) and not any(map(str.isdigit, text)) and says_nothing(text)
