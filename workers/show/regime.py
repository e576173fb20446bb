"""A regime as an official reads it: what it lays down on a day, each rule with its clause and how sure it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from credit.grading.regime import Regime, in_force
from schemas.policy import Provision
from schemas.regime.consumers import ConsumersEdition
from schemas.regime.duties import After, AfterDuty, AfterListing, AfterResult, DutiesEdition, Duty, Monthly, Yearly
from schemas.regime.lists import ListsEdition
from schemas.regime.scale import (
    Band,
    CountMeasure,
    Edition,
    Measure,
    NoMeasure,
    RegimeFile,
    Scale,
    SheetMeasure,
    StartMeasure,
    SumMeasure,
    Visits,
)
from schemas.regime.supervision import Draw, Frequency, SupervisionEdition
from schemas.regime.when import Rule, Scope
from workers.show.names import cite
from workers.show.style import new_table, plain, stack

_ROLES = {
    "institution": "医疗机构",
    "practitioner": "医务人员",
    "public_place": "公共场所",
    "water_supplier": "供水单位",
    "disinfectant_producer": "消毒产品生产企业",
    "tableware_disinfector": "餐具集中消毒单位",
}
_LEVELS = {"primary": "一级", "secondary": "二级", "tertiary": "三级", "ungraded": "未定级"}
_KEYS = {"score": "得分", "fewest_records": "记录少", "earliest_licence": "发证早", "code": "代码"}
_UNITS = {"working": "个工作日", "calendar": "日", "months": "个月"}


@dataclass(frozen=True, slots=True)
class Outline:
    """What a regime lays down on a day: the editions in force, None where a file has none yet or is not there."""

    file: RegimeFile
    day: date
    scales: Edition | None
    lists: ListsEdition | None
    supervision: SupervisionEdition | None
    duties: DutiesEdition | None
    consumers: ConsumersEdition | None


def outline(regime: Regime, day: date) -> Outline:
    """Return what a regime lays down on a day."""
    return Outline(
        regime.file,
        day,
        in_force(regime.file.editions, day),
        in_force(regime.lists.editions, day) if regime.lists else None,
        in_force(regime.supervision.editions, day) if regime.supervision else None,
        in_force(regime.duties.editions, day) if regime.duties else None,
        in_force(regime.consumers.editions, day) if regime.consumers else None,
    )


def dump(found: Outline) -> dict[str, Any]:
    """Return an outline for programs: the editions as the files have them."""
    parts = {
        name: getattr(found, name).model_dump(mode="json", by_alias=True) if getattr(found, name) else None
        for name in ("scales", "lists", "supervision", "duties", "consumers")
    }
    about = found.file.model_dump(mode="json", exclude={"editions"})
    return {**about, "day": found.day, **parts}


def show_outline(found: Outline) -> RenderableType:
    """Return an outline as tables."""
    file = found.file
    head = f"{file.name}（{file.code}）\n依据  {file.document}\n版本  {found.day} 有效的规定"
    if found.scales is None:
        head += "：还没有开始施行"
    shown: list[RenderableType] = [plain(head)]
    for scale in found.scales.scales if found.scales else ():
        shown += _scale(scale)
    if found.lists:
        shown.append(_lists(found.lists))
    if found.supervision and (found.supervision.frequencies or found.supervision.draws):
        shown.append(_supervision(found.supervision))
    if found.duties:
        shown.append(_duties(found.duties))
    if found.consumers:
        shown.append(_consumers(found.consumers))
    shown += [plain(f"停用  {each.name}（{each.source}）：{each.why}") for each in file.repealed]
    return Group(*shown)


def _rest(by: Provision) -> str:
    """Return the clause of a provision, with a word of caution where it is not sure."""
    return cite(str(by.source), by.confidence)


def _name(rule: Rule) -> RenderableType:
    return stack(rule.name, rule.id)


def _scale(scale: Scale) -> Iterator[RenderableType]:
    yield plain(f"\n{scale.name}（{scale.id}）：{_whom(scale.subjects)}；{' > '.join(scale.grades.values())}", "bold")
    table = new_table("评分和分档", "规则", "内容", "依据")
    for rule, text in _measure(scale.measure):
        table.add_row(_name(rule), plain(text), plain(_rest(rule)))
    if scale.bands:
        bands = "；".join(f"{_band(band)} {scale.grades[band.grade]}" for band in scale.bands)
        table.add_row(plain("分档"), plain(bands), plain(_rest(scale.basis) if scale.basis else "同版本"))
    else:
        table.add_row(plain("起评"), plain(f"不计分，从 {next(iter(scale.grades.values()))} 起评"), plain(""))
    yield table
    limits = new_table("限级", "规则", "最高", "依据", whole={"最高"})
    for limit in scale.limits:
        limits.add_row(_name(limit), plain(scale.grades[limit.at_most]), plain(_rest(limit)))
    if scale.limits:
        yield limits
    yield _consequences(scale)


def _consequences(scale: Scale) -> RenderableType:
    table = new_table("名额、结果和年中变动", "事项", "内容", "依据")
    quota = scale.quota
    if quota is not None:
        keys = "、".join(_KEYS[key] for key in quota.keep)
        text = f"{scale.grades[quota.grade]} 不超过 {quota.share:%}，按{keys}排序，其余为 {scale.grades[quota.others]}"
        table.add_row(_name(quota), plain(text), plain(_rest(quota)))
    for grade, follows in scale.follows.items():
        visits = f"，{_visits(follows.visits)}" if follows.visits else ""
        table.add_row(plain(scale.grades[grade]), plain(f"{follows.supervision}{visits}"), plain(_rest(follows)))
    fall = scale.during_year
    if fall is not None:
        text = f"级别下降，{fall.report_within_days} {_UNITS[fall.counted]}内上报，人工复核"
        table.add_row(plain("年中下降"), plain(text), plain(_rest(fall)))
    return table if table.row_count else plain("")


def _measure(by: Measure) -> Iterator[tuple[Rule, str]]:
    match by:
        case NoMeasure():
            return
        case SheetMeasure():
            lines = "取最低分" if by.of_each_line == "lowest" else "取最近一次"
            years = f"，{by.years} 年内" if by.years > 1 else ""
            yield (
                by,
                f"检查表得分 ÷ 适用项目满分 × {by.full}，同一项目{lines}{years}；检查人数不少于 {by.inspectors} 人",
            )
        case CountMeasure():
            yield by, "本年记录的件数"
        case SumMeasure():
            yield by, f"本年{'（按周期）' if by.cycle else ''}累计 {by.item}"
        case StartMeasure():
            yield by, f"起始 {by.start:f} 分，最低 {by.least:f}，最高 {by.most:f}"
            for changes, word in ((by.less, "减"), (by.more, "加")):
                for change in changes:
                    worth = f"{change.points:f} 分" if change.points is not None else f"{change.item} 所写的分"
                    yield change, f"每件{word} {worth}"


def _band(band: Band) -> str:
    if band.at_least is not None:
        return f"{band.at_least:f} 以上"
    return f"{band.at_most:f} 以下" if band.at_most is not None else "其余"


def _whom(scope: Scope) -> str:
    said = [_ROLES.get(role, role) for role in scope.roles]
    said += [_LEVELS.get(level, level) for level in scope.levels]
    said += [*scope.districts, *scope.specialties]
    said += {True: ["持证"], False: ["无证"], None: []}[scope.licensed]
    return "、".join(said) or "全部主体"


def _visits(visits: Visits) -> str:
    span = "每年" if visits.years == 1 else f"每 {visits.years} 年"
    if visits.at_most is None:
        return f"{span}不少于 {visits.at_least} 次"
    same = visits.at_most == visits.at_least
    return f"{span} {visits.at_least} 次" if same else f"{span} {visits.at_least} 至 {visits.at_most} 次"


def _lists(edition: ListsEdition) -> Table:
    table = new_table("名单", "名单", "列入", "公布", "依据", whole={"公布"})
    for each in edition.lists:
        entries = [entry.name for entry in each.enter] + [f"{tier.name}：{tier.supervision}" for tier in each.tiers]
        published = ("公布" if each.published else "不公布") + ("，先告知" if each.told_first.on else "")
        table.add_row(_name(each), stack(*entries), plain(published), plain(_rest(each)))
    return table


def _supervision(edition: SupervisionEdition) -> Table:
    table = new_table("监督频次和双随机抽查", "规则", "对象", "频次、比例", "依据")
    for rule in edition.frequencies:
        table.add_row(_name(rule), plain(_of(rule)), plain(_visits(rule.visits)), plain(_rest(rule)))
    for draw in edition.draws:
        table.add_row(_name(draw), plain(_whom(draw.subjects)), plain(_shares(draw)), plain(_rest(draw)))
    return table


def _of(rule: Frequency) -> str:
    parts = [_whom(rule.subjects), *([f"{rule.scale} {'、'.join(rule.grades)}"] if rule.scale else [])]
    if rule.lists:
        parts.append(f"名单 {'、'.join((*rule.lists, *rule.tiers))}")
    return "；".join(parts)


def _shares(draw: Draw) -> str:
    shares = [f"{grade} {share:%}" for grade, share in draw.shares.items()]
    shares += [f"{'其他 ' if draw.shares else ''}{draw.other:%}"] if draw.other is not None else []
    must = [rule.name for rule in draw.always] + [f"名单 {each}" for each in draw.lists]
    return "、".join(shares) + (f"；必查：{'、'.join(must)}" if must else "") + f"；每次 {draw.inspectors} 人"


def _duties(edition: DutiesEdition) -> Table:
    table = new_table("任务", "任务", "期限、单位", "依据")
    for duty in edition.duties:
        units = "、".join(edition.units[unit].name for unit in duty.units)
        table.add_row(_name(duty), stack(_due(duty), units), plain(_rest(duty)))
    return table


def _due(duty: Duty) -> str:
    match duty.start:
        case Yearly(month=month, day=day, next_year=later):
            return f"{'次年' if later else '每年'} {month} 月 {day} 日"
        case Monthly(day=day, next_month=later):
            return f"{'次月' if later else '每月'} {day} 日（没有这一天的月份为月末）"
        case AfterResult() as start:
            return f"评定{'（' + '、'.join(start.grades) + '）' if start.grades else ''}后 {_within(start)}"
        case AfterListing() as start:
            return f"{'退出' if start.exit else '列入'}名单 {start.list} 后 {_within(start)}"
        case AfterDuty() as start:
            return f"任务 {start.duty} {'逾期' if start.missed else '完成'}后 {_within(start)}"
        case start:
            return f"事实发生后 {_within(start)}"


def _within(start: After) -> str:
    if start.within is None or start.counted is None:
        return f"法定期限 {start.deadline}"
    return f"{start.within} {_UNITS[start.counted]}内"


def _consumers(edition: ConsumersEdition) -> Table:
    table = new_table("使用部门", "部门", "结果", "用途", "依据")
    for each in edition.consumers:
        results = _join((*each.scales, *each.grades, *(f"名单 {name}" for name in each.lists)))
        receipt = "（要求签收）" if each.receipt else ""
        table.add_row(_name(each), plain(results), plain(_join(each.uses) + receipt), plain(_rest(each)))
    return table


def _join(words: Iterable[str]) -> str:
    return "、".join(words)
