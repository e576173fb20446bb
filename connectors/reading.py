"""What connectors share: record keys, and items without the columns of identity numbers, for facts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from schemas.base import MAX_CODE
from schemas.errors import UnusableError
from schemas.fillers import is_filler
from schemas.forms import LONG_TERM
from schemas.messages.common import Common
from schemas.messages.national import National
from schemas.party import Organ, Party, RecordKey, record_key, squeeze_code
from schemas.reasons import Reason
from schemas.statement import Category, Fact, names_many

_HEAD = {"organ", "document_no", "party", "occurred_on"}
_CODE, _CODE_LENGTH = "_uscc", 18
_PARTY = ("LB", "SHXYM", "MC")
_PERSON = ("person", "自然人")
_PERSON_NUMBERS = {prefix: (f"{prefix}_FR_ZJHM", f"{prefix}_XDR_ZJHM") for prefix in ("CF", "XK")}
"""The national items that hold the number of a person."""


def read_common(
    message: Common,
    family: str,
    category: Category,
    *,
    valid_from: date | None = None,
    valid_until: date | None = None,
    related: Mapping[str, Party | None] | None = None,
) -> Fact:
    """Return the fact of a message with the common head.

    Of `related` parties the items hold the name and, of those that have one, the unified social credit code as
    `NAME_uscc`: a code of an organisation is no secret. `named` gives that item its title.
    """
    parties = {name: party for name, party in (related or {}).items() if party is not None}
    items = message.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=_HEAD | parties.keys() if parties else _HEAD
    )
    for name, party in parties.items():
        items[name] = party.name
        if code := _code_of(party):
            items[f"{name}{_CODE}"] = code
    return Fact(
        key=_key(family, message.organ.code, message.document_no, _mark_of(family, vars(message.party))),
        organ=message.organ,
        party=message.party,
        category=category,
        occurred_on=message.occurred_on,
        items=items,
        valid_from=valid_from,
        valid_until=end(valid_until),
        related=parties,
    )


def find_key(family: str, data: Mapping[str, Any]) -> RecordKey | None:
    """Return the record that the data of a message are about, before anybody has validated them.

    None where they do not tell it by organ and document number. Of a valid message it is the key of what it states.
    """
    organ = data.get("organ")
    code = organ.get("code") if isinstance(organ, Mapping) else data.get("CF_CFJGDM") or data.get("XK_XKJGDM")
    numbers = (data.get(name) for name in ("document_no", "CF_WSH", "XK_WSH", "XK_XKBH"))
    number = next((each for each in numbers if isinstance(each, str) and each and not is_filler(each)), None)
    if not (isinstance(code, str) and code and number):
        return None
    party = data.get("party")
    return record_key(family, code, number, _mark_of(family, party if isinstance(party, Mapping) else {}))


def find_party(data: Mapping[str, Any]) -> str:
    """Return what tells the party of such data from others: the code of an organisation, or else the name.

    Of a person it is the name: the number is a secret, and where it was wrong the row that mends it has another one.
    Blank where nobody is named.
    """
    party = data.get("party")
    if isinstance(party, Mapping):
        kind, code, name = (party.get(item) for item in ("kind", "uscc", "name"))
    else:
        kind, code, name = (data.get(f"CF_XDR_{item}") or data.get(f"XK_XDR_{item}") for item in _PARTY)
    said = name if kind in _PERSON or not code else code
    return squeeze_code(said) if isinstance(said, str) else ""


def named(name: str, title: str) -> dict[str, str]:
    """Return the item that `read_common` makes of a related party's code, with its title, for `derived` of a type."""
    return {f"{name}{_CODE}": f"{title}统一社会信用代码"}


def _code_of(party: Party) -> str | None:
    # Whether it is one is found where parties are recognised: a message with a wrong one states no fact.
    code = squeeze_code(party.uscc) if party.uscc and party.kind != "person" else ""
    return code if len(code) == _CODE_LENGTH else None


def read_national(message: National, family: str, organ_code: str, number: str) -> tuple[RecordKey, dict[str, Any]]:
    """Return the key and the items of a permit or penalty, the items as a feed carries them.

    Every national item is there: blank where it is absent, days as YYYY/MM/DD, amounts with six decimals, the
    identity numbers of persons blanked.
    """
    emptied = _PERSON_NUMBERS[message.PREFIX]
    values = vars(message)
    items = {
        name: "" if value is None or name in emptied else value if isinstance(value, str) else _show(value)
        for name, value in values.items()
    }
    return _key(family, organ_code, number), items


@lru_cache(maxsize=1024)
def organ(name: str, code: str) -> Organ:
    """Return the organ that a permit or penalty names by two of its items."""
    return Organ(name=name, code=code)


def end(day: date | None) -> date | None:
    """Return the last day of a period, None for one that is open or, by convention, long-term (长期)."""
    return None if day is None or day >= LONG_TERM else day


_CODES = ("uscc", "org_code", "licence_no", "registration_no", "insurer_code")
_MARK_BYTES = 6


def _mark_of(family: str, party: Mapping[str, Any]) -> str:
    """Return the mark of a party among those that its document names; empty where a document is about one.

    It is made of a code of an organisation, and else of the name; the name of a person with the last four characters of
    the number, which nobody needs to be kept from: a number could be found again by its hash.
    """
    if not names_many(family):
        return ""
    said = {name: squeeze_code(each) for name, each in party.items() if isinstance(each, str) and not is_filler(each)}
    named = said.get("name", "")
    if party.get("kind") == "person":
        told = f"{named} {said.get('id_no', '')[-4:]}"
    else:
        told = next((said[code] for code in _CODES if code in said), named)
    return hashlib.blake2b(told.encode(), digest_size=_MARK_BYTES).hexdigest()


def _key(family: str, organ_code: str, document_no: str, party_mark: str = "") -> RecordKey:
    key = record_key(family, organ_code, document_no, party_mark)
    if len(key.document_no) > MAX_CODE:
        # One character can become eighteen when it is normalised.
        raise UnusableError(Reason.ITEM_INVALID, f"the document number is longer than {MAX_CODE} characters")
    return key


def _show(value: Any) -> Any:
    if isinstance(value, date):
        return _write_day(value)
    return f"{value:.6f}" if isinstance(value, Decimal) else value


@lru_cache(maxsize=16384)
def _write_day(day: date) -> str:
    return day.isoformat().replace("-", "/")
