"""`xinglin files`: the tables that were handed in, and what became of their rows."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.files import find_files, read_file, stream_outcomes
from credit.store.queries.page import Part
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.files.verdicts.summary import MENDED
from workers.runtime import wall_clock
from workers.show.files import show_file, show_files

_A_PAGE = 20
_A_SCREEN = 200

Which = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="表格的编号（可只写前几位）或名称；省略则列出。", show_default=False),
]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="最多列出多少个。")]


def files(which: Which = None, limit: Limit = _A_PAGE, home: Home = None, as_json: AsJson = False) -> None:
    """列出提交的表格和办理结果；指定一个，则列出其中需要处理的行。"""
    with looking(home) as opened, reading(opened.engine) as connection:
        if which is None:
            listed = find_files(connection, opened.view(MASKED), Part(limit=limit))
            if as_json:
                print_json(listed)
            else:
                screen().print(show_files(listed, wall_clock()))
            return
        found = read_file(connection, MASKED, which)
        rows = (row for row in stream_outcomes(connection, found.row.file_id) if row.state in MENDED)
        if as_json:
            print_json({"file": found, "rows": list(rows)})
        else:
            screen().print(show_file(found, wall_clock(), islice(rows, _A_SCREEN), opened.registry.templates()))
