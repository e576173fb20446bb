"""Commands that a text advises, as links to the screens that do the same: a screen is read at no terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from markupsafe import Markup

from workers.letters import spell

_SCREENS = {
    "identity": ("/identity", "身份认定"),
    "record": ("/disputes", "争议记录"),
    "closure": ("/closure", "尚未确认解除"),
    "feed work": ("/feeds/work", "报送待办"),
    "feed": ("/feeds", "报送数据行"),
    "duties": ("/duties", "职责"),
    "review": ("/reviews", "等级下降的复核"),
    "ledger": ("/ledger", "收报台账"),
    "template": ("/templates", "导入模板"),
    "proposals": ("/proposals", "待复核事项"),
    "parked": ("/parked", "挂起的报文"),
}
"""The screens by the commands that do the same, a longer one before those that it begins with."""
_WORDS = r"(?: (?:--)?[a-z][a-z-]*| P[0-9a-f]{31}| 姓名)*"
_COMMAND = re.compile(
    rf"`?(?:xinglin (?P<typed>{'|'.join(_SCREENS)})|(?P<named>identity)(?= (?:claim|disclaim)))(?P<words>{_WORDS})`?"
)
_NAME = re.compile(r" claim (P[0-9a-f]{31}) name 姓名")


def lead(text: str) -> Markup:
    """Return a text with a link in the place of each command that a screen stands for; all else is text."""
    return Markup().join(_read(text))


def name_screens(text: str) -> str:
    """Return a text with the name of the screen in the place of each command that one stands for."""
    return _COMMAND.sub(lambda found: f"“{_find(found)[1]}”", text)


def _read(text: str) -> Iterator[str]:
    last = 0
    for found in _COMMAND.finditer(text):
        yield spell(text[last : found.start()])
        path, title = _find(found)
        whose = _NAME.fullmatch(found["words"])
        if whose is not None:
            path = f"{path}?{urlencode({'key': whose[1], 'kind': 'name'})}"
        yield Markup('<a href="{}">{}</a>').format(path, title)
        last = found.end()
    yield spell(text[last:])


def _find(found: re.Match[str]) -> tuple[str, str]:
    return _SCREENS[found["typed"] or found["named"]]
