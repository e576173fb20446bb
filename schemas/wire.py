"""From bytes to events and back: CloudEvents in both modes, strict JSON, canonical bytes, fingerprints.

Nothing but `UnusableError` leaves the reading functions, and its detail never holds a value that was sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import orjson
import rfc8785
from pydantic import ValidationError

from schemas.base import Frozen
from schemas.envelope import MAX_MESSAGE_BYTES, Event, read_media_type
from schemas.errors import UnusableError
from schemas.forms import Unrepresentable
from schemas.reasons import Reason
from schemas.statement import MessageType
from schemas.tracing import TRACEPARENT

MAX_DEPTH = 64
"""Levels of objects and lists in one message; the contract needs five."""
MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493)."""
MAX_ID = 128
MAX_DETAIL = 500

_BOM = b"\xef\xbb\xbf"
_PREFIXES = ("cloudEvents:", "cloudEvents_")
_SIGNED = ("specversion", "id", "source", "type", "sender", "revision", "sigalg", "keyid")
_SPACE = b" \t\r\n"
_NAME = re.compile(r"[A-Za-z_]{1,40}")
_REASONS = {
    "missing": Reason.ITEM_MISSING,
    "void": Reason.ITEM_MISSING,
    "text_forbidden": Reason.TEXT_FORBIDDEN,
    "day_invalid": Reason.DATE_INVALID,
    "date_order": Reason.DATE_ORDER,
    "conditional": Reason.ITEM_CONDITIONAL,
    "filler": Reason.NUMBER_FILLER,
    "excluded": Reason.ITEM_EXCLUDED,
}


def decode(body: bytes, headers: Mapping[str, object], content_type: str | None) -> Event:
    """Return the event of a delivery in structured or binary mode (CloudEvents AMQP binding).

    Structured is what calls itself `application/cloudevents+json`, and a body without such a name and without
    `cloudEvents:` or `cloudEvents_` headers. Raises `UnusableError`, whatever the bytes.
    """
    media_type = read_media_type(content_type or "")
    attributes = _read_attributes(headers)
    if media_type.startswith("application/cloudevents-batch"):
        raise UnusableError(Reason.ENVELOPE_INVALID, "content-type: batches of events are not accepted")
    content = read_json(body)
    carried = headers.get(TRACEPARENT)
    if media_type.startswith("application/cloudevents") or not attributes:
        if not isinstance(content, dict):
            raise UnusableError(Reason.ENVELOPE_INVALID, "the message is not a JSON object")
        return _read_event(_carry(_decode_data(content), carried))
    # The body is the data; a header of that name is no attribute.
    attributes.pop("data_base64", None)
    return _read_event(_carry({**attributes, "datacontenttype": media_type or None, "data": content}, carried))


def _carry(attributes: dict[str, Any], carried: object) -> dict[str, Any]:
    """Return the attributes with the trace context of the transport, where the event has none of its own."""
    if carried is None or attributes.get(TRACEPARENT) is not None:
        return attributes
    return {**attributes, TRACEPARENT: carried}


