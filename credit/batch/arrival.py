"""A message on its way in: its bytes, its identity, and what was read from it or why nothing could be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from credit.identity import Identity
from schemas.envelope import Event
from schemas.reasons import Reason
from schemas.statement import Statement

USER_ID = "user-id"
"""Name under which the broker's user that sent a message is kept among its headers; see `credit.routing.admission`."""


def message_key(source: str, message_id: str) -> str:
    """Return the identity of a message as one text: `source`, which holds no space, then `id`."""
    return f"{source} {message_id}"


def unreadable_key(queue: str, digest: bytes) -> str:
    """Return the key of bytes whose envelope cannot be read: the queue they came by and their SHA-256."""
    return f"unreadable:{queue} {digest.hex()}"


def may_be_kept_under(kept: str, key: str) -> bool:
    """Tell whether `kept` is a key for a message of this key; bytes without an envelope may be any message."""
    return kept == key or kept.startswith("unreadable:") or _VARIANT.fullmatch(kept.removeprefix(key)) is not None


_VARIANT = re.compile("[#?][0-9a-f]{16}")
REFUSED_MARK = len("?0123456789abcdef")
"""How many characters follow the key of a message that was not let in; see `Arrival.refuse`."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message cannot be used, and what would change that: identifiers to be claimed, by hash, or its repeat."""

    reason: Reason
    detail: str
    waits_for: tuple[str, ...] = ()


def repeat_mark(fingerprint: bytes) -> str:
    """Return what a message waits for that its sender may not send: that the same comes as it should."""
    return f"{REPEAT}{fingerprint.hex()}"


REPEAT = "repeat:"
"""Begins the marks of repeats among what messages wait for; the others are hashes of identifiers."""


@dataclass(frozen=True, slots=True)
class Restated:
    """What kept bytes say when read again: `fingerprint` and `digest` as in `Arrival`, None where unreadable."""

    fingerprint: bytes | None
    digest: bytes | None


@dataclass(slots=True, eq=False)
class Arrival:
    """One delivery, completed step by step: opened, validated, mapped, recognised.

    `queue`, `raw` and `headers` are what came; of the headers opening leaves those that belong to the message, as text.
    It adds `event`, `key` (see `message_key`) and `fingerprint`,
    which recognises a repeat of the same message: SHA-256 of envelope and data, however transported. Reading adds
    `statement` and `digest`, the SHA-256 of the validated content: two messages with the same one say the same.
    Recognising adds `party` and `related`. The first step that fails sets `failure`, and the later ones pass it over.
    `parked_id` is set when the message comes back from parking, so that its inbox row exists already. `refused` says
    that it has an envelope, and the gate did not let it in: it is kept beside the place of its source and id, where
    it cannot stand in the way of who may use them.

    Not frozen: most messages of a batch pass every step, and a copy for each would cost more than the step.
    What happens to it within a transaction is never written here, as the transaction may be tried again.
    """

    queue: str
    raw: bytes
    headers: Mapping[str, object]
    key: str = ""
    fingerprint: bytes = b""
    event: Event | None = None
    statement: Statement | None = None
    digest: bytes = b""
    party: Identity | None = None
    related: tuple[Identity, ...] = ()
    failure: Failure | None = None
    parked_id: int | None = None
    refused: bool = False

    def refuse(self, failure: Failure) -> None:
        """Set the failure of a message that the gate did not let in.

        Its key becomes one that no message has which is let in, not even one whose id was used before.
        """
        self.key, self.refused = f"{self.key}?{self.fingerprint.hex()[:16]}", True
        self.failure = replace(failure, waits_for=(repeat_mark(self.fingerprint),))

    @property
    def own_key(self) -> str:
        """The key by its own source and id, whatever it is kept under."""
        return self.key[:-REFUSED_MARK] if self.refused else self.key

    @property
    def variant(self) -> str:
        """The key under which the message is kept if its id was used before for another content."""
        return f"{self.key}#{self.fingerprint.hex()[:16]}"

    def beside(self, failure: Failure | None) -> Arrival:
        """Return the message as one that is kept beside the first of its id, unread where there is a failure."""
        if failure is None:
            return replace(self, key=self.variant)
        return replace(self, key=self.variant, event=None, statement=None, failure=failure)
