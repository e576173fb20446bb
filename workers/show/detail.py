"""Why a message is parked, as a clerk reads it: the items by their titles, and what is wrong with them in Chinese.

What is kept is in English, for logs and programs. A sentence that is not known here is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from connectors.vocabulary import Item

NO_ITEMS: Mapping[str, Item] = MappingProxyType({})
"""Of a message whose type is not known."""

_SENTENCES = (
    (r"Field required", "缺少"),
    (r"holds the character (U\+\w+)", r"含有字符 \1"),
    (r"is not a date such as .*", "不是日期，应如 2026-01-05、2026/1/5、20260105 或 2026年1月5日"),
    (r"is not a date of the calendar", "不是日历上的日期"),
    (r"is before 1900", "早于 1900 年"),
    (r"is not a plain amount.*", "不是金额：应为数字，如 2 或 0.25，不得为负，不带单位"),
    (r"is not below 10 to the 12th", "金额过大"),
    (r"has more than (\d+) decimals", r"小数多于 \1 位"),
    (r"is an? filler, no number.*", "是占位文字，请填写真实号码"),
    (r"(\S+) and (\S+) are fillers: one must be the number itself", r"\1、\2 都是占位文字，至少一项须为真实号码"),
    (r"String should have at most (\d+) characters", r"超过 \1 个字符"),
    (r"String should have at least \d+ characters?", "不能为空"),
    (r"(?:Input should be a valid integer.*|is not an integer)", "应为整数，不加引号"),
    (r"Input should be a valid boolean.*", "应为 true 或 false，不加引号"),
    (r"Input should be a valid string", "应为文本，请加引号"),
    (r"Input should be a valid dictionary.*", "应为对象（{…}）"),
    (r"Input should be a valid (?:list|tuple).*", "应为列表（[…]）"),
    (r"Input should be greater than or equal to (\S+)", r"不得小于 \1"),
    (r"Input should be less than or equal to (\S+)", r"不得大于 \1"),
    (r"Input should be greater than (\S+)", r"应大于 \1"),
    (r"Input should be less than (\S+)", r"应小于 \1"),
    (r"Input should be ('.+)", r"应为 \1 之一"),
    (r"(\S+) is required for (\S+)", r"\2应填 \1"),
    (r"(\S+) must be blank for (\S+)", r"\2的 \1 应为空"),
    (r"(\S+) must be above zero: (\S+) names (.+)", r"\2 含\3，\1 应大于零"),
    (r"(\S+) is required: (\S+) names (.+)", r"\2 含\3，应填 \1"),
    (r"(\S+) is required where (\S+) is blank", r"\2 为空时，应填 \1"),
    (r"(\S+) is before (\S+)", r"\1 早于 \2"),
    (r"kind (\d+) is not on the list; ", r"第 \1 种不在名录；"),
    (r"is not a kind of (?:identity document|permit) on the list; ", "不在名录；"),
    (r"the check character of (\S+) is wrong", r"\1 的校验位不符"),
    (r"(\S+) does not have the form of its id_type", r"\1 与证件类型的格式不符"),
    (r"the birth date in (\S+) is not possible", r"\1 中的出生日期不可能"),
    (r"the uscc column holds (\d+) characters where 18 belong", r"统一社会信用代码应为 18 位，填了 \1 位"),
    (r"(\S+) holds the identity number of a person", r"\1 填了个人证件号码"),
    (
        r"(\S+) is (\S+) yuan, but (\S+) names (\S+) yuan: is the unit wrong\?",
        r"\1 合 \2 元，\3 所称为 \4 元，单位是否有误？",
    ),
    (r"(\S+) is (\S+) 万元, above (\S+)", r"\1 为 \2 万元，高于 \3 万元"),
    (r"(\S+)(, which is not an organ code,)? may not send by (\S+); ", r"\1 不在 \3 的许可名单内；"),
    (r"expected: (.+)", r"应为 \1"),
    (r"is (\S+) meant\? (\d+) may", r"是否指 \1？许可的有 \2 家"),
    (r"(\d+) others may", r"许可的另有 \1 家"),
    (r"the key (\S+) is twice in one object", r"键 \1 在同一对象中出现两次"),
)
_ADVICE = (
    (r"say after 其他- which kind it is", "请在“其他-”后写明是哪一种"),
    (
        r"separate several kinds by ；, and write each as on the list, or as 其他-…",
        "多种之间用“；”分隔，各按名录填写，或写作 其他-…",
    ),
    (
        r"write it as (\S+) if that is all of it, else separate several kinds by ；",
        r"如仅此一种，写作 \1；否则多种之间用“；”分隔",
    ),
    (r"is (\S+) meant\? If not, write it as 其他-…", r"是否指 \1？否则写作 其他-…"),
    (r"write it as (\S+)", r"请写作 \1"),
)
_KNOWN = tuple((re.compile(english), chinese) for english, chinese in (*_ADVICE, *_SENTENCES))
_CODE = re.compile(r"\b(?:XK|CF)_[A-Z]+(?:_[A-Z]+)*\b")
_PLACE = re.compile(r"([A-Za-z_][\w.]*): ")


def say_detail(detail: str, items: Mapping[str, Item]) -> str:
    """Return the detail of a parked message in Chinese; `items` are those of its type."""
    return "；".join(_say(part, items) for part in re.split(r"; (?=[A-Za-z_][\w.]*: |(?:XK|CF)_)", detail))


def _say(sentence: str, items: Mapping[str, Item]) -> str:
    place = _PLACE.match(sentence)
    title = _title(place[1], items) if place else None
    said = (
        sentence[place.end() :] if place and (title or place[1] in {"data", "party", "event", "sender"}) else sentence
    )
    for english, chinese in _KNOWN:
        said = english.sub(chinese, said)
    said = _CODE.sub(lambda found: _title(found[0], items) or found[0], said)
    return f"{title}：{said}" if title else said


def _title(path: str, items: Mapping[str, Item]) -> str | None:
    """Return what an item is called, with its name: 违法事实（CF_SY）."""
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
