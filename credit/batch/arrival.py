"""A message on its way in: its bytes, its identity, and what was read from it or why nothing could be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.reasons import Reason
from schemas.statement import Statement


def message_key(source: str, message_id: str) -> str:
    """Return the identity of a message as one text: `source`, which holds no space, then `id`."""
    return f"{source} {message_id}"


def unreadable_key(queue: str, digest: bytes) -> str:
    """Return the key of bytes whose envelope cannot be read: the queue they came by and their SHA-256."""
    return f"unreadable:{queue} {digest.hex()}"


def variant_key(key: str, fingerprint: bytes) -> str:
    """Return the key under which a message is kept whose id was used before for another content."""
    return f"{key}#{fingerprint.hex()[:16]}"


def may_be_kept_under(kept: str, key: str) -> bool:
    """Tell whether `kept` is a key for a message of this key; bytes without an envelope may be any message."""
    return kept == key or kept.startswith("unreadable:") or _VARIANT.fullmatch(kept.removeprefix(key)) is not None


_VARIANT = re.compile("#[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message cannot be used, and the hashes of the identifiers that would change that once claimed."""

    reason: Reason
    detail: str
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What a readable message says, with what the merging of revisions needs to know of its envelope.

    `digest` is the SHA-256 of the validated content: two messages with the same one say the same.
    """

    type: str
    source: str
    sender: str
    time: datetime
    revision: int
    digest: bytes
    statement: Statement


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery. Exactly one of `content` and `failure` is set.

    `key` is made by `message_key`. `fingerprint` recognises a repeat of the same message: SHA-256 of envelope and
    data, however transported.
    `parked_id` is set when the message comes back from parking, so that its inbox row exists already.
    """

    key: str
    fingerprint: bytes
    queue: str
    raw: bytes
    headers: Mapping[str, str]
    content: Content | None = None
    failure: Failure | None = None
    parked_id: int | None = None
