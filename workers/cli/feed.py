"""`xinglin feed`: the rows at Credit China and other feeds."""

from __future__ import annotations

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.feeds import find_entries, summarise
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.show.feeds import show_feeds
from workers.show.names import read_names


def feed(home: Home = None, as_json: AsJson = False) -> None:
    """列出向“信用中国”等平台报送的数据行、平台反馈和逾期情况。"""
    with runtime(home) as opened:
        with reading(opened.engine) as connection:
            entries = find_entries(connection, opened.view(MASKED))
        names = read_names(opened.reader)
    summaries = summarise(entries)
    if as_json:
        print_json({"feeds": summaries, "rows": entries})
    else:
        screen().print(show_feeds(entries, summaries, names))
