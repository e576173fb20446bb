"""What checks say of the files of a regime, and how whoever tries a policy reads it.

Each is looked for in a text, the first ones first; what is not here is looked for among what is said of messages.
"""

from __future__ import annotations

import re

from workers.show.sentences import SENTENCES

_SENTENCES = (
    (r" \(did you mean '([^']*)'\?\)", r"（是否应为“\1”）"),
    (r" \(known: (.*)\)$", r"（可用：\1）"),
    (r"unknown key '([^']*)'", r"没有“\1”这一项"),
    (r"unknown value '([^']*)'", r"不能用“\1”"),
    (r"'([^']*)' is missing", r"缺少“\1”"),
    (r"duplicate key, first written on line (\d+)", r"这一项写了两次，第一次在第 \1 行"),
    (r"anchors and aliases \(& and \*\) are not allowed", "不得使用锚点和别名（& 和 *）"),
    (r"the tag (\S+) is not allowed", r"不得使用标签 \1"),
    (r"(.+) must be text: write it in quotes", r"\1 应为文本，请加引号"),
    (r"is not YAML: a tab where only spaces may indent", "不是 YAML：缩进只能用空格，不能用制表符"),
    (r"is not YAML: (.*)", r"不是 YAML：\1"),
    (r"is nested too deeply to be a file that a person wrote", "层次过深"),
    (r"must hold `key: value` lines, but holds something else or nothing", "应由“项: 值”各行组成"),
    (r"the folder is called '([^']*)'", r"评价制度的代码应为“\1”"),
    (r"cannot be read: .*", "读不出来，应为 UTF-8 文本"),
    (r"editions are in the order of their days, each on a day of its own", "各版次应按施行日期先后排列，日期不得相同"),
    # The scale of grades, and the conditions of its rules.
    (r"'([^']*)' is no grade of the scale: (.*)", r"没有等级“\1”，可用：\2"),
    (r"needs either points or item", "points 和 item 须填其一，且只填其一"),
    (
        r"keep names each key once and ends in code, so that no tie is left",
        "keep 中每项只列一次，以 code 结尾，以免并列",
    ),
    (r"at_most is below at_least", "at_most 小于 at_least"),
    (r"limit (\S+) holds at most at the best grade", r"限制 \1 以最高等级为限，没有作用"),
    (r"two (?:limits|scales|rules|duties) have the same id", "有两项的编号（id）相同"),
    (r"a gap: the last band takes the rest and has no bound", "有空缺：最后一档包括其余全部，不写界限"),
    (r"bands go from the best grade to the worst, each once", "各档应由最高等级到最低等级排列，每个等级一次"),
    (r"all bands but the last have at_least, or all have at_most", "除最后一档外，各档都写 at_least，或者都写 at_most"),
    (r"an overlap: the band before takes the numbers of a band", "有重叠：前一档已包括后一档的分数"),
    (r"the quota's others must be a worse grade", "名额以外的等级（others）应低于限定名额的等级"),
    (r"without a measure there are no bands", "没有计分方法（measure），不能分档"),
    (r"must be a decimal in quotes", "应为加引号的小数"),
    (r"needs when, unless or both", "when、unless 至少填一项"),
    (
        r"about says which fact of when a fact of unless answers: it needs both",
        "填写 about 的，when 和 unless 都须填写",
    ),
    # What names what, in this file and in the others.
    (r"another rule has the id '([^']*)'", r"另一规则的编号也是“\1”"),
    (r"is unreachable: limit '([^']*)' holds whenever it does", r"不起作用：凡适用时，限制“\1”也适用"),
    (r"is unreachable: a fact that it asks for keeps it from holding", "不起作用：它要求的事实本身使它不适用"),
    (r"is unreachable: there are no numbers (above|below) (\S+)", r"不起作用：分数不会超出 \2"),
    (r"no band, limit or quota leads to '([^']*)'", r"没有任何分档、限制或名额能得到“\1”"),
    (r"'([^']*)' is no paper of papers\.yaml", r"papers.yaml 中没有文书“\1”"),
    (r"names (?:shares of )?grades without the scale that they are of", "写了等级，未写所属的评价标准（scale）"),
    (r"'([^']*)' is no list", r"没有名单“\1”"),
    (r"'([^']*)' is no tier of its lists", r"所列名单没有档次“\1”"),
    (r"'([^']*)' is no scale of the regime", r"没有评价标准“\1”"),
    (r"'([^']*)' is no grade of its scales", r"所列评价标准没有等级“\1”"),
    (r"'([^']*)' is no grade of '([^']*)'", r"“\2”没有等级“\1”"),
    (r"month (\d+) has no day (\d+)", r"\1 月没有 \2 日"),
    (r"gets nothing: needs scales, lists or both", "什么也收不到：scales、lists 至少填一项"),
)


def say_policy(text: str) -> str:
    """Return what a check says of a file of a regime in Chinese; a sentence that is not known as it is."""
    said = text
    for english, chinese in _SENTENCES:
        said = re.sub(english, chinese, said)
    # A check begins in small letters, after its place.
    said = re.sub(r"(?<=: )([a-z])(?=\w* should )", lambda found: found[1].upper(), said)
    for english, chinese in SENTENCES:
        said = re.sub(english, chinese, said)
    return re.sub(r"Input should be (.*)", r"应为 \1", said)
