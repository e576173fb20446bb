"""From police messages to facts."""

from __future__ import annotations

from connectors.reading import read_common
from connectors.security.messages import Offence
from schemas.statement import Category, Fact


def read_offence(message: Offence, family: str) -> Fact:
    """Read an offence against medical order; the hospital is a related party, not the subject."""
    return read_common(message, family, Category.OFFENCE, related={"hospital": message.hospital})
