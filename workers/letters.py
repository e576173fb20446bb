"""Text of others where people read it, on screens and in logs: no letter of it steers a terminal or forges a line.

Whatever does not print is shown by its number: control characters and what a terminal takes for a command, zero-width
letters, and those that turn the direction of writing.
"""

from __future__ import annotations

import json


def spell(text: str, *, keep: str = "\n") -> str:
    """Return a text in which whatever does not print is named as `<U+202E>`; what is to be kept stays, as line ends."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _name(char) for char in text)


def _name(char: str) -> str:
    return "    " if char == "\t" else f"<U+{ord(char):04X}>"


def escape(text: str) -> str:
    """Return JSON text that means the same, in which whatever does not print is escaped as JSON does."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)
