"""`xinglin policy diff`: what another policy would change, before it is in force. Writes nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from credit.grading.lists import Found
from credit.store.engine import reading
from credit.store.queries.census import count_subjects
from credit.store.queries.what_if import compare_policies
from schemas.errors import PermanentError
from workers.cli.common import AsJson, Home, looking, print_json, runtime, screen
from workers.cli.explain import Year, find_regime
from workers.cli.ingest import progress
from workers.cli.routing import tell_changes
from workers.decisions import persons
from workers.runtime import load_reader
from workers.show.grades import show_what_if

Policies = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="政策文件夹，如 policies。", exists=True, file_okay=False)
]


RegimeOnly = Annotated[
    str | None,
    typer.Option("--regime", help="评价制度的代码； 不写则比较法规： 通知和报送有何变化。", show_default=False),
]


def diff(
    old: Policies,
    new: Policies,
    regime: RegimeOnly = None,
    year: Year = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """比较两套政策，不写入任何数据；有变化的，退出码为 1。

    写明 --regime 的：同一批主体、同一年度按旧政策和新政策各评一次，列出等级变化及原因；名单有改动的，
    列出当日谁会列入、谁会移出。
    不写的：按新法规将发出、更正、解除哪些通知，报送有何变化（旧法规须是正在使用的）。
    """
    if regime is None:
        _compare_laws(old, new, home, as_json=as_json)
        return
    before, after = find_regime(old, regime), find_regime(new, regime)
    with looking(home) as opened:
        watcher = persons.watch(opened, "policy diff")
        with reading(opened.engine) as connection, progress() as bar:
            tell = partial(bar.advance, bar.add_task("按两套政策评定", total=count_subjects(connection)))
            at = Found(opened.today, opened.clock())
            viewer = watcher.view.viewer
            found = compare_policies(connection, before, after, year or at.day.year, at, viewer, tell)
        watcher.show(found.subjects)
    if as_json:
        print_json(found)
    else:
        screen().print(show_what_if(found, before, after))
    if found.moved or found.listed:
        raise typer.Exit(1)


def _compare_laws(old: Path, new: Path, home: Path | None, *, as_json: bool) -> None:
    with runtime(home) as opened:
        if not opened.settings.policies.samefile(old):
            error = PermanentError(f"{old} is not in use: the archive stands by {opened.settings.policies}")
            error.add_note(f"法规只能同正在使用的比较：在档记录是按 {opened.settings.policies} 评定的。")
            raise error
        tell_changes(
            replace(opened, reader=load_reader(replace(opened.settings, policies=new), opened.clock)), as_json=as_json
        )
