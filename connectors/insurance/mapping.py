"""From health-insurance messages to facts."""

from __future__ import annotations

from connectors.insurance.messages import Agreement, Fraud, InsurancePoints
from connectors.reading import read_common
from schemas.statement import Category, Fact


def read_agreement(message: Agreement, family: str) -> Fact:
    """Read a step in a service agreement, which holds from `from` to `until`."""
    return read_common(message, family, Category.AGREEMENT, valid_from=message.begin, valid_until=message.until)


def read_fraud(message: Fraud, family: str) -> Fact:
    """Read fraud on the insurance fund."""
    return read_common(message, family, Category.FRAUD)


def read_points(message: InsurancePoints, family: str) -> Fact:
    """Read points on a payment qualification."""
    return read_common(message, family, Category.POINTS)
