"""Parked messages lot by lot: in the order of receipt, as many at once as intake takes in a batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from credit.store import parked
from credit.store.engine import reading
from credit.store.parked import Choice, Size
from schemas import leaves
from schemas.errors import PermanentError
from schemas.leaves import Absent
from workers.intake import BATCH_LIMITS, BatchLimits


def each_lot(
    engine: Engine, choice: Choice, *, after: int = 0, most: int | None = None, limits: BatchLimits = BATCH_LIMITS
) -> Iterator[list[int]]:
    """Yield the numbers of the open messages that are meant, those after `after` and at most so many, lot by lot.

    What is next is asked when the lot before it was dealt with, and never comes twice: what stays parked is passed by.
    Each lot holds as many messages and bytes as a batch of intake may, and at least one message.
    """
    left = most
    while left is None or left > 0:
        wanted = limits.messages if left is None else min(left, limits.messages)
        with reading(engine) as connection:
            found = parked.choose(connection, choice, after, wanted)
        if not found:
            return
        lot = _fit(found, limits.bytes)
        after = lot[-1]
        left = None if left is None else left - len(lot)
        yield lot


def _fit(sizes: Sequence[Size], room: int) -> list[int]:
    lot: list[int] = []
    for size in sizes:
        room -= size.bytes
        if lot and room < 0:
            break
        lot.append(size.parked_id)
    return lot


@dataclass(frozen=True, slots=True)
class Setting:
    """One value to set in many messages: where, by the names that `parked show` shows, and what as it was typed."""

    path: tuple[str, ...]
    value: str


def read_setting(typed: str) -> Setting:
    """Return what PATH=VALUE says; list items are named by their numbers from 0, as in `data.parties.0.name`.

    Raises:
        ValueError: it is not of that form.
    """
    path, equals, value = typed.partition("=")
    names = tuple(path.strip().split("."))
    if not equals or not all(names):
        raise ValueError(typed)
    return Setting(names, value)


def apply(settings: Sequence[Setting], raw: bytes) -> bytes:
    """Return a message with other values in it; all else says the same.

    A value is text as it was typed; in the place of a number, of true or false, of a list or an object it is JSON of
    the same kind.

    Raises:
        PermanentError: the message is no JSON, a path leads nowhere, or a value is of another kind.
    """
    content = leaves.read(raw)
    if content is None:
        raise PermanentError("the message is not JSON; mend it in a file")
    for setting in settings:
        stands = leaves.find(content, setting.path)
        content = leaves.put(content, setting.path, _read_value(setting, stands))
    return leaves.write(content)


_KINDS: tuple[type | tuple[type, ...], ...] = (bool, (int, float), list, dict)


def _read_value(setting: Setting, stands: Any) -> Any:
    kind = next((kind for kind in _KINDS if isinstance(stands, kind)), None)
    if kind is None or stands is Absent.ABSENT:
        return setting.value
    with suppress(ValueError):
        value = json.loads(setting.value)
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
    raise PermanentError(f"{'.'.join(setting.path)}: holds no text; write JSON of the same kind")
