"""The rows of the public projection: frozen values whose field names are the column names of their tables.

A subject is an organisation here, by its unified code: a person is known by nothing but a name, and `person` is a
digest that leads nowhere.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple


class InstitutionRow(NamedTuple):
    """The page of an institution, by its short code.

    `name_key` is the name as it is searched by; `grade` is REGIME/SCALE/GRADE of its last official grade that is shown,
    an empty text where none is. `standing` is one of `schemas.showing.Standing`. `moved_to` is the code of the
    institution that it goes on as; its own content is empty then. `content` is the JSON of `schemas.showing.Content`.
    """

    code: str
    subject: str
    name: str
    name_key: str
    grade: str
    standing: str
    moved_to: str | None
    content: str


class StaffRow(NamedTuple):
    """A practitioner who is registered at an institution: by name and registered scope alone."""

    subject: str
    person: str
    name: str
    profession: str
    scope: str


class ListedRow(NamedTuple):
    """An organisation on a list that is published. `year` is 0 where there is not one list for each year."""

    list_key: str
    year: int
    since: date
    subject: str
    name: str
    tier: str
    reason: str
    basis: str
    until: date | None


class ListRow(NamedTuple):
    """A list that is published, by REGIME/LIST, and the words it goes by."""

    list_key: str
    kind: str
    regime: str
    title: str


class ScaleRow(NamedTuple):
    """A grade of a scale that is followed, by REGIME/SCALE/GRADE: its place from the best, and its words."""

    grade: str
    place: int
    scale: str
    word: str


class AnswerRow(NamedTuple):
    """How far a complaint or rating of the page is, by the digest of its number."""

    number: str
    subject: str
    state: str
    on: date


class InboxRow(NamedTuple):
    """What somebody of the public sent, sealed at once to a key that the archive alone can open.

    `form` is the digest of the form that it came by, so that a form that is sent twice is taken once.
    """

    form: str
    sent_at: datetime
    sealed: bytes


class ReportRow(NamedTuple):
    """A report that waits for whoever has its code: sealed by the code, under a name that follows from the code."""

    name: str
    expires_at: datetime
    sealed: bytes


class TakenRow(NamedTuple):
    """Who took a report: `by` is the digest of the form at the page, or says that the desk took it back."""

    name: str
    by: str
    at: datetime


class AboutRow(NamedTuple):
    """Something that the page has to know of its archive, by name; see `About`."""

    name: str
    value: str
