"""`xinglin policy show`: what a regime lays down on a day; or the deadlines, switches and measures of the law."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, get_args

import typer
from rich.console import Group, RenderableType

from connectors import registry
from credit.grading.loading import homes, make, read
from credit.law import files
from credit.law.law import Law
from schemas.layers import RegionFile
from schemas.policy import Confidence, DeadlineName, MeasuresFile
from workers import settings
from workers.cli.choices import choose
from workers.cli.common import AsJson, print_json, screen
from workers.runtime import SHANGHAI, load_reader, wall_clock
from workers.show.names import cite
from workers.show.regime import dump, outline, show_outline
from workers.show.style import new_table, plain


@dataclass(frozen=True, slots=True)
class Term:
    """A deadline: how long, whose rule it is, and how sure its clause is."""

    name: str
    days: int
    counted: str
    layer: str
    clause: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the list of measures, and how sure it is."""

    code: str
    issued: str
    clause: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Free:
    """How many reports about itself a subject gets free of charge in a year, and how sure that is."""

    per_year: int
    clause: str
    confidence: str


@dataclass(frozen=True, slots=True)
class InForce:
    """Which rules hold, each with the layer that it comes from, and what of them nobody confirmed."""

    region: str | None
    deadlines: tuple[Term, ...]
    summary_penalties_of_persons: bool
    penalties_count_after: str | None
    free_reports: Free
    left_out: tuple[str, ...]
    not_known: tuple[str, ...]
    editions: tuple[Edition, ...]
    unconfirmed: dict[str, str]
    confirmed: dict[str, str]


def show(
    regime: Annotated[str | None, typer.Argument(metavar="REGIME", help="评价制度代码。", show_default="法规")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="按哪一天的版本。", show_default="今天"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """列出一个评价制度的规则，各附条文。

    不写代码时，列出法规的期限、开关和措施清单。
    """
    on = day.date() if day is not None else wall_clock().astimezone(SHANGHAI).date()
    if regime is not None:
        _show_regime(regime, on, as_json=as_json)
        return
    chosen = settings.read()
    loaded = load_reader(chosen)
    listed = files.read(chosen.policies / "national" / "measures.yaml", MeasuresFile).value
    found = _find(loaded.law, listed, on)
    if as_json:
        print_json(asdict(found))
    else:
        screen().print(_tell(found))


def _show_regime(code: str, on: date, *, as_json: bool) -> None:
    known = {home.name: home for home in homes(settings.read().policies / "regimes")}
    home = known[str(choose("REGIME", code, known))]
    found = outline(make(read(home, registry.load().models())), on)
    if as_json:
        print_json(dump(found))
    else:
        screen().print(show_outline(found))


def _find(law: Law, listed: MeasuresFile, on: date) -> InForce:
    region = law.region or RegionFile(name="全国")
    own, period = region.summary_penalties_of_persons, region.penalties_count_after
    return InForce(
        region=law.region.name if law.region else None,
        deadlines=tuple(_term(name, law, region) for name in get_args(DeadlineName)),
        summary_penalties_of_persons=own is None or own.on,
        penalties_count_after=None if period is None else str(period.source),
        free_reports=_free(law, on),
        left_out=region.left_out,
        not_known=region.not_known,
        editions=tuple(
            Edition(each.code, each.issued, str(each.source), law.confidence(str(each.source)) or each.confidence)
            for each in listed.editions
        ),
        unconfirmed={clause: str(confidence) for clause, confidence in law.unconfirmed().items()},
        confirmed={clause: f"{each.by} {each.on}" for clause, each in law.confirmed.items()},
    )


def _free(law: Law, on: date) -> Free:
    rule = law.free_reports(on)
    clause = str(rule.source)
    return Free(rule.per_year, clause, law.confidence(clause) or rule.confidence)


def _term(name: DeadlineName, law: Law, region: RegionFile) -> Term:
    rule = law.deadline(name)
    layer, clause = region.name if name in region.deadlines else "全国", str(rule.source)
    return Term(name, rule.days, rule.counted, layer, clause, law.confidence(clause) or rule.confidence)


def _tell(found: InForce) -> RenderableType:
    terms = new_table(f"期限（{found.region or '全国'}）", "期限", "天数", "取自", "依据", whole={"天数", "取自"})
    for term in found.deadlines:
        days = f"{term.days} 个{'工作日' if term.counted == 'working' else '日历日'}"
        terms.add_row(plain(term.name), plain(days), plain(term.layer), plain(_sure(term.clause, term.confidence)))
    editions = new_table("惩戒措施清单", "版本", "发布", "依据")
    for each in found.editions:
        editions.add_row(plain(each.code), plain(each.issued), plain(_sure(each.clause, each.confidence)))
    summary = "报送，可为认定依据" if found.summary_penalties_of_persons else "不报送，不作认定依据"
    lines = [f"自然人适用简易程序的行政处罚：{summary}"]
    waits = f"救济期限届满后（{found.penalties_count_after}）" if found.penalties_count_after else "自作出决定之日起"
    lines += [f"行政处罚作认定依据：{waits}"]
    free = found.free_reports
    lines += [f"本人信用报告：每年 {free.per_year} 次免费（{_sure(free.clause, free.confidence)}）"]
    lines += [f"未采用  {text}" for text in found.left_out]
    lines += [f"不详    {text}" for text in found.not_known]
    lines += [f"未确认  {_sure(clause, confidence)}" for clause, confidence in found.unconfirmed.items()]
    lines += [f"已确认  {clause}（{by}）" for clause, by in found.confirmed.items()]
    return Group(terms, editions, plain("\n".join(lines)))


def _sure(clause: str, confidence: str) -> str:
    return cite(clause, Confidence(confidence))
