"""The bytes of a message as a viewer may read them: laid out, masked, and never more than a screen can bear."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from credit.identity import Viewer, is_plainly_code
from schemas import wire
from schemas.errors import UnusableError
from schemas.forms import Unrepresentable

_HEAD = 512
_LONGEST = 20_000
_ESCAPE = re.compile(r"(?<!\\)\\(?:u([0-9a-fA-F]{4})|[bfnrt])")
_COLUMNS = r"(?:id_no|\w*_ZJHM|\w*SFZH?)"
_COLUMN = re.compile(_COLUMNS, re.IGNORECASE)
_PERSONAL = re.compile(rf'("{_COLUMNS}"\s*:\s*")([^"\n]+)', re.IGNORECASE)
_DIGITS = re.compile(rb"(?:[0-9]\0*){15,}[Xx]?")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx×＊*Ｘｘ](?![0-9A-Za-z])")


def read_bytes(raw: bytes, viewer: Viewer) -> str:
    """Return a message as text: JSON laid out, other UTF-8 as it is, anything else as the head of a hex dump.

    Masking is generous, because many a message is parked for a number that is wrong: whatever stands in the
    column of a personal number, and whatever is as long as one, is hidden; but for codes of organisations that prove
    themselves and can be none (see `is_plainly_code`).
    """
    try:
        text = _lay_out(raw, viewer)
    except UnicodeDecodeError:
        return _dump(raw if viewer.sees_numbers else _DIGITS.sub(_cover, raw))
    text = _mask(text, viewer)
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}\n…… 共 {len(text):,} 个字符"


def mask_item(name: str, text: str, viewer: Viewer) -> str:
    """Return the JSON text of one item as a viewer may read it, masked as generously as a whole message."""
    if _COLUMN.fullmatch(name):
        bare = text.strip('"')
        return text.replace(bare, viewer.number(bare)) if bare else text
    return _mask(_ESCAPE.sub(_unescape, text), viewer)


def mask_leaves(content: Any, viewer: Viewer, name: str = "") -> Any:
    """Return a JSON value with every value in it as a viewer may read it; what is hidden of a number is a text."""
    if isinstance(content, dict):
        return {key: mask_leaves(value, viewer, key) for key, value in content.items()}
    if isinstance(content, list):
        return [mask_leaves(value, viewer, name) for value in content]
    if isinstance(content, Unrepresentable):
        return _mask(content.text, viewer)
    if isinstance(content, str):
        return viewer.number(content) if _COLUMN.fullmatch(name) else _mask(content, viewer)
    masked = mask_item(name, json.dumps(content), viewer)
    return content if masked == json.dumps(content) else masked


def _lay_out(raw: bytes, viewer: Viewer) -> str:
    if b"\0" in raw:
        raise UnicodeDecodeError("utf-8", raw, raw.index(0), raw.index(0) + 1, "NUL: likely UTF-16")
    text = raw.decode("utf-8-sig")
    try:
        return json.dumps(viewer.value(wire.read_json(raw)), ensure_ascii=False, indent=2, default=_write)
    except UnusableError:
        # Escapes would hide numbers from masking, and names from the reader.
        return _ESCAPE.sub(_unescape, text)


def _write(value: Unrepresentable) -> str:
    return value.text


def _cover(digits: re.Match[bytes]) -> bytes:
    return b"*" * len(digits[0])


def _unescape(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return " "  # between the parts of a number it is as good as one
    char = chr(int(escape[1], 16))
    return char if char.isalnum() else escape[0]


def _mask(text: str, viewer: Viewer) -> str:
    text = _PERSONAL.sub(lambda found: found[1] + viewer.number(found[2]), text)
    return _LONG_NUMBER.sub(lambda found: _show_long(found[0], viewer), viewer.text(text))


def _show_long(number: str, viewer: Viewer) -> str:
    return number if is_plainly_code(number) else viewer.number(number)


def _dump(raw: bytes) -> str:
    rest = [f"…… 共 {len(raw):,} 字节"] if len(raw) > _HEAD else []
    return "\n".join([*_dump_lines(raw[:_HEAD]), *rest])


def _dump_lines(head: bytes) -> Iterator[str]:
    for start in range(0, len(head), 16):
        row = head[start : start + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:08x}  {row.hex(' '):<47}  {shown}"
