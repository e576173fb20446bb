from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.inspection.messages import Points
from schemas import wire
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import FeedResult, MessageType
from tests.unit.schemas.events import as_binary, as_bytes, sample

ID_NUMBER = "410481198001010028"


def refusal(body: bytes, headers: dict[str, object] | None = None, content_type: str | None = None) -> UnusableError:
    with pytest.raises(UnusableError) as caught:
        wire.decode(body, headers or {}, content_type)
    return caught.value


def event(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (sample("inspection/points") | changes).items() if value is not None}


def test_structured_mode_gives_every_attribute_and_the_data() -> None:
    decoded = wire.decode(as_bytes(event(revision=3)), {}, "application/cloudevents+json; charset=UTF-8")

    assert decoded.id == "sample-0007"
    assert decoded.source == "/inspection"
    assert decoded.type == "credit.inspection.points.v1"
    assert decoded.family == "credit.inspection.points"
    assert decoded.time == datetime(2026, 4, 15, 8, 30, tzinfo=timezone(timedelta(hours=8)))
    assert decoded.sender == "11410481983690064T"
    assert decoded.revision == 3
    assert decoded.data["points"] == 2


@pytest.mark.parametrize("content_type", [None, "application/json", "application/cloudevents+json"])
def test_a_body_without_binary_headers_is_structured(content_type: str | None) -> None:
    assert wire.decode(as_bytes(event()), {"x-death": 1}, content_type).id == "sample-0007"


@pytest.mark.parametrize("prefix", ["cloudEvents:", "cloudEvents_"])
def test_binary_mode_says_the_same_as_structured_mode(prefix: str) -> None:
    structured = wire.decode(as_bytes(event(revision=2)), {}, None)
    binary = wire.decode(*as_binary(event(revision=2), prefix))

    assert binary == structured
    assert wire.fingerprint(binary) == wire.fingerprint(structured)
    assert wire.canonical(binary) == wire.canonical(structured)


def test_binary_headers_may_be_bytes_and_amqp_timestamps() -> None:
    body, headers, content_type = as_binary(event())
    headers["cloudEvents:id"] = b"sample-0007"
    headers["cloudEvents:time"] = datetime(2026, 4, 15, 0, 30)  # noqa: DTZ001 - as some clients hand it over

    decoded = wire.decode(body, headers, content_type)

    assert decoded.time == datetime(2026, 4, 15, 0, 30, tzinfo=UTC)
    assert wire.fingerprint(decoded) == wire.fingerprint(wire.decode(as_bytes(event()), {}, None))


def test_binary_headers_that_contradict_each_other_are_refused() -> None:
    body, headers, content_type = as_binary(event())
    assert refusal(body, headers | {"cloudEvents_id": "other"}, content_type).reason is Reason.ENVELOPE_INVALID


def test_binary_data_of_another_content_type_is_refused() -> None:
    body, headers, _ = as_binary(event())
    assert refusal(body, headers, "text/xml").reason is Reason.ENVELOPE_INVALID


def test_a_header_cannot_replace_the_body() -> None:
    body, headers, content_type = as_binary(event())
    forged = headers | {"cloudEvents:data": "{}", "cloudEvents:time_as_written": "forged"}
    assert wire.decode(body, forged, content_type) == wire.decode(body, headers, content_type)


def test_batches_are_refused() -> None:
    error = refusal(b"[]", content_type="application/cloudevents-batch+json")
    assert error.reason is Reason.ENVELOPE_INVALID


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.JSON_INVALID),
        (b"not json", Reason.JSON_INVALID),
        (b'{"id": "1"', Reason.JSON_INVALID),
        (b'{"id": "1"} {}', Reason.JSON_INVALID),
        (b"{'id': '1'}", Reason.JSON_INVALID),
        (b'{"id": "a\nb"}', Reason.JSON_INVALID),
        ('{"名称": "医院"}'.encode("gbk"), Reason.JSON_NOT_UTF8),
        ('{"a": "b"}'.encode("utf-16"), Reason.JSON_NOT_UTF8),
        ('{"a": "b"}'.encode("utf-16-le"), Reason.JSON_NOT_UTF8),
        (b'{"a": "\xed\xa0\x80"}', Reason.JSON_NOT_UTF8),
        (b'{"a": 1, "a": 1}', Reason.JSON_DUPLICATE_KEY),
        (b'{"data": {"x": [{"a": 1, "b": 2, "a": 3}]}}', Reason.JSON_DUPLICATE_KEY),
        (b'{"a": NaN}', Reason.JSON_NOT_A_NUMBER),
        (b'{"a": -Infinity}', Reason.JSON_NOT_A_NUMBER),
        (b"[" * 10_000 + b"]" * 10_000, Reason.JSON_TOO_DEEP),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, Reason.JSON_TOO_DEEP),
        (b'{"data":' + b"[" * 64 + b"]" * 64 + b"}", Reason.JSON_TOO_DEEP),
        (b'{"a": "\\u0000"}', Reason.TEXT_FORBIDDEN),
        (b'{"a": "\\ud800"}', Reason.TEXT_FORBIDDEN),
        (b'{"\\udfff": 1}', Reason.TEXT_FORBIDDEN),
        (b'"text"', Reason.ENVELOPE_INVALID),
        (b"[]", Reason.ENVELOPE_INVALID),
        (b"null", Reason.ENVELOPE_INVALID),
        (b"{}", Reason.ENVELOPE_INVALID),
        (b" " * (1024 * 1024 + 1), Reason.MESSAGE_TOO_LARGE),
    ],
)
def test_bad_bytes_have_their_own_reason(body: bytes, reason: Reason) -> None:
    assert refusal(body).reason is reason


