from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from schemas.envelope import Event
from schemas.errors import UnusableError
from tests.unit.schemas.events import as_binary, as_bytes, sample

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
anything = st.recursive(
    scalars | st.text() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
names = st.sampled_from(
    ["specversion", "id", "source", "type", "time", "sender", "revision", "data", "sig", "datacontenttype"]
)

NUMBERS = ["0", "-0", "-0.0", "1.50", "1e2", "1E5", "1e22", "0.1", "1e999", "NaN", "01"]
NUMBERS += ["9007199254740991", "9007199254740992", "18446744073709551616", "-9223372036854775809"]
spaces = st.sampled_from(["", " ", "\n\t"])
written = st.recursive(
    st.sampled_from(["null", "true", "false", *NUMBERS]) | st.builds(json.dumps, texts, ensure_ascii=st.booleans()),
    lambda inner: (
        st.builds(lambda items, space: f"[{f',{space}'.join(items)}]", st.lists(inner, max_size=4), spaces)
        | st.builds(
            lambda pairs, space: f"{{{f',{space}'.join(f'{key}:{space}{item}' for key, item in pairs)}}}",
            st.lists(st.tuples(st.sampled_from(['"a"', '"b"', '"\\u0061"', '" "']), inner), max_size=4),
            spaces,
        )
    ),
)


def event_or_refusal(body: bytes, headers: dict[str, object], content_type: str | None) -> Event | None:
    try:
        event = wire.decode(body, headers, content_type)
    except UnusableError:
        return None
    assert len(wire.fingerprint(event)) == 32
    assert wire.canonical(event)
    return event


@given(st.binary(), st.sampled_from([None, "application/json", "application/cloudevents+json", "text/plain"]))
def test_any_bytes_are_an_event_or_refused(body: bytes, content_type: str | None) -> None:
    event_or_refusal(body, {}, content_type)


@given(st.dictionaries(names, anything), st.booleans())
def test_any_change_to_an_event_is_an_event_or_refused(changes: dict[str, Any], ascii_only: bool) -> None:  # noqa: FBT001
    text = json.dumps(sample("inspection/points") | changes, ensure_ascii=ascii_only)
    event_or_refusal(text.encode("utf-8", "surrogatepass"), {}, None)


@given(st.binary(), st.dictionaries(names, st.text() | st.binary() | st.integers() | st.none() | st.datetimes()))
def test_any_headers_are_an_event_or_refused(body: bytes, attributes: dict[str, object]) -> None:
    _, headers, content_type = as_binary(sample("inspection/points"))
    changed = headers | {f"cloudEvents:{name}": value for name, value in attributes.items()}
    event_or_refusal(body, changed, content_type)


@given(st.dictionaries(texts, values, max_size=6))
def test_both_modes_have_the_same_fingerprint(data: dict[str, Any]) -> None:
    event = sample("inspection/points") | {"data": data}
    structured = event_or_refusal(as_bytes(event), {}, None)
    binary = event_or_refusal(*as_binary(event))
    assert structured is not None
    assert binary is not None
    assert wire.fingerprint(structured) == wire.fingerprint(binary)
    assert wire.canonical(structured) == wire.canonical(binary)


@given(written)
def test_what_is_decoded_as_plain_is_what_the_strict_decoder_reads(text: str) -> None:
    body = text.encode()
    plain = wire._decode_plain(body)
    assert plain is None or repr(plain) == repr(wire._decode_strictly(body))


def test_a_message_is_decoded_as_plain_however_it_is_spaced() -> None:
    event = sample("inspection/points")
    spacings: list[dict[str, Any]] = [{}, {"indent": 2}, {"separators": (",", ":")}]
    for spacing in spacings:
        text = json.dumps(event, ensure_ascii=False, **spacing)
        assert wire._decode_plain(text.encode()) == event
