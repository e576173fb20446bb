"""`xinglin feed`: the rows at Credit China and other feeds, and which of them somebody has to see to."""

from __future__ import annotations

import typer

from credit.store.engine import reading
from credit.store.queries.feeds import find_entries, find_tasks, summarise
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.decisions import persons
from workers.show.feeds import say_why, show_feeds, show_tasks

app = typer.Typer(invoke_without_command=True, help="列出向“信用中国”等平台报送的数据行、平台反馈和逾期情况。")


@app.callback()
def feed(asked: typer.Context, home: Home = None, as_json: AsJson = False) -> None:
    """列出向“信用中国”等平台报送的数据行、平台反馈和逾期情况。"""
    if asked.invoked_subcommand is not None:
        return
    with looking(home) as opened:
        watcher = persons.watch(opened, "feed")
        with reading(opened.engine) as connection:
            entries = find_entries(connection, watcher.view)
        watcher.show(each.subject_id for each in entries)
        names = opened.names()
    summaries = summarise(entries)
    if as_json:
        print_json({"feeds": summaries, "rows": entries})
    else:
        screen().print(show_feeds(entries, summaries, names))


@app.command("work")
def work(home: Home = None, as_json: AsJson = False) -> None:
    """列出待补正、被退回、逾期和临期的数据行，按期限排列，附原因和处理办法。"""
    with looking(home) as opened:
        law, watcher = opened.law, persons.watch(opened, "feed work")
        with reading(opened.engine) as connection:
            tasks = find_tasks(connection, watcher.view, law.calendar if law is not None else None)
        watcher.show(task.entry.subject_id for task in tasks)
        names = opened.names()
    if as_json:
        print_json({"tasks": [{"task": each, "hint": say_why(each.entry, names)} for each in tasks]})
    else:
        screen().print(show_tasks(tasks, names))
