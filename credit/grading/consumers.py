"""Who is sent what: the results of a scale, and the entries and exits of a list."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from credit.grading.regime import Regime, in_force
from schemas.regime.consumers import Consumer


def find_consumers(regime: Regime, on: date, scale: str, grades: Collection[str]) -> tuple[str, ...]:
    """Return who gets results of a scale with one of some grades, by the consumers in force on a day."""
    return tuple(
        consumer.id
        for consumer in _on(regime, on)
        if scale in consumer.scales and (not consumer.grades or any(grade in consumer.grades for grade in grades))
    )


def find_readers(regime: Regime, on: date, listed: str) -> tuple[str, ...]:
    """Return who gets the entries and exits of a list, by the consumers in force on a day."""
    return tuple(consumer.id for consumer in _on(regime, on) if listed in consumer.lists)


def _on(regime: Regime, day: date) -> tuple[Consumer, ...]:
    edition = in_force(regime.consumers.editions, day) if regime.consumers is not None else None
    return edition.consumers if edition is not None else ()
