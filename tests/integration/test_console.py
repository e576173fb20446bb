"""The console over a small archive of a town: every screen for every role, and who may see whom."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.access.roles import RIGHTS
from credit.identity import mask_number
from credit.record import places
from credit.record.rows import SubjectRow
from credit.store import tables
from credit.store.engine import reading, writing
from credit.store.looks import Actor, note
from credit.store.queries.looks import read_purpose
from credit.store.queries.subjects import know_strong
from schemas.access import Logged
from schemas.party import Party
from schemas.rights import Right, Role
from schemas.work import WorkKind
from tests.builders import HEALTH, feed_in, message
from tests.consoles import HERE, Gate, fields_of, looked_at, named_in, say_purpose
from tests.sheets import penalty, write_csv
from workers import settings
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.screens import Screen
from workers.demo import run
from workers.demo.town.day import ordinary
from workers.files import taking
from workers.runtime import Runtime, open_runtime

ALL = Holder("li", "李四", frozenset(Right))
CLERK = Holder("zhang", "张三", RIGHTS[Role.CLERK])
HOSTILE = "<script>alert(1)</script>=cmd|' /C calc'!A0'; DROP TABLE subject; --"
OTHER = "91410481MA9N6R0T4F"


@pytest.fixture(scope="module")
def runtime(template_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A town after one day, its partners having answered; one party has a name that nobody should have."""
    home = tmp_path_factory.mktemp("town") / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({}, home=home)) as opened:
        run.live_through(opened, ordinary(7, 90, opened.rules().at.today), lambda _label, _total: lambda _done: None)
        feed_in(
            opened, message("penalty", "hostile", CF_XDR_MC=HOSTILE, CF_XDR_SHXYM=OTHER, CF_XDR_LB="法人及非法人组织")
        )
        yield opened


@pytest.fixture
def gate() -> Gate:
    return Gate(CLERK)


@pytest.fixture
def client(runtime: Runtime, gate: Gate) -> TestClient:
    return TestClient(Console(runtime, gate, SCREENS).app(["testserver"]), follow_redirects=False)


def subjects(runtime: Runtime, kind: str) -> list[SubjectRow]:
    columns = (tables.subject.c[name] for name in SubjectRow._fields)
    asked = (
        select(*columns)
        .where(tables.subject.c.kind == kind, tables.record.c.subject_id == tables.subject.c.subject_id)
        .where(tables.record.c.sealed_clause.is_(None))
        .distinct()
        .order_by(tables.subject.c.subject_id)
    )
    with reading(runtime.engine) as connection:
        return [SubjectRow(*row) for row in connection.execute(asked)]


def values_of(runtime: Runtime) -> dict[str, str]:
    """What stands in addresses: of something that there is, wherever the archive has it."""
    first = {
        "number": select(tables.notice.c.notice_no),
        "key": select(tables.record.c.subject_id).join(
            tables.subject, tables.subject.c.subject_id == tables.record.c.subject_id
        ).where(tables.subject.c.kind == "organisation"),
        "record": select(tables.record.c.record_id),
    }  # fmt: skip
    with reading(runtime.engine) as connection:
        return {name: str(connection.execute(asked.limit(1)).scalar()) for name, asked in first.items()}


def address(screen: Screen, values: dict[str, str]) -> str:
    return re.sub(
        r"{(\w+)(?::\w+)?}", lambda found: "1" if ":int" in found[0] else values.get(found[1], "x"), screen.path
    )


@pytest.mark.parametrize("role", Role)
def test_every_screen_opens_for_who_may_and_tells_others_why_not(
    client: TestClient, gate: Gate, runtime: Runtime, role: Role
) -> None:
    gate.holder = Holder(role.value, role.word, RIGHTS[role])
    values = values_of(runtime)
    for screen in SCREENS:
        answer = client.get(address(screen, values))
        said = (role.value, screen.path, answer.status_code)
        assert "本页出错" not in answer.text, said
        if screen.right is None:
            # A page for everybody may still refuse what is another's.
            assert answer.status_code < 500, said
        elif screen.right not in RIGHTS[role]:
            assert answer.status_code == 403, said
            assert screen.right.word in answer.text, said
        else:
            assert answer.status_code in {200, 303, 400, 404}, said


def test_a_key_that_is_none_is_refused_in_chinese(client: TestClient) -> None:
    answer = client.get("/work/replies?after=x")
    assert answer.status_code == 400
    assert "请回到第一页" in answer.text


