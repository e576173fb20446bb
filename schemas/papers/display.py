"""What hangs on walls: the board with its six parts, and the sheets with the QR code."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Closed, Code, Day, Name, Text
from schemas.papers.common import Link, Paper, Person
from schemas.papers.notices import Notice, Year


class Licence(Closed):
    """A practice licence as a board shows it."""

    number: Code
    holder: Name
    head: Name | None = None
    address: Text | None = None
    scope: Text | None = None
    valid_until: Day | None = None
    issued_by: Name | None = None


class Board(Notice):
    """The board of an institution: licence, grade, commitment, QR code, staff, supervisor with telephone.

    `supervisor` and `complaints` take the place of those of the regime's office.
    """

    year: Year
    licences: Annotated[tuple[Licence, ...], Field(min_length=1)]
    grade: Name
    commitment: tuple[Text, ...] = ()
    link: Link
    staff: tuple[Person, ...] = ()
    supervisor: Name | None = None
    complaints: Text | None = None


class Sheet(Closed):
    """The QR code of an institution for places in it."""

    name: Name
    link: Link
    places: Annotated[tuple[Name, ...], Field(min_length=1)] = ("诊室", "收费室", "药房", "病房")


class QrSheets(Paper):
    """A sheet for each place of each institution."""

    sheets: Annotated[tuple[Sheet, ...], Field(min_length=1)]
