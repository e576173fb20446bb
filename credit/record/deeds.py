"""Deeds: what was done once in law, however many records of different kinds state it.

A licence is revoked once; the decision comes as a penalty, and what follows of it as an event of the register. Where a
ground holds for both, they are one deed, and each agency is told of it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from schemas.party import RecordKey


class Stated(NamedTuple):
    """A record on a ground, and the licences that it says it is about: none, where it names none that is known."""

    record_id: str
    key: RecordKey
    occurred_on: date
    licences: frozenset[str]


def find_deeds(stated: Iterable[Stated]) -> list[tuple[Stated, ...]]:
    """Return the records of one subject on one ground by deed, those of a deed in the order of their days.

    Two records are of one deed if one organ decided them and they are of different families: under one document
    number, or else on one day, unless they name different licences. Of one family each record is a deed of its own; so
    where one could go with several, it goes with the first in order of number. The same records give the same deeds in
    any order.
    """
    every = sorted(stated, key=lambda each: each.key)
    deeds = {each.record_id: [each] for each in every}
    pairs = [(one, other) for one, other in combinations(every, 2) if may_be_one(one, other)]
    for one, other in sorted(pairs, key=lambda pair: pair[0].key.document_no != pair[1].key.document_no):
        left, right = deeds[one.record_id], deeds[other.record_id]
        if left is not right and _differ(left, right):
            left += right
            deeds |= dict.fromkeys((each.record_id for each in right), left)
    unique = {id(deed): deed for deed in deeds.values()}
    return [tuple(sorted(deed, key=lambda each: (each.occurred_on, each.key))) for deed in unique.values()]


def may_be_one(one: Stated, other: Stated) -> bool:
    """Tell whether two records on one ground may state one deed."""
    if one.key.family == other.key.family or one.key.organ_code != other.key.organ_code:
        return False
    if one.key.document_no == other.key.document_no:
        return True
    apart = one.licences and other.licences and one.licences.isdisjoint(other.licences)
    return one.occurred_on == other.occurred_on and not apart


def _differ(left: Sequence[Stated], right: Sequence[Stated]) -> bool:
    return {each.key.family for each in left}.isdisjoint(each.key.family for each in right)


def names(key: RecordKey, occurred_on: date) -> tuple[str, str]:
    """Return the names of a deed to lock: whatever is of one deed with a record has one of them in common with it."""
    return f"deed {key.organ_code} {key.document_no}", f"deed {key.organ_code} {occurred_on}"
