"""Number formats that show another amount than the cell has: `0"元"` shows 200 as 200元, and its reader has 200.

Runs in the child process alone. ECMA-376-1, 18.8.31; [MS-XLS] 2.4.126.
"""

from __future__ import annotations

import re
from functools import cache

_PIECE = re.compile(
    r'"([^"]*)"|[\\!](.)|\[\$([^\]-]*)[^\]]*\]|\[([<>=])?[^\]]*\]|[_*].|(;)|General|G/通用格式|(.)',
    re.DOTALL | re.IGNORECASE,
)
_LITERAL = str.maketrans(".0#?,;", "\0\0\0\0\1\1")
"""What a number has, where it is none of it; a literal comma may part thousands, a literal point moves the number's."""
_MONEY = re.compile(r"[元圆万亿]")
_DIGIT = re.compile(r"[0#?]")
_MOVED = re.compile(r"[0#?],+(?![0#?,])|[0#?,]\0[0#?,]")
_PLAIN = re.compile(r"(?:人民币)?[¥￥]?[#0?,]*[0#?](?:\.[0#?]*)?((?:亿元|万元|万|元|圆)整?)")
OTHERWISE = "（单元格格式 "
"""Begins what stands behind a number that the format shows as another."""


@cache
def find_unit(form: str) -> str | None:
    """Return what stands behind a number of this format where people see it; None where the number is all there is.

    A format that moves the point (`0!.0,"万元"`), or shows small numbers in one unit and large ones in another, shows
    what the cell does not have: after `OTHERWISE` it is named itself.
    """
    units = {_unit_of(shape) for shape in _shapes_of(form)} or {None}
    unit = units.pop() if len(units) == 1 else ""
    return f"{OTHERWISE}{form[:40]}）" if unit == "" else unit


def _unit_of(shape: str) -> str | None:
    """Return the unit behind a number; blank where another number is shown, or nobody knows which."""
    if not _MONEY.search(shape) and not _MOVED.search(shape):
        return None
    plain = _PLAIN.fullmatch(shape)
    return plain[1] if plain else ""


def _shapes_of(form: str) -> list[str]:
    """Return the parts of a format by which positive numbers are shown, literals in them bare.

    It is the first, but where one has a condition (`[<10000]0;0!.0,"万元"`): then each that shows a number.
    """
    shapes, has_condition = [""], False
    for piece in _PIECE.finditer(form):
        quoted, escaped, currency, condition, end, bare = piece.groups()
        literal = quoted or escaped or currency
        if end:
            shapes.append("")
        elif literal:
            shapes[-1] += literal.translate(_LITERAL)
        elif piece[0].casefold() in {"general", "g/通用格式"}:
            shapes[-1] += "0"
        else:
            shapes[-1] += bare or ""
        has_condition = has_condition or condition is not None
    shapes = ["".join(shape.split()) for shape in shapes]
    return [shape for shape in shapes if _DIGIT.search(shape)] if has_condition else shapes[:1]
