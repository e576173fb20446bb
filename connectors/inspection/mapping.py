"""From inspection messages to facts."""

from __future__ import annotations

from connectors.inspection.messages import Check, Conduct, Measure, Penalty, Points, Transfer
from connectors.reading import end, organ, read_common, read_national
from schemas.statement import Category, Fact


def read_penalty(message: Penalty, family: str) -> Fact:
    """Read a penalty; its kinds are in the items as a list too."""
    key, items = read_national(message, family, message.CF_CFJGDM, message.CF_WSH)
    return Fact(
        key=key,
        organ=organ(message.CF_CFJG, message.CF_CFJGDM),
        party=message.counterparty(),
        category=Category.PENALTY,
        occurred_on=message.CF_JDRQ,
        items=items | {"penalty_kinds": list(message.penalty_kinds)},
        publicity_until=end(message.CF_GSJZQ),
    )


def read_check(message: Check, family: str) -> Fact:
    """Read an inspection on site."""
    return read_common(message, family, Category.CHECK)


def read_measure(message: Measure, family: str) -> Fact:
    """Read a coercive measure, levy or requisition: each is a category of its own."""
    return read_common(message, family, Category(message.measure))


def read_points(message: Points, family: str) -> Fact:
    """Read points for a bad practice."""
    return read_common(message, family, Category.POINTS)


def read_conduct(message: Conduct, family: str) -> Fact:
    """Read a finding about conduct."""
    return read_common(message, family, Category.CONDUCT)


def read_transfer(message: Transfer, family: str) -> Fact:
    """Read a case handed to the police."""
    return read_common(message, family, Category.TRANSFER)
