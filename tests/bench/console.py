"""How long pages of the console take on an archive that holds much: `python -m tests.bench.console`.

The archive is filled by the database itself, from one row of each table. What is open is little, as in a house that
does its work: one notice in a hundred is overdue, one row in a thousand held or refused. Time is that of the server:
from the request in the process to the page in it, without a network.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from statistics import median
from time import perf_counter

from psycopg import Connection
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.grading.rows import EntryRow, GradeRow, OfficialRow, ReviewRow
from credit.store import bulk, tables
from credit.store.engine import writing
from schemas.rights import Right
from schemas.states import EntryState
from tests.bench.place import Round, open_place
from tests.contract import archives as rows
from tests.contract.archives import NOON, ORGAN
from workers import logs
from workers.console.app import Console
from workers.console.groups import SCREENS

RECORDS, EACH = 1_000_000, 10
FIRST_MS, LIST_MS = 200, 300
"""What the first page and 95 of 100 pages of a list may take."""
_TIMES = 40
_MODEL = "model"

_SUBJECT = "'P' || left(md5('subject' || {n}), 31)"
_RECORD = "md5('record' || {n})"


@dataclass(frozen=True, slots=True)
class Filling:
    """Rows of a table, numbered `n` from 0: how many for each thousand records, and which columns differ by `n`."""

    table: str
    per_thousand: float
    columns: Mapping[str, str]


def _of_subjects(n: str = "n") -> str:
    return _SUBJECT.format(n=n)


_OWNER = _of_subjects(f"(n / {EACH})")
_FILLINGS = (
    Filling("subject", 1000 / EACH, {"subject_id": _of_subjects(), "name": "'医院' || n", "name_key": "'医院' || n"}),
    Filling(
        "record",
        1000,
        {
            "record_id": _RECORD.format(n="n"),
            "subject_id": _OWNER,
            "document_no": "'舞卫医罚〔2026〕' || n || '号'",
            "stated_by": "'/bench ' || n",
            "organ_code": f"CASE WHEN n % 20 = 0 THEN '11410400005451234X' ELSE '{ORGAN}' END",
            "occurred_on": "model.occurred_on - (n % 900)::int",
            "changes_on": "NULL",
        },
    ),
    Filling("message", 1000, {"message_key": "'/bench ' || n", "record_id": _RECORD.format(n="n")}),
    Filling(
        "notice",
        300,
        {
            "notice_no": "'XL' || upper(left(md5('notice' || n), 16)) || '-1'",
            "record_id": _RECORD.format(n="n"),
            "subject_id": _OWNER,
            "issued_at": "model.issued_at - n * interval '1 minute'",
            "answered": "n % 100 <> 0",
            "reply_state": "CASE WHEN n % 100 <> 0 THEN 'executed' END",
            "lifted_at": "CASE WHEN n % 100 = 1 THEN model.issued_at END",
            "lift_cause": "CASE WHEN n % 100 = 1 THEN 'repaired' END",
            "lift_reply_by": "CASE WHEN n % 100 = 1 THEN model.reply_by END",
        },
    ),
    Filling(
        "feed_row",
        1000,
        {
            "row_id": "md5('row' || n)",
            "record_id": _RECORD.format(n="n"),
            "held": "CASE WHEN n % 1000 = 0 THEN '[\"missing:CF_NR\"]' END",
            "result_code": "CASE WHEN n % 1000 = 0 THEN NULL WHEN n % 1000 = 1 THEN '2001' ELSE '0000' END",
            "result_at": "CASE WHEN n % 1000 = 0 THEN NULL ELSE model.changed_at END",
        },
    ),
    Filling(
        "act", 2, {"record_id": "md5('act' || n)", "target_id": _RECORD.format(n="n"), "document_no": "'修复' || n"}
    ),
    Filling(
        "grade", 1000 / EACH, {"subject_id": _of_subjects(), "grade": "CASE WHEN n % 500 = 0 THEN 'D' ELSE 'A' END"}
    ),
    Filling(
        "official", 1000 / EACH, {"subject_id": _of_subjects(), "grade": "CASE WHEN n % 500 = 0 THEN 'D' ELSE 'A' END"}
    ),
    Filling("list_entry", 5, {"subject_id": _of_subjects()}),
    Filling("review", 0.5, {"subject_id": _of_subjects()}),
    Filling(
        "duty",
        200,
        {
            "about": _RECORD.format(n="n"),
            "subject_id": _OWNER,
            "done_on": "CASE WHEN n % 50 = 0 THEN NULL ELSE model.due_on END",
            "due_on": "model.due_on - (n % 300)::int",
        },
    ),
)


def fill(kept: Round, records: int) -> None:
    """Fill an empty archive with so many records, and what hangs on them."""
    regime = next(iter(kept.runtime.reader.regimes.values()))
    year = kept.runtime.rules().at.today.year
    edition = regime.edition(year)
    assert edition is not None
    scale = edition.scales[0].id
    _write_models(kept, regime.code, scale, year)
    with kept.connect() as connection:
        connection.execute("SET synchronous_commit = off")
        for each in _FILLINGS:
            _multiply(connection, each, records)
        connection.execute("ANALYZE")


def _write_models(kept: Round, regime: str, scale: str, year: int) -> None:
    """Write one row of each table; they are of nobody, and stay."""
    day = kept.runtime.rules().at.today
    late = day - timedelta(days=1)
    grade = GradeRow(regime, scale, year, _MODEL, day, "90", "A", "[]", hidden=False, licensed_on=None, records=1,
                     as_of=day, changed_at=NOON)  # fmt: skip
    listed = next(iter(kept.runtime.reader.regimes.values())).lists
    name = listed.editions[-1].lists[0].id if listed is not None else "black"
    entry = EntryRow(regime, name, "black", 0, _MODEL, "rule", None, day, None, EntryState.LISTED.value, "[]", None,
                     day, NOON)  # fmt: skip
    decided = OfficialRow(regime, scale, year - 1, _MODEL, 1, day, "90", "A", None, "[]", "close", day, NOON)
    fall = ReviewRow(regime, scale, year, _MODEL, "A", "B", day, late, "open", "[]")
    models: Sequence[tuple[object, bulk.Row]] = (
        (tables.subject, rows.organisation(_MODEL, kept.runtime.keyring)),
        (tables.record, rows.record(_MODEL, _MODEL)),
        (tables.message, rows.message(_MODEL, record_id=_MODEL)),
        (tables.notice, rows.notice(_MODEL, _MODEL, _MODEL, reply_by=late)),
        (tables.feed_row, rows.feed_row(_MODEL, _MODEL)),
        (tables.act, rows.act(_MODEL, _MODEL, "repair", "applied")),
        (tables.grade, grade),
        (tables.official, decided),
        (tables.list_entry, entry),
        (tables.review, fall),
        (tables.duty, rows.duty(regime=regime, about=_MODEL, period="", due_on=late)),
    )
    with writing(kept.runtime.engine) as connection:
        for table, row in models:
            bulk.insert(connection, table, [row])  # type: ignore[arg-type]


def _multiply(connection: Connection[object], filling: Filling, records: int) -> None:
    columns = [column.name for column in tables.metadata.tables[filling.table].columns]
    values = ", ".join(filling.columns.get(name, f"model.{name}") for name in columns)
    count = int(records * filling.per_thousand / 1000)
    connection.execute(
        f"INSERT INTO {filling.table} ({', '.join(columns)}) SELECT {values} "
        f"FROM generate_series(0, {count - 1}) AS n, (SELECT * FROM {filling.table} LIMIT 1) AS model"
    )


class _Gate:
    """Lets everybody in as somebody with all rights, of all organs or of one."""

    def __init__(self, organs: frozenset[str] | None) -> None:
        self._holder = Holder("bench", "测", frozenset(Right), organs)

    def find_holder(self, _: Request) -> Holder:
        return self._holder

    def routes(self) -> Sequence[BaseRoute]:
        return ()


def _paths(kept: Round, records: int) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Yield what is asked for: a name, and the address of the so-and-so-manieth time, spread over the archive."""
    chance = Random(records)
    with kept.connect() as connection:
        keys = [str(row[0]) for row in connection.execute(
            "SELECT subject_id FROM subject WHERE subject_id <> 'model' ORDER BY random() LIMIT 500")]  # fmt: skip
        numbers = [str(row[0]) for row in connection.execute(
            "SELECT notice_no FROM notice WHERE notice_no <> 'model' ORDER BY random() LIMIT 500")]  # fmt: skip

    def key() -> str:
        return chance.choice(keys)

    def number() -> str:
        return chance.choice(numbers)

    year = kept.runtime.rules().at.today.year
    yield "first page", lambda _: "/"
    yield "work: replies", lambda _: "/work/replies"
    yield "work: held rows", lambda _: "/work/held"
    yield "subject", lambda _: f"/subjects/{key()}"
    yield "timeline", lambda _: f"/subjects/{key()}/timeline"
    yield "notices", lambda time: "/notices" if time % 2 else f"/notices?after={number()}"
    yield "notices: overdue", lambda _: "/notices?state=overdue"
    yield "notices: executed", lambda _: f"/notices?state=executed&after={number()}"
    yield "notice", lambda _: f"/notices/{number()}"
    yield "closure", lambda _: "/closure"
    yield "feeds", lambda time: f"/feeds?after={_row(chance) if time else ''}"
    yield "feeds: held", lambda _: "/feeds?state=held"
    yield "feeds: refused", lambda _: "/feeds?state=refused"
    yield "feeds: work list", lambda _: "/feeds/work"
    yield "grades", lambda time: f"/grades?after={key() if time else ''}"
    yield "grades: rare", lambda _: "/grades?grade=D"
    yield "grades: official", lambda _: f"/grades?kind=official&year={year - 1}&after={key()}"
    yield "lists", lambda _: "/lists"
    yield "reviews", lambda _: "/reviews"
    yield "duties", lambda _: "/duties"
    yield "duties: done", lambda _: "/duties?state=done"
    yield "search: name", lambda _: f"/search?q=医院{chance.randrange(100, 1000)}"
    yield "search: number", lambda _: f"/search?q=舞卫医罚〔2026〕{chance.randrange(records)}号"
    yield "search: nothing", lambda _: "/search?q=没有这样的名称"


