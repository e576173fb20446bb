"""`xinglin policy diff`: what another policy would change, before it is in force. Writes nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.census import count_subjects
from credit.store.queries.what_if import compare_policies
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.cli.explain import RegimeName, Year, find_regime
from workers.cli.ingest import progress
from workers.show.grades import show_what_if

Policies = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="政策文件夹，如 policies。", exists=True, file_okay=False)
]


def diff(
    old: Policies, new: Policies, regime: RegimeName, year: Year = None, home: Home = None, as_json: AsJson = False
) -> None:
    """比较两套政策：同一批主体、同一年度按旧政策和新政策各评一次，列出等级变化及原因；不写入任何数据。

    有等级变化的，以退出码 1 结束。法规和路由的修改用 xinglin routing apply --dry-run 查看。
    """
    before, after = find_regime(old, regime), find_regime(new, regime)
    with looking(home) as opened, reading(opened.engine) as connection, progress() as bar:
        tell = partial(bar.advance, bar.add_task("按两套政策评定", total=count_subjects(connection)))
        found = compare_policies(connection, before, after, year or opened.today.year, MASKED, tell)
    if as_json:
        print_json(found)
    else:
        screen().print(show_what_if(found, before, after))
    if found.moved:
        raise typer.Exit(1)
