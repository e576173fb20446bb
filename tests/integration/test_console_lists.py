"""Every list of the console has pages, filters in the address and a spreadsheet, or stands here with its reason."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from credit.access.account import AccountRow, GrantRow
from credit.grading.rows import DrawRow, EntryRow, ReviewRow
from credit.identity import IdKind
from credit.record.rows import WorkerRow
from credit.store import bulk, looks, proposals, roll, tables
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.proposals import Proposed
from schemas.access import FourEyes, Logged
from schemas.states import EntryState
from schemas.work import WorkKind
from tests.builders import NOON, message
from tests.consoles import EVERYTHING, holder, open_console
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, ORGAN, SUCCESSOR
from workers import settings
from workers.console import app
from workers.console.groups import SCREENS
from workers.console.screens import Screen
from workers.demo import run
from workers.demo.town.day import ordinary
from workers.runtime import Runtime, open_runtime, wall_clock

POLICE = "114104810054680265"
TODAY = NOON.date()
DAY = timedelta(days=1)
LACKING: dict[str, tuple[str, str]] = {
    "/search": ("pages filters export", "what was typed is its filter; who has 50 hits is told to type more"),
    "/assess": ("pages filters", "a row a year"),
    "/duties/units": ("pages", "a row for each unit that the regimes name"),
    "/entry": ("pages filters", "a row for each type of message that there is a form for"),
    "/templates": ("pages filters", "a row for each template that there is"),
    "/queues": ("pages filters", "a row for each queue of the routing file"),
    "/sources": ("pages filters", "a row for each source of the routing file"),
    "/workers": ("pages filters", "a row for each process that is on the roll"),
    "/ledger": ("pages filters", "a sum for each type of message"),
    "/policies": ("pages export", "a document in clauses, of the regime that is chosen"),
    "/explain/{key}": ("pages export", "the reasons for the grades of one subject in one year"),
    "/draws/{number:path}": ("pages filters export", "one draw, whole, as its paper has it"),
    "/disputes/of": ("pages export", "what was said of one number, side by side"),
    "/files/{file}": ("pages filters export", "one file; the verdict has every row of it"),
    "/parked/{number:int}": ("pages filters export", "one message with its history"),
    "/parked/{number:int}/note": ("pages filters export", "one message with its history"),
    "/acts/{act}": ("pages filters export", "one act"),
    "/feeds/rows/{row}": ("pages filters", "one row"),
    "/notices/{number}": ("pages filters export", "one notice"),
    "/subjects/{key}/records/{record:path}": ("pages filters export", "one record with what rests on it"),
    "/subjects/{key}/own": ("pages filters export", "the reports of one subject: two are free in a year"),
    "/me": ("pages filters export", "one's own rights"),
}
"""The screens with a table that lack something, and why."""
OF_OTHER_THINGS = frozenset({"/policies/what-if/{number}", "/parked/runs/{run}"})
"""What runs in the background of the console: their tables grow while one looks; the first is exported whole."""


@pytest.fixture(scope="module")
def runtime(template_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A town after one day, with two rows at least of everything that there is a list of."""
    home = tmp_path_factory.mktemp("lists") / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({}, home=home), lambda: NOON) as opened:
        run.live_through(opened, ordinary(7, 90, TODAY), lambda _label, _total: lambda _done: None)
        _fill(opened)
        yield opened


def _fill(runtime: Runtime) -> None:
    _add_records(runtime)
    _add_decisions(runtime)
    _add_accounts(runtime)
    regime = next(iter(runtime.reader.regimes.values()))
    lists, supervised = regime.lists, regime.supervision
    assert lists is not None
    assert supervised is not None
    name = lists.editions[-1].lists[0].id
    draws = [each.id for each in supervised.editions[-1].draws]
    proof = {"clause": "某办法第1条", "lots": [], "grades": {}} | dict.fromkeys(
        ("population", "visits", "inspectors", "together", "least_visits", "most_visits"), 2
    )
    report = json.dumps(proof | {"name": "抽查"})
    worker = WorkerRow("1", "intake", "host", 7, "1", "0033", "r", "l", NOON, NOON, wall_clock())
    with writing(runtime.engine) as connection:
        roll.beat(connection, worker)
        for number, who in enumerate((CLINIC, SUCCESSOR)):
            state = (EntryState.LISTED, EntryState.PREPARED)[number]
            listed = EntryRow(regime.code, name, "black", 0, who, "rule", None, TODAY, None, state.value, "[]", None,
                              TODAY, NOON)  # fmt: skip
            held = DrawRow(f"{regime.code}/{draws[0]}/{number}", regime.code, draws[0], f"{number}", "seed", NOON, "李",
                           None, "digest", b"", report)  # fmt: skip
            bulk.insert(connection, tables.list_entry, [listed])
            bulk.insert(connection, tables.draw, [held])