def test_a_code_leads_to_its_subject_and_a_name_to_all_that_begin_with_it(client: TestClient, runtime: Runtime) -> None:
    one = subjects(runtime, "organisation")[0]
    found = client.post("/search", data={"q": one.subject_id.lower()}, headers=HERE)
    assert (found.status_code, found.headers["location"]) == (303, f"/subjects/{one.subject_id}")
    named = client.get("/search", params={"q": one.name[:2]})
    assert named.status_code in {200, 303}
    nothing = client.post("/search", data={"q": "没有这样的名称"}, headers=HERE)
    assert "没有查到" in nothing.text
    for joker in ("%", "_", "*", "' OR 1=1 --"):
        assert "没有查到" in client.post("/search", data={"q": joker}, headers=HERE).text


def test_an_answer_of_a_feed_leads_to_its_row(client: TestClient, runtime: Runtime) -> None:
    with reading(runtime.engine) as connection:
        asked = select(tables.feed_row.c.row_id, tables.feed_row.c.answered_by)
        row, answered_by = connection.execute(asked.where(tables.feed_row.c.answered_by.is_not(None))).first() or (
            "",
            "",
        )
    for text in (row, answered_by, answered_by.partition(" ")[2]):
        found = client.post("/search", data={"q": text}, headers=HERE)
        assert found.headers["location"] == f"/feeds/rows/{row}"
    assert answered_by in client.get(f"/feeds/rows/{row}").text
    assert client.get("/feeds/rows/none").status_code == 404


def test_the_number_of_a_person_stands_in_no_address(client: TestClient, runtime: Runtime) -> None:
    person = next(each for each in subjects(runtime, "person") if each.id_type == "身份证")
    number = runtime.keyring.unseal(person.identifier, places.of_identifier(person.subject_id)).decode()
    found = client.post("/search", data={"q": number}, headers=HERE)
    assert found.headers["location"] == f"/subjects/{person.subject_id}"
    assert number not in found.headers["location"]
    assert client.get("/search", params={"q": number}).status_code == 400
    assert client.get(f"/subjects/{number}").status_code == 404


def test_a_persons_archive_is_shown_for_a_purpose_which_is_logged(
    client: TestClient, gate: Gate, runtime: Runtime
) -> None:
    person = next(each for each in subjects(runtime, "person") if each.id_type == "身份证")
    number = runtime.keyring.unseal(person.identifier, places.of_identifier(person.subject_id)).decode()
    path, before = f"/subjects/{person.subject_id}", _looks(runtime, person.subject_id)
    for address in (path, f"{path}?purpose=audit&more=x", f"{path}/timeline?after=x"):
        page = client.get(address)
        assert "须说明用途" in page.text
        assert f"{person.name[:1]}{'*' * (len(person.name) - 1)}（身份证 {mask_number(number)}）" in page.text
        assert person.name not in page.text
        assert number not in page.text
        assert fields_of(page.text, f"{path}/purpose")["onwards"] == address
    for unsaid in ({}, {"purpose": "curious"}, {"purpose": "other"}):
        assert client.post(f"{path}/purpose", data=unsaid, headers=HERE).status_code == 400
    assert _looks(runtime, person.subject_id) == before
    said = {"purpose": "objection", "more": f"第3号，{number}", "onwards": f"{path}/timeline"}
    answer = client.post(f"{path}/purpose", data=said, headers=HERE)
    assert answer.headers["location"] == f"{path}/timeline"
    assert _looks(runtime, person.subject_id) == before
    why = f"核查异议：第3号，{mask_number(number)}"
    for address in (f"{path}/timeline", path):
        assert person.name in client.get(address).text
    assert number not in client.get(path).text
    assert _looks(runtime, person.subject_id) == [*before, why, why, why]
    # Whoever opens the address of a colleague is asked for an own purpose, and the log has that one.
    gate.holder = replace(ALL, account="colleague")
    assert "须说明用途" in client.get(path).text
    client.post(f"{path}/purpose", data={"purpose": "audit", "onwards": "https://elsewhere/"}, headers=HERE)
    assert number in client.get(path).text
    assert _looks(runtime, person.subject_id)[-1] == "审计检查"


def test_a_purpose_holds_for_one_person_until_the_next_login_and_for_eight_hours(
    client: TestClient, gate: Gate, runtime: Runtime
) -> None:
    one, other = (each.subject_id for each in subjects(runtime, "person")[:2])
    gate.holder = replace(CLERK, account="until")
    say_purpose(client, one)
    assert "须说明用途" not in client.get(f"/subjects/{one}").text
    assert "须说明用途" in client.get(f"/subjects/{other}").text
    with reading(runtime.engine) as connection:
        asked = (connection, "until", one)
        assert read_purpose(*asked, runtime.clock() - timedelta(hours=8)) == "办理业务"
        assert read_purpose(*asked, runtime.clock() + timedelta(hours=8)) is None
    with writing(runtime.engine) as connection:
        note(connection, Actor("until", "", "/login"), Logged.LOGIN, "until", "", runtime.clock())
    assert "须说明用途" in client.get(f"/subjects/{one}").text


