"""Lists of those who lack something: since when, and in which years. Lists by what there is are in test_lists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

import pytest

from credit.grading import lists
from credit.grading.known import Counted, gather
from credit.grading.lists import Found, Told
from credit.grading.regime import Regime
from credit.grading.who import Attributes
from schemas.regime.lists import ListsFile
from schemas.regime.scale import RegimeFile

SOURCE: dict[str, Any] = {"source": {"document": "试验办法", "clause": "第一条"}, "confidence": "high"}
CHECK = "credit.desk.self_inspection"


def regime(*, yearly: bool, **entry: Any) -> Regime:
    scale = {"id": "s", "name": "评价", "subjects": {}, "grades": {"a": "好", "b": "差"}, "measure": {"kind": "none"}}
    editions = [{"effective_from": "2019-11-08", "scales": [scale], **SOURCE}]
    file = {"code": "r", "name": "试验", "authority": "X", "document": "试验办法", "editions": editions}
    lacks = {"by": "facts", "id": "lacks", "name": "未报", "unless": [{"family": CHECK}], **SOURCE} | entry
    lacking = {"id": "lacking", "name": "缺件", "kind": "lacking", "subjects": {}, "yearly": yearly, **SOURCE}
    lacking |= {"enter": [lacks], "told_first": {"on": False, **SOURCE}, "published": False}
    kept = ListsFile.model_validate({"editions": [{"effective_from": "2019-11-08", "lists": [lacking], **SOURCE}]})
    return Regime(RegimeFile.model_validate(file), lists=kept)


def on(of: Regime, day: date, licensed_on: date | None, checked: Collection[date] = ()) -> list[tuple[int, date]]:
    now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    facts = [Counted(f"{each}", CHECK, "X", f"{each}", each, now, None, {}) for each in checked]
    known = gather("s", "s", Attributes(roles=frozenset({"institution"}), licensed_on=licensed_on), facts)
    return [(row.year, row.since) for row in lists.want(known, of, Told(), Found(day, now))]


@pytest.mark.parametrize(
    ("licensed_on", "checked", "listed"),
    [
        (date(2015, 3, 1), [], [(2025, date(2025, 1, 1)), (2026, date(2026, 1, 1))]),
        (None, [], [(2025, date(2025, 1, 1)), (2026, date(2026, 1, 1))]),
        (date(2025, 3, 1), [], [(2025, date(2025, 3, 1)), (2026, date(2026, 1, 1))]),
        (date(2026, 3, 1), [], [(2026, date(2026, 3, 1))]),
        (date(2015, 3, 1), [date(2025, 12, 31)], [(2026, date(2026, 1, 1))]),
        (date(2015, 3, 1), [date(2025, 1, 1), date(2026, 1, 1)], []),
    ],
)
def test_what_is_asked_each_year_is_lacking_in_this_one_and_the_last_since_the_subject_is_licensed(
    licensed_on: date | None, checked: list[date], listed: list[tuple[int, date]]
) -> None:
    assert on(regime(yearly=True), date(2026, 6, 1), licensed_on, checked) == listed


@pytest.mark.parametrize(("licensed_on", "since"), [(date(2015, 3, 1), date(2015, 3, 1)), (None, date(2019, 11, 8))])
def test_what_is_asked_once_is_lacking_since_the_licence_or_since_the_list_began(
    licensed_on: date | None, since: date
) -> None:
    assert on(regime(yearly=False), date(2026, 6, 1), licensed_on) == [(0, since)]
    assert on(regime(yearly=False), date(2026, 6, 1), licensed_on, [date(2020, 1, 1)]) == []


def test_a_list_may_ask_which_fact_was_answered() -> None:
    """By the number that the answer names, whichever year it is of."""
    asks = regime(yearly=True, when=[{"family": "credit.licensing.permit"}], about="reference")
    day, now = date(2026, 6, 1), datetime(2026, 6, 1, 4, tzinfo=UTC)
    permit = Counted("p", "credit.licensing.permit", "X", "许〔2026〕1号", date(2026, 1, 4), now, None, {})
    answers = [
        Counted(number, CHECK, "X", number, date(2025, 12, 30), now, None, {"reference": number})
        for number in ("许〔2026〕1号", "许〔2026〕2号")
    ]
    for answer, listed in zip(answers, (0, 1), strict=True):
        known = gather("s", "s", Attributes(), [permit, answer])
        assert len(lists.want(known, asks, Told(), Found(day, now))) == listed
