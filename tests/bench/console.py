"""How long pages of the console take on an archive that holds much: `python -m tests.bench.console`.

Time is that of the server: from the request in the process to the page in it, without a network. Every screen is asked
for as somebody who sees all records, as one who sees none that is sealed, as one who sees one organ with a part of the
records, and as one whose organ has few: these are the ones to whom the first rows of a list mostly are not shown.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from statistics import median
from time import perf_counter
from typing import NamedTuple

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from credit.access.account import Holder
from schemas.rights import Right
from schemas.work import WorkKind
from tests.bench.filled import MODEL, SMALL, SMALLEST, fill
from tests.bench.place import Round, open_place
from workers import logs
from workers.console.app import Console
from workers.console.groups import SCREENS

RECORDS = 1_000_000
FIRST_MS, LIST_MS = 200, 300
"""What the first page and 95 of 100 pages of a list may take."""
TIMES = 40
FIRST = "first page"
SUMS = frozenset({"ledger", "years", "duties: by unit"})
"""The screens that are no lists: each adds a whole table up, and has no target."""
_ALL = frozenset(Right)
WATCHERS = {
    "all organs": Holder("bench", "测", _ALL, None),
    "nothing sealed": Holder("bench", "测", _ALL - {Right.SEALED}, None),
    "one organ": Holder("bench", "测", _ALL, frozenset({SMALL})),
    "a small organ": Holder("bench", "测", _ALL, frozenset({SMALLEST})),
}
"""Who asks."""


Asked = tuple[str, Callable[[int], str]]
"""What is asked for: the name of a screen, and its address the so-and-so-manieth time."""


class _Gate:
    """Lets everybody in as one holder."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    def find_holder(self, _: Request) -> Holder:
        return self._holder

    def routes(self) -> Sequence[BaseRoute]:
        return ()


def _paths(kept: Round, records: int, holder: Holder) -> Iterator[Asked]:
    """Yield what is asked for; the addresses are spread over what the holder sees of the archive."""
    chance = Random(records)
    organs = list(holder.organs or ())
    mine = "organ_code = ANY(%s)" if organs else "%s::text[] IS NOT NULL"
    with kept.connect() as connection:
        keys, numbers = (
            [str(found) for (found,) in connection.execute(
                f"SELECT {key} FROM {table} WHERE {key} <> %s AND {mine} ORDER BY random() LIMIT 500", (MODEL, organs)
            )]
            for table, key in (("record", "subject_id"), ("notice", "notice_no"))
        )  # fmt: skip

    def key() -> str:
        return chance.choice(keys)

    def number() -> str:
        return chance.choice(numbers)

    yield FIRST, lambda _: "/"
    for kind in WorkKind:
        if kind is WorkKind.DISPUTED and holder.organs is not None:
            continue  # it waits for those who decide for all organs
        yield f"work: {kind.value}", partial("/work/{0.value}".format, kind)
    yield "subject", lambda _: f"/subjects/{key()}"
    yield "timeline", lambda _: f"/subjects/{key()}/timeline"
    yield "notices", lambda time: "/notices" if time % 2 else f"/notices?after={number()}"
    yield "notices: overdue", lambda _: "/notices?state=overdue"
    yield "notices: executed", lambda _: f"/notices?state=executed&after={number()}"
    yield "notice", lambda _: f"/notices/{number()}"
    yield "closure", lambda _: "/closure"
    yield "feeds", lambda time: f"/feeds?after={_row(chance) if time else ''}"
    yield "feeds: of none", lambda _: "/feeds?feed=none"
    yield "feeds: held", lambda _: "/feeds?state=held"
    yield "feeds: refused", lambda _: "/feeds?state=refused"
    yield "feeds: work list", lambda _: "/feeds/work"
    yield from _graded(key, kept.runtime.rules().at.today.year)
    yield from _of_the_house(chance, key, records)
    if holder.organs is None:  # who decides for some organs alone is refused
        yield "disputes", lambda _: "/disputes"
        yield "identity", lambda _: "/identity"
    yield "acts without record", lambda _: "/acts"
    yield "search: name", lambda _: f"/search?q=医院{chance.randrange(100, 1000)}"
    yield "search: many", lambda _: "/search?q=医院"
    yield "search: number", lambda _: f"/search?q=舞卫医罚〔2026〕{chance.randrange(records)}号"
    yield "search: nothing", lambda _: "/search?q=没有这样的名称"


