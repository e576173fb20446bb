"""How long pages of the console take on an archive that holds much: `python -m tests.bench.console`.

The archive is filled by the database itself, from one row of each table. What is open is little, as in a house that
does its work: one notice in a hundred is overdue, one row in a thousand held or refused. Time is that of the server:
from the request in the process to the page in it, without a network. Every screen is asked for as somebody who sees
all records, as one who sees none that is sealed, as one who sees one organ with a part of the records, and as one whose
organ has few: these are the ones to whom the first rows of a list mostly are not shown.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from statistics import median
from time import perf_counter
from typing import NamedTuple

from psycopg import Connection
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.grading.rows import EntryRow, GradeRow, OfficialRow, ReviewRow
from credit.record.rows import AlertRow, FileRow
from credit.store import bulk, tables
from credit.store.engine import writing
from schemas.rights import Right
from schemas.states import EntryState
from schemas.work import WorkKind
from tests.bench.place import Round, open_place
from tests.contract import archives as rows
from tests.contract.archives import NOON, ORGAN
from workers import logs
from workers.console.app import Console
from workers.console.groups import SCREENS

RECORDS, EACH = 1_000_000, 10
FIRST_MS, LIST_MS = 200, 300
"""What the first page and 95 of 100 pages of a list may take."""
TIMES = 40
FIRST = "first page"
SUMS = frozenset({"ledger", "years", "duties: by unit"})
"""The screens that are no lists: each adds a whole table up, and has no target."""
_MODEL = "model"
_SMALL, _SMALLEST = "11410400005451234X", "11410400005459876K"
_ALL = frozenset(Right)
WATCHERS = {
    "all organs": Holder("bench", "测", _ALL, None),
    "nothing sealed": Holder("bench", "测", _ALL - {Right.SEALED}, None),
    "one organ": Holder("bench", "测", _ALL, frozenset({_SMALL})),
    "a small organ": Holder("bench", "测", _ALL, frozenset({_SMALLEST})),
}
"""Who asks."""
_OF_ORGANS = f"CASE WHEN n % 20 = 0 THEN '{_SMALL}' WHEN n % 10000 = 1 THEN '{_SMALLEST}' ELSE '{ORGAN}' END"
"""One record in twenty is of the one organ, one in ten thousand of the small one."""

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
_OF_SUBJECT = "(n % 50 = 7)"
"""Which rows at a feed are about a subject's place on a list, or its grade."""
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
            "organ_code": _OF_ORGANS,
            "occurred_on": "model.occurred_on - (n % 900)::int",
            "changes_on": "NULL",
        },
    ),
    Filling(
        "message",
        1000,
        {"message_key": "'/bench ' || n", "record_id": _RECORD.format(n="n"), "sender": _OF_ORGANS},
    ),
    Filling(
        "parked",
        20,
        {
            "parked_id": "n + 2",
            "message_key": "'/bench ' || n",
            "closed_as": "CASE WHEN n % 20 > 1 THEN 'applied' END",
            "closed_at": "CASE WHEN n % 20 > 1 THEN model.parked_at END",
        },
    ),
    Filling(
        "file",
        1,
        {
            "file_id": "md5('file' || n) || md5('more' || n)",
            "taken_at": "model.taken_at + n * interval '1 minute'",
            "sender": _OF_ORGANS,
        },
    ),
    Filling("alert", 1, {"alert_id": "n + 2", "subject": "'agency ' || n"}),
    Filling(
        "notice",
        300,
        {
            "notice_no": "'XL' || upper(left(md5('notice' || n), 16)) || '-1'",
            "record_id": _RECORD.format(n="n"),
            "subject_id": _OWNER,
            "organ_code": _OF_ORGANS,
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
            "record_id": f"CASE WHEN {_OF_SUBJECT} THEN 'grade:' || n || '/{_MODEL}' ELSE {_RECORD.format(n='n')} END",
            "subject_id": f"CASE WHEN {_OF_SUBJECT} THEN {_OWNER} END",
            "organ_code": f"CASE WHEN NOT {_OF_SUBJECT} THEN {_OF_ORGANS} END",
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
        (tables.parked, rows.parked(_MODEL, "json.invalid")),
        (tables.file, _FILE),
        (tables.alert, AlertRow(1, "worker-missing", "host", "page", NOON, NOON, 3, NOON, "", "[]")),
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


_FILE = FileRow(
    file_id=_MODEL,
    name="许可.xlsx",
    size=1,
    sender=ORGAN,
    by="李",
    account=None,
    taken_at=NOON,
    state="answered",
    reason=None,
    detail=None,
    rows=1,
    refused_rows=0,
    sent=1,
    reading="",
    sheets="[]",
    answered_at=None,
    place="",
)


class _Gate:
    """Lets everybody in as one holder."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    def find_holder(self, _: Request) -> Holder:
        return self._holder

    def routes(self) -> Sequence[BaseRoute]:
        return ()


def _paths(kept: Round, records: int, holder: Holder) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Yield what is asked for: a name, and the address of the so-and-so-manieth time.

    The addresses are spread over what the holder sees of the archive.
    """
    chance = Random(records)
    organs = list(holder.organs or ())
    mine = "organ_code = ANY(%s)" if organs else "%s::text[] IS NOT NULL"
    with kept.connect() as connection:
        keys, numbers = (
            [str(found) for (found,) in connection.execute(
                f"SELECT {key} FROM {table} WHERE {key} <> %s AND {mine} ORDER BY random() LIMIT 500", (_MODEL, organs)
            )]
            for table, key in (("record", "subject_id"), ("notice", "notice_no"))
        )  # fmt: skip

    def key() -> str:
        return chance.choice(keys)

    def number() -> str:
        return chance.choice(numbers)

    year = kept.runtime.rules().at.today.year
    yield FIRST, lambda _: "/"
    for kind in WorkKind:
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
    yield "grades", lambda time: f"/grades?after={key() if time else ''}"
    yield "grades: rare", lambda _: "/grades?grade=D"
    yield "grades: official", lambda _: f"/grades?kind=official&year={year - 1}&after={key()}"
    yield "lists", lambda _: "/lists"
    yield "reviews", lambda _: "/reviews"
    yield "duties", lambda _: "/duties"
    yield "duties: done", lambda _: "/duties?state=done"
    yield "duties: by unit", lambda _: "/duties/units"
    yield "draws", lambda _: "/draws"
    yield "parked", lambda _: "/parked"
    yield "parked: list", lambda time: f"/parked/list?all=yes&after=[{chance.randrange(records // 50) if time else 0}]"
    yield "files", lambda _: "/files"
    yield "alerts", lambda _: "/alerts?all=yes"
    yield "sources", lambda _: "/sources"
    yield "years", lambda _: "/assess"
    yield "ledger", lambda _: "/ledger"
    yield "search: name", lambda _: f"/search?q=医院{chance.randrange(100, 1000)}"
    yield "search: many", lambda _: "/search?q=医院"
    yield "search: number", lambda _: f"/search?q=舞卫医罚〔2026〕{chance.randrange(records)}号"
    yield "search: nothing", lambda _: "/search?q=没有这样的名称"


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
