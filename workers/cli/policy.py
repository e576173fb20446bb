"""`xinglin policy`: check the law, and try it on the cases beside it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from connectors import registry
from credit.law import cases, files, layers, loading
from credit.law.cases import Difference, Tried, Untried
from credit.law.law import Law
from schemas.layers import RegionFile
from schemas.party import PARTY_KINDS
from schemas.policy import Confidence, DeadlineName, MeasuresFile
from schemas.reasons import HINTS, Reason
from schemas.words import Worded
from workers import settings
from workers.cli import policy_diff
from workers.cli.common import AsJson, print_json, screen
from workers.runtime import load_reader
from workers.show.names import cite
from workers.show.style import new_table, plain

app = typer.Typer(help="政策文件：检查，并用旁边的案例逐条验证。", no_args_is_help=True)
app.command("diff")(policy_diff.diff)

_ITEMS = {
    "severity": "失信程度",
    "document": "依据文件",
    "public": "是否公示",
    "repairable_from": "可申请修复之日",
    "until": "公示截止日",
    "sealed": "是否封存",
    "due": "到期日",
    "counts_from": "作认定依据之日",
    "edition": "清单版本",
    "measure_class": "措施类别",
    "name": "措施名称",
    "target_kinds": "适用对象",
    "refused": "不予受理的原因",
}


@dataclass(frozen=True, slots=True)
class Failed:
    """A case that did not come out as written."""

    file: str
    line: int
    name: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of the cases of a folder."""

    folder: str
    cases: int
    failed: tuple[Failed, ...]
    without_case: tuple[Untried, ...]


@app.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="要检查的政策文件夹。", show_default="正在使用的文件夹")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """检查政策文件，并逐一验证旁边的案例（cases）。

    文件不能用或案例不符时退出码为 1。
    """
    checked = _check(folder or settings.read().policies / "national")
    if as_json:
        print_json(asdict(checked))
    else:
        screen().print(_show(checked))
    if checked.failed:
        raise typer.Exit(1)


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


def _check(folder: Path) -> Checked:
    models = registry.load().models()
    found = loading.read(folder, models)
    law = loading.enact(found)
    tried = [cases.attempt(written, found, law) for written in cases.read(folder, models)]
    untried = tuple(cases.find_untried(tried, found))
    for path in sorted((folder.parent / "regions").glob("*.yaml")):
        regional = layers.enact(law, layers.read(folder.parent, path.stem).value)
        tried += [cases.attempt(written, found, regional) for written in cases.read_region(folder.parent, path.stem)]
    failed = tuple(_fail(each) for each in tried if each.differences)
    return Checked(str(folder), len(tried), failed, untried)


def _fail(tried: Tried) -> Failed:
    written = tried.written
    return Failed(written.file, written.line, written.case.name, tried.differences)


def _show(checked: Checked) -> RenderableType:
    lines: list[Text] = []
    for failed in checked.failed:
        lines.append(plain(f"✗ {failed.name}", "bold red"))
        lines.append(plain(f"    {failed.file}:{failed.line}", "dim"))
        lines += [
            plain(f"    {_ITEMS[each.item]}：应为 {_say(each.expected)}，实际为 {_say(each.found)}")
            for each in failed.differences
        ]
    for untried in checked.without_case:
        lines.append(plain(f"! {untried.place} 没有案例", "yellow"))
        lines.append(plain(f"    {untried.file}:{untried.line}", "dim"))
    kept = checked.cases - len(checked.failed)
    summary = f"{checked.folder}：政策文件无误；{checked.cases} 个案例，{kept} 个相符，{len(checked.failed)} 个不符"
    lines.append(plain(f"✗ {summary}", "bold red") if checked.failed else plain(f"✓ {summary}", "green"))
    return Group(*lines)


def _say(value: Any) -> str:
    if isinstance(value, frozenset):
        return "、".join(sorted(PARTY_KINDS.get(kind, str(kind)) for kind in value))
    match value:
        case None:
            return "无"
        case bool():
            return "是" if value else "否"
        case Worded():
            return value.word
        case Reason():
            return f"{HINTS[value]}（{value.value}）"
        case _:
            return str(value)
