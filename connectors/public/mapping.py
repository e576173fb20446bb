"""From what the public says to facts."""

from __future__ import annotations

from connectors.public.messages import Clue, Complaint, Rating
from connectors.reading import read_common
from schemas.statement import Category, Fact


def read_complaint(message: Complaint, family: str) -> Fact:
    """Read a complaint and what was found."""
    return read_common(message, family, Category.VOICE)


def read_clue(message: Clue, family: str) -> Fact:
    """Read a clue and what was found."""
    return read_common(message, family, Category.VOICE)


def read_rating(message: Rating, family: str) -> Fact:
    """Read the stars of a visitor."""
    return read_common(message, family, Category.VOICE)