def _add_records(runtime: Runtime) -> None:
    """Write two records each of two subjects, and what hangs on them."""
    regime, late = next(iter(runtime.reader.regimes)), TODAY - DAY
    agencies, feeds = list(runtime.reader.routes.partners), [feed.code for feed in runtime.reader.routes.feeds]
    ids = count(1)
    for number, (who, organ) in enumerate(((CLINIC, ORGAN), (SUCCESSOR, POLICE))):
        names = [f"r{next(ids)}" for _ in range(2)]
        waits = [f"wait {name}" for name in names]
        acts = (("objection", "filed"), ("repair", ("applied", "accepted")[number]))
        rows.put(
            runtime.engine,
            rows.organisation(who, runtime.keyring, f"诊所{number}"),
            *(
                rows.record(
                    name,
                    who,
                    organ_code=organ,
                    disputed=True,
                    transfer_by=(late, TODAY + 9 * DAY)[place],
                    state=("in_force", "repaired")[place],
                )
                for place, name in enumerate(names)
            ),
            *(rows.act(f"{kind}-{names[0]}", names[0], kind, state) for kind, state in acts),
            rows.act(f"late-{names[0]}", f"none {names[0]}", "withdrawal", "void", organ_code=organ),
            rows.complaint(f"TS{names[0]}", who, organ_code=organ),
            rows.claim(IdKind.LICENCE_NO, f"licence {names[0]}", who, runtime.keyring)._replace(
                claimed_by=f"person:{('李四', '王五')[number]}"
            ),
            rows.notice(f"XL{names[0]}-1", names[0], who, agency=agencies[number], reply_by=late),
            rows.notice(
                f"XL{names[0]}-2",
                names[0],
                who,
                agency=agencies[number],
                lift_cause="repaired",
                lifted_at=NOON,
                lift_reply_by=late,
            ),
            rows.feed_row(f"held-{names[0]}", names[0], feed=feeds[0], held='["missing:CF_NR"]'),
            rows.feed_row(f"refused-{names[0]}", names[0], feed=feeds[0], result_code="2001", result_at=NOON),
            *(rows.message(key, "parked", record_id=None, sender=organ) for key in waits),
            *(rows.parked(key, ("json.invalid", "item.invalid")[number], "party.uscc: wrong") for key in waits),
            rows.file(f"{number}" * 64, organ),
            *(
                ReviewRow(regime, "rating", TODAY.year, who, "A", to, TODAY, late, state, "[]")
                for to, state in (("C", "open"), ("B", "confirmed"))
            ),
        )


def _add_decisions(runtime: Runtime) -> None:
    by = {"note": "核对", "undone_by": None}
    undone = {"undone_by": "赵六", "undone_at": NOON, "undone_why": "误认"}
    with writing(runtime.engine) as connection:
        for number, name in enumerate(("r1", "r3")):
            more = undone if number else {}
            who, other = (CLINIC, SUCCESSOR) if number else (SUCCESSOR, CLINIC)
            linked = {"subject_id": who, "continued_as": other, "linked_by": "李四", "linked_at": NOON}
            split = {"record_id": name, "part_id": f"part {name}", "document_no": name, "subject_id": who}
            asked = {"record_id": name, "revision": 1, "step": "asked", "due_on": TODAY + DAY, "decided_by": "李四"}
            taken = asked | {"step": "taken", "due_on": None, "message_key": "/x", "digest": b"", "dismissed": "[]"}
            decided = by | {"decided_at": NOON}
            # A link that holds joins two subjects; these stay apart.
            connection.execute(insert(tables.link).values(by | linked | undone))
            connection.execute(insert(tables.split).values(by | split | {"split_by": "李四", "split_at": NOON} | more))
            connection.execute(insert(tables.dispute).values(decided | taken | undone))
            connection.execute(insert(tables.dispute).values(decided | asked))


