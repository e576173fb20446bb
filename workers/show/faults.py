"""Which items of a message are found wrong, as far as the reason that it is parked for tells.

A detail names them by their place (`party.uscc: …`), by the codes of national items, or by what an identifier is called
in every party (`the check character of uscc is wrong`); of what it does not name, the reason says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from connectors.vocabulary import Item
from schemas.envelope import Event
from schemas.party import Party
from schemas.reasons import Reason

_PLACE = re.compile(r"([A-Za-z_][\w.-]*): ")
_CODE = re.compile(r"\b(?:XK|CF)_[A-Z]+(?:_[A-Z]+)*\b|\b[a-z]+(?:_[a-z]+)+\b")
"""Names of items within a sentence: those that cannot be English words."""

ENVELOPE = {name: field.title or name for name, field in Event.model_fields.items() if name != "data"}
"""The attributes of the envelope, and what they are called."""
IDENTIFIERS = {name: field.title or name for name, field in Party.model_fields.items() if name not in {"kind", "name"}}
"""The identifiers of a party, as details name them, and what they are called."""
_IDENTIFIER = re.compile(rf"\b({'|'.join(IDENTIFIERS)})\b")

_NATIONAL = {
    "party.name": "XDR_MC",
    "party.uscc": "XDR_SHXYM",
    "party.id_type": "XDR_ZJLX",
    "party.id_no": "XDR_ZJHM",
    "party.org_code": "XDR_ZZJG",
    "party.registration_no": "XDR_GSZC",
    "occurred_on": "JDRQ",
    "document_no": "WSH",
}
"""The items of the national templates that say what other messages say at these places."""
_ORGANS = ("organ.code", "CF_CFJGDM", "XK_XKJGDM")

_OF_REASON = {
    Reason.ID_MISSING: ("party.uscc", "party.id_no"),
    Reason.NAME_MISMATCH: ("party.name",),
    Reason.DATE_FUTURE: ("occurred_on",),
    Reason.NUMBER_FILLER: ("document_no",),
    Reason.MESSAGE_ID_REUSED: ("id",),
    Reason.REVISION_IMPLAUSIBLE: ("revision",),
    Reason.TIME_IMPLAUSIBLE: ("time",),
    Reason.TYPE_UNKNOWN: ("type",),
    Reason.TYPE_VERSION: ("type",),
    Reason.SOURCE_WRONG: ("source",),
    Reason.ORGAN_FOREIGN: _ORGANS,
    Reason.RECORD_FOREIGN: ("target.organ_code",),
    Reason.RECEIPT_UNKNOWN: ("notice_no",),
    Reason.RECEIPT_AGENCY: ("notice_no",),
    Reason.RECEIPT_NOT_LIFTED: ("notice_no",),
    Reason.RECEIPT_CONTRADICTION: ("state",),
    Reason.FEED_ROW_UNKNOWN: ("row_id",),
}
"""What is wrong where a detail names no item, by the places of own messages and of the envelope."""
_SPOKEN = {
    "the organ's code": _ORGANS,
    "the document number": ("document_no",),
}
"""What is wrong where a detail says it in words."""


def find_wrong(reason: str, detail: str, items: Mapping[str, Item]) -> tuple[str, ...]:
    """Return the places of the items that are wrong, the first one first; none where that cannot be told.

    `items` are those of the type; a place is as in `party.uscc` or `items.1.marks`, or an attribute of the envelope.
    """
    found = [place for fault in detail.split("; ") for place in _read(fault, items)]
    if not found:
        places = next(
            (there for words, there in _SPOKEN.items() if words in detail), _OF_REASON.get(Reason(reason), ())
        )
        found = [place for each in places if (place := _locate(each, items))]
    return tuple(dict.fromkeys(found))


def is_wrong(place: str, wrong: tuple[str, ...]) -> bool:
    """Tell whether an item, or anything in it, is among those that are wrong, or stands in one of them."""
    return any(f"{place}.".startswith(f"{each}.") or f"{each}.".startswith(f"{place}.") for each in wrong)


def _read(fault: str, items: Mapping[str, Item]) -> Iterator[str]:
    """Yield the places that a sentence names: the item that it begins with, or else those within it."""
    head = _PLACE.match(fault)
    before, text = (head[1].removeprefix("data."), fault[head.end() :]) if head else ("", fault)
    parts = _parts_of(before, items)
    if before in ENVELOPE or (parts is not None and not parts):
        yield before
        return
    party = before if parts else "party"
    named = [_locate(f"{party}.{each}", items) for each in _IDENTIFIER.findall(text)]
    codes = [code for code in _CODE.findall(text) if code in items]
    yield from filter(None, named) if any(named) else codes or ([before] if parts else [])


def _locate(place: str, items: Mapping[str, Item]) -> str | None:
    """Return where a message of these items says what others say at a place; None where it does not."""
    if _parts_of(place, items) is not None or place in ENVELOPE:
        return place
    national = _NATIONAL.get(place)
    return next((code for prefix in ("CF", "XK") if (code := f"{prefix}_{national}") in items), None)


def _parts_of(place: str, items: Mapping[str, Item]) -> Mapping[str, Item] | None:
    """Return the items within the one at a place; None where there is none."""
    for name in place.split("."):
        if not name.isdecimal():
            if name not in items:
                return None
            items = items[name].parts
    return items
