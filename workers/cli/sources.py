"""`xinglin sources`: when each source of messages was last heard, its usual gap, and whether it is silent."""

from __future__ import annotations

from credit.store.engine import reading
from credit.store.queries.observation import observe
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.show.names import read_names
from workers.show.sources import show_sources


def sources(home: Home = None, as_json: AsJson = False) -> None:
    """列出各来源单位、部门和平台：最近来报、通常间隔、七日份数和状态。"""
    with runtime(home) as opened:
        rules = opened.rules()
        with reading(opened.engine) as connection:
            seen = observe(connection, rules.at, rules.law, rules.routes.sources).sources
        if as_json:
            print_json(seen)
            return
        names = read_names(opened.reader.registry, rules.routes, rules.law)
        screen().print(show_sources(seen, names))
