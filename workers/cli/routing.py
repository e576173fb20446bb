"""`xinglin routing`: check the routes, ask what a message would cause, apply what was edited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType

from credit.routing.routes import find_unconfirmed
from credit.routing.users import Unproven, find_unproven, permit
from schemas.errors import PermanentError
from workers import settings
from workers.broker.link import parameters
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.cli.ingest import progress
from workers.decisions import edits
from workers.explain import Explanation, explain
from workers.postings import read_file
from workers.runtime import SHANGHAI, load_reader, wall_clock
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
    if found.unproven.open:
        queues = "、".join(found.unproven.open)
        screen().print(plain(f"! 不要求 user-id 或签名，任何用户都可冒名发送：{queues}。", WAITING))
    if found.unproven.mute:
        senders = "\n  ".join(found.unproven.mute)
        screen().print(plain(f"! 在 users 中没有登记用户，所发报文都将挂起：\n  {senders}", WAITING))
    if found.unconfirmed:
        lines = [f"{clause}（{sure.word}）" for clause, sure in loaded.law.unconfirmed().items()]
        measures = "、".join(found.unconfirmed_measures) or "无"
        head = f"! {len(lines)} 条规定未经主管部门确认，其中使用中的惩戒措施：{measures}。"
        screen().print(plain("\n  ".join([f"{head}核对后在 policies/confirmed.yaml 中确认。", *lines]), WAITING))


@app.command("users")
def show_users(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="路由文件。", show_default="正在使用的文件")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """列出为 broker 各用户授权的 rabbitmqctl 命令：只能以登记的来源发送，只能读取自己的队列。"""
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


@app.command("apply")
def apply(home: Home = None, as_json: AsJson = False) -> None:
    """按现行法规和路由对在档记录逐件重新评定，通知和报送随之更新。

    可随时中断，重复执行。请先重启各 worker：它们沿用启动时读入的文件。
    """
    with runtime(home) as opened, progress() as bar:
        task = bar.add_task("重新评定", total=edits.count(opened))
        done = edits.apply(opened, lambda n: bar.advance(task, n))
    if as_json:
        print_json(done)
        return
    text = (
        f"✓ 已重新评定信用记录 {done.records:,} 条，其中 {done.changed:,} 条有变化\n"
        f"联合惩戒通知：发出 {done.issued:,} 件，解除 {done.lifted:,} 件；报送操作 {done.feed_operations:,} 项"
    )
    screen().print(plain(text, GOOD))


def _show(explanation: Explanation) -> RenderableType:
    table = new_table("", "事项", "结果 / 依据", whole={"事项"})
    for step in explanation.steps:
        what = coloured(step.what.word, step.what).append_text(plain(f" {step.what}", QUIET))
        table.add_row(what, stack(step.told, step.why) if step.why else plain(step.told))
    return Group(plain(f"试运行（dry run）：报文 {explanation.message}", "bold"), table)
