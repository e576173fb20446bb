"""How policies are shown: what was found wrong with them, which cases failed, and what nobody confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from credit.grading.loading import Open
from schemas.party import PARTY_KINDS
from schemas.reasons import HINTS, Reason
from schemas.words import Worded
from workers.show.style import ALARM, GOOD, QUIET, WAITING, new_table, plain, stack
from workers.trials import Failed, RegimeChecked, Trial

_ITEMS = {
    "severity": "失信程度",
    "document": "依据文件",
    "public": "是否公示",
    "repairable_from": "可申请修复之日",
    "until": "截止日",
    "sealed": "是否封存",
    "due": "到期日",
    "counts_from": "作认定依据之日",
    "edition": "清单版本",
    "measure_class": "措施类别",
    "name": "措施名称",
    "target_kinds": "适用对象",
    "refused": "不予受理的原因",
    "scale": "评价标准",
    "grade": "等级",
    "number": "得分",
    "because": "应列出的规则",
    "not_because": "不应列出的规则",
    "hidden": "停止显示等级",
    "own": "自评得分",
    "differing": "自评不同的项目",
    "on": "是否在名单上",
    "list": "名单",
    "tier": "名单档次",
    "since": "列入之日",
    "draw": "抽查",
    "drawn": "抽取数",
    "lists": "必查的名单",
    "state": "名单状态",
    "always": "必查的规则",
    "duty": "任务",
    "done": "完成",
    "visits": "检查次数",
    "by": "适用的频次",
    "consumers": "使用部门",
}


def show_trial(trial: Trial) -> RenderableType:
    """Return what came of the cases of a folder: those that failed, what has no case, and the sum."""
    lines: list[RenderableType] = []
    if trial.failed:
        lines.append(_table(trial.failed))
    for untried in trial.without_case:
        lines.append(plain(f"! {untried.place} 没有案例", WAITING))
        lines.append(plain(f"    {untried.file}:{untried.line}", QUIET))
    kept = trial.cases - len(trial.failed)
    summary = f"{trial.folder}：政策文件无误；{trial.cases} 个案例，{kept} 个相符，{len(trial.failed)} 个不符"
    if trial.without_case:
        summary += f"；{len(trial.without_case)} 条没有案例"
    lines.append(plain(f"✗ {summary}", ALARM) if trial.failed else plain(f"✓ {summary}", GOOD))
    return Group(*lines)


def _table(failed: Iterable[Failed]) -> RenderableType:
    table = new_table("不符的案例", "案例", "项目", "应为", "实际")
    for each in failed:
        case: Text = stack(f"✗ {each.name}", f"{each.file}:{each.line}")
        for difference in each.differences:
            item = _ITEMS.get(difference.item, difference.item)
            table.add_row(case, plain(item), plain(_say(difference.expected)), plain(_say(difference.found)))
            case = plain("")
    return table


def show_regime_checked(checked: RegimeChecked) -> RenderableType:
    """Return that the files of a regime can be used, and how many of its rules are open."""
    text = f"✓ {checked.folder}：{checked.name}，{checked.rules} 条规则"
    if not checked.open:
        return plain(text, GOOD)
    return Group(plain(text, GOOD), plain(f"! {len(checked.open)} 处原文未规定，用默认值，待主管部门确认", WAITING))


def show_open(found: Iterable[Open]) -> RenderableType:
    """Return what the documents leave open."""
    table = new_table("原文未规定、待主管部门确认", "规则", "依据")
    for each in found:
        table.add_row(stack(each.place, f"{each.file}:{each.line}"), plain(each.source))
    return table


def _say(value: Any) -> str:
    match value:
        case Reason():
            said = f"{HINTS[value]}（{value.value}）"
        case frozenset() | tuple():
            words = [PARTY_KINDS.get(each, str(each)) for each in value]
            said = "、".join(sorted(words) if isinstance(value, frozenset) else words) or "无"
        case dict():
            said = "、".join(f"{name} {_say(each)}" for name, each in value.items()) or "无"
        case Worded():
            said = value.word
        case None | bool():
            said = {None: "无", True: "是", False: "否"}[value]
        case _:
            said = str(value)
    return said
