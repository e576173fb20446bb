"""From inspections of elderly-care institutions to facts."""

from __future__ import annotations

from connectors.reading import read_common
from schemas.statement import Category, Fact
from xinglin_elderly_care.messages import ElderlyCareInspection


def read_inspection(message: ElderlyCareInspection, family: str) -> Fact:
    """Read an inspection."""
    return read_common(message, family, Category.CHECK)
