"""`xinglin feed`: the rows at Credit China and other feeds."""

from __future__ import annotations

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.feeds import find_entries, summarise
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.show.feeds import show_feeds


def feed(home: Home = None, as_json: AsJson = False) -> None:
    """列出向“信用中国”等平台报送的数据行、平台反馈和逾期情况。"""
    with looking(home) as opened:
        with reading(opened.engine) as connection:
            entries = find_entries(connection, opened.view(MASKED))
        names = opened.names()
    summaries = summarise(entries)
    if as_json:
        print_json({"feeds": summaries, "rows": entries})
    else:
        screen().print(show_feeds(entries, summaries, names))
