"""Rows of tables as messages: what a row states, and the CloudEvent that says it.

The id of a message is made of its sender and its content, so that the same row is the same message however often, in
whatever file and by which person it is handed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson

from connectors.reading import find_key, find_party
from connectors.registry import Registry
from credit.batch.arrival import message_key
from credit.record.ids import said_of
from credit.store.queries.files import OF_A_ROW
from schemas import wire
from schemas.envelope import MAX_MESSAGE_BYTES, family_of
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.sheets import REVISION, Context, RowUnusable, Stated, Template

_PREFIX = OF_A_ROW.strip()
_DIGITS = 32
_ENVELOPE_BYTES = 4096
"""So many bytes an envelope has at most."""
_HIGHEST = 2**31 - 1
ANSWERING = "/feed"
"""The source of what platforms answer, each under its name."""
_NAMED_BY = {"/partner": "agency", ANSWERING: "feed"}
"""The item that names the sender, where each of a connector has a source of its own."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a row states, before it is known when that was first handed in.

    `data` is canonical JSON. `revision` is None where the row names none; `said_of`, which names the record and the
    party, where it does not tell which record it is about.
    """

    type: str
    source: str
    message_id: str
    revision: int | None
    said_of: str | None
    data: bytes

    @property
    def key(self) -> str:
        """The key under which its message stands in the inbox."""
        return message_key(self.source, self.message_id)


NO_LISTS: Mapping[str, Sequence[Any]] = MappingProxyType({})


def draft_of(
    values: Mapping[str, str],
    template: Template,
    context: Context,
    registry: Registry,
    lists: Mapping[str, Sequence[Any]] = NO_LISTS,
) -> Draft:
    """Return what a row states: texts by column code, of which blank ones are left out, and what other rows list.

    Raises:
        RowUnusable: it can be no message at all; it names the column to mend.
    """
    stated = template.read(values, context)
    if lists:
        stated = Stated(stated.type, {**stated.data, **lists})
    revision = read_revision(values.get(REVISION.code))
    connector, _ = registry.find(stated.type)
    data = _write(stated.data)
    mark = hashlib.sha256(orjson.dumps([stated.type, context.sender, revision]))
    mark.update(data)
    key = find_key(family_of(stated.type), stated.data)
    return Draft(
        stated.type,
        _source_of(connector.source, stated.data),
        _PREFIX + mark.hexdigest()[:_DIGITS],
        revision,
        said_of(key, find_party(stated.data)) if key is not None else None,
        data,
    )


def message_of(draft: Draft, sender: str, at: datetime, revision: int) -> bytes:
    """Return the message of a row: always the same bytes for the same content, whose first time is `at`."""
    return wire.compose(
        orjson.Fragment(draft.data),
        message_type=draft.type,
        message_id=draft.message_id,
        source=draft.source,
        sender=sender,
        time=at,
        revision=revision,
    )


def read_revision(text: str | None) -> int | None:
    """Return the revision that somebody wrote; None where nothing is written. Raises RowUnusable."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= len(str(_HIGHEST)) and 0 < int(text) <= _HIGHEST:
        return int(text)
    raise RowUnusable(Reason.ITEM_INVALID, REVISION.code, "修订版次应为正整数，首次报送不填，更正依次填 2、3……")


def _write(data: dict[str, Any]) -> bytes:
    """Write data as canonical JSON that intake can open whatever else is wrong with it.

    What could not be opened would have no identity there, and nobody could say what became of the row.
    """
    try:
        written = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
        if b"\\u0000" in written:
            wire.read_json(written)
    except (orjson.JSONEncodeError, UnusableError):
        raise RowUnusable(Reason.TEXT_FORBIDDEN, "", "含有不能使用的字符，请重新录入该行") from None
    if len(written) > MAX_MESSAGE_BYTES - _ENVELOPE_BYTES:
        raise RowUnusable(Reason.MESSAGE_TOO_LARGE, "", "该行内容过长，请删减") from None
    return written


def _source_of(source: str, data: Mapping[str, Any]) -> str:
    item = _NAMED_BY.get(source)
    if item is None:
        return source
    name = data.get(item)
    if not isinstance(name, str) or not name.isascii() or not name.replace("-", "").isalnum() or len(name) > _DIGITS:
        raise RowUnusable(Reason.SOURCE_WRONG, item, "请填写路由表中的部门或平台代码")
    return f"{source}/{name}"
