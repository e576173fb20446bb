"""From findings of associations to facts."""

from __future__ import annotations

from connectors.association.messages import Finding
from connectors.reading import read_common
from schemas.statement import Category, Fact


def read_finding(message: Finding, family: str) -> Fact:
    """Read a finding of an association."""
    return read_common(message, family, Category.ASSOCIATION)