def test_what_is_allowed_is_allowed_up_to_the_bound() -> None:
    nested = wire.read_json(b"[" * 64 + b"]" * 64)
    assert nested[0][0] is not None
    assert wire.read_json(b'{"n": [9007199254740991, -9007199254740991, 0.2]}') == {
        "n": [9007199254740991, -9007199254740991, 0.2]
    }
    assert wire.read_json(b'"\\ud83c\\udfe5"') == "🏥"
    assert wire.read_json(b'"' + b"x" * (1024 * 1024 - 2) + b'"') == "x" * (1024 * 1024 - 2)


def test_brackets_within_text_are_not_levels() -> None:
    assert wire.read_json(b'"' + b"[" * 500 + b'"') == "[" * 500


def test_a_byte_order_mark_is_ignored() -> None:
    assert wire.decode(b"\xef\xbb\xbf" + as_bytes(event()), {}, None).id == "sample-0007"


def test_a_duplicate_key_is_named_but_never_one_that_could_be_a_number() -> None:
    assert "CF_WSH" in refusal(b'{"CF_WSH": 1, "CF_WSH": 2}').detail
    body = f'{{"{ID_NUMBER}": 1, "{ID_NUMBER}": 2}}'.encode()
    assert ID_NUMBER not in refusal(body).detail


def test_many_keys_with_one_repeated_are_refused_without_delay() -> None:
    keys = ",".join(f'"k{number}":0' for number in range(60_000))
    assert refusal(f'{{{keys},"k59999":1}}'.encode()).reason is Reason.JSON_DUPLICATE_KEY


@pytest.mark.parametrize(
    "changes",
    [
        {"specversion": "0.3"},
        {"specversion": None},
        {"id": None},
        {"id": ""},
        {"id": 7},
        {"id": "a\u202eb"},
        {"id": "x" * 129},
        {"source": "inspection"},
        {"source": "/inspection\n"},
        {"source": "//evil"},
        {"type": "credit.inspection.points"},
        {"type": "credit.inspection.points.v"},
        {"type": "410481198001010028.v1"},
        {"type": "credit.inspection.points.v1 "},
        {"time": "2026-04-15T08:30:00"},
        {"time": "2026-04-15"},
        {"time": "2026-02-30T08:30:00+08:00"},
        {"time": 1776213000},
        {"time": "1776213000"},
        {"time": "0001-01-01T00:00:00+08:00"},
        {"time": "9999-12-31T23:59:59-08:00"},
        {"sender": None},
        {"sender": "1141\u200b0481983690064T"},
        {"revision": 0},
        {"revision": True},
        {"revision": 2**31},
        {"revision": 1.5},
        {"datacontenttype": "application/xml"},
        {"data": None},
        {"data": []},
        {"data": "{}"},
    ],
)
def test_a_bad_envelope_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(as_bytes(event(**changes))).reason is Reason.ENVELOPE_INVALID


def test_an_envelope_error_names_the_attributes_and_not_their_values() -> None:
    error = refusal(as_bytes(event(id="", sender=ID_NUMBER + "\u200b")))
    assert "id: " in error.detail
    assert "sender: holds the character U+200B" in error.detail
    assert ID_NUMBER not in error.detail


POINTS = MessageType("credit.inspection.points.v1", Points, lambda _message, _family: FeedResult("", "", ""))


def invalid(**changes: Any) -> UnusableError:
    data = {name: item for name, item in (event()["data"] | changes).items() if item is not None}
    with pytest.raises(UnusableError) as caught:
        wire.validate(wire.decode(as_bytes(event(data=data)), {}, None), POINTS)
    return caught.value


