"""Codes of organisations: the unified social credit code and the organisation code inside it.

The check is our own because python-stdnum's `cn.uscc` demands digits in the first eight places, so refuses
the codes of military hospitals (A1) and of rural collectives (N1), and takes four times as long.
"""

from __future__ import annotations

from functools import lru_cache
from operator import mul

from credit.identity.text import squeeze_number
from schemas.errors import UnusableError
from schemas.fillers import is_filler
from schemas.reasons import Reason

_NO_VALUE = 255


def _values(chars: str) -> bytes:
    """Return a table for `bytes.translate` from each of the characters to its place among them."""
    return bytes(chars.find(chr(code)) % (_NO_VALUE + 1) for code in range(256))


_USCC_VALUES = _values("0123456789ABCDEFGHJKLMNPQRTUWXY")
_USCC_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)
_ORG_VALUES = _values("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CHECKS = "0X987654321"


def is_uscc(code: str) -> bool:
    """Tell whether a squeezed code has the alphabet, length and check character of GB 32100-2015.

    Placeholders are not told apart: eighteen zeros pass. See `is_placeholder`.
    """
    if len(code) != 18 or not code.isascii():
        return False
    values = code.encode().translate(_USCC_VALUES)
    return _NO_VALUE not in values and sum(map(mul, values, _USCC_WEIGHTS)) % 31 == 0


def is_org_code(code: str) -> bool:
    """Tell whether a squeezed organisation code has the check character of GB 11714 in its ninth place."""
    if len(code) != 9 or not code.isascii():
        return False
    values = code[:8].encode().translate(_ORG_VALUES)
    return _NO_VALUE not in values and code[8] == _ORG_CHECKS[sum(map(mul, values, _ORG_WEIGHTS)) % 11]


def is_placeholder(code: str) -> bool:
    """Tell whether a code only fills the field: a filler, or one character repeated, whatever its check character."""
    return bool(code) and (is_filler(code) or code.count(code[0], 0, -1) == len(code) - 1)


@lru_cache(maxsize=4096)
def check_organ_code(code: str) -> str:
    """Give the normal form of an organ's unified social credit code.

    Raises UnusableError with USCC_PLACEHOLDER or USCC_CHECK.
    """
    normal = squeeze_number(code)
    if is_placeholder(normal):
        raise UnusableError(Reason.USCC_PLACEHOLDER, "the organ's code is a placeholder")
    if not is_uscc(normal):
        raise UnusableError(Reason.USCC_CHECK, "the organ's code is not a unified social credit code")
    return normal
