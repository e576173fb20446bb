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
    (
        r"the mended message is about another party: (.+) changed; if that is right, say why with --other-party",
        r"修正后当事人变了（\1 有改动）；如确应改为另一当事人，请写明理由",
    ),
    (
        r"a message of this type takes two persons: propose to discard it, and enter it anew",
        "这一类报文须由两人办理，一人不得修正：请提交作废，再在工作台重新提交（“录入”，或“等级下降的复核”）",
    ),
    (
        r"the mended message is of another type: it should be (\S+), not (\S+)",
        r"修正后成了另一类报文：应为 \1，不是 \2",
    ),
    (r"the mended file is another message: it should be (.+), not (.+)", r"修正后成了另一份报文：应为 \1，不是 \2"),
    (
        r"no message has named that subject yet; put its number into one: `xinglin parked mend`",
        "还没有报文提到该主体，请先在一份报文中填入它的代码或号码",
    ),
    (
        r"neither a unified social credit code nor a number of a personal document on file.*",
        "不是统一社会信用代码，也不是在档的证件号码",
    ),
    (r"there is nothing to take apart", "没有可拆分的"),
    (r"nothing contradicts that message in its revision: there is nothing to decide", "同一版次没有与它不同的内容"),
    (r"the source has said more meanwhile: look again at what it said", "来源单位又有新的报文，请重新查看各报文所称"),
    (
        r"a higher revision shows: revision (\d+), which supersedes that message",
        r"已有更高的第 \1 版，以新版为准",
    ),
    (r"the source was asked already; .*", "已经登记过询问"),
    (r"nothing of that number contradicts itself: there is nothing to ask", "没有前后不一的内容，不用询问"),
    (r"several records of that number contradict themselves; give an id: .*", "该文号有几项记录前后不一，请填记录编号"),
    (r"(\S+) has passed, or is more than a year off: .*", r"期限 \1 已过或在一年以后，请填写答复期限"),
    (r"no decision (\d+) is in force; .*", r"认定 \1 号不存在或已取消"),
    (r"holds no text; write JSON of the same kind", "原值不是文本，请按同样的类型填写"),
    (r"the message is not JSON; mend it in a file", "报文不是 JSON，请改写全文"),
    (
        r"no open parked message (\d+); `xinglin parked list` shows those there are",
        r"\1 号不在挂起之列，或正由他人办理",
    ),
    (r"no message (\d+) was ever parked; `xinglin parked list --all` shows those that were", r"没有 \1 号挂起报文"),
    (r"no notice of that number was ever issued", "从未出具过该编号的通知"),
    (r"no row of that id was ever sent to (\S+)", r"从未向 \1 报送过该编号的数据行"),
    (r"the row is at (\S+); the answer is from (\S+)", r"该数据行报送至 \1，反馈却来自 \2"),
    (r"the (.+) of this party belong to (\d+) subjects", r"该当事人的 \1 分属 \2 个主体"),
    (r"(\S+) was sent to (\S+); the receipt is from (\S+) by (\S+)", r"\1 发给 \2，回执却来自 \3（\4）"),
    (r"(\S+) was never sent", r"\1 从未发出"),
    (r"at: (\S+) is not from (\S+) to (\S+)", r"办理时间（at）\1 不在 \2 至 \3 之间"),
    (r"measures: (\d+) of (\d+) are none of (.+)", r"措施（measures）\2 项中有 \1 项不属于 \3"),
    (r"state is (\S+), but done is (\S+) of (.+)", r"办理状态为 \1，而 \3 的 done 为 \2"),
    (r"(\S+) is in force at (\S+) but for (.+): name these alone", r"\1 在 \2 仍有效，已解除的只有 \3，请只列这些"),
    (r"(\S+) is in force at (\S+)", r"\1 在 \2 仍有效"),
    (r"(\S+) takes messages of (.+) only", r"\1 只接收 \2 的报文"),
    (r"no queue takes messages of this type", "没有队列接收这一类型的报文"),
    (r"messages of this type come by (\S+), not by (\S+)", r"这一类型的报文应经 \1 报送，而非 \2"),
    (r"(\S+) comes from (\S+), not (\S+)", r"\1 应来自 \2，而非 \3"),
    (r"missing, this queue demands a signature", "缺少，本队列要求签名"),
    (r"not a key of this sender", "不是该发送单位的密钥"),
    (r"this key signs with (\S+)", r"该密钥的签名算法是 \1"),
    (r"does not fit the message", "与报文不符"),
    (r"missing, nobody is proven", "缺少，无法证明发送单位"),
    (r"(\S+) does not send as (\S+) at (\S+)", r"\1 无权以 \2 的名义向 \3 报送"),
    (r"see users in routing\.yaml", "见 routing.yaml 的 users"),
    (r"is not base64|(?<=: )not base64", "不是 base64"),
    (r"the party has no usable identifier", "当事人没有可用的证件号码"),
    (r"a natural person has a code in the uscc column", "自然人填了统一社会信用代码"),
    (r"the document number holds the identity number of a person", "文号中含个人证件号码"),
    (r"the id_no column holds a unified social credit code", "证件号码栏填了统一社会信用代码"),
    (r"the (\S+) column holds a person's (?:old )?number", r"\1 栏填了个人证件号码"),
    (r"the (\S+) column holds a placeholder", r"\1 栏填了占位代码"),
    (r"the organ's code is a placeholder", "机关代码是占位代码"),
    (r"the organ's code is not a unified social credit code", "机关代码不是统一社会信用代码"),
    (r"id_no is a placeholder", "证件号码（id_no）是占位号码"),
    (r"id_type does not name the document", "证件类型（id_type）未写明证件"),
    (r"the document number is longer than (\d+) characters", r"文号超过 \1 个字符"),
    (r"(\S+) is after today, (\S+)", r"\1 晚于今日 \2"),
    (r"time is more than (\d+) days after today, (\S+)", r"报文时间晚于今日（\2）\1 天以上"),
    (r"revision is (\d+), above (\d+)", r"版本号 \1 高于 \2"),
    (r"(\S+) is (\S+): no summary procedure", r"\1 为 \2，不适用简易程序"),
    (r"(\S+) is filled in: no summary procedure", r"\1 有内容，不适用简易程序"),
    (r"(\S+) is (\S+) 万元, above (\S+): no summary procedure", r"\1 为 \2 万元，高于 \3 万元，不适用简易程序"),
    (r"the message is not a JSON object", "报文不是 JSON 对象"),
    (r"not UTF-8 at byte (\d+)", r"第 \1 字节起不是 UTF-8"),
    (r"NUL at byte (\d+): is it UTF-16\?", r"第 \1 字节为 NUL，是否误用 UTF-16？"),
    (r"more than (\d+) levels of objects and lists", r"对象和列表的层次超过 \1 层"),
    (r"(\d+) bytes, at most (\d+) are accepted", r"报文 \1 字节，最多接收 \2 字节"),
    (r"type (\S+) is not registered", r"类型 \1 未登记"),
    (r"Field required", "缺少"),
    (r"party is not a person", "当事人不是自然人"),
    (r"party is a person: a duty is done by a unit", "当事人是自然人：履职记录的当事人应为单位"),
    (r"marks are above full_marks", "得分（marks）高于满分（full_marks）"),
    (r"two lines of items have the same code", "检查项目（items）中有两行编号相同"),
    (r"is not a unified social credit code of 18 characters", "不是 18 位的统一社会信用代码"),
    (r"String should match pattern '(.+)'", r"格式不符，应符合 \1"),
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
_KNOWN = tuple(
    # A word is tried from its beginning alone: from each of its letters, a long one of a sender would take seconds.
    (re.compile(rf"(?<!\S){english}" if english.startswith(r"(\S+)") else english), chinese)
    for english, chinese in (*_ADVICE, *_SENTENCES)
)
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
