from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.base import Day, Flag, Name, Sparse, Text, Wan, Yuan


def error_type(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return caught.value.errors()[0]["type"]


@pytest.mark.parametrize("text", ["2026-03-06", "2026/03/06", "20260306", " 2026-03-06 "])
def test_a_day_is_read_in_three_ways(text: str) -> None:
    assert TypeAdapter(Day).validate_python(text) == date(2026, 3, 6)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-13-01",
        "2025-02-29",
        "2026-03/06",
        "2026-W10-5",
        "06.03.2026",
        "2026-03-06T25:00:00",
        "2026-03-06 noon",
        "2026-03-06x",
        "长期",
        "26-3-6",
        "0026-03-06",
        "1899-12-31",
        "",
        20260306,
        46087,
        None,
        datetime(2026, 3, 6),  # noqa: DTZ001
    ],
)
def test_what_is_no_day_is_refused(value: object) -> None:
    assert error_type(Day, value) == "day_invalid"


@pytest.mark.parametrize("text", ["2000-02-29", "1900-01-01", "9999-12-31"])
def test_days_at_the_bounds_are_read(text: str) -> None:
    assert TypeAdapter(Day).validate_python(text).isoformat() == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2.000000", "2.000000"),
        ("2", "2.000000"),
        (2, "2.000000"),
        (0.2, "0.200000"),
        (2.5, "2.500000"),
        ("0.2", "0.200000"),
        (" 0.2 ", "0.200000"),
        ("0", "0.000000"),
        (Decimal("0.000001"), "0.000001"),
        ("999999999999.999999", "999999999999.999999"),
    ],
)
def test_an_amount_has_one_text_however_it_is_written(value: object, expected: str) -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(Wan)
    assert adapter.dump_python(adapter.validate_python(value)) == expected


@pytest.mark.parametrize(
    "value",
    [
        "-1",
        -1,
        "+1",
        1e20,
        1e-7,
        "1,00",
        "10,0000",
        "1.000.000",
        "1e",
        "1e9999",
        ".",
        "二万元",
        "NaN",
        "",
        True,
        None,
        "0.0000001",
        0.1234567,
        "0.3000004",
        "1" * 13,
    ],
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    error_type(Wan, value)


def test_yuan_have_two_decimals() -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(Yuan)
    assert adapter.dump_python(adapter.validate_python("183500")) == "183500.00"
    error_type(Yuan, "0.001")


@pytest.mark.parametrize(
    "char",
    [
        "\x00",
        "\x07",
        "\n",
        "\x7f",
        "\x85",
        "\u00ad",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\u2028",
        "\ufeff",
        "\u3164",
        "\U000e0041",
    ],
)
def test_a_name_with_a_hidden_character_is_refused(char: str) -> None:
    assert error_type(Name, f"舞钢{char}医院") == "text_forbidden"


@pytest.mark.parametrize(
    "name",
    ["舞钢市（东区）医院", "阿不都·热合曼", "Ho\u0301pital", "\u9fa6\U00020000\ue863", "全角\u3000空格"],
)
def test_real_names_pass(name: str) -> None:
    assert TypeAdapter(Name).validate_python(name) == name


def test_running_text_may_have_lines_but_no_other_control_character() -> None:
    assert TypeAdapter(Text).validate_python("一、\r\n\t二、") == "一、\r\n\t二、"
    assert error_type(Text, "一\x08") == "text_forbidden"


@pytest.mark.parametrize("value", [1, 0, "true", "no", None])
def test_a_flag_is_true_or_false(value: object) -> None:
    error_type(Flag, value)


class Row(Sparse):
    needed: Name
    optional: Wan | None = None


def test_blank_is_absent() -> None:
    assert Row.model_validate({"needed": "甲", "optional": " \u3000"}).optional is None
    with pytest.raises(ValidationError) as caught:
        Row.model_validate({"needed": "  "})
    assert caught.value.errors()[0]["type"] == "missing"
