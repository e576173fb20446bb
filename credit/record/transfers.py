"""Handing a suspected crime 涉嫌犯罪 to the police: which penalties call for it, and which case a transfer hands over.

国务院令第310号 arts. 5 and 11 (2020): a penalty never takes the place of a transfer.
"""

from __future__ import annotations

from datetime import date

from credit.law.law import Law
from credit.record.ids import record_id
from schemas.party import record_key
from schemas.record import State
from schemas.statement import Category, Fact


def transfer_by(fact: Fact, state: State, law: Law) -> date | None:
    """Return the last day to hand over the case of a penalty; None where there is nothing to hand over.

    A penalty that was withdrawn calls for nothing; one that was repaired, or is no longer public, still does.
    """
    suspected = fact.category is Category.PENALTY and fact.items.get("suspected_crime") is True
    if not suspected or state is State.WITHDRAWN:
        return None
    return law.due("crime_transfer", fact.occurred_on).on


def find_case(fact: Fact) -> str | None:
    """Return the id of the penalty whose case a transfer hands over; None for what is no transfer.

    A transfer names the penalty by its document number: it is one of the same organ, from the same source.
    """
    number = fact.items.get("penalty_document_no") if fact.category is Category.TRANSFER else None
    if not isinstance(number, str):
        return None
    source, _, _ = fact.key.family.rpartition(".")
    return record_id(record_key(f"{source}.{Category.PENALTY.value}", fact.key.organ_code, number))
