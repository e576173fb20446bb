"""What a record is about, in one line of a paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.base import make_visible
from workers.papers.asked import Shelf
from workers.show.words import arrange, say_value

_TOLD = {
    "credit.inspection.penalty": ("CF_WFXW", "CF_NR"),
    "credit.licensing.permit": ("XK_XKWS", "XK_NR"),
}
"""The items that say it, of the families of the national templates; of others, all do."""
_LONGEST = 200


def say_fact(shelf: Shelf, family: str, items: Mapping[str, Any]) -> str:
    """Return what a record is about, as the viewer of the shelf sees its items; a dash for nothing."""
    seen = shelf.view.viewer.value(dict(items))
    told = _TOLD.get(family)
    if told is not None:
        text = "：".join(str(seen[name]) for name in told if seen.get(name))
    else:
        each = arrange(seen, shelf.vocabulary.items(family))
        text = "，".join(f"{one.item.title} {say_value(one.item, one.value)}" for one in each)
    return make_visible(text, _LONGEST) or "—"
