"""A fact as the archive keeps it: JSON without identity numbers, from which every rule can be applied again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from schemas.party import Organ, Party, RecordKey
from schemas.statement import Category, Fact


def dump(fact: Fact) -> str:
    """Return a fact as JSON text, the same text for the same fact.

    Of its party there is only kind and name: the identifiers belong to the subject.
    """
    kept = {
        "organ": {"name": fact.organ.name, "code": fact.organ.code},
        "party": {"kind": fact.party.kind, "name": fact.party.name},
        "valid_from": fact.valid_from,
        "valid_until": fact.valid_until,
        "publicity_until": fact.publicity_until,
        "items": fact.items,
    }
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()


def load(key: RecordKey, category: str, occurred_on: date, text: str) -> Fact:
    """Return the fact of an archived record: every rule must find in it what it finds in the one that was dumped."""
    body: Mapping[str, Any] = orjson.loads(text)
    return Fact(
        key=key,
        organ=Organ.model_construct(**body["organ"]),
        party=Party.model_construct(**body["party"]),
        category=Category(category),
        occurred_on=occurred_on,
        items=body["items"],
        valid_from=_day(body["valid_from"]),
        valid_until=_day(body["valid_until"]),
        publicity_until=_day(body["publicity_until"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