def _row(chance: Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def measure(kept: Round, records: int, organs: frozenset[str] | None = None) -> dict[str, tuple[float, float]]:
    """Return by name the median and the 95th of 100 of the time that each page takes, in milliseconds."""
    app = Console(kept.runtime, _Gate(organs), SCREENS).app(["testserver"])
    client = TestClient(app, follow_redirects=False)
    found = {}
    for name, address in _paths(kept, records):
        times = []
        for time in range(_TIMES):
            begin = perf_counter()
            answer = client.get(address(time))
            times.append((perf_counter() - begin) * 1000)
            assert answer.status_code in {200, 303, 404 if organs is not None else 200}, (name, answer.text)
        found[name] = (round(median(times), 1), round(sorted(times)[int(len(times) * 0.95) - 1], 1))
    return found


def main() -> None:
    """Run from the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.console", description=__doc__)
    options.add_argument("--records", type=int, default=RECORDS)
    chosen = options.parse_args()
    logs.configure(logging.CRITICAL)
    with open_place() as place, place.round() as kept:
        begin = perf_counter()
        fill(kept, chosen.records)
        print(json.dumps({"filled_seconds": round(perf_counter() - begin)}))  # noqa: T201 - what it is run for
        for whose, organs in (("all", None), ("one organ", frozenset({"11410400005451234X"}))):
            found = measure(kept, chosen.records, organs)
            for name, (half, most) in found.items():
                target = FIRST_MS if name == "first page" else LIST_MS
                mark = "" if most <= target else f"  over {target}"
                print(f"{whose:>10}  {name:<20} p50 {half:>8} ms  p95 {most:>8} ms{mark}")  # noqa: T201 - the same


if __name__ == "__main__":
    main()
