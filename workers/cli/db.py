"""`xinglin db`: the archive's tables."""

from __future__ import annotations

import typer

from credit.store import engine as store_engine
from credit.store import migrate
from workers import keyfile, settings
from workers.cli.common import AsJson, Home, print_json, tell
from workers.show.style import GOOD

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
        version = migrate.upgrade(engine, keyring)
    finally:
        engine.dispose()
    if as_json:
        print_json({"version": version})
    else:
        tell(f"✓ 数据表已是版本 {version}。", GOOD)
