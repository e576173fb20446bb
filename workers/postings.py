"""Messages as files hold them: bytes, and the type that tells their queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Posting:
    """One message to feed in; `type` chooses the queue, None where it cannot be read."""

    body: bytes
    type: str | None


def read_file(path: Path) -> list[Posting]:
    """Read a file of messages: JSON (one message or a list) or JSON lines (`.jsonl`, `.ndjson`).

    What cannot be read as JSON is fed in as it is: intake parks it with its reason.

    Raises:
        ConfigurationError: the file is not there or cannot be opened.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    if path.suffix in {".jsonl", ".ndjson"}:
        return [_posting(line) for line in raw.splitlines() if line.strip()]
    content = _parse(raw)
    if isinstance(content, list):
        return [_posting(json.dumps(item, ensure_ascii=False).encode()) for item in content]
    return [_posting(raw)]


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
