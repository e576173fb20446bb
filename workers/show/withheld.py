"""What of a parked message is kept back from those who may not see sealed records."""

from __future__ import annotations

from dataclasses import replace

from credit.law.law import Law
from credit.store.queries.parked import Story
from schemas.envelope import family_of

_WITHHELD = "可能涉及封存记录，内容不显示；有权人员可查看原文。"
_CUT = "\n…… 共 "
"""Where a long message is cut on the screen: what follows is not looked at, so it may be of a sealed record."""


def withhold(story: Story, law: Law | None) -> Story:
    """Keep back what a parked message says where it may be about a sealed record; why it is parked by code stays.

    Without the law nobody can tell, and everything is kept back.
    """
    if not may_be_sealed(story, law):
        return story
    events = tuple(
        replace(each, before=each.before and _WITHHELD, note=_WITHHELD, changes=each.changes and ())
        for each in story.events
    )
    row = replace(story.row, detail=_WITHHELD)
    return replace(story, row=row, headers=_WITHHELD, message=_WITHHELD, events=events)


def may_be_sealed(story: Story, law: Law | None) -> bool:
    """Tell whether a parked message may be about a sealed record, as it is or as it was before it was mended."""
    family = family_of(story.row.type) if story.row.type else None
    texts = [story.message, *(event.before for event in story.events if event.before is not None)]
    return law is None or (_sealable(family, law) and any(_CUT in text or law.may_seal(family, text) for text in texts))


def _sealable(family: str | None, law: Law) -> bool:
    return family is None or family in law.sealing
