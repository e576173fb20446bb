"""Papers with running text, forms and reports."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Closed, Code, Day, Name, Text
from schemas.papers.common import Addressee, Amount, Paper, Reason, Section
from schemas.papers.lists import Graded
from schemas.papers.notices import Notice, Year


class Circular(Paper):
    """Grades told to sections and institutions in writing; `commended` are those praised by name."""

    year: Year
    addressees: Annotated[tuple[Name, ...], Field(min_length=1)]
    counts: tuple[Amount, ...]
    commended: tuple[Name, ...] = ()
    entries: tuple[Graded, ...] = ()
    sections: tuple[Section, ...] = ()
    receipt_by: Day | None = None


class SheetSection(Closed):
    """A section of the on-site table: full marks of the items that apply, and the marks given."""

    name: Name
    full_marks: Text
    marks: Text
    remark: Text | None = None


class Finding(Closed):
    """What a section of the authority, or the star items, say of an institution in the year."""

    source: Name
    matter: Text
    finding: Text


class ComprehensiveForm(Notice):
    """How the grade of one institution came about, with the places to sign."""

    year: Year
    inspected_on: Day | None = None
    inspectors: tuple[Name, ...] = ()
    sections: tuple[SheetSection, ...] = ()
    marks: Text | None = None
    full_marks: Text | None = None
    score: Text | None = None
    own_score: Text | None = None
    grade_by_score: Name | None = None
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()
    grade: Name | None = None


class Entry(Closed):
    """A record in a credit report; `state` says where it stands."""

    day: Day
    number: Text
    organ: Name
    content: Text
    state: Name | None = None


class Group(Closed):
    """Records of one kind, the newest first."""

    name: Name
    entries: tuple[Entry, ...]


class Standing(Closed):
    """A grade of a year, or a list that a subject is on."""

    name: Text
    value: Text
    day: Day | None = None


class Use(Closed):
    """Who asked for a report before, and for what."""

    day: Day
    by: Name
    purpose: Text
    number: Code | None = None


class CreditReport(Notice):
    """What is on record of a subject, for a named purpose; sealed records are not in it.

    `asked_by` and `purpose` stand on it; `withheld` says in words what it leaves out and why.
    """

    number: Code
    subject: Addressee
    asked_by: Name
    purpose: Text
    as_of: Day
    facts: tuple[Standing, ...] = ()
    grades: tuple[Standing, ...] = ()
    lists: tuple[Standing, ...] = ()
    groups: tuple[Group, ...] = ()
    uses: tuple[Use, ...] = ()
    withheld: tuple[Text, ...] = ()
    check_at: Text | None = None


class PeriodReport(Paper):
    """What happened in a period, counted by kind; sections hold what is said about it."""

    since: Day
    until: Day
    facts: tuple[Amount, ...] = ()
    lists: tuple[Amount, ...] = ()
    repairs: tuple[Amount, ...] = ()
    lateness: tuple[Amount, ...] = ()
    sections: tuple[Section, ...] = ()


class Bulletin(Paper):
    """An issue of the bulletin on the state of the credit system."""

    issue: Text
    addressees: tuple[Name, ...] = ()
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    copies_to: tuple[Name, ...] = ()
