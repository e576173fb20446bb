"""Why a message is parked, as a clerk reads it: the items by their titles, and what is wrong with them in Chinese.

What is kept is in English, for logs and programs. A sentence that is not known here is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from connectors.vocabulary import Item
from workers.show.faults import ENVELOPE, IDENTIFIERS
from workers.show.sentences import ADVICE, SENTENCES

NO_ITEMS: Mapping[str, Item] = MappingProxyType({})
"""Of a message whose type is not known."""

_KNOWN = tuple(
    # A word is tried from its beginning alone: from each of its letters, a long one of a sender would take seconds.
    (re.compile(rf"(?<!\S){english}" if english.startswith(r"(\S+)") else english), chinese)
    for english, chinese in (*ADVICE, *SENTENCES)
)
_CODE = re.compile(r"\b(?:XK|CF)_[A-Z]+(?:_[A-Z]+)*\b")
_IDENTIFIER = re.compile(rf"(?<![\w.（])(?:{'|'.join(IDENTIFIERS)})(?![\w.）])")
"""What identifiers of a party are called in sentences: not in a place, which says what it is by itself."""
_PLACE = re.compile(r"([A-Za-z_][\w.]*): ")


def say_detail(detail: str, items: Mapping[str, Item]) -> str:
    """Return the detail of a parked message in Chinese; `items` are those of its type."""
    return "；".join(_say(part, items) for part in re.split(r"; (?=[A-Za-z_][\w.]*: |(?:XK|CF)_)", detail))


def _say(sentence: str, items: Mapping[str, Item]) -> str:
    place = _PLACE.match(sentence)
    title = _title(place[1], items) or _name_attribute(place[1]) if place else None
    said = sentence[place.end() :] if place and (title or place[1] in {"data", "party", "event"}) else sentence
    for english, chinese in _KNOWN:
        said = english.sub(chinese, said)
    said = _CODE.sub(lambda found: _title(found[0], items) or found[0], said)
    said = _IDENTIFIER.sub(lambda found: IDENTIFIERS[found[0]], said)
    return f"{title}：{said}" if title else said


def say_place(place: str, items: Mapping[str, Item]) -> str:
    """Return what an item or an attribute of the envelope is called, with its name: 违法事实（CF_SY）."""
    return _title(place, items) or _name_attribute(place) or place


def _name_attribute(name: str) -> str | None:
    return f"{ENVELOPE[name]}（{name}）" if name in ENVELOPE else None


def _title(path: str, items: Mapping[str, Item]) -> str | None:
    """Return what an item is called, with its name; None where it is none of these."""
    titles, known = [], items
    for name in path.split("."):
        if name.isdecimal():
            titles.append(f"第 {int(name) + 1} 项")
        elif name in known:
            titles.append(known[name].title)
            known = known[name].parts
        else:
            return None
    return f"{'的'.join(titles)}（{path}）"
