"""Rows among and below the data that are none of it: who filled in the table, its sums, notes, its headings once more.

Nothing is left out because it looks like one: it is refused as any row that lacks what it needs, in words of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from schemas.sheets import Template
from workers.files.grid import Cell

_LABEL = re.compile(
    r"((?:填表|制表|填报|报送|制单|审核|复核|审批|经办|联系|录入|统计)(?:人|员|单位|部门|日期|时间|电话)|(?:单位|部门)负责人)"
    r"(?:\(?(?:签字|签名|签章|盖章)\)?)?:.*"
)
_SUM = re.compile(r"((?:合|总|小|共)计):?[0-9.,件条笔户家个行万元]*")
_NOTE = re.compile(r"(注|备注|附注|说明|注意事项|(?:填表|填报|填写)说明)(?:[:.、\d].*)")
_PAGE = re.compile(r"(以下空白|(?:本页)?以下无正文|第\d+页)(?:[,/]?共\d+页)?")
_LONGEST = 60


class Footings:
    """What tells the footings of a sheet from its rows."""

    def __init__(self, template: Template, headings: Mapping[int, Cell]) -> None:
        """Take in what every row of the template has to have, and by column what its headings are."""
        self._required = frozenset(column.code for column in template.columns if column.required)
        self._headings = {at: cell for at, cell in headings.items() if cell not in {None, ""}}
        self._first = next(iter(self._headings.items()), (0, ""))

    def find(self, values: Mapping[str, str], cells: Sequence[Cell]) -> tuple[int, str] | None:
        """Return where in a row a footing stands, and what it is, where at most half of what a row needs is there.

        Headings that stand there once more, as on each page of a printed table, are whole.
        """
        at, heading = self._first
        if (
            self._headings
            and cells[at] == heading
            and all(cells[at] == heading for at, heading in self._headings.items())
        ):
            return at, "与表头相同"
        if len(values) > len(self._required) or 2 * len(self._required & values.keys()) > len(self._required):
            return None  # as nearly every row
        for at, cell in enumerate(cells):
            if isinstance(cell, str) and (label := _find_label(cell)):
                return at, f"有“{label}”，像是表尾"
        return None


def _find_label(cell: str) -> str | None:
    text = "".join(unicodedata.normalize("NFKC", cell[:_LONGEST]).split())
    found = _NOTE.match(text)
    if found is None and len(cell) <= _LONGEST:
        found = _LABEL.fullmatch(text) or _SUM.fullmatch(text) or _PAGE.fullmatch(text)
    return found[1] if found else None
