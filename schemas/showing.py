"""What the public page says of an institution: written by the archive's side, read by the page's, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from schemas.base import Frozen
from schemas.words import Tone, Worded

NUMBER = "^(TS|PJ)[A-Z2-7]{16}$"
"""The numbers that the page gives to complaints and ratings."""


class Standing(Worded):
    """Whether an institution is shown."""

    OPEN = "open", "在业", Tone.GOOD
    SIGN_WITHDRAWN = "sign_withdrawn", "等级牌照已收回", Tone.GRAVE
    """It goes on, and shows no grade."""
    CLOSED = "closed", "牌照已收回", Tone.PAST
    """Closed, revoked or cancelled: nothing of it is shown but its name and that."""


class Word(Frozen):
    """A grade of a scale, and how whoever has it is supervised."""

    word: str
    means: str
    mine: bool


class Grade(Frozen):
    """An official grade with its year and all grades of its scale, the best first."""

    regime: str
    scale: str
    year: int
    word: str
    decided_on: date
    corrected: bool
    words: tuple[Word, ...]


class Licence(Frozen):
    """The licence in force that an institution works by; `number` is empty where no message has told it."""

    number: str
    organ: str
    scope: str
    until: date | None


class Penalty(Frozen):
    """A penalty within its publicity; `until` is its last day, None where it has no end by itself."""

    number: str
    organ: str
    on: date
    content: str
    degree: str
    state: str
    until: date | None


class Commitment(Frozen):
    """A commitment of the institution, and whether it was kept."""

    on: date
    state: str
    content: str


class Answer(Frozen):
    """What the institution says of what is shown here."""

    on: date
    content: str


class Content(Frozen):
    """All that the page of an institution says by itself; who works there and on which lists it is are rows."""

    kinds: tuple[str, ...] = ()
    level: str = ""
    grades: tuple[Grade, ...] = ()
    licence: Licence | None = None
    penalties: tuple[Penalty, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    answers: tuple[Answer, ...] = ()


class Sent(Frozen):
    """What somebody sent by the page, as it is sealed: a complaint with its matter, or a rating with its stars.

    `number` is what it can be asked for by. `contact` is how whoever wrote it can be reached, if they said so.
    """

    number: Annotated[str, Field(pattern=NUMBER)]
    code: Annotated[str, Field(max_length=20)]
    matter: Annotated[str, Field(max_length=20)] = ""
    stars: Annotated[int, Field(ge=0, le=5)] = 0
    content: Annotated[str, Field(max_length=2000)] = ""
    contact: Annotated[str, Field(max_length=100)] = ""