def _graded(key: Callable[[], str], year: int) -> Iterator[Asked]:
    yield "grades", lambda time: f"/grades?after={key() if time else ''}"
    yield "grades: rare", lambda _: "/grades?grade=D"
    yield "grades: official", lambda _: f"/grades?kind=official&year={year - 1}&after={key()}"
    yield "lists", lambda _: "/lists"
    yield "reviews", lambda _: "/reviews"
    yield "duties", lambda _: "/duties"
    yield "duties: done", lambda _: "/duties?state=done"
    yield "duties: by unit", lambda _: "/duties/units"
    yield "draws", lambda _: "/draws"
    yield "plan", lambda _: "/plan"


def _of_the_house(chance: Random, key: Callable[[], str], records: int) -> Iterator[Asked]:
    yield "parked", lambda _: "/parked"
    yield "parked: list", lambda time: f"/parked/list?all=yes&after=[{chance.randrange(records // 50) if time else 0}]"
    yield "files", lambda _: "/files"
    yield "alerts", lambda _: "/alerts?all=yes"
    yield "sources", lambda _: "/sources"
    yield "years", lambda _: "/assess"
    yield "log", lambda time: f"/log?after={chance.randrange(records) if time else ''}"
    yield "log: an account", lambda _: f"/log?account=a{chance.randrange(300)}"
    yield "log: a subject", lambda _: f"/log?about={key()}"
    yield "log: rare", lambda _: "/log?what=grant"
    yield "accounts", lambda _: "/accounts"
    yield "proposals", lambda _: "/proposals"
    yield "proposals: all", lambda _: "/proposals?all=yes"
    yield "ledger", lambda _: "/ledger"


def _row(chance: Random) -> str:
    return f"{chance.getrandbits(128):032x}"


class Took(NamedTuple):
    """How long a screen took whom: half of the times at most `p50_ms`, 95 of 100 at most `p95_ms`."""

    whose: str
    screen: str
    p50_ms: float
    p95_ms: float

    @property
    def is_late(self) -> bool:
        """Whether 95 of 100 took longer than they may."""
        return self.screen not in SUMS and self.p95_ms > (FIRST_MS if self.screen == FIRST else LIST_MS)


def measure(kept: Round, records: int, times: int) -> Iterator[Took]:
    """Yield how long each screen takes everybody, asked for so many times."""
    for whose, holder in WATCHERS.items():
        app = Console(kept.runtime, _Gate(holder), SCREENS).app(["testserver"])
        client = TestClient(app, follow_redirects=False)
        for name, address in _paths(kept, records, holder):
            took = sorted(_ask(client, address(time)) for time in range(times))
            yield Took(whose, name, round(median(took), 1), round(took[math.ceil(times * 0.95) - 1], 1))


def _ask(client: TestClient, path: str) -> float:
    begin = perf_counter()
    answer = client.get(path)
    took = (perf_counter() - begin) * 1000
    assert answer.status_code in {200, 303}, (path, answer.text)
    return took


def main() -> None:
    """Run from the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.console", description=__doc__)
    options.add_argument("--records", type=int, default=RECORDS)
    chosen = options.parse_args()
    logs.configure(logging.CRITICAL)
    with open_place() as place, place.round() as kept:
        begin = perf_counter()
        fill(kept, chosen.records)
        sys.stdout.write(f"{chosen.records:,} records filled in {perf_counter() - begin:.0f} s\n")
        for each in measure(kept, chosen.records, TIMES):
            mark = "  late" if each.is_late else ""
            times = f"p50 {each.p50_ms:>8} ms  p95 {each.p95_ms:>8} ms"
            sys.stdout.write(f"{each.whose:>14}  {each.screen:<20} {times}{mark}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
