"""Mistakes of routing.yaml about front-end databases: their tables, and the feeds that are delivered to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from credit.routing.tables import Templates, find_needed
from schemas.documents import Mistake, Place, suggest
from schemas.frontends import FrontendPlan, FrontendTable, IncomingTable
from schemas.routing import FeedPlan, Routing
from schemas.sheets import Template


def find_mistakes(routing: Routing, templates: Templates) -> Iterable[Mistake]:
    """Return what the tables of front-ends say wrong, and the feeds that are delivered to one."""
    filled = [each for each, plan in routing.frontends.items() if plan.outgoing]
    for feed, carried in routing.feeds.items():
        there = carried.deliver.table if carried.deliver is not None else None
        if there is not None and there.frontend not in filled:
            near = suggest(there.frontend, filled)
            yield ("feeds", feed, "deliver", "table", "frontend"), f"no front-end '{there.frontend}' has outgoing{near}"
        elif there is not None:
            yield from _unfilled_mistakes(feed, carried, routing.frontends[there.frontend], templates)
    known = templates() if routing.frontends else {}
    for name, plan in routing.frontends.items():
        place = ("frontends", name)
        for part, tables in (("tables", plan.tables), ("outgoing", plan.outgoing)):
            for named, said in tables.items():
                yield from _table_mistakes((*place, part, named), said, known)
        yield from _twice_mistakes(place, plan)


def _unfilled_mistakes(feed: str, plan: FeedPlan, frontend: FrontendPlan, templates: Templates) -> Iterable[Mistake]:
    """Return the templates without a table: a row that has none holds up all that come after it."""
    filled = {said.template for said in frontend.outgoing.values()}
    wanting: dict[str, list[str]] = {}
    for needed in find_needed(plan, templates):
        if needed.template not in filled:
            wanting.setdefault(needed.template, []).append(f"{needed.kind} of {needed.about}s")
    for template, rows in wanting.items():
        text = f"no table under outgoing is filled by {template} ({', '.join(rows)})"
        yield ("feeds", feed, "deliver", "table", "frontend"), f"{text}: add one, or leave the kind out of the feed"


def _table_mistakes(place: Place, table: FrontendTable, templates: Mapping[str, Template]) -> Iterable[Mistake]:
    template = templates.get(table.template)
    if template is None:
        yield (*place, "template"), f"unknown template '{table.template}'{suggest(table.template, templates)}"
        return
    codes = {column.code for column in template.columns}
    stated = table.stated if isinstance(table, IncomingTable) else {}
    named: list[Mistake] = [(("columns", code), code) for code in table.columns]
    named += [(("without", index), code) for index, code in enumerate(table.without)]
    named += [(("stated", code), code) for code in stated]
    for where, code in named:
        if code not in codes:
            yield (*place, *where), f"unknown column '{code}' of template {table.template}{suggest(code, codes)}"
    for index, code in enumerate(table.without):
        if code in table.columns:
            yield (*place, "without", index), f"'{code}' has a column under columns"
    if isinstance(table, IncomingTable):
        return
    filled = {table.columns.get(code, code) for code in codes - set(table.without)}
    for index, name in enumerate(table.key):
        if name not in filled:
            yield (*place, "key", index), f"'{name}' is no column that {table.template} fills{suggest(name, filled)}"


def _twice_mistakes(place: Place, plan: FrontendPlan) -> Iterable[Mistake]:
    """Return the tables that are read and filled, and templates that several tables are filled by."""
    for table in plan.outgoing:
        if table in plan.tables:
            yield (*place, "outgoing", table), "this table is under tables: what we fill would be read as others' rows"
    filled = Counter(said.template for said in plan.outgoing.values())
    for table, said in plan.outgoing.items():
        if filled[said.template] > 1:
            yield (*place, "outgoing", table, "template"), f"another table is filled by {said.template} too"