def test_valid_data_becomes_its_model() -> None:
    message = wire.validate(wire.decode(as_bytes(event()), {}, None), POINTS)
    assert isinstance(message, Points)
    assert message.party.name == "舞钢市样本人民医院"


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"act": None}, Reason.ITEM_MISSING, "act: Field required"),
        ({"act": " "}, Reason.ITEM_MISSING, "act: Field required"),
        ({"organ": {"name": "某委"}}, Reason.ITEM_MISSING, "organ.code: Field required"),
        ({"points": 0}, Reason.ITEM_INVALID, "points: "),
        ({"points": "4"}, Reason.ITEM_INVALID, "points: "),
        ({"points": True}, Reason.ITEM_INVALID, "points: "),
        ({"occurred_on": "2026-02-30"}, Reason.DATE_INVALID, "occurred_on: is not a date of the calendar"),
        ({"occurred_on": 20260415}, Reason.DATE_INVALID, "occurred_on: "),
        ({"document_no": "舞卫\u200b记"}, Reason.TEXT_FORBIDDEN, "document_no: holds the character U+200B"),
        ({"party": {"kind": "robot", "name": "甲"}}, Reason.ITEM_INVALID, "party.kind: "),
    ],
)
def test_invalid_data_is_refused_with_reason_and_place(changes: dict[str, Any], reason: Reason, detail: str) -> None:
    error = invalid(**changes)
    assert error.reason is reason
    assert error.detail.startswith(detail)


def test_every_item_at_fault_is_named_and_the_first_gives_the_reason() -> None:
    error = invalid(act=None, points=0, occurred_on="x")
    assert error.reason is Reason.DATE_INVALID
    assert [part.partition(":")[0] for part in error.detail.split("; ")] == ["occurred_on", "points", "act"]


def test_a_detail_never_holds_what_was_sent_and_is_bounded() -> None:
    party = {name: [ID_NUMBER] for name in ("uscc", "id_type", "id_no", "licence_no", "org_code", "certificate_no")}
    error = invalid(party=party | {"kind": ID_NUMBER, "name": ID_NUMBER + "\u202e"}, cycle=ID_NUMBER, points=ID_NUMBER)
    assert ID_NUMBER not in error.detail
    assert len(error.detail) <= 500


def test_a_fingerprint_ignores_order_offset_transport_and_signature() -> None:
    first = wire.decode(as_bytes(event()), {}, None)
    other = dict(
        reversed(event(time="2026-04-15T00:30:00Z", revision=1, sig="c2ln", keyid="k", traceparent="x").items())
    )
    assert wire.fingerprint(wire.decode(as_bytes(other), {}, None)) == wire.fingerprint(first)


@pytest.mark.parametrize(
    "changes", [{"revision": 2}, {"time": "2026-04-15T08:30:01+08:00"}, {"sender": "X"}, {"data": {}}]
)
def test_a_fingerprint_tells_other_content_apart(changes: dict[str, Any]) -> None:
    first = wire.decode(as_bytes(event()), {}, None)
    assert wire.fingerprint(wire.decode(as_bytes(event(**changes)), {}, None)) != wire.fingerprint(first)


def test_canonical_bytes_are_those_of_rfc_8785_without_the_signature() -> None:
    sent = {
        "type": "credit.x.y.v1",
        "time": "2026-04-15T00:30:00.50Z",
        "specversion": "1.0",
        "source": "/x",
        "sender": "S",
        "sigalg": "ed25519",
        "sig": "c2ln",
        "keyid": "k1",
        "id": "1",
        "datacontenttype": "application/json",
        "data": {"b": 2.0, "a": "名\u20ac\n"},
    }
    expected = (
        '{"data":{"a":"名€\\n","b":2},"id":"1","keyid":"k1","sender":"S","sigalg":"ed25519","source":"/x",'
        '"specversion":"1.0","time":"2026-04-15T00:30:00.50Z","type":"credit.x.y.v1"}'
    )
    assert wire.canonical(wire.decode(as_bytes(sent), {}, None)) == expected.encode()


def test_a_composed_event_is_structured_cloudevents() -> None:
    composed = wire.compose(
        {"alert": "notice_overdue", "due": date(2026, 5, 2), "detail": "逾期未回执"},
        message_type="credit.alert.raised.v1",
        message_id="alert-1",
        source="/xinglin",
        sender="11410481983690064T",
        time=datetime(2026, 5, 1, 9, 0, tzinfo=timezone(timedelta(hours=8))),
    )
    assert json.loads(composed) == {
        "specversion": "1.0",
        "id": "alert-1",
        "source": "/xinglin",
        "type": "credit.alert.raised.v1",
        "time": "2026-05-01T09:00:00+08:00",
        "sender": "11410481983690064T",
        "datacontenttype": "application/json",
        "data": {"alert": "notice_overdue", "due": "2026-05-02", "detail": "逾期未回执"},
    }
    assert wire.decode(composed, {}, "application/cloudevents+json").id == "alert-1"


def test_an_id_beyond_the_contract_does_not_leave() -> None:
    about: dict[str, Any] = {
        "message_type": "credit.alert.raised.v1",
        "source": "/xinglin",
        "sender": "S",
        "time": datetime.now(UTC),
    }
    wire.compose({}, message_id="1" * 128, **about)
    with pytest.raises(ValueError, match="129"):
        wire.compose({}, message_id="1" * 129, **about)
