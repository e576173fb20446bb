"""`xinglin notices` and `xinglin closure`: what agencies were told, and who has not ended what is over."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.store.engine import reading
from credit.store.queries import notices as queries
from credit.store.queries import subjects
from schemas.states import NoticeState
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.decisions import persons
from workers.show.notices import show_closure, show_notices

Agency = Annotated[str | None, typer.Option("--agency", help="只列出发给该部门（代码）的通知。", show_default=False)]
State = Annotated[
    str | None,
    typer.Option(
        "--state",
        help=" ".join(("只列出处于该状态的通知：", *(f"{state}（{state.word}）" for state in NoticeState))),
        show_default=False,
    ),
]
Subject = Annotated[
    str | None, typer.Option("--subject", help="只列出该信用主体的通知，可用其任一代码或号码。", show_default=False)
]


def notices(
    agency: Agency = None, state: State = None, subject: Subject = None, home: Home = None, as_json: AsJson = False
) -> None:
    """列出联合惩戒通知及其办理状态。"""
    chosen = choose("--state", state, NoticeState)
    with looking(home) as opened:
        watcher, names = persons.watch(opened, "notices"), opened.names()
        with reading(opened.engine) as connection:
            choose("--agency", agency, names.agencies.keys() | queries.find_agencies(connection))
            members = subjects.find(connection, subject, opened.keyring).members if subject else None
            wanted = queries.Filter(agency, NoticeState(chosen) if chosen else None, members)
            found = queries.find_notices(connection, watcher.view, wanted)
        watcher.show(each.row.subject_id for each in found)
    if as_json:
        print_json(found)
    else:
        screen().print(show_notices(found, names))


def closure(home: Home = None, as_json: AsJson = False) -> None:
    """列出尚未确认解除的部门：可能仍按已失效的事实采取措施。"""
    with looking(home) as opened:
        watcher = persons.watch(opened, "closure")
        with reading(opened.engine) as connection:
            found = queries.find_unclosed(connection, watcher.view)
        watcher.show(each.row.subject_id for each in found)
        names = opened.names()
    if as_json:
        print_json(found)
    else:
        screen().print(show_closure(found, names))
