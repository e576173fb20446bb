"""Lists: many subjects, a line each."""

from __future__ import annotations

from schemas.base import Closed, Code, Day, Name, Text
from schemas.papers.common import Amount, Paper
from schemas.papers.notices import Year


class Listed(Closed):
    """A subject on a list: since when, why, by which decision, and until when."""

    name: Name
    code: Code
    reason: Text
    basis: Text | None = None
    entered_on: Day
    until: Day | None = None
    tier: Text | None = None


class Listing(Paper):
    """A red, black or abnormal list as of its day; `note` says how one leaves it."""

    year: Year | None = None
    entries: tuple[Listed, ...]
    note: Text | None = None


class Graded(Closed):
    """The grade of a subject; `corrected_on` where a result that was published was corrected later."""

    name: Name
    code: Code
    grade: Name
    score: Text | None = None
    category: Text | None = None
    corrected_on: Day | None = None


class GradeTable(Paper):
    """The grades of a year as they are published; `counts` how many got which."""

    year: Year
    entries: tuple[Graded, ...]
    counts: tuple[Amount, ...] = ()
    objection_by: Day | None = None


class OnsiteResult(Closed):
    """What inspectors found at one institution; `own_score` is what it gave itself."""

    name: Name
    code: Code
    category: Text | None = None
    inspected_on: Day
    inspectors: tuple[Name, ...]
    unmet_double: int = 0
    unmet_single: int = 0
    marks: Text
    full_marks: Text
    score: Text
    own_score: Text | None = None
    grade: Name
    remark: Text | None = None


class OnsiteResults(Paper):
    """On-site results of a year, an institution a line."""

    year: Year
    entries: tuple[OnsiteResult, ...]


class PositiveCase(Closed):
    """A case that counts against an institution, and which section told of it."""

    name: Name
    code: Code
    department: Name
    kind: Text
    facts: Text
    day: Day
    number: Text | None = None
    effect: Text
    remark: Text | None = None


class PositiveCases(Paper):
    """Cases of a year."""

    year: Year
    entries: tuple[PositiveCase, ...]