def _looks(runtime: Runtime, subject_id: str) -> list[str]:
    with reading(runtime.engine) as connection:
        asked = select(tables.look.c.purpose).where(tables.look.c.about == subject_id, tables.look.c.what == "look")
        return list(connection.execute(asked.order_by(tables.look.c.look_id)).scalars())


def test_who_looks_for_one_organ_gets_the_same_page_for_anothers_subject_as_for_none(
    client: TestClient, gate: Gate, runtime: Runtime
) -> None:
    theirs = subjects(runtime, "organisation")[0].subject_id
    values = values_of(runtime)
    gate.holder = replace(CLERK, organs=frozenset({"11410400005451234X"}))
    unknown = client.get("/subjects/91410481MA9ZZZZZZZ")
    assert unknown.status_code == 404
    for path in ("", "/timeline", f"/records/{values['record']}", "/own"):
        refused = client.get(f"/subjects/{theirs}{path}")
        assert (refused.status_code, refused.text) == (404, unknown.text), path
    assert client.get(f"/explain/{theirs}").status_code == 404
    assert client.get(f"/notices/{values['number']}").status_code == 404
    paper = {"regime": "wugang", "number": "1", "asked_by": "x", "purpose": "y"}
    assert client.post(f"/subjects/{theirs}/paper", data=paper, headers=HERE).status_code == 404
    for path in ("/notices", "/feeds", "/feeds/work", "/closure", "/grades", "/lists", "/"):
        assert "/subjects/" not in client.get(path).text, path
    assert "没有查到" in client.post("/search", data={"q": theirs}, headers=HERE).text


def test_who_looks_for_one_organ_finds_neither_files_nor_forms_of_another(
    client: TestClient, gate: Gate, runtime: Runtime, tmp_path: Path
) -> None:
    who = taking.Who(HEALTH.code, "张三")
    with closing(taking.take(runtime, write_csv(tmp_path / "处罚.csv", [penalty(1)]), who)) as taken:
        file = f"/files/{taken.row.file_id}"
    sent = {"key": "/inspection hostile"}
    assert (client.get(file).status_code, client.get("/entry/sent", params=sent).status_code) == (200, 200)
    gate.holder = replace(CLERK, organs=frozenset({"11410400005451234X"}))
    unknown = client.get(f"/files/{'0' * 64}")
    for path in (file, f"{file}/verdict"):
        refused = client.get(path)
        assert (refused.status_code, refused.text) == (404, unknown.text), path
    told = client.get("/entry/sent", params=sent)
    assert (told.status_code, "还没有收报" in told.text, "结果：" in told.text) == (200, True, False)


def test_each_record_of_a_subject_is_shown_with_its_sources(client: TestClient, runtime: Runtime) -> None:
    for one in subjects(runtime, "organisation")[:3]:
        page = client.get(f"/subjects/{one.subject_id}")
        assert page.status_code == 200
        records = set(re.findall(rf'href="(/subjects/{one.subject_id}/records/[^"]+)"', page.text))
        assert records
        for path in sorted(records)[:3]:
            shown = client.get(path)
            assert shown.status_code == 200
            assert "来源" in shown.text
            assert "报文" in shown.text
        line = client.get(f"/subjects/{one.subject_id}/timeline")
        assert "入档" in line.text


def test_hostile_names_are_shown_as_what_they_are(client: TestClient, runtime: Runtime) -> None:
    shown = client.get(f"/subjects/{OTHER}")
    assert shown.status_code == 200
    for path in (f"/subjects/{OTHER}", f"/subjects/{OTHER}/timeline", "/feeds", "/notices"):
        page = client.get(path).text
        assert "<script>alert" not in page
    found = client.post("/search", data={"q": "<script>"}, headers=HERE)
    assert found.headers["location"] == f"/subjects/{OTHER}"
    assert subjects(runtime, "organisation")


def test_a_credit_report_is_printed(client: TestClient, runtime: Runtime) -> None:
    one = subjects(runtime, "organisation")[0].subject_id
    regime = next(iter(runtime.reader.regimes))
    form = {"regime": regime, "number": "信报〔2026〕1号", "asked_by": "某单位", "purpose": "招标"}
    made = client.post(f"/subjects/{one}/paper", data=form, headers=HERE)
    assert made.status_code == 200, made.text
    assert made.headers["content-type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")
    lacking = client.post(f"/subjects/{one}/paper", data=form | {"asked_by": ""}, headers=HERE)
    assert lacking.status_code == 400
    assert "缺少查询单位" in lacking.text


