"""`xinglin verify`: everything that is kept is read again, and compared."""

from __future__ import annotations

from functools import partial

import typer

from credit.store import audit
from credit.store.engine import reading
from workers.cli.common import AsJson, Home, looking, print_json, screen
from workers.cli.ingest import progress
from workers.reading import restate
from workers.show.verify import show_misfits


def verify(home: Home = None, as_json: AsJson = False) -> None:
    """核查档案：重新打开所存的报文、号码和发件，逐项比对。

    有不符时逐条列出并说明如何处理，退出码为 1。档案大时需要较长时间，可在后台进程（worker）运行时进行。
    """
    with looking(home) as opened, reading(opened.engine) as connection, progress() as bar:
        rows = audit.count_rows(connection)
        task = bar.add_task("核查", total=rows)
        found = list(
            audit.audit(connection, opened.keyring, partial(restate, opened.registry), lambda n: bar.advance(task, n))
        )
    if as_json:
        print_json({"rows": rows, "misfits": found})
    else:
        screen().print(show_misfits(found, rows))
    if found:
        raise typer.Exit(1)
