"""Trace context of W3C: the one line by which those who handle a message find it again in each other's traces."""

from __future__ import annotations

import re
from typing import Any

TRACEPARENT = "traceparent"
"""Name of the attribute of an event, and of the header of its transport."""
LENGTH = 55

_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?", re.ASCII)
_CARRIED = re.compile(rb'"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})","type":"')
"""As it stands in what Xinglin composes, whose keys are in order; within a text the quotes would be escaped."""
_LONGEST = 512


def read_traceparent(value: Any) -> str | None:
    """Return a traceparent, of a later version as one of version 00; None for what is none, whatever it is.

    Text or, as in headers, bytes. Trace Context level 1, 3.2: version ff, and ids of zeros, are none; version 00 has
    exactly four parts.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if not isinstance(value, str) or not LENGTH <= len(value) <= _LONGEST:
        return None
    found = _FORM.fullmatch(value)
    if found is None or (found[2] and value.startswith("00")):
        return None
    return f"00-{found[1]}"


def find_traceparent(body: bytes) -> str | None:
    """Return the traceparent of a message that Xinglin composed; None where it has none."""
    if b'"traceparent"' not in body:
        return None
    found = _CARRIED.search(body)
    return found[1].decode() if found else None
