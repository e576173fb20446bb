"""Which rules of a regime hold for what is known of a subject."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from credit.grading.known import Counted, Known, gather
from credit.grading.when import holding
from schemas.regime.when import FactRule

_PERMIT, _COMMITMENT = "credit.licensing.permit", "credit.licensing.commitment"


class _Who:
    roles: tuple[str, ...] = ("institution",)
    level = district = licensed_on = None
    specialties: tuple[str, ...] = ()
    licensed = True


def _rule(**parts: Any) -> FactRule:
    return FactRule.model_validate(
        {"id": "r", "name": "r", "source": {"document": "试", "clause": "一"}, "confidence": "high", **parts}
    )


def _known(*facts: Counted) -> Known:
    return gather("s", "c", _Who(), facts)


def _fact(family: str, number: str, day: date, **items: Any) -> Counted:
    known_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Counted(f"{family} {number}", family, "11410481983690064T", number, day, known_at, None, items)


_ASKS = _rule(when=[{"family": _PERMIT}], unless=[{"family": _COMMITMENT}], about="reference")


@pytest.mark.parametrize(
    ("reference", "left"),
    [
        ("许〔2026〕1号", ["许〔2026〕2号"]),
        (" 许 [2026] 2号", ["许〔2026〕1号"]),
        ("许〔2026〕3号", ["许〔2026〕1号", "许〔2026〕2号"]),
        (None, ["许〔2026〕1号", "许〔2026〕2号"]),
    ],
)
def test_an_answer_takes_away_the_fact_that_it_names_and_no_other(reference: str | None, left: list[str]) -> None:
    """However the number is written; the answer may be of another year."""
    known = _known(
        _fact(_PERMIT, "许〔2026〕1号", date(2026, 1, 4)),
        _fact(_PERMIT, "许〔2026〕2号", date(2026, 3, 4)),
        _fact(_COMMITMENT, "诺1", date(2025, 12, 30), reference=reference),
    )
    ((_, facts),) = holding([_ASKS], known, 2026)
    assert [fact.document_no for fact in facts] == left


def test_a_rule_no_longer_holds_once_every_fact_is_answered() -> None:
    """And without facts it never did."""
    permit = _fact(_PERMIT, "许〔2026〕1号", date(2026, 1, 4))
    answer = _fact(_COMMITMENT, "诺1", date(2026, 1, 4), reference="许〔2026〕1号")
    assert not list(holding([_ASKS], _known(permit, answer), 2026))
    assert not list(holding([_ASKS], _known(answer), 2026))


def test_without_about_any_fact_of_unless_ends_the_rule() -> None:
    """Of the same year, or of any year where the rule looks at what is in force."""
    permit, answer = _fact(_PERMIT, "1", date(2026, 1, 4)), _fact(_COMMITMENT, "2", date(2025, 1, 4))
    plain = {"when": [{"family": _PERMIT}], "unless": [{"family": _COMMITMENT}]}
    assert list(holding([_rule(**plain)], _known(permit, answer), 2026))
    assert not list(holding([_rule(**plain, in_force=True)], _known(permit, answer), 2026))


def test_about_needs_what_it_is_about() -> None:
    """A rule that only says `unless` has no fact that could be answered."""
    with pytest.raises(ValidationError, match="it needs both"):
        _rule(unless=[{"family": _COMMITMENT}], about="reference")
