"""What exports write for days, amounts and whole numbers, with the one value that each means."""

from __future__ import annotations

import base64
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from connectors.inspection.messages import Check, Penalty, Points
from connectors.licensing.messages import Permit
from schemas import wire
from schemas.base import Day, End, Wan
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import FeedResult, MessageType
from tests.unit.schemas.events import as_bytes, sample

PENALTY = MessageType("credit.inspection.penalty.v1", Penalty, lambda _message, _family: FeedResult("", "", ""))


def penalty(**changes: Any) -> dict[str, Any]:
    event = sample("inspection/penalty")
    return event | {"data": event["data"] | changes}


def reason(body: bytes) -> tuple[Reason, str]:
    with pytest.raises(UnusableError) as caught:
        wire.validate(wire.decode(body, {}, None), PENALTY)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "2026/1/5",
        "2026-1-5",
        "2026.01.05",
        "20260105",
        "20260105000000",
        "2026年1月5日",
        "2026 年 01 月 05 号",
        "２０２６／０１／０５",
        "2026-01-05 00:00:00",
        "2026-01-05 00:00:00.0",
        "2026/1/5 0:00",
        "2026-01-05T00:00:00",
        "2026-01-05T00:00:00.000+0800",
        "2026-01-05T00:00:00+08:00",
        "2026-01-04T16:00:00Z",
        "二〇二六年一月五日",
        "二○二六年一月五日",
        "二零二六年一月五号",
    ],
)
def test_forms_of_a_day(text: str) -> None:
    assert TypeAdapter(Day).validate_python(text) == date(2026, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "长期",
        "長期",
        "长　期",
        "长期有效。",
        "无限期",
        "永久",
        " 长期有效 ",
        "9999-12-31",
        "9999/12/31",
        "99991231",
        "2099-12-31",
        "9999-12-31 23:59:59",
    ],
)
def test_forms_of_an_end_that_is_not_foreseen(text: str) -> None:
    assert TypeAdapter(End).validate_python(text) == date(2099, 12, 31)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (0.00005, "0.00005"),
        ("0.00005", "0.00005"),
        ("5E-5", "0.00005"),
        ("2E+1", "20"),
        (2e1, "20"),
        (".5", "0.5"),
        ("０．２", "0.2"),
        ("20,000.5", "20000.5"),
        ("1，000", "1000"),
        (0.1 + 0.2, "0.3"),
        ("0.30000000000000004", "0.3"),
        (0.9999999999999999, "1"),
        (1000000.1 - 1000000, "0.1"),
        ("2.000000000", "2"),
        (-0.0, "0"),
    ],
)
def test_forms_of_an_amount(value: object, amount: str) -> None:
    assert TypeAdapter(Wan).validate_python(value) == Decimal(amount)


def test_doubles_without_a_fraction_are_integers() -> None:
    points = Points.model_validate(sample("inspection/points")["data"] | {"points": 4.0, "cycle": 2026.0})
    assert (points.points, points.cycle) == (4, 2026)
    assert wire.decode(as_bytes(penalty() | {"revision": 2.0}), {}, None).revision == 2


def test_null_is_absent() -> None:
    assert wire.decode(as_bytes(penalty() | {"revision": None, "sig": None}), {}, None).revision == 1
    assert reason(as_bytes(penalty(CF_SY=None))) == (Reason.ITEM_MISSING, "CF_SY: Field required")
    assert reason(as_bytes(penalty(CF_YXQ=None))) == (Reason.ITEM_MISSING, "CF_YXQ: Field required")
    assert Check.model_validate(sample("inspection/check")["data"] | {"items": None}).items == ()


def test_a_number_that_nobody_reads_does_no_harm_and_in_an_item_it_has_its_reason() -> None:
    for number in ("1734567890123456789", "9" * 5000, "1e999"):
        body = as_bytes(penalty(ID=0)).replace(b'"ID": 0', f'"ID": {number}'.encode())
        event = wire.decode(body, {}, None)
        wire.validate(event, PENALTY)
        assert wire.fingerprint(event) == wire.fingerprint(wire.decode(body, {}, None))
    for item in ("CF_WSH", "CF_NR_FK"):
        body = as_bytes(penalty(**{item: 0})).replace(
            f'"{item}": 0'.encode(), f'"{item}": 1734567890123456789'.encode()
        )
        assert reason(body)[0] is Reason.NUMBER_TOO_LARGE


def test_data_in_base64_is_the_data() -> None:
    event = penalty()
    data = event.pop("data")
    coded = base64.b64encode(json.dumps(data).encode()).decode()
    decoded = wire.decode(as_bytes(event | {"data_base64": coded}), {}, None)
    assert wire.fingerprint(decoded) == wire.fingerprint(wire.decode(as_bytes(event | {"data": data}), {}, None))
    for wrong in ({"data_base64": coded, "data": data}, {"data_base64": "%"}, {"data_base64": 1}):
        assert reason(as_bytes(event | wrong))[0] is Reason.ENVELOPE_INVALID


@pytest.mark.parametrize("kind", ["text/json", "application/vnd.gov.credit+json; charset=utf-8", "Application/JSON"])
def test_media_types_of_json(kind: str) -> None:
    assert wire.decode(as_bytes(penalty() | {"datacontenttype": kind}), {}, None).data


def test_every_dash_of_a_further_kind_is_one_and_a_bare_one_is_none() -> None:
    data = sample("licensing/permit")["data"]
    for dash in "-－—–‐―":
        assert Permit.model_validate(data | {"XK_XKLB": f"其他{dash}备案"}).XK_XKLB == "其他-备案"
        assert Penalty.model_validate(penalty(CF_CFLB=f"其他{dash}责令改正")["data"]).penalty_kinds == (
            "其他-责令改正",
        )
        assert reason(as_bytes(penalty(CF_CFLB=f"其他{dash} ")))[0] is Reason.ITEM_INVALID
        with pytest.raises(ValueError, match="XK_XKLB"):
            Permit.model_validate(data | {"XK_XKLB": f"其他{dash}"})


def test_advice_drops_no_part_of_what_was_written() -> None:
    assert "separate several kinds" in reason(as_bytes(penalty(CF_CFLB="警告,罚款")))[1]
    assert "separate several kinds" in reason(as_bytes(penalty(CF_CFLB="警告 罚款")))[1]


def test_a_sender_is_compared_in_its_normal_form_and_signed_as_written() -> None:
    event = wire.decode(as_bytes(penalty() | {"sender": "１1410481983690064t ", "sig": "c2ln"}), {}, None)
    assert event.sender == "11410481983690064T"
    assert '"sender":"１1410481983690064t "'.encode() in wire.canonical(event)
