"""What connectors share: record keys, and items without identity numbers, for the facts that they read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from schemas.base import MAX_CODE, Frozen
from schemas.errors import UnusableError
from schemas.forms import LONG_TERM
from schemas.messages.common import Common
from schemas.messages.national import National
from schemas.party import Organ, Party, RecordKey, record_key
from schemas.reasons import Reason
from schemas.statement import Category, Fact

_HEAD = {"organ", "document_no", "party", "occurred_on"}
_PERSON_NUMBERS = {prefix: (f"{prefix}_FR_ZJHM", f"{prefix}_XDR_ZJHM") for prefix in ("CF", "XK")}
"""The national items that hold the number of a person."""
_SHORTEST = 6
"""Shorter numbers are in no ID document; hiding them would blank out ordinary text."""
_DIGITS = re.compile("[0-9]+")
"""Every number of an ID document has some, and none of the words that the contract lays down, such as `serious`."""


def read_common(
    message: Common,
    family: str,
    category: Category,
    *,
    valid_from: date | None = None,
    valid_until: date | None = None,
    related: Mapping[str, Party | None] | None = None,
) -> Fact:
    """Return the fact of a message with the common head; `related` parties stay in the items by name only."""
    parties = {name: party for name, party in (related or {}).items() if party is not None}
    items = message.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=_HEAD | parties.keys() if parties else _HEAD
    )
    items |= {name: party.name for name, party in parties.items()}
    numbers = _written(party.id_no for party in (message.party, *parties.values()))
    return Fact(
        key=_key(family, message.organ.code, message.document_no, numbers),
        organ=message.organ,
        party=message.party,
        category=category,
        occurred_on=message.occurred_on,
        items=_hide(items, numbers, message),
        valid_from=valid_from,
        valid_until=end(valid_until),
        related=parties,
    )


def read_national(message: National, family: str, organ_code: str, number: str) -> tuple[RecordKey, dict[str, Any]]:
    """Return the key and the items of a permit or penalty, the items as a feed carries them.

    Every national item is there: blank where it is absent, days as YYYY/MM/DD, amounts with six decimals, the
    identity numbers of persons blanked.
    """
    emptied = _PERSON_NUMBERS[message.PREFIX]
    values = vars(message)
    numbers = _written(values[item] for item in emptied)
    items = {
        name: "" if value is None or name in emptied else value if isinstance(value, str) else _show(value)
        for name, value in values.items()
    }
    return _key(family, organ_code, number, numbers), _hide(items, numbers, message)


@lru_cache(maxsize=1024)
def organ(name: str, code: str) -> Organ:
    """Return the organ that a permit or penalty names by two of its items."""
    return Organ(name=name, code=code)


def end(day: date | None) -> date | None:
    """Return the last day of a period, None for one that is open or, by convention, long-term (长期)."""
    return None if day is None or day >= LONG_TERM else day


def _key(family: str, organ_code: str, document_no: str, numbers: list[str]) -> RecordKey:
    # Keys are in logs, notices and public rows. The number of a practitioner's certificate may contain that
    # of the identity card, and a source without document numbers may send it instead.
    key = record_key(family, organ_code, document_no)
    if len(key.document_no) > MAX_CODE:
        # One character can become eighteen when it is normalised.
        raise UnusableError(Reason.ITEM_INVALID, f"the document number is longer than {MAX_CODE} characters")
    if _holds_any(key.document_no, numbers):
        raise UnusableError(Reason.ITEM_INVALID, "the document number holds the identity number of a person")
    return key


def _show(value: Any) -> Any:
    if isinstance(value, date):
        return _write_day(value)
    return f"{value:.6f}" if isinstance(value, Decimal) else value


@lru_cache(maxsize=16384)
def _write_day(day: date) -> str:
    return day.isoformat().replace("-", "/")


def _hide(items: dict[str, Any], numbers: list[str], message: Frozen) -> dict[str, Any]:
    if not numbers:
        return items
    # Looking first is cheap, and by their digits alone cheaper still; next to no message ever needs more.
    texts = [item for item in items.values() if isinstance(item, str)]
    digits = [max(_DIGITS.findall(number), key=len) for number in numbers]
    if not any(run in text for run in digits for text in texts) or not _holds_any("\n".join(texts), numbers):
        return items
    number, measured = re.compile("|".join(map(re.escape, numbers)), re.IGNORECASE), _measured(message)
    return {
        name: number.sub("***", item) if isinstance(item, str) and name not in measured else item
        for name, item in items.items()
    }


def _measured(message: Frozen) -> set[str]:
    """Return the items that are days or amounts: whatever a sender calls a number, the law reads them."""
    fields = type(message).model_fields
    return {fields[name].alias or name for name, value in vars(message).items() if isinstance(value, date | Decimal)}


def _holds_any(text: str, numbers: list[str]) -> bool:
    upper = text.upper()
    return any(number in upper for number in numbers)


def _written(numbers: Iterable[str | None]) -> list[str]:
    """Return the numbers that can be of an ID document, as they are looked for: long enough, and with a digit."""
    squeezed = {number.strip().upper() for number in numbers if number}
    return sorted(number for number in squeezed if len(number) >= _SHORTEST and _DIGITS.search(number))
