"""Names that Xinglin gives to things: the same facts get the same names in every store and on every run."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from schemas.party import RecordKey

RECORD_DIGITS = 32
"""So long is the id of a record."""


def _short(*parts: str, size: int) -> str:
    # The separator cannot occur in a part: control characters are refused at the edge.
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=size).hexdigest()


@lru_cache(maxsize=65536)
def record_id(key: RecordKey) -> str:
    """Return the 32-digit id of a business record."""
    return _short(*(key if key.party_mark else key[:3]), size=16)


def document_id(key: RecordKey) -> str:
    """Return by what an act names a document and not which of its parties: of most, that of the record."""
    return record_id(key._replace(party_mark=""))


def said_of(key: RecordKey, party: str) -> str:
    """Return under what a statement of a record and a party is found: `RECORD_DIGITS` of the record, then the party's.

    All that is said of one record, of whichever party, begins alike.
    """
    return record_id(key) + _short(party, size=8)


def notice_stem(record: str, ground: str, agency: str) -> str:
    """Return the part of a notice number that says which record, ground and agency it is about."""
    return "XL" + _short(record, ground, agency, size=8).upper()


def row_id(feed: str, record: str) -> str:
    """Return the id under which a feed knows the row of a record."""
    return _short(feed, record, size=16)


def lock_number(name: str) -> int:
    """Return a signed 64-bit number for an advisory lock on a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