def _add_accounts(runtime: Runtime) -> None:
    actor, admin = Actor("li", "李四", "test"), holder(*EVERYTHING, account="li", person="李四")
    with writing(runtime.engine) as connection:
        for number, name in enumerate(("li", "wang")):
            row = AccountRow(name, f"人{number}", None, None, False, None, 0, None, None, NOON, "test",  # noqa: FBT003
                             NOON if number else None)  # fmt: skip
            grant = GrantRow(number + 1, name, ("clerk", "auditor")[number], "*", TODAY, None, "test", NOON, "到岗")
            connection.execute(insert(tables.account).values(row._asdict()))
            connection.execute(insert(tables.account_role).values(grant._asdict()))
            kind = (FourEyes.DISCARD, FourEyes.WITHDRAWAL)[number]
            said = json.dumps({"numbers": [1], "raw": message("office.withdrawal", "w").body.decode()}).encode()
            wanted = Proposed(kind, f"事项 {number}", ORGAN, said, f"理由 {number}")
            proposals.propose(connection, wanted, admin, actor, runtime.keyring, NOON)
            looks.note(connection, actor, Logged.LOOK, CLINIC, f"核查 {number}", NOON)


@pytest.fixture
def client(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The console of who may do everything, with one row a page."""
    monkeypatch.setattr(app, "PAGE", 1)
    return open_console(runtime, holder(*EVERYTHING, account="li"))


def addresses_of(screen: Screen, runtime: Runtime) -> list[str]:
    """Where a screen shows something that there is; several where it shows several things."""
    with reading(runtime.engine) as connection:
        draw = connection.execute(select(tables.draw.c.draw_no)).scalars().first()
        proposal = connection.execute(select(tables.proposal.c.proposal_id)).scalars().first()
        waits, disputed = tables.parked.c.message_key.contains(" demo"), tables.record.c.disputed
        parked = connection.execute(select(tables.parked.c.parked_id).where(waits)).scalars().first()
        told = tables.message.c.record_id == tables.record.c.record_id
        named = connection.execute(select(tables.record.c.record_id).where(disputed, told)).scalars().first()
        link = connection.execute(select(tables.link.c.link_id)).scalars().first()
        alert = connection.execute(select(tables.alert.c.alert_id)).scalars().first()
    regime = next(iter(runtime.reader.regimes))
    if screen.path == "/work/{kind}":
        return [f"/work/{kind.value}" for kind in WorkKind]
    if screen.path == "/disputes":
        return ["/disputes", f"/disputes?named={named}"]
    queries = {
        "/search": "q=诊所",
        "/plan": f"year={TODAY.year}",
        "/log/of": f"about={CLINIC}",
        "/parked/many": "reason=json.invalid",
        "/parked/many/mend": "reason=json.invalid",
        "/parked/many/discard": "reason=json.invalid",
        "/entry/sent": "key=/inspection x",
        "/disputes/paper": f"named={named}&regime={regime}",
        "/policies/what-if/file": f"regime={regime}",
    }
    numbers = {"/draws": draw, "/notices": "XLr1-1", "/alerts": alert, "/identity": link}
    values = {
        "key": CLINIC,
        "record": "r1",
        "number": numbers.get("/" + screen.path.split("/")[1], parked),
        "file": "0" * 64,
        "proposal": proposal,
        "regime": regime,
        "year": TODAY.year - 1,
        "scale": "rating",
        "subject": CLINIC,
        "row": "held-r1",
        "act": "late-r1",
        "name": "li" if screen.path.startswith("/accounts") else "penalty",
        "type": "credit.public.complaint.v1",
    }
    path = re.sub(r"{(\w+)(?::\w+)?}", lambda found: str(values[found[1]]), screen.path)
    return [f"{path}?{queries[screen.path]}" if screen.path in queries else path]


def rows_of(page: str) -> list[str]:
    """The rows of the list of a page, as they stand there."""
    return re.findall(r"<tr>(?=<td).*?</tr>", page.partition('class="filters"')[2], re.DOTALL)


def walk(client: TestClient, path: str | None) -> list[str]:
    """All rows of a list, page by page."""
    found: list[str] = []
    while path:
        page = client.get(path).text
        found += rows_of(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(following[1]) if following else None
    return found


def lacking(page: str) -> str:
    """What a page with a table lacks of pages, filters and a spreadsheet."""
    signs = {"pages": 'rel="next"', "filters": 'class="filters"', "export": "导出表格"}
    return " ".join(name for name, sign in signs.items() if sign not in page)


@pytest.mark.parametrize(
    "screen", [each for each in SCREENS if each.path not in OF_OTHER_THINGS], ids=lambda it: it.path
)
def test_a_list_has_pages_filters_and_a_spreadsheet_or_a_reason(
    client: TestClient, runtime: Runtime, screen: Screen
) -> None:
    for path in addresses_of(screen, runtime):
        answer = client.get(path, follow_redirects=False)
        page = answer.text
        said = (path, answer.status_code)
        if not page.startswith("<!doctype html>"):
            assert answer.status_code == 303 or "content-disposition" in answer.headers, said
            continue
        place = "/disputes/of" if "named=" in path and screen.path == "/disputes" else screen.path
        assert answer.status_code == 200 or place not in LACKING, said
        assert "本页出错" not in page, said
        if "<table" in page or place in LACKING:
            assert lacking(page) == LACKING.get(place, ("",))[0], said
        else:
            # Nothing that is a list of nothing passes for no list.
            assert not {'class="empty"', 'class="filters"', "导出表格"} & set(
                re.findall(r'class="\w+"|导出表格', page)
            ), said


LISTS = [each for each in SCREENS if each.path not in LACKING and each.path not in OF_OTHER_THINGS]


def lists(client: TestClient, runtime: Runtime) -> Iterator[str]:
    """Yield where every whole list is."""
    for screen in LISTS:
        for path in addresses_of(screen, runtime):
            page = client.get(path).text
            if "导出表格" in page and not lacking(page):
                yield path


def test_the_pages_of_every_list_have_each_row_once_and_the_spreadsheet_has_as_many(
    client: TestClient, runtime: Runtime
) -> None:
    seen = list(lists(client, runtime))
    assert len(seen) > 30
    for path in seen:
        found = walk(client, path)
        sheet = client.get(f"{path}{'&' if '?' in path else '?'}as=xlsx")
        with ZipFile(io.BytesIO(sheet.content)) as book:
            text = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
        assert len(found) == len(set(found)) > 1, path
        assert re.findall(r"，(\d+) 行", text)[0] == str(len(found)), path


def test_every_filter_of_every_list_chooses(client: TestClient, runtime: Runtime) -> None:
    for path in lists(client, runtime):
        page = client.get(path).text
        [form] = re.findall(r'<form class="filters".*?</form>', page, re.DOTALL)
        for field, choices in re.findall(r'<select name="(\w+)">(.*?)</select>', form, re.DOTALL):
            values = [html.unescape(value) for value in re.findall(r'<option value="([^"]+)"', choices)]
            assert values, (path, field)
            answers = [client.get(path, params={field: value}) for value in values]
            assert {answer.status_code for answer in answers} == {200}, (path, field)
            assert len(values) == 1 or any(rows_of(answer.text) != rows_of(page) for answer in answers), (path, field)
        for kind, field in re.findall(r'<input type="(\w+)" name="(\w+)"', form):
            if kind != "hidden":
                wanted = {"date": "2001-01-01", "number": "2001"}.get(kind, "没有")
                answer = client.get(path, params={field: wanted})
                assert answer.status_code in {200, 400}, (path, field)
                assert rows_of(answer.text) != rows_of(page) or field == "since", (path, field)
