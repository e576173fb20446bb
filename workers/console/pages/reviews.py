"""A fall below an official grade, decided by two persons."""

from __future__ import annotations

from credit.store.queries import official
from credit.store.queries.official import Fall
from schemas.errors import PermanentError
from schemas.rights import Right
from schemas.states import ReviewState
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.proposing import propose
from workers.console.screens import Page, Screen, Shown
from workers.console.telling import refuse_to_differ, telling
from workers.decisions import proposed, reviews
from workers.decisions.reviews import DECISIONS, Resolution

_NONE = "没有这一待复核的等级下降，或者不在您的查询范围内。"
"""Said in the same words where there is one: nobody learns of the falls of others."""


def _find(asked: Asked) -> Fall:
    regime, scale, subject = (asked.path(name) for name in ("regime", "scale", "subject"))
    if regime not in asked.runtime.reader.regimes:
        raise Missing("没有这一评价办法。")
    try:
        found = reviews.find_open(asked.runtime, subject, regime, scale)
    except PermanentError:
        raise Missing(_NONE) from None
    with asked.reading() as connection:
        if not official.reviews_of(connection, asked.view(), regime, [found.row.subject_id]):
            raise Missing(_NONE)
    return found


def _show_one(asked: Asked) -> Page:
    fall = _find(asked)
    scale = asked.runtime.reader.regimes[fall.row.regime].scale(fall.row.scale, fall.row.year)
    return Page(
        "review.html",
        {
            "title": f"复核：{fall.name}",
            "fall": fall,
            "grades": dict(scale.grades) if scale is not None else {},
            "decisions": {name: each.word for name, each in DECISIONS.items()},
            "here": asked.request.url.path,
            "why_not": asked.why_not(Right.REVIEW),
        },
        about=[fall.row.subject_id],
    )


def _decide(asked: Asked) -> Shown:
    fall = _find(asked)
    refuse_to_differ(asked)
    said, why = asked.text("decision"), asked.required("why", "复核意见")
    if said not in DECISIONS:
        raise Incomplete("请选择复核结论。")
    grade = asked.text("grade") or None
    if (said == ReviewState.ADJUSTED.value) != (grade is not None):
        raise Incomplete("结论为“调整”时须选择等级，其他结论不选。")
    with telling("没有提交复核结论。"):
        wanted = proposed.review(asked.runtime, fall, Resolution(DECISIONS[said], grade, asked.holder.person, why))
    propose(asked, wanted)
    return asked.go("/reviews", "已提交复核结论，须由另一人复核后生效。")


SCREENS = (Screen("/reviews/{regime}/{scale}/{subject}", "复核", Right.REVIEW, _show_one, _decide),)
