"""Values of database columns as cells, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.fronts import local
from workers.frontend.values import (
    ValueUnreadable,
    cut,
    from_instant,
    from_key,
    from_text,
    read_state,
    to_instant,
    to_key,
    to_text,
)

TEXTS: tuple[tuple[object, str], ...] = (
    (None, ""),
    ("  舞钢  ", "舞钢"),
    ("91410481MA9K2F7Q0R  ", "91410481MA9K2F7Q0R"),
    (0, "0"),
    (110105194912310021, "110105194912310021"),
    (True, "是"),
    (False, "否"),
    (Decimal("0.200000"), "0.2"),
    (Decimal(100), "100"),
    (Decimal("1E+3"), "1000"),
    (0.1, "0.1"),
    (20000.0, "20000"),
    (1e-7, "0.0000001"),
    (date(2026, 1, 5), "2026-01-05"),
    (local(2026, 1, 5), "2026-01-05"),
    (local(2026, 1, 5, 8, 30), "2026-01-05 08:30:00"),
    (datetime(2026, 1, 4, 16, 0, tzinfo=UTC), "2026-01-05"),
    ("舞钢".encode("gb18030"), "舞钢"),
    ("舞钢".encode(), "舞钢"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
)


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_a_value_is_the_text_of_a_cell(value: object, text: str) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize(
    "value", [1e15, -4.1e17, float("nan"), float("inf"), Decimal("NaN"), b"\xff\xff\xff", timedelta(1), {"a": 1}]
)
def test_what_is_no_text_is_refused_and_not_quoted(value: object) -> None:
    with pytest.raises(ValueUnreadable) as caught:
        to_text(value)
    assert str(value) not in caught.value.says


KEYS: tuple[tuple[object, sa.types.TypeEngine[Any]], ...] = (
    ("  a\0b ", sa.String()),
    (7, sa.Integer()),
    (Decimal("1.5"), sa.Numeric(10, 2)),
    (local(2026, 1, 5, 8, 30).replace(microsecond=123456), sa.DateTime()),
    (date(2026, 1, 5), sa.Date()),
    (UUID(int=9), sa.Uuid()),
)


@pytest.mark.parametrize(("value", "kind"), KEYS)
def test_a_key_comes_back_as_it_was(value: object, kind: sa.types.TypeEngine[Any]) -> None:
    column: sa.Column[Any] = sa.Column("key", kind)
    assert from_key(to_key([value, value]), [column, column]) == (value, value)


def test_a_time_of_operation() -> None:
    at = datetime(2026, 5, 20, 1, 30, tzinfo=UTC)
    said: object
    for said in (at, local(2026, 5, 20, 9, 30), "2026-05-20 09:30:00", "2026/05/20 09:30:00"):
        assert to_instant(said) == at
    assert to_instant(date(2026, 5, 20)) == datetime(2026, 5, 19, 16, tzinfo=UTC)
    for nothing in (None, "", "昨天", 20260520, date(1, 1, 1)):
        assert to_instant(nothing) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (sa.DateTime(), local(2026, 6, 1, 12)),
        (sa.Date(), date(2026, 6, 1)),
        (sa.String(20), "2026-06-01 12:00:00"),
    ],
)
def test_a_moment_is_written_as_its_column_holds_it(kind: sa.types.TypeEngine[Any], value: object) -> None:
    assert from_instant(datetime(2026, 6, 1, 4, tzinfo=UTC), sa.Column("at", kind)) == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", sa.String(5), None),
        ("舞钢市卫生健康委员会", sa.String(5), "舞钢市卫生"),
        ("0.200000", sa.Numeric(18, 6), Decimal("0.200000")),
        ("1e5", sa.Numeric(18, 6), "1e5"),
        ("12", sa.Integer(), 12),
        ("2026/05/18", sa.Date(), date(2026, 5, 18)),
        ("2026-05-18", sa.DateTime(), local(2026, 5, 18)),
        ("20260518", sa.Date(), date(2026, 5, 18)),
        ("2026/02/30", sa.Date(), "2026/02/30"),
        ("a\0b", sa.Text(), "ab"),
    ],
)
def test_a_text_is_written_as_its_column_holds_it(text: str, kind: sa.types.TypeEngine[Any], value: object) -> None:
    assert from_text(text, sa.Column("c", kind)) == value


def test_a_blank_is_blank_where_a_column_must_not_be_null() -> None:
    assert from_text("", sa.Column("c", sa.String(5), nullable=False)) == ""


def test_a_state_is_a_number_where_its_column_holds_numbers() -> None:
    assert read_state("0", sa.Column("s", sa.SmallInteger())) == 0
    assert read_state("0", sa.Column("s", sa.CHAR(1))) == "0"


def test_what_is_too_long_is_cut() -> None:
    assert cut("一二三", sa.Column("c", sa.String(2))) == "一二"
    assert cut("一二三", sa.Column("c", sa.Text())) == "一二三"
