from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from pydantic import Field

from credit.law.conditions import mistakes
from schemas.base import Frozen
from schemas.policy import Condition
from schemas.statement import Model


class First(Frozen):
    """A third party's type."""

    result: Literal["good", "bad"]
    finding: str
    rank: int = Field(alias="GRADE")


class Second(Frozen):
    """Its next version, with a further value and without the finding."""

    result: Literal["good", "bad", "worse"]


class Free(Frozen):
    """A version that takes any result."""

    result: str


MODELS: dict[str, Model] = {"civil.care.check.v1": First, "civil.care.check.v2": Second, "civil.care.visit.v1": Free}


def found(family: str, items: Mapping[str, tuple[Any, ...]] | None = None, **contains: tuple[str, ...]) -> list[str]:
    condition = Condition(family=family, items=dict(items or {}), contains=contains)
    return [f"{'.'.join(map(str, place))}: {text}" for place, text in mistakes(condition, MODELS)]


@pytest.mark.parametrize(
    "items",
    [
        {"result": ("good", "bad")},
        {"result": ("worse",), "finding": ("x",)},
        {"GRADE": (1,)},
        {"penalty_kinds": ("罚款",)},
    ],
)
def test_what_any_version_has_may_be_named(items: dict[str, tuple[Any, ...]]) -> None:
    assert found("civil.care.check", items) == []


def test_a_family_that_only_a_later_version_has_is_known() -> None:
    condition = Condition(family="civil.care.check", items={"result": ("worse",)})
    assert list(mistakes(condition, {"civil.care.check.v2": Second})) == []


def test_a_family_that_nobody_reads() -> None:
    said = "family: no connector reads 'civil.care.chekc' (did you mean 'civil.care.check'?)"
    assert found("civil.care.chekc", {"anything": (1,)}) == [said]
    assert found("civil.care.check.v1") == [said.replace("chekc", "check.v1")]


def test_an_item_that_no_version_has() -> None:
    near = "civil.care.check has no item 'reslut' (did you mean 'result'?)"
    assert found("civil.care.check", {"reslut": ("good",)}) == [f"items.reslut: {near}"]
    assert found("civil.care.check", reslut=("good",)) == [f"contains.reslut: {near}"]


def test_a_value_that_no_version_takes() -> None:
    said = "items.result.1: unknown value 'wrose' (did you mean 'worse'?)"
    assert found("civil.care.check", {"result": ("bad", "wrose")}) == [said]


def test_free_text_takes_every_value_in_whatever_version() -> None:
    assert found("civil.care.visit", {"result": ("wrose",)}) == []
    condition = Condition(family="civil.care.check", items={"result": ("wrose",)})
    assert list(mistakes(condition, MODELS | {"civil.care.check.v3": Free})) == []
