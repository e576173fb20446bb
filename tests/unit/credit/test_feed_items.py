"""What a third party's connector reads as a permit or penalty without the national items."""

from __future__ import annotations

from typing import Any

import pytest

from credit.record.standing import find_standing
from credit.telling import feeds
from credit.telling.feeds import Shown
from schemas.statement import Category, Fact
from tests.builders import TODAY, national_law, penalty, shipped_routes

PENALTY = penalty()
PERMIT = penalty()._replace(category=Category.PERMIT)


def show(fact: Fact, items: dict[str, Any]) -> Shown | None:
    stated = fact._replace(items=items)
    return feeds.show(shipped_routes().feeds[0], stated, find_standing(stated, [], national_law(), TODAY), None)


@pytest.mark.parametrize(("fact", "number"), [(PENALTY, "CF_WSH"), (PERMIT, "XK_WSH")])
def test_without_the_number_of_its_decision_nothing_is_shown(fact: Fact, number: str) -> None:
    own = {"fine": "2000", "penalty_kinds": ["罚款"]}
    assert show(fact, own) is None
    assert show(fact, own | {number: ""}) is None
    shown = show(fact, own | {number: "舞民罚〔2026〕1号"})
    assert shown is not None
    assert {name: value for name, value in shown.items.items() if name != "CF_GSJZQ"} == {number: "舞民罚〔2026〕1号"}


@pytest.mark.parametrize(("fact", "number"), [(PENALTY, "XK_WSH"), (PERMIT, "CF_WSH")])
def test_the_number_of_the_other_kind_is_not_enough(fact: Fact, number: str) -> None:
    assert show(fact, {number: "舞民罚〔2026〕1号", "penalty_kinds": ["罚款"]}) is None
