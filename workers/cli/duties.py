"""`xinglin duties`: what units have to do by when, what shows that it was done, and what was missed."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.store.engine import reading
from credit.store.queries.duties import TO_DO, Filter, read_duties, read_transfers, tally
from credit.store.queries.page import WHOLE
from credit.store.queries.work import Item, find_work
from schemas.states import DutyState
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.decisions import persons
from workers.show.answers import KINDS, find_due, show_answers
from workers.show.duties import find_units, show_duties
from workers.show.names import read_names

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

    并列涉嫌犯罪案件的移送比例，以及待答复的投诉、异议和信用修复。
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
            answers = [each for kind in KINDS for each in find_work(connection, watcher.view, kind, WHOLE)]
        watcher.show((*(each.row.subject_id for each in found), *(each.subject_id for each in answers)))
        names = read_names(opened.reader.registry, opened.reader.routes, opened.reader.law)
    if as_json:
        waiting = [_plain(each) | {"due_on": find_due(each, names)} for each in answers]
        print_json({"tally": tallies, "duties": found, "transfers": transfers, "answers": waiting})
    else:
        shown = show_duties(found, tallies, transfers, rules.regimes)
        screen().print(shown, show_answers(answers, names, watcher.view.today), sep="\n")


def _plain(item: Item) -> dict[str, object]:
    """Return what there is to say of a step that waits; where its page goes on is nobody's to read."""
    return {name: value for name, value in item._asdict().items() if name != "after"}
