"""How long a login lasts, and how many attempts somebody has. Pure: the time is an argument."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from credit.access.account import SessionRow

IDLE = timedelta(minutes=15)
"""So long after it was last seen a session ends."""
LONGEST = timedelta(hours=12)
"""So long after it began a session ends in any case."""
HALF = timedelta(minutes=5)
"""So long after the password the second factor is waited for."""
NOTED = timedelta(minutes=1)
"""A session is noted to be seen when it was last noted so long ago: most requests write nothing."""
WINDOW = timedelta(minutes=10)
"""Attempts to log in count for so long."""
ATTEMPTS = 5
"""So many attempts by a name from one address within the window are refused there; of codes, from all addresses."""
BY_A_NAME = 100
"""So many attempts by a name from all addresses: nobody locks somebody else out who has but a few addresses."""
FROM_AN_ADDRESS = 50
"""So many attempts within the window are refused from one address, behind which a whole office may sit."""


KEPT_ATTEMPTS = timedelta(days=1)
"""So long an attempt is kept."""
KEPT = timedelta(days=30)
"""So long a session is kept after it began; that somebody logged in stays in the log."""


def make_token() -> str:
    """Return a new token of 256 bits; whoever has it is logged in."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_alive(session: SessionRow, now: datetime) -> bool:
    """Tell whether a session still holds; one that waits for the second factor holds, for a while, for that alone."""
    if session.ended_at is not None or now < session.begun_at - IDLE:
        return False
    if not session.complete:
        return now - session.begun_at < HALF
    return now - session.seen_at < IDLE and now - session.begun_at < LONGEST