LOOKERS = replace(ALL, person="看的人")
NAMES_OF_NOBODY = ("/log",)
"""The log names those who were looked at by their ids alone, for whoever audits it."""


def where_to_look(runtime: Runtime) -> list[str]:
    """An address of every screen, of those about a person too, and of every kind of work."""
    values = values_of(runtime)
    person = next(each for each in subjects(runtime, "person") if each.id_type == "身份证")
    with reading(runtime.engine) as connection:
        of_persons = tables.notice.c.subject_id.startswith("P")
        notice = connection.execute(select(tables.notice.c.notice_no).where(of_persons).limit(1)).scalar()
        of_person = tables.record.c.subject_id == person.subject_id
        number = connection.execute(select(tables.record.c.document_no).where(of_person).limit(1)).scalar()
        parked = connection.execute(select(tables.parked.c.parked_id).order_by(tables.parked.c.parked_id)).scalars()
        waiting = [f"/parked/{each}{page}" for each in parked for page in ("", "/mend")]
    regimes = [f"/{page}?regime={regime}" for page in ("grades", "lists") for regime in runtime.reader.regimes]
    return [
        *(address(screen, values) for screen in SCREENS),
        *(f"/work/{kind.value}" for kind in WorkKind),
        *(path for path in (f"/subjects/{person.subject_id}", f"/search?q={person.name}")),
        f"/notices/{notice}",
        f"/disputes?named={number}",
        *waiting,
        *regimes,
    ]


def test_nobody_is_shown_anywhere_without_an_entry_in_the_log(client: TestClient, gate: Gate, runtime: Runtime) -> None:
    named, shown = named_in(runtime), set()
    for number, path in enumerate(where_to_look(runtime)):
        gate.holder = replace(LOOKERS, account=f"looker{number}")
        if path.startswith("/subjects/P"):
            say_purpose(client, path.removeprefix("/subjects/"))
        page = client.get(path).text
        logged = looked_at(runtime, gate.holder.account)
        for name, ids in named.items():
            if name in page and not path.startswith(NAMES_OF_NOBODY):
                shown.add(path.split("?")[0])
                assert ids & logged.keys(), (path, name)
        if "导出表格" in page and logged:
            assert client.get(f"{path}{'&' if '?' in path else '?'}as=xlsx").status_code == 200
            after = looked_at(runtime, gate.holder.account)
            assert all(any(why.startswith("导出：") for why in after[each]) for each in logged), path
    assert shown >= {"/", "/disputes", "/feeds", "/notices", "/work/objections"}
    assert any(path.startswith("/parked/") for path in shown)


def test_who_is_named_by_a_parked_message_alone_can_ask_who_looked_too(
    client: TestClient, gate: Gate, runtime: Runtime
) -> None:
    number = "11010519491231002X"
    party: dict[str, Any] = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "诸葛四郎", "CF_XDR_SHXYM": None}
    party |= {"CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": number}
    feed_in(runtime, message("penalty", "parked-person", None, CF_NR_FK=99999, **party))
    holder = Party.model_construct(kind="person", name="", id_type="身份证", id_no=number)
    gate.holder = replace(LOOKERS, account="reader")
    with reading(runtime.engine) as connection:
        parked = connection.execute(select(func.max(tables.parked.c.parked_id))).scalar()
    assert "诸葛四郎" in client.get(f"/parked/{parked}").text
    assert looked_at(runtime, "reader") == {know_strong(holder, runtime.keyring): {"挂起的报文"}}


def test_a_person_is_told_of_every_look_in_lists_too(client: TestClient, gate: Gate, runtime: Runtime) -> None:
    gate.holder, page = LOOKERS, client.get("/feeds").text
    persons = (each for each in subjects(runtime, "person") if each.id_type == "身份证")
    person = next(each for each in persons if f"/subjects/{each.subject_id}" in page)
    number = runtime.keyring.unseal(person.identifier, places.of_identifier(person.subject_id)).decode()
    assert client.get("/feeds?as=xlsx").status_code == 200
    asked = client.post("/log/of", data={"key": number}, headers=HERE)
    assert asked.headers["location"] == f"/log/of?about={person.subject_id}"
    told = client.get(asked.headers["location"]).text
    assert "看的人" in told
    assert "报送数据行" in told
    assert "导出：报送数据行" in told
