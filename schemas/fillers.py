"""What sources write into the field of a number that they do not have: such a text is no number, anywhere.

Two records that share a filler would be taken for one, two parties for the same. So whatever is found, merged or
matched by a number asks here first, and nobody keeps a second list.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

_WORDS = [
    "无",
    "無",
    "没有",
    "没",
    "未",
    "不",
    "暂无",
    "暫無",
    "暂缺",
    "暂未",
    "尚未",
    "尚无",
    "未知",
    "不知",
    "不详",
    "不詳",
    "不明",
    "不适用",
    "不清楚",
    "待定",
    "待补",
    "待编",
    "待办",
    "空",
    "缺",
    "略",
    "同上",
    "否",
    "某",
    "零",
    "〇",
    "号",
    "第",
    "字",
    "null",
    "none",
    "nil",
    "nul",
    "nan",
    "na",
    "n",
    "notapplicable",
    "notavailable",
    "undefined",
    "unknown",
    "unkown",
    "empty",
    "blank",
    "missing",
    "tbd",
    "todo",
    "x",
    "test",
    "div",
    "value",
    "ref",
    "name",
    "num",
    "0",
]
_THINGS = [
    "文号",
    "编号",
    "证号",
    "号码",
    "代码",
    "号",
    "第",
    "字",
    "名称",
    "姓名",
    "文书",
    "决定书",
    "证件",
    "证书",
    "许可证",
    "身份证",
    "证",
    "数据",
    "信息",
    "记录",
    "内容",
    "数值",
    "值",
    "白",
    "失",
    "此",
    "该",
    "项",
    "存在",
    "填",
    "填写",
    "提供",
    "取得",
    "办理",
    "办",
    "中",
    "编",
    "补充",
    "补录",
]


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_BEGINS = frozenset(word[0] for word in _WORDS)
_NOTHING = re.compile(f"(?:(?:{_any_of(_WORDS)})(?:{_any_of(_WORDS + _THINGS)})*)?")
"""What is left of a filler when only letters and digits are read: such words, and what they say is missing."""
_COUNTS = re.compile("[0-9A-Za-z一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾百佰千仟甲乙丙丁戊己庚辛壬癸]")
"""What tells one number from the next: a text with none of these, such as 见附件, is no number."""
_RUN = re.compile(r"([0-9a-z])\1{5,31}")
"""One character again and again, as in 111111, is typed to get past a check."""
_NUMBERED = re.compile(r"[1-9][0-9]*号?$|^(?=.*[1-9])[0-9A-Za-z]*$")

_YEAR = r"[\[{【〔〖(][0-9x\W_]{0,4}[\]}】〕〗)]"
_UNNUMBERED = re.compile(rf"{_YEAR}\W*第?[\W_x0]*号\W*$|^[^0-9一二三四五六七八九十号]*{_YEAR}\W*第?[\W_x]*$")
"""The form of a document number whose number was never filled in: 舞卫医罚〔2026〕号, 舞卫医罚〔〕第 号, 〔2026〕."""


def is_filler(text: str) -> bool:
    """Tell whether a text only fills the field of a number; one without a Latin letter or a numeral does.

    Width, case, blanks and punctuation do not count: 无, ／, "- -", （无）, N/A, null, 见附件, 0, 000, (), 〔2026〕号.
    """
    if _COUNTS.search(text) is None and _COUNTS.search(unicodedata.normalize("NFKC", text)) is None:
        return True
    return says_nothing(text)


def says_nothing(text: str) -> bool:
    """Tell whether a text is made of words that say that there is nothing, or of one character again and again."""
    if _NUMBERED.search(text):  # as nearly every number does
        return text == "-1" or _RUN.fullmatch(text) is not None
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded[-1:] in "号)]】〕〗" and _UNNUMBERED.search(folded):
        return True
    core = "".join(filter(str.isalnum, folded))
    return _NOTHING.fullmatch(core) is not None or _RUN.fullmatch(core) is not None


def is_void(text: str) -> bool:
    """Tell whether a text in the place of a name or of words only fills it: 无, （无）, ／, --, N/A, null, 不详, 0.

    Words need no numeral, and Latin names can be made of what fillers are made of: Nan Na is somebody, null nobody.
    """
    if len(text) > LONGEST_VOID or ("一" <= text[:1] <= "鿿" and text[0] not in _BEGINS):  # as nearly every text
        return False
    return _is_void(text)


@lru_cache(maxsize=4096)
def _is_void(text: str) -> bool:
    if not says_nothing(text):
        return False
    core = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
    return not (core.isascii() and core.isalpha()) or core in _WORDS or len(set(core)) == 1


def _refuse(text: str) -> str:
    if is_filler(text):
        raise PydanticCustomError("filler", "is a filler, no number: {advice}", {"advice": "write the number itself"})
    return text


def _refuse_void(text: str) -> str:
    if is_void(text):
        raise PydanticCustomError("void", "is a filler, no name")
    return text


def _drop(value: Any) -> Any:
    return None if isinstance(value, str) and len(value) < SHORTEST and is_filler(value) else value


def _drop_word(value: Any) -> Any:
    return None if isinstance(value, str) and len(value) < SHORTEST and says_nothing(value) else value


def _drop_amount(value: Any) -> Any:
    # Zero is an amount; a zero with a sign, or with a word, is left to who reads amounts.
    return None if isinstance(value, str) and not any(map(str.isdigit, value)) and says_nothing(value) else value


SHORTEST = 9
"""From so many characters on, a filler in the field of a code was put there to pass for one, and is refused as a code.

Shorter ones say that there is none, as a blank does.
"""

LONGEST_VOID = 32
"""Characters of the longest text in the place of words that is looked at: a longer one says something."""

NO_FILLER = AfterValidator(_refuse)
"""For an item that names something by its number."""

NO_VOID = AfterValidator(_refuse_void)
"""For an item that names somebody: with a filler there the name is missing."""

FILLER_IS_BLANK = BeforeValidator(_drop)
"""For an optional item that holds an identifier: a filler there is the same as nothing."""

WORD_IS_BLANK = BeforeValidator(_drop_word)
"""For an optional item that holds a word, such as a kind of document, which has no digits."""

FILLER_IS_NO_AMOUNT = BeforeValidator(_drop_amount)
"""For an optional amount or day: 无 or / there is the same as nothing, 0 is zero."""
