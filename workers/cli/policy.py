"""`xinglin policy`: check the law and the regimes, try them on the cases beside them, and show them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from credit.grading.loading import homes
from schemas.regime.files import CASES, FILES
from workers import settings
from workers.cli import policy_diff, policy_show
from workers.cli.choices import choose
from workers.cli.common import AsJson, print_json, screen, tell
from workers.show.policy import show_open, show_regime_checked, show_trial
from workers.show.style import GOOD
from workers.trials import check_regime, for_all, try_law, try_regime

app = typer.Typer(help="法规和评价制度的文件：检查，以旁边的案例验证，查看、比较。", no_args_is_help=True)
app.command("diff")(policy_diff.diff)
app.command("show")(policy_show.show)

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
    """检查法规和评价制度的文件，指出错误及所在行。

    法规并以其旁的案例（cases）逐一验证。

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
    """以法规和评价制度旁的案例（cases）逐一验证。

    列出不符的案例和没有案例的规则。

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


@app.command("schema")
def write_schema(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="写到哪个目录；没有就新建。", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """写出评价制度各文件和案例文件的 JSON Schema，供编辑器在输入时提示和检查。"""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for stem, model in {**FILES, "cases": CASES}.items():
        path = folder / f"{stem}.schema.json"
        text = json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True)
        path.write_text(f"{text}\n", encoding="utf-8")
        written.append(str(path))
    if as_json:
        print_json({"files": written})
    else:
        tell(f"✓ 已写出 {len(written)} 个文件：{folder}", GOOD)
