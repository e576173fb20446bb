"""`xinglin routing`: check the routes, ask what a message would cause, apply what was edited."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.progress import Progress
from rich.table import Table

from credit.routing.routes import find_unconfirmed, find_unregistered
from credit.routing.users import Unproven, find_unproven, permit
from schemas.errors import PermanentError
from schemas.rights import Right
from schemas.routing import REGISTRAR
from workers import settings
from workers.broker.link import parameters
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.cli.ingest import progress
from workers.decisions import concord, edits, persons
from workers.decisions.edits import Effect, Preview
from workers.decisions.persons import Deed
from workers.explain import Explanation, explain
from workers.postings import read_file
from workers.runtime import SHANGHAI, Runtime, load_reader, wall_clock
from workers.show.edits import show_changes, show_effect, show_preview
from workers.show.names import read_names
from workers.show.style import GOOD, QUIET, WAITING, coloured, new_table, plain, stack

_VHOST = "xinglin"
"""The virtual host of docs/operate.md."""

app = typer.Typer(help="检查路由，试运行报文，应用修改。", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a routing file that can be used holds."""

    file: str
    queues: int
    agencies: int
    grounds: int
    feeds: int
    region: str | None
    unconfirmed: tuple[str, ...]
    unconfirmed_measures: tuple[str, ...]
    unregistered: dict[str, tuple[str, ...]]
    unproven: Unproven


@app.command("check")
def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="要检查的文件。", show_default="正在使用的文件")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """按现行法规检查 routing.yaml，逐条指出错误及所在行。"""
    chosen = settings.read()
    path = file or chosen.routing
    loaded = load_reader(chosen, routing=path)
    routes, today = loaded.routes, wall_clock().astimezone(SHANGHAI).date()
    found = Checked(
        str(path),
        len(routes.inbound),
        len(routes.partners),
        len(routes.grounds),
        len(routes.feeds),
        routes.region,
        tuple(loaded.law.unconfirmed()),
        tuple(measure.code for measure in find_unconfirmed(routes, loaded.law, today)),
        dict(find_unregistered(routes)),
        find_unproven(routes.gate),
    )
    if as_json:
        print_json(found)
        return
    text = (
        f"✓ {found.file} 可以使用\n接收队列 {found.queues} 个，联合惩戒部门 {found.agencies} 个，"
        f"认定依据 {found.grounds} 项，报送渠道 {found.feeds} 个"
    )
    screen().print(plain(text, GOOD))
    if found.unregistered:
        missing = "、".join(f"{name}（{'、'.join(codes)}）" for name, codes in found.unregistered.items())
        grounds = "；".join(each.name for each in routes.grounds.values() if REGISTRAR in each.agencies)
        _warn(
            f"登记机关不是联合惩戒部门，由其登记的当事人不通知登记机关：{missing}。",
            f"涉及认定依据：{grounds}。如有该单位，在 partners 中加上并写明 registers。",
        )
    if found.unproven.open:
        _warn(f"不要求 user-id 或签名，任何用户都可冒名发送：{'、'.join(found.unproven.open)}。")
    if found.unproven.mute:
        _warn("在 users 中没有登记用户，所发报文都将挂起：", *found.unproven.mute)
    if found.unconfirmed:
        lines = [f"{clause}（{sure.word}）" for clause, sure in loaded.law.unconfirmed().items()]
        measures = "、".join(found.unconfirmed_measures) or "无"
        head = f"{len(lines)} 条规定未经主管部门确认，其中使用中的惩戒措施：{measures}。"
        _warn(f"{head}核对后在 policies/confirmed.yaml 中确认。", *lines)


def _warn(head: str, *lines: str) -> None:
    """Print a warning and what it is about; what a narrow screen breaks goes on under its own beginning."""
    told = Table.grid(padding=(0, 1, 0, 0))
    told.add_row(plain("!", WAITING), plain(head, WAITING))
    for line in lines:
        told.add_row(plain("·", WAITING), plain(line, WAITING))
    screen().print(told)


@app.command("users")
def show_users(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="路由文件。", show_default="正在使用的文件")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """列出为 broker 各用户授权的 rabbitmqctl 命令。

    用户只能以登记的来源发送，只能读取自己的队列。
    """
    chosen = settings.read()
    permissions = permit(load_reader(chosen, routing=file or chosen.routing).routes)
    if as_json:
        print_json(permissions)
        return
    vhost = parameters(chosen.broker_url).virtual_host if chosen.servers else _VHOST
    for line in (line for each in permissions for line in each.commands(vhost)):
        typer.echo(line)


