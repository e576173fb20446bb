"""Names that come from outside: of files, which may be no text, and of sheets, which may not have all of them."""

from __future__ import annotations

import os
import re

_FORBIDDEN, LONGEST_SHEET = re.compile(r"[\[\]:*?/\\\x00-\x1f]"), 31
"""What the name of a sheet cannot hold, and how many characters it may have."""
GUIDE_SHEET = "填写说明"
"""The sheet of a template of ours that explains its columns."""
_LONGEST_FILE, _TAIL = 255, 10
"""Bytes that the name of a file may have, and characters of its end that stay where it is cut."""
FOR_NUMBERS = 16
"""Bytes to spare in a name that may get a number, as another file has it."""


def readable(name: str) -> str:
    """Return the name of a file as text that can be kept and shown.

    Archives that were packed on Windows, and old shares, leave names in GB18030, which the system knows as bytes alone.
    """
    if name.isprintable():  # as nearly every name: what stands for bytes that are no text never prints
        return name
    written = os.fsencode(name)
    for charset in ("utf-8", "gb18030"):
        try:
            return written.decode(charset)
        except UnicodeDecodeError:
            continue
    return written.decode("utf-8", "replace")


def fit(stem: str, ending: str, *, room: int = 0) -> str:
    """Return a name that a file system takes, with `room` bytes to spare: of a longer one the middle is left out."""
    most = _LONGEST_FILE - room - len(ending.encode())
    if len(stem.encode()) <= most:
        return stem + ending
    tail = stem[-_TAIL:]  # what tells 附件1 from 附件2
    head = stem[:-_TAIL].encode()[: most - len(f"…{tail}".encode())].decode(errors="ignore")
    return f"{head}…{tail}{ending}"


def numbered(name: str, number: int) -> str:
    """Return a name as it is for the first of its kind, and with a number for those that follow."""
    stem, dot, ending = name.partition(".")
    return name if number == 1 else fit(stem, f" ({number}){dot}{ending}")


def sheet_name(title: str) -> str:
    """Return the nearest name that a sheet of a workbook may have."""
    return _FORBIDDEN.sub(" ", title).strip(" '")[:LONGEST_SHEET].rstrip(" '") or "Sheet"
