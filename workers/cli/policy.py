"""`xinglin policy`: check the law and the regimes, try them on the cases beside them, and show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Group, RenderableType

from credit.grading.loading import homes
from credit.law import files
from credit.law.law import Law
from schemas.layers import RegionFile
from schemas.policy import Confidence, DeadlineName, MeasuresFile
from workers import settings
from workers.cli import policy_diff
from workers.cli.choices import choose
from workers.cli.common import AsJson, print_json, screen
from workers.runtime import load_reader
from workers.show.names import cite
from workers.show.policy import show_open, show_regime_checked, show_trial
from workers.show.style import new_table, plain
from workers.trials import check_regime, for_all, try_law, try_regime

app = typer.Typer(help="法规和评价制度的文件：检查，以旁边的案例验证，查看、比较。", no_args_is_help=True)
app.command("diff")(policy_diff.diff)

What = Annotated[
    list[str] | None,
    typer.Argument(metavar="WHAT", help="评价制度代码，或政策文件夹。", show_default="正在使用的全部"),
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The folders of policies that a command is about: that of a law, where it is about one, and those of regimes."""

    law: Path | None
    regimes: tuple[Path, ...]


@app.command("check")
def check(
    what: What = None,
    open_only: Annotated[bool, typer.Option("--open", help="只列出原文未规定、待主管部门确认的条款。")] = False,
    as_json: AsJson = False,
) -> None:
    """检查法规和评价制度的文件，逐条指出错误及所在行；法规并以其旁的案例（cases）逐一验证。

    文件不能用或案例不符时退出码为 1。
    """
    chosen = _choose(what)
    law = try_law(chosen.law) if chosen.law else None
    regimes = for_all(check_regime, chosen.regimes)
    if as_json:
        print_json((asdict(law) if law else {}) | {"regimes": regimes})
    elif open_only:
        screen().print(show_open(each for regime in regimes for each in regime.open))
    else:
        screen().print(*([show_trial(law)] if law else []), *map(show_regime_checked, regimes), sep="\n")
    if law and law.failed:
        raise typer.Exit(1)


@app.command("test")
def try_cases(what: What = None, as_json: AsJson = False) -> None:
    """以法规和评价制度旁的案例（cases）逐一验证，列出不符的案例和没有案例的规则。

    案例不符时退出码为 1。
    """
    chosen = _choose(what)
    trials = [try_law(chosen.law)] if chosen.law else []
    trials += for_all(try_regime, chosen.regimes)
    if as_json:
        print_json({"cases": sum(each.cases for each in trials), "folders": trials})
    else:
        screen().print(*map(show_trial, trials), sep="\n")
    if any(each.failed for each in trials):
        raise typer.Exit(1)


def _choose(what: Iterable[str] | None) -> Chosen:
    """Return the folders that are named, by code or path; all that are in use where none is."""
    policies = settings.read().policies
    known = {home.name: home for home in homes(policies / "regimes")}
    if not what:
        return Chosen(policies / "national", tuple(known.values()))
    folders = [Path(each) if Path(each).is_dir() else known[str(choose("WHAT", each, known))] for each in what]
    laws = [folder for folder in folders if not (folder / "regime.yaml").is_file()]
    if len(laws) > 1:
        raise typer.BadParameter("只能有一个法规文件夹。", param_hint="'WHAT'")
    return Chosen(laws[0] if laws else None, tuple(folder for folder in folders if folder not in laws))


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
class InForce:
    """Which rules hold, each with the layer that it comes from, and what of them nobody confirmed."""

    region: str | None
    deadlines: tuple[Term, ...]
    summary_penalties_of_persons: bool
    penalties_count_after: str | None
    left_out: tuple[str, ...]
    not_known: tuple[str, ...]
    editions: tuple[Edition, ...]
    unconfirmed: dict[str, str]
    confirmed: dict[str, str]


@app.command("show")
def show(as_json: AsJson = False) -> None:
    """列出现行期限、开关和措施清单，及其出处和待确认的条款。"""
    chosen = settings.read()
    loaded = load_reader(chosen)
    listed = files.read(chosen.policies / "national" / "measures.yaml", MeasuresFile).value
    found = _find(loaded.law, listed)
    if as_json:
        print_json(asdict(found))
    else:
        screen().print(_tell(found))


def _find(law: Law, listed: MeasuresFile) -> InForce:
    region = law.region or RegionFile(name="全国")
    own, period = region.summary_penalties_of_persons, region.penalties_count_after
    return InForce(
        region=law.region.name if law.region else None,
        deadlines=tuple(_term(name, law, region) for name in get_args(DeadlineName)),
        summary_penalties_of_persons=own is None or own.on,
        penalties_count_after=None if period is None else str(period.source),
        left_out=region.left_out,
        not_known=region.not_known,
        editions=tuple(
            Edition(each.code, each.issued, str(each.source), law.confidence(str(each.source)) or each.confidence)
            for each in listed.editions
        ),
        unconfirmed={clause: str(confidence) for clause, confidence in law.unconfirmed().items()},
        confirmed={clause: f"{each.by} {each.on}" for clause, each in law.confirmed.items()},
    )


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
    lines += [f"未采用  {text}" for text in found.left_out]
    lines += [f"不详    {text}" for text in found.not_known]
    lines += [f"未确认  {_sure(clause, confidence)}" for clause, confidence in found.unconfirmed.items()]
    lines += [f"已确认  {clause}（{by}）" for clause, by in found.confirmed.items()]
    return Group(terms, editions, plain("\n".join(lines)))


def _sure(clause: str, confidence: str) -> str:
    return cite(clause, Confidence(confidence))
