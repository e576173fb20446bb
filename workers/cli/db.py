"""`xinglin db`: the archive's tables."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.store import engine as store_engine
from credit.store import roll
from credit.store.showing import place
from schemas.errors import ConfigurationError
from workers import footing, keyfile, settings
from workers.cli.common import AsJson, Home, print_json, runtime, screen, tell, tell_footing
from workers.runtime import upgrade as bring_up
from workers.runtime import wall_clock
from workers.show.style import GOOD, moment

app = typer.Typer(help="维护档案的数据表。", no_args_is_help=True)


@app.callback()
def database() -> None:
    """维护档案的数据表。"""


@app.command("upgrade")
def upgrade(home: Home = None, as_json: AsJson = False) -> None:
    """将数据表升级到本程序的版本，可重复执行。"""
    chosen = settings.read(home=home)
    if not chosen.servers:
        chosen.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring = keyfile.load(chosen.home, chosen.environ, servers=chosen.servers)
    engine = store_engine.connect(chosen.database_url)
    try:
        version = bring_up(chosen, engine, keyring)
    finally:
        engine.dispose()
    if as_json:
        print_json({"version": version})
    else:
        tell(f"✓ 数据表已是版本 {version}。", GOOD)


@app.command("clock")
def clock(
    home: Home = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="确认本机时钟现在正确。")] = False,
    as_json: AsJson = False,
) -> None:
    """比较本机时钟与档案最近一次有 worker 工作的时间；单机时钟更正后，用 --confirm 确认。"""
    chosen = settings.read(home=home)
    footing.require(chosen)
    tell_footing(chosen)
    engine = store_engine.connect(chosen.database_url)
    try:
        now = wall_clock()
        with store_engine.writing(engine) as connection:
            if busy := roll.at_work(connection, now):
                raise ConfigurationError(f"{len(busy)} workers are at work: stop them first, see `xinglin workers`")
            if confirm:
                roll.set_time(connection, now)
            latest = next((row.heard_at for row in roll.read(connection)), None)
    finally:
        engine.dispose()
    if as_json:
        print_json({"now": now, "latest": latest, "confirmed": confirm})
    else:
        tell(f"本机时间 {moment(now)}；最近一次有 worker 工作：{moment(latest) if latest else '无'}。")
        if confirm:
            tell("✓ 已确认本机时钟正确。", GOOD)


@app.command("republish")
def republish(home: Home = None, as_json: AsJson = False) -> None:
    """从档案重新生成公示数据，可重复执行。

    二维码不变，尚未处理的投诉保留。
    """
    with runtime(home) as opened:
        publisher = opened.publisher()
        try:
            subjects = publisher.start_again()
            publisher.publish_all()
        finally:
            publisher.close()
    if as_json:
        print_json({"subjects": subjects})
    else:
        tell(f"✓ 已重新生成公示数据（{subjects} 个主体）。", GOOD)


@app.command("grants")
def grants(
    user: Annotated[str, typer.Argument(metavar="用户", help="公示网页所用的数据库用户。", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """打印授权语句：该数据库用户只能读公示数据，只能向收件箱和领取登记添加。"""
    statements = [f"{statement};" for statement in place.grants(user)]
    if as_json:
        print_json(statements)
    else:
        screen().print("\n".join(statements), soft_wrap=True, markup=False)