@app.command("explain")
def explain_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON 或 JSON Lines 文件。", show_default=False)],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """试运行：说明 FILE 中的报文对现有档案将产生哪些结果及其依据，不写入任何数据。"""
    with runtime(home) as opened:
        explanations = [explain(opened, posting) for posting in read_file(file)]
    if not explanations:
        raise PermanentError(f"{file} holds no message")
    if as_json:
        print_json(explanations)
        return
    for explanation in explanations:
        screen().print(_show(explanation))


@app.command("diff")
def diff(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="修改后的路由文件。", exists=True, dir_okay=False)],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """比较路由：修改后的 FILE 将改变哪些通知和报送。

    不写入任何数据；有变化的，退出码为 1。
    """
    with runtime(home) as opened:
        edited = replace(opened, reader=load_reader(opened.settings, opened.clock, routing=file))
        tell_changes(edited, as_json=as_json)


def tell_changes(edited: Runtime, *, as_json: bool) -> None:
    """Print what settling every record by these rules would change; end with 1 where it is anything."""
    with progress() as bar:
        foreseen = edits.preview(edited, _advance(bar, "试评定", edited))
    names = read_names(edited.reader.registry, edited.reader.routes, edited.reader.law)
    if not as_json:
        screen().print(show_changes(foreseen, names))
    _tell_effect(foreseen, foreseen.effect, applied=False, as_json=as_json)
    if foreseen.moves:
        raise typer.Exit(1)


DryRun = Annotated[bool, typer.Option("--dry-run", help="只显示将发出、更正、解除哪些通知，不写入任何数据。")]
Yes = Annotated[bool, typer.Option("--yes", help="不再询问，供脚本使用。")]


@app.command("apply")
def apply(dry_run: DryRun = False, yes: Yes = False, home: Home = None, as_json: AsJson = False) -> None:
    """按现行法规和路由重新评定在档记录；先列出将有的变化，确认后执行。

    通知和报送随之更新。可随时中断，重复执行。
    须先让各 worker 载入同样的文件（SIGHUP 或重新启动）：载入不同的，拒绝执行。
    """
    with runtime(home) as opened:
        if not dry_run:
            persons.require(opened, Right.OPERATE, None)
        company = concord.look(opened) if dry_run else concord.require_loaded(opened)
        if not (dry_run or yes or can_be_asked()):
            raise _refuse_unasked()
        with progress() as bar:
            foreseen = edits.preview(opened, _advance(bar, "试评定", opened))
        if not as_json or not (dry_run or yes):
            names = read_names(opened.reader.registry, opened.reader.routes, opened.reader.law)
            screen(stderr=as_json).print(show_preview(foreseen, company, names))
        if dry_run:
            _tell_effect(foreseen, foreseen.effect, applied=False, as_json=as_json)
            return
        if not yes:
            typer.confirm("是否执行？", abort=True, err=True)
        concord.require_loaded(opened)  # a person may have thought for long
        with progress() as bar:
            done = edits.apply(opened, _advance(bar, "重新评定", opened))
        persons.log(opened, Deed("routing apply"))
    _tell_effect(foreseen, done, applied=True, as_json=as_json)


def can_be_asked() -> bool:
    """Tell whether somebody sits at a terminal."""
    return sys.stdin.isatty()


def _advance(bar: Progress, label: str, opened: Runtime) -> Callable[[int], None]:
    return partial(bar.advance, bar.add_task(label, total=edits.count(opened)))


def _refuse_unasked() -> PermanentError:
    error = PermanentError("nobody can be asked here: look with --dry-run first, then say --yes")
    error.add_note("没有执行：这里无法询问。请先用 --dry-run 查看将有的变化，再加 --yes 执行。")
    return error


def _tell_effect(foreseen: Preview, done: Effect, *, applied: bool, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done) | {"applied": applied, "agencies": foreseen.agencies, "feeds": foreseen.feeds})
    else:
        screen().print(show_effect(done, applied=applied))


def _show(explanation: Explanation) -> RenderableType:
    table = new_table("", "事项", "结果 / 依据", whole={"事项"})
    for step in explanation.steps:
        what = coloured(step.what.word, step.what).append_text(plain(f" {step.what}", QUIET))
        table.add_row(what, stack(step.told, step.why) if step.why else plain(step.told))
    return Group(plain(f"试运行（dry run）：报文 {explanation.message}", "bold"), table)
