"""Messages as files hold them: bytes, and the type that tells their queue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
"""Texts, which are passed over whole, and what parts or nests."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One message to feed in; `type` chooses the queue, None where it cannot be read."""

    body: bytes
    type: str | None


def read_file(path: Path) -> list[Posting]:
    """Read a file of messages: JSON (one message or a list) or JSON lines (`.jsonl`, `.ndjson`).

    A list is taken apart without writing its messages anew: each has the bytes that its sender wrote. What cannot be
    read as JSON is fed in as it is: intake parks it with its reason.

    Raises:
        ConfigurationError: the file is not there or cannot be opened.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    if path.suffix in {".jsonl", ".ndjson"}:
        return [_posting(line) for line in raw.splitlines() if line.strip()]
    text = raw.removeprefix(_BOM).strip(_SPACE)
    return [_posting(body) for body in _take_apart(text)] if text.startswith(b"[") else [_posting(raw)]


def _take_apart(text: bytes) -> Iterator[bytes]:
    """Return the elements of a JSON list as they are written, whether they are JSON or not; blank ones are left out.

    What follows an end that comes too early, or never comes, is one more element.
    """
    depth, start = 0, 1
    for mark in _MARKS.finditer(text):
        char = mark[0]
        depth += (char in {b"[", b"{"}) - (char in {b"]", b"}"})
        if depth == 0 or (char == b"," and depth == 1):
            yield from _element(text[start : mark.start()])
            start = mark.end()
        if depth == 0:
            break
    yield from _element(text[start:])


def _element(piece: bytes) -> Iterator[bytes]:
    body = piece.strip(_SPACE)
    if body:
        yield body


def _posting(body: bytes) -> Posting:
    return Posting(body, read_type(body))


def read_type(body: bytes) -> str | None:
    """Return the type that a structured message names; None where it cannot be read."""
    content = _parse(body)
    found = content.get("type") if isinstance(content, dict) else None
    return found if isinstance(found, str) else None


def _parse(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
