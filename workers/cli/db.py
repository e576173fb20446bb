"""`xinglin db`: the archive's tables."""

from __future__ import annotations

import typer

from credit.store import engine as store_engine
from credit.store import migrate
from workers import settings
from workers.cli.common import AsJson, Home, print_json, screen

app = typer.Typer(help="Look after the archive's tables.", no_args_is_help=True)


@app.callback()
def database() -> None:
    """Look after the archive's tables."""


@app.command("upgrade")
def upgrade(home: Home = None, as_json: AsJson = False) -> None:
    """Bring the tables to the version this program knows; may be repeated."""
    chosen = settings.read(home=home)
    if not chosen.servers:
        chosen.home.mkdir(parents=True, exist_ok=True)
    engine = store_engine.connect(chosen.database_url)
    try:
        version = migrate.upgrade(engine)
    finally:
        engine.dispose()
    if as_json:
        print_json({"version": version})
    else:
        screen().print(f"The archive's tables are at [bold]{version}[/].")
