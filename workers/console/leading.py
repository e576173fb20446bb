"""Commands that a text advises, as links to the screens that do the same: a screen is read at no terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from schemas.rights import Right
from workers.letters import spell


class _Place(NamedTuple):
    """A screen, by its address and title; it is open to whoever has the right."""

    path: str
    title: str
    right: Right = Right.LOOK


_SCREENS = {
    "identity": _Place("/identity", "身份认定", Right.DECIDE),
    "record": _Place("/disputes", "争议记录", Right.DECIDE),
    "closure": _Place("/closure", "尚未确认解除"),
    "feed work": _Place("/feeds/work", "报送待办"),
    "feed": _Place("/feeds", "报送数据行"),
    "duties": _Place("/duties", "职责"),
    "review": _Place("/reviews", "等级下降的复核"),
    "ledger": _Place("/ledger", "收报台账"),
    "template": _Place("/templates", "导入模板"),
    "proposals": _Place("/proposals", "待复核事项"),
    "parked": _Place("/parked", "挂起的报文"),
}
"""The screens by the commands that do the same, a longer one before those that it begins with."""
_WORDS = r"(?: (?:--)?[a-z][a-z-]*| P[0-9a-f]{31}| 姓名)*"
_COMMAND = re.compile(
    rf"`?(?:xinglin (?P<typed>{'|'.join(_SCREENS)})|(?P<named>identity)(?= (?:claim|disclaim)))(?P<words>{_WORDS})`?"
)
_NAME = re.compile(r" claim (P[0-9a-f]{31}) name 姓名")


def lead(text: str, may: Callable[[Right], bool]) -> Markup:
    """Return a text with a link in the place of each command that a screen stands for; all else is text.

    A screen that is not open to somebody, as `may` tells of the right, is named alone.
    """
    return Markup().join(_read(text, may))


def name_screens(text: str) -> str:
    """Return a text with the name of the screen in the place of each command that one stands for."""
    return _COMMAND.sub(lambda found: f"“{_find(found).title}”", text)


def _read(text: str, may: Callable[[Right], bool]) -> Iterator[str]:
    last = 0
    for found in _COMMAND.finditer(text):
        yield spell(text[last : found.start()])
        place, whose = _find(found), _NAME.fullmatch(found["words"])
        path = place.path if whose is None else f"{place.path}?{urlencode({'key': whose[1], 'kind': 'name'})}"
        yield Markup('<a href="{}">{}</a>').format(path, place.title) if may(place.right) else f"“{place.title}”"
        last = found.end()
    yield spell(text[last:])


def _find(found: re.Match[str]) -> _Place:
    return _SCREENS[found["typed"] or found["named"]]
