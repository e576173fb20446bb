"""The columns of a table follow from the class of its rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Boolean, Date, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text

from credit.record.rows import ParkedRow
from credit.store import tables
from credit.store.tables import Instant, columns_of


class Permit(NamedTuple):
    number: str
    version: int
    public: bool
    sealed: bytes
    from_on: date
    issued_at: datetime
    remark: str | None
    until_on: date | None = None
    ended_at: datetime | None = None


def test_a_column_has_name_type_order_and_nullability_of_its_field() -> None:
    table = Table("permit", MetaData(), *columns_of(Permit), PrimaryKeyConstraint("number"))
    assert [(column.name, type(column.type), column.nullable) for column in table.columns] == [
        ("number", Text, False),
        ("version", Integer, False),
        ("public", Boolean, False),
        ("sealed", LargeBinary, False),
        ("from_on", Date, False),
        ("issued_at", Instant, False),
        ("remark", Text, True),
        ("until_on", Date, True),
        ("ended_at", Instant, True),
    ]


class Fraction(NamedTuple):
    value: float


class Single(NamedTuple):
    value: tuple[str]


class Listed(NamedTuple):
    value: tuple[str, ...]


class Either(NamedTuple):
    value: str | int | None


class Nothing(NamedTuple):
    value: None


class Anything(NamedTuple):
    value: Any


@pytest.mark.parametrize("row", [Fraction, Single, Listed, Either, Nothing, Anything])
def test_a_field_that_no_column_holds_is_refused(row: type[NamedTuple]) -> None:
    with pytest.raises(TypeError, match="no column holds value"):
        columns_of(row)


def test_what_is_kept_elsewhere_has_no_column() -> None:
    assert {"reason", "waits_for"} <= set(ParkedRow._fields)
    assert "reason" in tables.parked.columns
    assert "waits_for" not in tables.parked.columns


def test_what_a_batch_looks_for_is_first_in_the_key_of_a_claim() -> None:
    assert [column.name for column in tables.alias.primary_key] == ["value_hash", "kind", "subject_id"]
