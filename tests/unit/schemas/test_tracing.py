from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from schemas.tracing import find_traceparent, read_traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SOUND = f"00-{TRACE}-{SPAN}-01"
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/inspection",
    "type": "credit.inspection.penalty.v1",
    "time": "2026-03-02T12:00:00+08:00",
    "sender": "11410481983690064T",
    "data": {"a": 1},
}
HEX = "0123456789abcdef"


def decode(headers: dict[str, object] | None = None, **attributes: Any) -> str | None:
    body = json.dumps(EVENT | attributes).encode()
    return wire.decode(body, headers or {}, "application/cloudevents+json").traceparent


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (SOUND, SOUND),
        (SOUND.encode(), SOUND),
        (f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-00"),
        (f"cc-{TRACE}-{SPAN}-01", SOUND),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like", SOUND),
        (f"cc-{TRACE}-{SPAN}-01.x", None),
        (f"{SOUND}-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}-1", None),
        (f" {SOUND}", None),
        (f"{SOUND}\n", None),
        (SOUND.replace("4", "４"), None),
        (SOUND.encode("utf-16"), None),
        (f"cc-{TRACE}-{SPAN}-01-" + "x" * 1000, None),
        ("", None),
        (None, None),
        (7, None),
        ([SOUND], None),
        ({"traceparent": SOUND}, None),
    ],
)
def test_what_is_of_the_form_is_read_and_anything_else_is_none(said: object, read: str | None) -> None:
    assert read_traceparent(said) == read
    if not isinstance(said, bytes):
        assert decode(traceparent=said) == read  # and the message is taken all the same


@given(st.one_of(st.text(), st.binary(), st.integers(), st.text(alphabet=f"{HEX}-", min_size=50, max_size=60)))
def test_whatever_is_said_comes_out_sound_or_not_at_all(said: object) -> None:
    read = read_traceparent(said)
    assert read is None or (len(read) == 55 and read_traceparent(read) == read)


@given(
    st.integers(0, 0xFE),
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.integers(0, 255),
)
def test_every_sound_one_is_read(version: int, trace: int, span: int, flags: int) -> None:
    rest = f"{trace:032x}-{span:016x}-{flags:02x}"
    assert read_traceparent(f"{version:02x}-{rest}") == f"00-{rest}"


def test_the_event_is_asked_before_its_transport() -> None:
    other = SOUND.replace("4bf", "5bf")
    assert decode({"traceparent": SOUND}) == SOUND
    assert decode({"traceparent": SOUND.encode()}) == SOUND
    assert decode({"traceparent": SOUND}, traceparent=other) == other
    assert decode({"traceparent": "nonsense"}) is None


def test_binary_mode_has_it_among_its_attributes() -> None:
    headers: dict[str, object] = {f"cloudEvents:{name}": value for name, value in EVENT.items() if name != "data"}
    body = json.dumps(EVENT["data"]).encode()
    assert wire.decode(body, headers | {"cloudEvents:traceparent": SOUND}, "application/json").traceparent == SOUND
    assert wire.decode(body, headers | {"traceparent": SOUND}, "application/json").traceparent == SOUND


def test_it_makes_no_other_message_of_one() -> None:
    plain = wire.decode(json.dumps(EVENT).encode(), {}, None)
    traced = wire.decode(json.dumps(EVENT | {"traceparent": SOUND}).encode(), {}, None)
    assert wire.fingerprint(plain) == wire.fingerprint(traced)
    assert wire.canonical(plain) == wire.canonical(traced)


@pytest.mark.parametrize("data", [{}, {"text": f'"traceparent":"{SOUND}","type":"'}])
@pytest.mark.parametrize("trace", [None, SOUND])
def test_what_was_composed_is_found_again(data: dict[str, Any], trace: str | None) -> None:
    body = wire.compose(
        data,
        message_type="credit.notice.issued.v1",
        message_id="n",
        source="/xinglin",
        sender="11410481983690064T",
        time=datetime(2026, 3, 2, tzinfo=UTC),
        traceparent=trace,
    )
    assert find_traceparent(body) == trace
    assert json.loads(body).get("traceparent") == trace
