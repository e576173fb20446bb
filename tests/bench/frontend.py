"""Rows a second into and out of front-end databases: `python -m tests.bench.frontend [ROWS]`.

In: from the state new until the broker has confirmed the message and the row is marked, by one worker, with RabbitMQ
and the archive on PostgreSQL. Out: from a carrier's lots into the table.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from credit import vault
from tests.conftest import prepare_template
from tests.contract.test_frontend_outgoing import SAID, carried
from tests.fronts import TABLE, VARIABLE, Front, penalty, plan, templates, working
from tests.servers import MariaDB, Postgres, RabbitMQ
from workers import keyfile, settings
from workers.frontend.database import Database
from workers.frontend.outgoing import TableDestination
from workers.lots import LOT
from workers.runtime import Runtime, open_runtime

_ROWS = 10_000
_WARM = 1_000


def main() -> None:
    """Measure both kinds of database, and print a line for each way."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else _ROWS
    with _opened() as (runtime, servers):
        for server in servers:
            front = Front(server.create_database("front"))
            sys.stdout.write(f"{server.name}: in {_measure_in(runtime, front, rows):,.0f} rows/s\n")
            sys.stdout.write(f"{server.name}: out {_measure_out(runtime, front, rows):,.0f} rows/s\n")
            front.close()


def _measure_in(runtime: Runtime, front: Front, rows: int) -> float:
    with working(runtime, front) as frontend:
        front.fill(*map(penalty, range(_WARM)))
        frontend.step()
        front.fill(*map(penalty, range(_WARM, _WARM + rows)))
        begin = perf_counter()
        assert frontend.step() == rows
        return rows / (perf_counter() - begin)


def _measure_out(runtime: Runtime, front: Front, rows: int) -> float:
    said = plan({}, outgoing={TABLE: SAID})
    database = Database("county", said, {VARIABLE: front.url})
    destination = TableDestination(database, runtime.engine, templates(), runtime.clock)
    first = 10 * (_WARM + rows)
    lots = [[carried(first + at + each) for each in range(LOT)] for at in range(0, rows, LOT)]
    begin = perf_counter()
    for lot in lots:
        destination.deliver(lot)
    spent = perf_counter() - begin
    database.close()
    return rows / spent


@contextmanager
def _opened() -> Iterator[tuple[Runtime, tuple[Postgres, MariaDB]]]:
    postgres, mariadb, rabbitmq = Postgres(), MariaDB(), RabbitMQ()
    servers = (postgres, mariadb, rabbitmq)
    try:
        for server in servers:
            server.start()
        prepare_template(postgres.create_database("archive"))
        with tempfile.TemporaryDirectory() as folder:
            keys = Path(folder) / "keys.json"
            keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
            environ = {
                "XINGLIN_DATABASE_URL": postgres.url_of("archive"),
                "XINGLIN_BROKER_URL": rabbitmq.url,
                "XINGLIN_KEY_FILE": str(keys),
            }
            with open_runtime(settings.read(environ, home=Path(folder))) as runtime:
                yield runtime, (postgres, mariadb)
    finally:
        for server in servers:
            server.remove()


if __name__ == "__main__":
    main()
