"""Number formats that show another amount than the cell has: `0"元"` shows 200 as 200元, and its reader has 200.

Runs in the child process alone. ECMA-376-1, 18.8.31; [MS-XLS] 2.4.126.
"""

from __future__ import annotations

import re
from functools import cache

_PIECE = re.compile(r'"([^"]*)"|[\\!](.)|\[[^\]]*\]|[_*].|(;)|General|G/通用格式|(.)', re.DOTALL | re.IGNORECASE)
_OF_NUMBERS = re.compile(r"[0#?.,;]")
_MONEY = re.compile(r"[元圆万亿]")
_SCALED = re.compile(r"[0#?],+(?![0#?,])")
_PLAIN = re.compile(r"(?:人民币)?[¥￥]?[#0?,]*[0#?](?:\.[0#?]+)?((?:亿元|万元|万|元|圆)整?)")
OTHERWISE = "单元格格式"
"""Stands in what is shown behind a number that the format shows as another."""
_LITERAL, _NUMBER = "\0", "0"


@cache
def find_unit(form: str) -> str | None:
    """Return what stands behind a number of this format where people see it; None where the number is all there is.

    A format that moves the point (`0!.0,"万元"`) shows a number which the cell does not have: it is named itself, so
    that whoever reads an amount finds none.
    """
    shape = _shape_of(form)
    if not _MONEY.search(shape) and not _SCALED.search(shape):
        return None
    plain = _PLAIN.fullmatch(shape)
    return plain[1] if plain else f"（{OTHERWISE} {form[:40]}）"


def _shape_of(form: str) -> str:
    """Return the format of positive numbers, literals in it bare; a literal point or digit is none of the number's."""
    shape = ""
    for piece in _PIECE.finditer(form):
        quoted, escaped, end, bare = piece.groups()
        if end:
            break
        literal = quoted or escaped
        if literal:
            shape += _OF_NUMBERS.sub(_LITERAL, literal)
        elif piece[0].casefold() in {"general", "g/通用格式"}:
            shape += _NUMBER
        else:
            shape += bare or ""
    return "".join(shape.split())
