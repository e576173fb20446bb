"""Rights of the operating system that a test does without, whoever runs it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
_READS_ALL = ~(1 << 1 | 1 << 2)
"""All capabilities but those to read and write what the mode of a file forbids."""

_Header = ctypes.c_uint32 * 2
_Sets = ctypes.c_uint32 * 6
"""Effective, permitted and inheritable capabilities 0 to 31, then those from 32 on."""


@contextmanager
def bound_by_modes() -> Iterator[None]:
    """Let this thread read only what the modes of files allow, be it the root user's."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = _Sets()
    _require(libc.capget(_Header(_VERSION_3, 0), before))
    _require(libc.capset(_Header(_VERSION_3, 0), _Sets(before[0] & _READS_ALL, *before[1:])))
    try:
        yield
    finally:
        _require(libc.capset(_Header(_VERSION_3, 0), before))


def _require(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
