"""Numbers of spreadsheets as texts. Used by the child process too, which loads nothing heavy."""

from __future__ import annotations

import math
from decimal import Decimal

_WHOLE = 10**15
"""From here on a double no longer tells one integer from the next."""


def plain(number: float) -> str:
    """Return a number as a spreadsheet shows it: with fifteen digits at most, and without exponent."""
    if isinstance(number, int) or number.is_integer():
        return str(int(number))
    return f"{Decimal(f'{number:.15g}'):f}"


def is_too_long(number: float) -> bool:
    """Tell whether a number lost digits before it came, or is none."""
    return not math.isfinite(number) or abs(number) >= _WHOLE
