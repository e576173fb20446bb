"""`xinglin list`: who is on a list of a regime, since when and why."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.store.engine import reading
from credit.store.queries.assessment import find_listed
from credit.store.queries.page import Part
from schemas.states import EntryState
from workers import settings
from workers.cli.assess import A_PAGE, After, Limit, tell_more
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.cli.explain import find_regime
from workers.decisions import persons
from workers.show.standings import find_list, show_list

RegimeCode = Annotated[
    str, typer.Argument(metavar="REGIME", help="评价制度的代码，即 policies/regimes 下的文件夹名。", show_default=False)
]
ListName = Annotated[
    str, typer.Argument(metavar="LIST", help="名单的代码，见该制度的 lists.yaml。", show_default=False)
]
Left = Annotated[bool, typer.Option("--left", help="列出已移出的，而不是在列的和待告知的。")]


def list_(
    regime: RegimeCode,
    name: ListName,
    left: Left = False,
    limit: Limit = A_PAGE,
    after: After = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """列出一份名单：谁在列、从何时起、因何列入；或已移出的。"""
    by = find_regime(settings.read().policies, regime)
    editions = by.lists.editions if by.lists is not None else ()
    chosen = choose("LIST", name, dict.fromkeys(each.id for edition in editions for each in edition.lists))
    each = find_list(by, chosen or name)
    assert each is not None
    states = [EntryState.LEFT] if left else [EntryState.LISTED, EntryState.PREPARED]
    with looking(home) as opened:
        watcher = persons.watch(opened, "list")
        with reading(opened.engine) as connection:
            found = find_listed(connection, watcher.view, by.code, each.id, Part(after, limit), states)
        watcher.show(row.row.subject_id for row in found)
    if as_json:
        print_json(found)
    else:
        screen().print(show_list(found, by, each))
    if len({row.row.subject_id for row in found}) == limit:
        tell_more(found[-1].row.subject_id)
