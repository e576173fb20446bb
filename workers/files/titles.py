"""The columns of a template by every name that a heading may have for them.

A heading is compared without blanks, line breaks, marks of required columns, width and case; of one that is a title
with its code, as 文书号（CF_WSH）, the title counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, cached_property

from schemas.sheets import Column, Kind, Template

_MARKS = re.compile(
    r"[*★☆●]|[(\[【](?:必填|选填|非必填|必录|选录|必选|可选|可空|条件必填|必填项|选填项)[)\]】]|^[0-9]{1,2}[.、]"
)
_CODE = re.compile(r"[(\[【]?(?:cf|xk)_[a-z0-9_]+[)\]】]?[:-]?")
_WHOLE = re.compile(r"[\[【]([^\[\]【】]+)[\]】]")
"""A title that stands in brackets as a whole."""
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
_GROUP_WORDS = re.compile(r"(?:基本)?(?:信息|情况|资料|内容|数据)$")
_NAMES = frozenset(("名称", "全称", "姓名"))
"""What the column of a name may be called below a group that is called as that column is: 处罚机关."""
_OWNER = re.compile(r"[A-Z]{2}_[A-Z]+(?=_)")
"""In the code of a column, whose it is: those of a counterparty begin with CF_XDR or XK_XDR."""
_YUAN = re.compile(r"[(\[]?(?:单位:?)?元[)\]]?$")
_TEN_THOUSAND = re.compile(r"[(\[]?(?:单位:?)?万元[)\]]?$")


def normalise(text: str) -> str:
    """Return a heading as headings are compared."""
    folded = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    bare = _MARKS.sub("", folded).rstrip(":")
    if "_" in bare:
        bare = _CODE.sub("", bare) or bare
    return bare if (found := _WHOLE.fullmatch(bare)) is None else found[1]


_named = cache(normalise)  # what templates say, and nobody else: it is the same for every file


class Titles:
    """The columns of a template by every name that a heading may have for them."""

    def __init__(self, template: Template) -> None:
        """Take in the names once; they are looked up for each of the first rows of each sheet."""
        self.template = template
        self._titles: dict[str, Column] = {}
        self._names: dict[str, Column] = {}
        for column in template.columns:
            self._titles.setdefault(_named(column.title), column)
            self._titles.setdefault(_named(column.code), column)
        for column in template.columns:
            for name in column.also:
                self._names.setdefault(_named(name), column)
        self._names = self._names | self._titles
        self._amounts = {
            _TEN_THOUSAND.sub("", name): column
            for name, column in self._names.items()
            if column.kind is Kind.AMOUNT and _TEN_THOUSAND.search(name)
        }

    @property
    def names(self) -> Iterable[str]:
        """Every compared heading that is known."""
        return self._names.keys()

    @cached_property
    def shown(self) -> dict[str, str]:
        """Titles by their compared forms, for what is nearly one."""
        return {name: column.title for name, column in self._names.items()}

    def find(self, text: str) -> Column | None:
        """Return the column that a compared heading names."""
        return self._names.get(text)

    def find_in_yuan(self, text: str) -> Column | None:
        """Return the column of an amount in 万元 that a heading names in 元."""
        if not _YUAN.search(text) or _TEN_THOUSAND.search(text):
            return None
        return self._amounts.get(_YUAN.sub("", text))

    def find_below(self, group: str, text: str) -> Column | None:
        """Return the column that a heading names below that of a group.

        A name such as 统一社会信用代码 may be that of the party, and below 处罚机关 it is not: where other columns end
        with the same words, the group has to be part of the title, or the title of a column of the same party.
        """
        bare = _GROUP_WORDS.sub("", group)
        if (column := self.find(group + text) or self.find(bare + text)) is not None:
            return column
        named = self.find(group) or self.find(bare)
        if named is not None and text in _NAMES:
            return named
        if (column := self.find(text)) is None:
            return None
        ending = {each.code for name, each in self._names.items() if name.endswith(text)}
        if len(ending) == 1 or (bare and any(bare in name for name in self._names_of(column))):
            return column
        return column if named is not None and _are_of_one(named, column) else None

    def _names_of(self, column: Column) -> Iterable[str]:
        return (name for name, each in self._names.items() if each is column)


def _are_of_one(one: Column, other: Column) -> bool:
    found, again = _OWNER.match(one.code), _OWNER.match(other.code)
    return found is not None and again is not None and found[0] == again[0]
