"""What persons changed in parked messages: who, why, when, and which values, as a viewer may see them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from credit.identity import Viewer
from credit.record import places
from credit.store.bulk import one_of
from credit.store.queries.content import mask_item, read_bytes
from credit.store.tables import message, parked, parked_event
from credit.vault import Keyring
from schemas import leaves
from schemas.forms import Unrepresentable
from schemas.leaves import Absent

_LONGEST = 200
_WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was changed: where, as in `data.party.name`, what it was and what it is; None where there is none.

    A path of "*" says that one of the two is no JSON, so that only the whole can be compared.
    """

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Mend:
    """One time that a parked message was mended; `before` is what it said until then, as the viewer sees it."""

    event_id: int
    message_key: str
    at: datetime
    by: str
    account: str | None
    why: str
    before: str
    changes: tuple[Change, ...]


_MENDS = (
    select(
        parked_event.c.event_id,
        parked.c.message_key,
        parked_event.c.at,
        parked_event.c.by,
        parked_event.c.account,
        parked_event.c.note,
        parked_event.c.raw,
        message.c.raw.label("now"),
    )
    .join(parked, parked.c.parked_id == parked_event.c.parked_id)
    .join(message, message.c.message_key == parked.c.message_key)
    .where(one_of(parked.c.message_key, "keys"), parked_event.c.raw.is_not(None))
    .order_by(parked_event.c.event_id)
)


def read_mends(connection: Connection, keys: Iterable[str], keyring: Keyring, viewer: Viewer) -> list[Mend]:
    """Return what was changed in these messages, in the order in which it was done."""
    versions: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(_MENDS, {"keys": sorted(keys)}):
        versions[row.message_key].append(row)
    found = []
    for key, rows in versions.items():
        said = [keyring.unseal(row.raw, places.of_former_message(row.event_id)) for row in rows]
        said.append(keyring.unseal(rows[-1].now, places.of_message(key)))
        for row, (before, after) in zip(rows, pairwise(said), strict=True):
            told = Mend(
                event_id=row.event_id,
                message_key=key,
                at=row.at,
                by=row.by,
                account=row.account,
                why=viewer.text(row.note),
                before=read_bytes(before, viewer),
                changes=compare(before, after, viewer),
            )
            found.append(told)
    return sorted(found, key=lambda mend: mend.event_id)


def compare(before: bytes, after: bytes, viewer: Viewer) -> tuple[Change, ...]:
    """Return what differs between two versions of a message, as the viewer sees it: values as JSON has them."""
    one, other = leaves.read(before), leaves.read(after)
    if one is None or other is None:
        return () if before == after else (Change(_WHOLE, None, None),)
    return tuple(
        Change(
            viewer.text(".".join(found.path)) or _WHOLE,
            _show(found.path, found.before, viewer),
            _show(found.path, found.after, viewer),
        )
        for found in leaves.find_differences(one, other)
    )


def _show(path: Sequence[str], value: Any, viewer: Viewer) -> str | None:
    if value is Absent.ABSENT:
        return None
    text = mask_item(path[-1] if path else "", json.dumps(value, ensure_ascii=False, default=_write), viewer)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _write(value: Unrepresentable) -> str:
    return value.text
