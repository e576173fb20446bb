"""Who decided something, in the console or by a command, is in the log: the account, or the system user."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime

import pytest
from typer.testing import CliRunner

from credit.store.engine import writing
from schemas.rights import Role
from tests.accounts import make_account
from tests.builders import CLINIC, HOSPITAL, LI, NOON, feed_in, message, rows
from tests.consoles import EVERYTHING, fields_of, holder, open_console
from tests.unit.workers.test_screens import commands
from workers.cli import app, common
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

LICENCE = "41704812241048111A1001"
LOG = "SELECT account, person, what, about, purpose, by FROM look WHERE what = 'decide' ORDER BY look_id"
PERSON = "SELECT subject_id FROM subject WHERE kind = 'person'"


@pytest.fixture
def runtime(place: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    def clock() -> datetime:
        return NOON

    with open_runtime(place, clock) as opened:
        for number, code in enumerate((CLINIC, HOSPITAL), 1):
            party = {"kind": "organisation", "name": "舞钢安康诊所", "uscc": code}
            honour = message("office.honour", f"{number}", None, party=party, document_no=f"舞卫表〔2026〕{number}号")
            feed_in(opened, honour)
        doctor = {"kind": "person", "name": "样本人员", "id_no": LI}
        feed_in(opened, message("office.honour", "3", None, party=doctor, document_no="舞卫表〔2026〕3号"))
        monkeypatch.setattr(common, "open_runtime", lambda _: nullcontext(opened))
        yield opened


def run(runtime: Runtime, *words: str) -> None:
    if runtime.engine.dialect.name != "sqlite":
        pytest.skip("the commands are the same")
    result = CliRunner().invoke(app, [*words, "--home", str(runtime.settings.home)])
    assert result.exit_code == 0, result.output


def test_links_and_claims_of_the_console_are_kept_and_logged_with_the_account(runtime: Runtime) -> None:
    clerk, [(person,)] = open_console(runtime, holder(*EVERYTHING)), rows(runtime, PERSON)
    link = {"before": CLINIC, "after": HOSPITAL, "why": "换发代码", "step": "link"}
    assert clerk.post("/identity", data=link).status_code == 200
    assert clerk.post("/identity", data={"number": "1", "step": "unlink", "why": "误认"}).status_code == 200
    claim = {"key": LI, "kind": "name", "value": "样本人员乙", "step": "claim", "why": f"更名，{LI}"}
    assert clerk.post("/identity", data=claim).status_code == 200
    assert clerk.post("/identity", data=claim | {"step": "disclaim", "why": "误认"}).status_code == 200
    assert clerk.post("/identity", data=claim | {"key": "x"}).status_code == 400
    said = [
        (f"{CLINIC} {HOSPITAL}", "身份认定：已关联，编号 1。理由：换发代码"),
        (f"{CLINIC} {HOSPITAL}", "身份认定：关联 1 号已取消。理由：误认"),
        (person, "身份认定：已认领其他姓名；等待它的报文中有 0 份已处理。理由：更名，410481********101X"),
        (person, "身份认定：认领已取消：其他姓名。理由：误认"),
    ]
    assert rows(runtime, LOG) == [("wang", "王芳", "decide", about, told, "/identity") for about, told in said]
    kept = "SELECT linked_by, account, undone_by, undone_account FROM link"
    assert rows(runtime, kept) == [("王芳", "wang", "王芳", "wang")]
    kept = "SELECT claimed_by, account, undone_by, undone_account FROM alias WHERE kind = 'name'"
    assert rows(runtime, kept) == [("person:王芳", "wang", "王芳", "wang")]
    assert "王芳（wang）" in clerk.get("/identity").text


def test_a_split_keeps_the_account_and_so_does_its_undoing(runtime: Runtime) -> None:
    clerk = open_console(runtime, holder(*EVERYTHING))
    feed_in(
        runtime, message("penalty", "1", None), message("penalty", "2", None, CF_XDR_SHXYM=HOSPITAL, CF_XDR_MC="医院")
    )
    [(number,)] = rows(runtime, "SELECT document_no FROM record WHERE stated_by = '/inspection 1'")
    split = {"step": "split", "message": "/inspection 2", "why": "一案两罚", "named": number}
    assert clerk.post("/disputes", data=split).status_code == 200
    assert clerk.post("/disputes", data={"step": "join", "number": "1", "why": "误拆"}).status_code == 200
    kept = "SELECT split_by, account, undone_by, undone_account FROM split"
    assert rows(runtime, kept) == [("王芳", "wang", "王芳", "wang")]
    assert [(row[0], row[3], row[5]) for row in rows(runtime, LOG)] == [
        ("wang", number, "/disputes"),
        ("wang", "", "/disputes"),
    ]


def test_an_entry_and_a_note_are_logged_with_what_they_are_about(runtime: Runtime) -> None:
    clerk = open_console(runtime, holder(*EVERYTHING))
    feed_in(runtime, message("penalty", "p", None, CF_NR_FK=99999, CF_XDR_SHXYM="x"))
    [(number,)] = rows(runtime, "SELECT parked_id FROM parked")
    assert clerk.post(f"/parked/{number}/note", data={"why": "已电话核实"}).status_code == 200
    assert rows(runtime, LOG) == [
        ("wang", "王芳", "decide", str(number), "加备注：已加上备注。理由：已电话核实", f"/parked/{number}/note")
    ]


def test_what_is_done_to_many_messages_is_logged_with_their_numbers(runtime: Runtime) -> None:
    clerk = open_console(runtime, holder(*EVERYTHING))
    feed_in(runtime, *(message("penalty", f"m{number}", None, CF_NR_FK=99999) for number in range(2)))
    choice = {"reason": "fine.implausible", "why": "来源已更正"}
    assert clerk.post("/parked/many", data=choice).status_code == 200
    foreseen = clerk.post("/parked/many/mend", data=choice | {"path": "data.CF_NR_FK", "value": "2"})
    assert len(rows(runtime, LOG)) == 1
    mended = fields_of(foreseen.text, "/parked/many/mend") | {"step": "do"}
    assert clerk.post("/parked/many/mend", data=mended).status_code == 200
    first, second = (number for (number,) in rows(runtime, "SELECT parked_id FROM parked ORDER BY parked_id"))
    told = f"2 份：{first}、{second} 号。理由：来源已更正"
    assert [(row[0], row[3], row[4]) for row in rows(runtime, LOG)] == [
        ("wang", "/parked/many", f"重放挂起的报文：{told}"),
        ("wang", "/parked/many/mend", f"修正多份挂起的报文：{told}"),
    ]


def test_a_command_is_logged_as_the_account_of_its_system_user(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(runtime.engine) as connection:
        make_account(connection, "li", "李四", runtime.clock(), Role.CLERK, Role.REVIEWER)
    monkeypatch.setattr("workers.decisions.persons.read_user", lambda _: "os-li")
    by = ("--by", "李四", "--why", "查明")
    run(runtime, "identity", "claim", LI, "name", "样本人员乙", *by)
    [(person,)] = rows(runtime, PERSON)
    assert rows(runtime, LOG) == [("li", "李四", "decide", person, "查明", "xinglin identity claim")]
    assert rows(runtime, "SELECT account FROM alias WHERE kind = 'name'") == [("li",)]


def test_a_command_whose_system_user_has_no_account_is_logged_as_the_system_user_and_not_by_a_free_text(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(runtime.engine) as connection:
        make_account(connection, "li", "李四", runtime.clock(), Role.AUDITOR)
        connection.exec_driver_sql("UPDATE account SET system_user = NULL")
    monkeypatch.setattr("workers.decisions.persons.read_account", lambda _: "os-wu")
    run(runtime, "identity", "claim", CLINIC, "licence_no", LICENCE, "--by", "任何人", "--why", "查明")
    assert rows(runtime, LOG) == [("os-wu", "", "decide", CLINIC, "查明", "xinglin identity claim")]
    assert rows(runtime, "SELECT claimed_by, account FROM alias WHERE kind = 'licence_no'") == [
        ("person:任何人", "os-wu")
    ]
    auditor = open_console(runtime, holder(*EVERYTHING, account="li", person="李四"))
    assert "系统用户，未绑定账号" in auditor.get("/log?account=os-wu").text


def test_every_command_that_asks_who_decides_says_what_the_log_has() -> None:
    asking = {path: command for path, command in commands() if {each.name for each in command.params} & {"by", "why"}}
    assert {("identity", "claim"), ("record", "split"), ("parked", "mend"), ("alerts", "acknowledge")} <= asking.keys()
    for path, command in asking.items():
        source = inspect.getsource(inspect.unwrap(command.callback))  # type: ignore[arg-type]
        own = "acting" if path[0] == "account" else "Signatory" if path[0] == "proposals" else "actor("
        assert any(word in source for word in ("Deed(", "order.deed(", own, "require_second(", "_change(")), path
