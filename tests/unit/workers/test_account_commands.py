"""Accounts by the command line, and who decides there: the account of the system user, with its rights."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from credit.access.refusal import AccessRefused
from credit.store import tables
from credit.store.engine import reading
from credit.store.parked import NotParked
from schemas.rights import Right
from tests.builders import HEALTH, feed_in, message
from workers import settings
from workers.cli import app, common
from workers.decisions import persons
from workers.doctor import archive as doctor
from workers.runtime import Runtime, open_runtime

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


class Terminal:
    """A terminal at which somebody has logged in."""

    def __init__(self, runtime: Runtime, environ: dict[str, str]) -> None:
        self.runtime, self.environ = runtime, environ

    def log_in(self, user: str) -> None:
        self.environ["XINGLIN_ACCOUNT"] = user

    def give(self, *words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--home", str(self.runtime.settings.home)], env={"COLUMNS": "200"})

    def done(self, *words: str) -> str:
        result = self.give(*words)
        assert result.exit_code == 0, (words, result.output, result.exception)
        return result.stdout

    def refused(self, *words: str) -> str:
        error = self.give(*words).exception
        assert isinstance(error, AccessRefused), (words, error)
        return error.told


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    environ: dict[str, str] = {}
    monkeypatch.setattr("workers.account._LOGIN", tmp_path / "none")
    monkeypatch.setattr("workers.account.read_user.__defaults__", (tmp_path / "none",))
    monkeypatch.setattr("workers.account.read_account.__defaults__", (tmp_path / "none",))
    with open_runtime(settings.read(environ, home=tmp_path / "home"), clock=lambda: NOW) as runtime:
        monkeypatch.setattr(common, "open_runtime", lambda _: nullcontext(runtime))
        made = Terminal(runtime, environ)
        made.log_in("root")
        yield made


def appoint(terminal: Terminal) -> None:
    """Do as docs/operate.md says."""
    for name, person in (("sun", "孙立"), ("qian", "钱敏"), ("zhou", "周正"), ("chen", "陈晨")):
        terminal.done("account", "add", name, "--person", person, "--system-user", name)
    terminal.done("account", "grant", "sun", "system", "--why", "任命")
    terminal.done("account", "grant", "zhou", "auditor", "--why", "任命")
    terminal.done("account", "grant", "qian", "security", "--why", "任命")


def test_the_first_accounts_are_made_and_from_then_on_by_right(terminal: Terminal) -> None:
    appoint(terminal)
    assert "没有绑定账号" in terminal.refused("account", "add", "evil", "--person", "邪某")
    assert "没有绑定账号" in terminal.refused("account", "grant", "chen", "clerk", "--why", "x")
    terminal.log_in("sun")
    said = terminal.done("account", "add", "li", "--person", "李四")
    assert "只显示这一次" in said
    assert "“授权”" in terminal.refused("account", "grant", "li", "clerk", "--why", "x")
    terminal.log_in("qian")
    terminal.done("account", "grant", "chen", "clerk", "--organ", "A", "--until", "2126-12-31", "--why", "到岗")
    assert "不得变更本人的授权" in terminal.refused("account", "grant", "qian", "clerk", "--why", "x")
    assert "管理账号" in terminal.refused("account", "disable", "chen", "--why", "x")
    shown = terminal.done("account", "list")
    assert "经办（A，2026-06-01 至 2126-12-31）" in shown
    found = json.loads(terminal.done("account", "list", "--json"))
    assert {"password", "second_step"}.isdisjoint(found[0])
    assert [each["second"] for each in found] == [False] * 5
    with reading(terminal.runtime.engine) as connection:
        last = connection.execute(select(tables.look).order_by(tables.look.c.look_id.desc()).limit(1)).one()
    assert (last.account, last.person, last.by, last.about) == ("qian", "钱敏", "xinglin account grant", "chen")


def test_without_a_bound_account_commands_do_as_ever(terminal: Terminal) -> None:
    assert persons.require(terminal.runtime, Right.DECIDE, "随便谁").account.startswith("root")
    terminal.done("account", "add", "chen", "--person", "陈晨")
    assert persons.require(terminal.runtime, Right.DECIDE, "随便谁").holder is None


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (("identity", "unlink", "1", "--why", "x"), "认定身份和争议"),
        (("record", "join", "1", "--why", "x"), "认定身份和争议"),
        (("parked", "replay", "1"), "重放挂起报文"),
        (("parked", "mend", "1", "--set", "a=1", "--why", "x"), "修正挂起报文"),
        (("parked", "discard", "1", "--why", "x"), "作废挂起报文"),
        (("alerts", "acknowledge", "1", "--why", "x"), "查看队列和进程"),
        (("assess", "close", "--regime", "wugang", "--year", "2025"), "年度评定"),
        (("review", "decide", "x", "--regime", "wugang", "--decision", "confirmed", "--why", "x"), "复核等级下降"),
        (("draws", "replace", "a", "b", "c", "--why", "x"), "认定身份和争议"),
    ],
)
def test_each_command_that_decides_asks_for_its_right(terminal: Terminal, words: tuple[str, ...], right: str) -> None:
    appoint(terminal)
    assert "没有绑定账号" in terminal.refused(*words, "--by", "陈晨")
    terminal.log_in("chen")
    assert f"“{right}”" in terminal.refused(*words, "--by", "陈晨")


def test_who_decides_is_the_person_of_the_account(terminal: Terminal) -> None:
    appoint(terminal)
    terminal.log_in("qian")
    terminal.done("account", "grant", "chen", "clerk", "--why", "到岗")
    terminal.log_in("chen")
    assert "--by 应为账号 chen 的本人，即 陈晨" in terminal.refused(
        "identity", "unlink", "1", "--by", "王芳", "--why", "误认"
    )
    failed = terminal.give("identity", "unlink", "1", "--by", "陈晨", "--why", "误认").exception
    assert not isinstance(failed, AccessRefused)
    terminal.log_in("sun")
    terminal.done("account", "disable", "chen", "--why", "离职")
    terminal.log_in("chen")
    assert "已停用" in terminal.refused("identity", "unlink", "1", "--by", "陈晨", "--why", "误认")


def parked_by_two(terminal: Terminal) -> None:
    """Let four messages be parked, the last of another sender."""
    early = {"CF_JDRQ": "2027-01-01"}
    feed_in(terminal.runtime, *(message("penalty", f"{n}", None, CF_WSH=f"舞〔2026〕{n}号", **early) for n in range(3)))
    feed_in(terminal.runtime, message("penalty", "3", {"sender": "11410481684874525W"}, **early))


def staff(terminal: Terminal) -> None:
    """Appoint a clerk, two who confirm, one of them for one organ, and an operator for that organ."""
    appoint(terminal)
    terminal.log_in("sun")
    for name, person in (("li", "李四"), ("wu", "吴六"), ("feng", "冯七")):
        terminal.done("account", "add", name, "--person", person, "--system-user", name)
    terminal.log_in("qian")
    terminal.done("account", "grant", "chen", "clerk", "--why", "到岗")
    terminal.done("account", "grant", "li", "reviewer", "--why", "到岗")
    terminal.done("account", "grant", "wu", "reviewer", "--organ", HEALTH.code, "--why", "到岗")
    terminal.done("account", "grant", "feng", "operator", "--organ", HEALTH.code, "--why", "到岗")
    terminal.log_in("chen")


def test_grants_are_told_with_the_names_of_their_organs(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_PAPER", 200)
    staff(terminal)
    shown = terminal.done("account", "list")
    assert "经办（全部单位，" in shown
    assert f"运维（{HEALTH.name} {HEALTH.code}，" in shown
    grants = [grant for each in json.loads(terminal.done("account", "list", "--json")) for grant in each["grants"]]
    assert {grant["organ"] for grant in grants} == {"*", HEALTH.code}


def test_a_discard_is_proposed_by_one_and_confirmed_by_another(terminal: Terminal) -> None:
    parked_by_two(terminal)
    staff(terminal)
    said = terminal.done("parked", "discard", "1", "--by", "陈晨", "--why", "误报")
    (number,) = re.findall(r"编号 (\w{12})", said)
    assert "尚未办理" in said
    assert "可复核人：李四、吴六" in said
    assert f"xinglin proposals confirm {number}" in said
    again = json.loads(terminal.done("parked", "discard", "1", "--by", "陈晨", "--why", "误报", "--json"))
    assert (again["proposal_id"], again["state"], again["may_decide"]) == (number, "open", ["李四", "吴六"])
    assert "挂起 1 号" in terminal.done("proposals")
    shown = terminal.done("proposals", "show", number)
    assert '"numbers": [' in shown
    assert "不得复核本人提交的事项" in terminal.refused("proposals", "confirm", number)
    terminal.log_in("feng")
    assert json.loads(terminal.done("proposals", "--json")) == []
    for words in (("show", number), ("confirm", number), ("refuse", number, "--why", "x"), ("confirm", "none")):
        assert "没有该事项" in terminal.refused("proposals", *words)
    assert len(json.loads(terminal.done("parked", "list", "--json"))) == 4
    terminal.log_in("wu")
    assert "✓ 已同意并办理：作废挂起报文，挂起 1 号" in terminal.done("proposals", "confirm", number, "--why", "属实")
    assert "已执行，不能再办理" in terminal.refused("proposals", "confirm", number)
    assert [each["parked_id"] for each in json.loads(terminal.done("parked", "list", "--json"))] == [2, 3, 4]
    assert "没有待复核的事项" in terminal.done("proposals")
    (kept,) = json.loads(terminal.done("proposals", "--all", "--json"))
    assert (kept["state"], kept["decider"], kept["answer"]) == ("done", "吴六", "属实")
    assert {"payload", "message", "fingerprint"}.isdisjoint(kept)
    with reading(terminal.runtime.engine) as connection:
        by = connection.execute(select(tables.look.c.what, tables.look.c.by).order_by(tables.look.c.look_id)).all()
    assert [tuple(row) for row in by][-2:] == [
        ("propose", "xinglin parked discard"),
        ("confirm", "xinglin proposals confirm"),
    ]


def test_many_are_discarded_by_one_proposal_that_names_them(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    parked_by_two(terminal)
    staff(terminal)
    every = ("parked", "discard", "--source", "/inspection", "--why", "误报", "--by")
    with monkeypatch.context() as patched:
        patched.setattr("workers.cli.parking._MOST", 3)
        refused = terminal.give(*every, "陈晨")
        assert refused.exit_code == 2
        assert "一次最多提交 3 份" in refused.output
        three = json.loads(terminal.done(*every, "陈晨", "--limit", "3", "--json"))
    assert (three["about"], three["may_decide"]) == ("挂起报文 3 份（1 至 3 号）", ["李四", "吴六"])
    four = json.loads(terminal.done(*every, "陈晨", "--json"))
    assert (four["organ"], four["may_decide"]) == ("", ["李四"])
    assert "已作废" not in terminal.done(*every, "陈晨", "--after", "3")
    assert isinstance(terminal.give(*every, "陈晨", "--after", "4").exception, NotParked)
    first, second = json.loads(terminal.done("proposals", "--limit", "2", "--json"))
    (third,) = json.loads(terminal.done("proposals", "--after", second["proposal_id"], "--json"))
    assert len({each["proposal_id"] for each in (first, second, third)}) == 3
    terminal.log_in("feng")
    assert "不包括" in terminal.refused(*every, "冯七")
    terminal.log_in("li")
    assert terminal.give("proposals", "refuse", four["proposal_id"]).exit_code == 2
    assert "已退回" in terminal.done("proposals", "refuse", four["proposal_id"], "--why", "不属实")
    assert json.loads(terminal.done("proposals", "confirm", three["proposal_id"], "--json"))["state"] == "done"
    assert [each["parked_id"] for each in json.loads(terminal.done("parked", "list", "--json"))] == [4]


def test_without_a_bound_account_one_discards_and_nobody_confirms(terminal: Terminal) -> None:
    parked_by_two(terminal)
    assert "已作废" in terminal.done("parked", "discard", "1", "--by", "王芳", "--why", "误报")
    assert "没有待复核的事项" in terminal.done("proposals")
    assert "无从知道是否另一人" in terminal.refused("proposals", "confirm", "x")


def test_who_looks_at_a_record_is_in_the_log_and_needs_the_right(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed_in(terminal.runtime, message("licensing.registration", "1"))
    with reading(terminal.runtime.engine) as connection:
        of = select(tables.subject.c.subject_id).where(tables.subject.c.kind == "organisation")
        key = connection.execute(of).scalars().first()
    assert key is not None
    assert terminal.give("subject", key).exception is None
    appoint(terminal)
    terminal.log_in("qian")
    terminal.done("account", "grant", "chen", "clerk", "--why", "到岗")
    for user, told in (("root", "没有绑定账号"), ("sun", "您没有“查询主体和记录”的权限")):
        monkeypatch.setenv("XINGLIN_ACCOUNT", user)
        assert told in terminal.refused("subject", key)
    monkeypatch.setenv("XINGLIN_ACCOUNT", "chen")
    assert terminal.give("subject", key).exception is None
    with reading(terminal.runtime.engine) as connection:
        seen = select(tables.look.c.account, tables.look.c.about, tables.look.c.by).where(tables.look.c.what == "look")
        assert connection.execute(seen).all() == [("chen", key, "xinglin subject")]


def test_a_list_of_persons_is_in_the_log_as_in_the_console_and_is_of_the_organs_of_the_account(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_log() -> list[tuple[str, ...]]:
        with reading(terminal.runtime.engine) as connection:
            seen = select(tables.look.c.account, tables.look.c.about, tables.look.c.purpose, tables.look.c.by)
            return [tuple(row) for row in connection.execute(seen.where(tables.look.c.what == "look"))]

    party: dict[str, Any] = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "诸葛四郎", "CF_XDR_SHXYM": None}
    party |= {"CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": "11010519491231002X", "CF_WSH": "舞卫医罚〔2026〕9号"}
    of_person = message("penalty", "2", None, **party)
    feed_in(terminal.runtime, message("penalty", "1"), of_person)
    with reading(terminal.runtime.engine) as connection:
        kinds = dict(connection.execute(select(tables.subject.c.subject_id, tables.subject.c.kind)).all())
    (person,) = (key for key, kind in kinds.items() if kind == "person")
    assert set(kinds.values()) == {"person", "individual_business"}
    assert person in terminal.done("feed", "--json")
    appoint(terminal)
    terminal.log_in("qian")
    terminal.done("account", "grant", "chen", "clerk", "--why", "到岗")
    terminal.log_in("sun")
    terminal.done("account", "add", "lin", "--person", "林晓", "--system-user", "lin")
    terminal.log_in("qian")
    terminal.done("account", "grant", "lin", "clerk", "--organ", "11410400005451234X", "--why", "到岗")
    assert read_log() == []
    for user, told in (("root", "没有绑定账号"), ("sun", "您没有“查询主体和记录”的权限")):
        monkeypatch.setenv("XINGLIN_ACCOUNT", user)
        assert told in terminal.refused("feed")
    monkeypatch.setenv("XINGLIN_ACCOUNT", "chen")
    for _ in range(2):
        assert person in terminal.done("feed", "--json")
    assert read_log() == [("chen", person, "命令行查询", "xinglin feed")]
    monkeypatch.setenv("XINGLIN_ACCOUNT", "lin")
    assert json.loads(terminal.done("feed", "--json"))["rows"] == []


def test_the_doctor_says_whether_rights_are_asked_for(terminal: Terminal) -> None:
    def say() -> tuple[str, str]:
        with reading(terminal.runtime.engine) as connection:
            judged = doctor._judge_accounts(connection)
        return judged.verdict.value, judged.found

    assert say() == ("ok", "no accounts: the command line asks for no right")
    terminal.done("account", "add", "chen", "--person", "陈晨")
    assert say()[0] == "warning"
    terminal.done("account", "add", "li", "--person", "李四", "--system-user", "li")
    assert say()[0] == "ok"


def test_what_is_no_day_or_role_is_refused(terminal: Terminal) -> None:
    terminal.done("account", "add", "chen", "--person", "陈晨")
    for words in (("boss",), ("clerk", "--from", "tomorrow"), ("clerk", "--until", "2026-02-30")):
        assert terminal.give("account", "grant", "chen", *words, "--why", "x").exit_code == 2
    terminal.refused("account", "grant", "chen", "clerk", "--until", "2026-05-31", "--why", "x")
    terminal.refused("account", "password", "nobody")
