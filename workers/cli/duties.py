"""`xinglin duties`: what units have to do by when, what shows that it was done, and what was missed."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.store.engine import reading
from credit.store.queries.duties import TO_DO, Filter, read_duties, read_transfers, tally
from schemas.states import DutyState
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.decisions import persons
from workers.show.duties import find_units, show_duties

Regime = Annotated[str | None, typer.Option("--regime", help="只列出一个评价制度的，填代码。", show_default="全部")]
Unit = Annotated[str | None, typer.Option("--unit", help="只列出一个单位的，填其在 duties.yaml 中的代码。")]
Chosen = Annotated[
    str | None,
    typer.Option("--state", help="只列出一种状态的：due、near、missed 或 done。", show_default="未完成的"),
]


def duties(
    regime: Regime = None, state: Chosen = None, unit: Unit = None, home: Home = None, as_json: AsJson = False
) -> None:
    """列出各单位的职责：期限、状态、由哪条记录办结。

    并列涉嫌犯罪案件的移送比例。
    """
    wanted = choose("--state", state, DutyState)
    with runtime(home) as opened:
        watcher, rules = persons.watch(opened, "duties"), opened.rules()
        units = {name for each in rules.regimes.values() for name in find_units(each)}
        chosen = Filter(
            choose("--regime", regime, rules.regimes),
            choose("--unit", unit, units),
            (DutyState(wanted),) if wanted else TO_DO,
        )
        with reading(opened.engine) as connection:
            found = read_duties(connection, watcher.view, chosen)
            tallies = tally(connection, watcher.view, chosen)
            transfers = read_transfers(connection, watcher.view)
        watcher.show(each.row.subject_id for each in found)
    if as_json:
        print_json({"tally": tallies, "duties": found, "transfers": transfers})
    else:
        screen().print(show_duties(found, tallies, transfers, rules.regimes))
