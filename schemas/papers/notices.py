"""Letters and notices: each goes to one subject."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Code, Day, Name, Text
from schemas.papers.common import Addressee, Paper, Reason, Reference

Year = Annotated[int, Field(ge=1949, le=9999)]


class Notice(Paper):
    """A paper to one subject."""

    subject: Addressee


class ResultLetter(Notice):
    """What grade a subject got for a year, why, and what follows from it.

    `supervision` says in words how often it is visited; `improve` what would have to change for the next better grade.
    """

    year: Year
    grade: Name
    score: Text | None = None
    reasons: tuple[Reason, ...] = ()
    supervision: Text | None = None
    improve: tuple[Text, ...] = ()
    rectify_by: Day | None = None
    board_by: Day | None = None
    objection_by: Day | None = None


class DowngradeNotice(Notice):
    """A grade was lowered during the year: from what to what, why, and who reviewed it."""

    year: Year
    before: Name
    after: Name
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
    reported_on: Day
    reviewed_by: Name
    reviewed_on: Day
    supervision: Text | None = None
    rectify_by: Day | None = None
    objection_by: Day | None = None


class RepairNotice(Notice):
    """How and when a penalty can be repaired; served together with its decision.

    Without `publicity_from` the record is not published at all. `repairable_from` is the first day after the minimum
    period; without it the record can be repaired at any time. `law` names the rules of repair in force.
    """

    decision: Reference
    degree: Name
    law: Text
    publicity_from: Day | None = None
    repairable_from: Day | None = None
    publicity_until: Day | None = None
    not_repairable: Text | None = None


class RepairConfirmation(Notice):
    """Credit repair was granted: of which decision, since when, and what ends by it."""

    decision: Reference
    application: Code | None = None
    applied_on: Day | None = None
    decided_on: Day
    effects: Annotated[tuple[Text, ...], Field(min_length=1)]


class ListingNotice(Notice):
    """What a subject is told before it is listed, or a measure takes a right away from it."""

    list_name: Name
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
    measures: tuple[Text, ...] = ()
    term: Text | None = None
    answer_by: Day
