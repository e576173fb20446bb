"""Rows below the data that are none of it: who filled in the table, when, and its sums.

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
_LONGEST = 60


class Footings:
    """What tells the footings of a sheet from its rows."""

    def __init__(self, template: Template) -> None:
        """Take in what every row of the template has to have."""
        self._required = frozenset(column.code for column in template.columns if column.required)

    def find(self, values: Mapping[str, str], cells: Sequence[Cell]) -> tuple[int, str] | None:
        """Return where in a row a footing stands, and its label, where at most half of what a row needs is there."""
        if len(values) > len(self._required) or 2 * len(self._required & values.keys()) > len(self._required):
            return None  # as nearly every row
        for at, cell in enumerate(cells):
            if isinstance(cell, str) and (label := _find_label(cell)):
                return at, label
        return None


def _find_label(cell: str) -> str | None:
    if len(cell) > _LONGEST:
        return None
    text = "".join(unicodedata.normalize("NFKC", cell).split())
    found = _LABEL.fullmatch(text) or _SUM.fullmatch(text)
    return found[1] if found else None
