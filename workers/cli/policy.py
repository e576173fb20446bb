"""`xinglin policy`: check the law, and try it on the cases beside it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from connectors import registry
from credit.law import cases, loading
from credit.law.cases import Difference, Tried, Untried
from schemas.party import PARTY_KINDS
from schemas.reasons import HINTS, Reason
from schemas.words import Worded
from workers import settings
from workers.cli.common import AsJson, print_json, screen

app = typer.Typer(help="政策文件：检查，并用旁边的案例逐条验证。", no_args_is_help=True)

_ITEMS = {
    "severity": "失信程度",
    "document": "依据文件",
    "public": "是否公示",
    "repairable_from": "可申请修复之日",
    "until": "公示截止日",
    "due": "到期日",
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


def _check(folder: Path) -> Checked:
    models = registry.load().models()
    found = loading.read(folder, models)
    law = loading.enact(found)
    tried = [cases.attempt(written, found, law) for written in cases.read(folder, models)]
    failed = tuple(_fail(each) for each in tried if each.differences)
    return Checked(str(folder), len(tried), failed, tuple(cases.find_untried(tried, found)))


def _fail(tried: Tried) -> Failed:
    written = tried.written
    return Failed(written.file, written.line, written.case.name, tried.differences)


def _show(checked: Checked) -> RenderableType:
    lines: list[Text] = []
    for failed in checked.failed:
        lines.append(Text(f"✗ {failed.name}", "bold red"))
        lines.append(Text(f"    {failed.file}:{failed.line}", "dim"))
        lines += [
            Text(f"    {_ITEMS[each.item]}：应为 {_say(each.expected)}，实际为 {_say(each.found)}")
            for each in failed.differences
        ]
    for untried in checked.without_case:
        lines.append(Text(f"! {untried.place} 没有案例", "yellow"))
        lines.append(Text(f"    {untried.file}:{untried.line}", "dim"))
    kept = checked.cases - len(checked.failed)
    summary = f"{checked.folder}：政策文件无误；{checked.cases} 个案例，{kept} 个相符，{len(checked.failed)} 个不符"
    lines.append(Text(f"✗ {summary}", "bold red") if checked.failed else Text(f"✓ {summary}", "green"))
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