def _decode_data(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes with `data` for a `data_base64`, which holds JSON here (CloudEvents JSON format 3.1)."""
    coded = attributes.get("data_base64")
    if coded is None:
        return attributes
    if attributes.get("data") is not None:
        raise UnusableError(Reason.ENVELOPE_INVALID, "data_base64: there is data too; an event has only one of them")
    if not isinstance(coded, str):
        raise UnusableError(Reason.ENVELOPE_INVALID, "data_base64: is not text")
    try:
        body = base64.b64decode("".join(coded.split()), validate=True)
    except ValueError:
        raise UnusableError(Reason.ENVELOPE_INVALID, "data_base64: is not base64") from None
    return {**attributes, "data": read_json(body)}


def read_json(body: bytes) -> Any:
    """Return the JSON value of UTF-8 bytes, by stricter rules than `json` has; raises `UnusableError`.

    Refused besides what is not JSON: duplicate keys, NaN and infinities, nesting beyond `MAX_DEPTH`, NUL and lone
    surrogates in text, bodies beyond `MAX_MESSAGE_BYTES`. A number that no double keeps, such as an integer beyond
    2^53 or 1e999, is an `Unrepresentable`: where nobody reads it, it does no harm.
    """
    if len(body) > MAX_MESSAGE_BYTES:
        raise UnusableError(Reason.MESSAGE_TOO_LARGE, f"{len(body)} bytes, at most {MAX_MESSAGE_BYTES} are accepted")
    if b"\0" in body:
        raise UnusableError(Reason.JSON_NOT_UTF8, f"NUL at byte {body.index(0)}: is it UTF-16?")
    # RFC 8259 lets a reader ignore a byte order mark: some senders cannot help it, and it says nothing.
    text = body.removeprefix(_BOM)
    value = _decode_plain(text)
    if value is None:
        value = _decode_strictly(text)
    # Both need a walk through the value, and few messages can be in need of it.
    if b"\\u" in body or body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _check_values(value)
    return value


def _decode_plain(text: bytes) -> Any:
    """Return the value of JSON that comes out the same when written again but for white space; None for any other.

    orjson keeps the last of duplicate keys and rounds what is too long for an integer: neither comes out the same.
    """
    try:
        value = orjson.loads(text)
        again = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return value if again == text or again.translate(None, _SPACE) == text.translate(None, _SPACE) else None


def _decode_strictly(text: bytes) -> Any:
    try:
        return _DECODER.decode(text.decode())
    except UnicodeDecodeError as error:
        raise UnusableError(Reason.JSON_NOT_UTF8, f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        detail = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise UnusableError(Reason.JSON_INVALID, detail) from None
    except RecursionError:
        raise _too_deep() from None


def validate(event: Event, message_type: MessageType) -> Frozen:
    """Return the data of an event as the model of its type; raises `UnusableError` with every item at fault.

    The reason is that of the first fault.
    """
    try:
        return message_type.model.model_validate(event.data)
    except ValidationError as error:
        raise refusal(error) from None


def refusal(error: ValidationError) -> UnusableError:
    """Return what is wrong with the data of a message that a model refused, whole or in what was read from it."""
    first = error.errors(include_url=False, include_context=False)[0]
    reason = _REASONS.get(first["type"], Reason.ITEM_INVALID)
    if isinstance(first["input"], Unrepresentable):
        reason = Reason.NUMBER_TOO_LARGE if first["input"].kind == "integer" else Reason.JSON_NOT_A_NUMBER
    return UnusableError(reason, _describe(error, "data"))


def canonical(event: Event) -> bytes:
    """Return the bytes that a signature covers: the RFC 8785 form of the event without `sig`.

    It has the attributes of the contract that were sent, `time` as written and `data`. `datacontenttype` and
    attributes outside the contract are left out: gateways may add theirs, and both modes give the same.
    """
    sent = {name: getattr(event, name) for name in _SIGNED if name in event.model_fields_set}
    written = {
        "time": event.time_as_written or event.time.isoformat(),
        "sender": event.sender_as_written or event.sender,
    }
    signed = {**_without_none(sent), **written, "data": event.data}
    try:
        return rfc8785.dumps(signed)
    except rfc8785.CanonicalizationError:
        # RFC 8785 knows numbers as doubles only, and a signer's library has written these as such.
        return rfc8785.dumps(_as_doubles(signed))


def _as_doubles(value: Any) -> Any:
    match value:
        case Unrepresentable():
            return _read_double(value.text)
        case dict():
            return {name: _as_doubles(item) for name, item in value.items()}
        case list():
            return [_as_doubles(item) for item in value]
        case _:
            return value


def _read_double(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise UnusableError(Reason.JSON_NOT_A_NUMBER, "a number is too large to be signed")
    return number


def fingerprint(event: Event) -> bytes:
    """Return the SHA-256 that recognises a repeat of a message: of attributes and data, however transported.

    The signature is left out: signing the same message again makes another one.
    """
    content = [
        event.source,
        event.id,
        event.type,
        event.time.astimezone(UTC),
        event.sender,
        event.revision,
        event.data,
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def compose(
    data: Mapping[str, Any] | orjson.Fragment,
    *,
    message_type: str,
    message_id: str,
    source: str,
    sender: str,
    time: datetime,
    revision: int | None = None,
    traceparent: str | None = None,
) -> bytes:
    """Return a message in structured mode, as `application/cloudevents+json`; `time` has an offset.

    `data` is what the contract says of the type, days and instants as such, or JSON that is written already. Raises
    ValueError for an id that is longer than the contract allows: unlike the other attributes, it may be made of what
    others sent.
    """
    if len(message_id) > MAX_ID:
        raise ValueError(f"an id of {len(message_id)} characters")
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": source,
        "type": message_type,
        "time": time,
        "sender": sender,
        "datacontenttype": "application/json",
        "data": data,
    }
    if revision is not None:
        event["revision"] = revision
    if traceparent is not None:
        event[TRACEPARENT] = traceparent
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def _read_attributes(headers: Mapping[str, object]) -> dict[str, object]:
    attributes: dict[str, object] = {}
    for header, value in headers.items():
        if not header.startswith(_PREFIXES):
            continue
        name = header[len(_PREFIXES[0]) :]
        text = _read_attribute(value)
        if attributes.setdefault(name, text) != text:
            raise UnusableError(Reason.ENVELOPE_INVALID, "an attribute is in two headers with different values")
    return attributes


def _read_attribute(value: object) -> object:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise UnusableError(Reason.ENVELOPE_INVALID, "an attribute in a header is not UTF-8") from None
    if isinstance(value, datetime):  # an AMQP timestamp: seconds since 1970 in UTC
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value


def _read_event(attributes: Mapping[str, object]) -> Event:
    # An attribute that is null is not there (CloudEvents JSON format 2.2).
    attributes = _without_none(attributes)
    # Only beside a signature it is asked for how these were written; no sender can say it.
    for name in ("time", "sender"):
        written = attributes.get(name) if "sig" in attributes else None
        attributes[f"{name}_as_written"] = written if isinstance(written, str) else None
    try:
        return Event.model_validate(attributes)
    except ValidationError as error:
        raise UnusableError(Reason.ENVELOPE_INVALID, _describe(error, "event")) from None


def _describe(error: ValidationError, root: str) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    lines = (f"{'.'.join(map(str, fault['loc'])) or root}: {fault['msg']}" for fault in faults)
    text = "; ".join(lines)
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 1] + "…"


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise UnusableError(Reason.JSON_DUPLICATE_KEY, f"the key {_show_name(twice)} is twice in one object")
    return value


def _read_float(text: str) -> float | Unrepresentable:
    value = float(text)
    return Unrepresentable(text, "number") if math.isinf(value) else value


def _read_integer(text: str) -> int | Unrepresentable:
    if len(text) > len(str(-MAX_INTEGER)) or abs(int(text)) > MAX_INTEGER:
        return Unrepresentable(text, "integer")
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    raise UnusableError(Reason.JSON_NOT_A_NUMBER, f"{text} is not a number of JSON")


def _too_deep() -> UnusableError:
    return UnusableError(Reason.JSON_TOO_DEEP, f"more than {MAX_DEPTH} levels of objects and lists")


def _check_values(root: Any) -> None:
    # Not recursive: the nesting is what is being checked.
    pending: list[tuple[Any, str, int]] = [(root, "", 1)]
    while pending:
        value, path, depth = pending.pop()
        if isinstance(value, str):
            _check_text(value, path)
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise _too_deep()
            pending.extend(_list_children(value, path, depth + 1))


def _list_children(value: dict[str, Any] | list[Any], path: str, depth: int) -> list[tuple[Any, str, int]]:
    if isinstance(value, list):
        return [(item, path, depth) for item in value]
    children: list[tuple[Any, str, int]] = []
    for name, item in value.items():
        _check_text(name, path)
        children.append((item, f"{path}.{_show_name(name)}" if path else _show_name(name), depth))
    return children


def _check_text(text: str, path: str) -> None:
    if text.isprintable():
        return
    for char in text:
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise UnusableError(Reason.TEXT_FORBIDDEN, f"{path or 'message'}: holds the character U+{ord(char):04X}")


def _show_name(name: str) -> str:
    # A key is the sender's text too: only one that looks like a name is repeated, never one with digits.
    return name if _NAME.fullmatch(name) else "?"


_DECODER = json.JSONDecoder(
    object_pairs_hook=_read_object,
    parse_float=_read_float,
    parse_int=_read_integer,
    parse_constant=_refuse_constant,
)
