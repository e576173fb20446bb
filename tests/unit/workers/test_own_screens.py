"""Accounts, the log, proposals and one's own page, by the people who use them; all over one archive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.store import looks, proposals, sessions, tables
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.proposals import Proposed
from schemas.access import FourEyes, Logged
from schemas.rights import Role
from tests.accounts import PASSWORD, SECRET, code, give_second, make_account
from tests.builders import HEALTH
from workers import settings
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.login import Login
from workers.runtime import Runtime, open_runtime

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
HOST = "http://127.0.0.1"
PEOPLE = {
    "chen": ("陈晨", (Role.CLERK,)),
    "li": ("李四", (Role.REVIEWER,)),
    "wu": ("吴六", (Role.REVIEWER,)),
    "sun": ("孙立", (Role.SYSTEM,)),
    "qian": ("钱敏", (Role.SECURITY,)),
    "zhou": ("周正", (Role.AUDITOR,)),
}


class House:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.app = Console(runtime, Login(runtime), SCREENS).app(["127.0.0.1"])
        self.holders: dict[str, Holder] = {}
        with writing(runtime.engine) as connection:
            for name, (person, roles) in PEOPLE.items():
                self.holders[name] = make_account(connection, name, person, NOW, *roles)
                give_second(connection, name, runtime.keyring, NOW)

    def browser(self, name: str) -> TestClient:
        browser = TestClient(self.app, base_url=HOST, headers={"Origin": HOST}, follow_redirects=False)
        with writing(self.runtime.engine) as connection:  # the door, and its hashes, are tried in test_login.py
            begun = sessions.begin(connection, name, "203.0.113.9", "test", NOW, complete=True)
        browser.cookies.set("xinglin", begun.token, domain="127.0.0.1")
        return browser

    def propose(self, number: int) -> str:
        by = self.holders["chen"]
        wanted = Proposed(FourEyes.DISCARD, f"挂起 {number} 号", "", json.dumps({"numbers": [number]}).encode(), "重复")
        with writing(self.runtime.engine) as connection:
            actor = Actor(by.account, by.person, "test")
            return proposals.propose(connection, wanted, by, actor, self.runtime.keyring, NOW).proposal_id


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("home") / "home"
    with open_runtime(settings.read({}, home=home), clock=lambda: NOW) as runtime:
        yield House(runtime)


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/accounts", {"sun"}),
        ("/accounts/-new", {"sun"}),
        ("/rights", {"qian"}),
        ("/log", {"zhou"}),
        ("/log/of", {"zhou"}),
        ("/log/accounts", {"zhou"}),
        ("/accounts/chen", {"sun", "qian", "zhou"}),
        ("/me", set(PEOPLE)),
        ("/me/password", set(PEOPLE)),
        ("/me/second", set(PEOPLE)),
        ("/proposals", set(PEOPLE)),
    ],
)
def test_each_screen_is_for_those_whose_right_it_is(house: House, path: str, may: set[str]) -> None:
    answers = {name: house.browser(name).get(path).status_code for name in PEOPLE}
    assert {name for name, status in answers.items() if status == 200} == may
    assert set(answers.values()) <= {200, 403}


def test_an_account_is_made_given_a_role_and_disabled_by_those_who_may(house: House) -> None:
    system, security = house.browser("sun"), house.browser("qian")
    made = system.post("/accounts/-new", data={"name": "Zheng", "person": "<b>郑"})
    initial = re.search(r"<pre>(\w{14})</pre>", made.text)
    assert initial is not None
    assert "&lt;b&gt;郑" in system.get("/accounts").text
    give = {"step": "grant", "role": "clerk", "organ": "A", "ends_on": "2026-12-31", "why": "到岗"}
    assert system.post("/accounts/zheng", data=give).status_code == 403
    assert security.post("/accounts/zheng", data=give).status_code == 303
    assert "经办（A，2026-06-01 至 2026-12-31）" in security.get("/accounts/zheng").text
    named = give | {"organ": HEALTH.code, "ends_on": ""}
    assert security.post("/accounts/wu", data=named).status_code == 303
    said = f"经办（{HEALTH.name} {HEALTH.code}，2026-06-01 至 长期）"
    assert all(said in security.get(path).text for path in ("/accounts/wu", "/rights"))
    assert said in house.browser("wu").get("/me").text
    assert security.post("/accounts/qian", data=give).status_code == 403
    assert "不得变更本人的授权" in security.get("/accounts/qian").text
    assert security.post("/accounts/sun", data=give | {"role": "auditor", "organ": "*"}).status_code == 403
    assert {house.browser("chen").post(f"/accounts/{name}", data=give).status_code for name in ("zheng", "no")} == {403}
    assert security.post("/accounts/zheng", data=give | {"role": "boss"}).status_code == 400
    assert security.post("/accounts/zheng", data={"step": "disable", "why": "x"}).status_code == 403
    assert house.browser("zhou").post("/accounts/zheng", data={"step": "disable", "why": "x"}).status_code == 403
    assert system.post("/accounts/zheng", data={"step": "disable"}).status_code == 400
    assert system.post("/accounts/zheng", data={"step": "disable", "why": "离职"}).status_code == 303
    assert "已停用" in system.get("/accounts/zheng").text
    (number,) = re.findall(r'name="grant" value="(\d+)"', security.get("/accounts/zheng").text)
    other = {"step": "revoke", "grant": number, "why": "x"}
    assert security.post("/accounts/chen", data=other).status_code == 400
    assert security.post("/accounts/zheng", data=other).status_code == 303
    with reading(house.runtime.engine) as connection:
        kept = str(connection.execute(select(tables.look)).all()) + str(
            connection.execute(select(tables.account)).all()
        )
    assert initial[1] not in kept


def test_an_administrator_ends_the_sessions_of_an_account_which_goes_on(house: House) -> None:
    system, wu = house.browser("sun"), house.browser("wu")
    assert wu.get("/me").status_code == 200
    end = {"step": "sessions", "why": "电脑遗失"}
    for name in ("qian", "zhou", "chen"):
        assert house.browser(name).post("/accounts/wu", data=end).status_code == 403
    assert system.post("/accounts/wu", data={"step": "sessions"}).status_code == 400
    assert wu.get("/me").status_code == 200
    assert 'value="sessions"' in system.get("/accounts/wu").text
    assert system.post("/accounts/wu", data=end).status_code == 303
    assert wu.get("/me").headers["location"].startswith("/login")
    assert 'value="sessions"' not in system.get("/accounts/wu").text
    assert "已停用" not in system.get("/accounts/wu").text
    assert house.browser("wu").get("/me").status_code == 200
    assert "电脑遗失" in house.browser("zhou").get("/log?what=session&about=wu").text


def test_the_log_has_filters_pages_and_a_spreadsheet(house: House) -> None:
    with writing(house.runtime.engine) as connection:
        for n in range(60):
            actor = Actor("chen", "陈晨", "/subjects", "203.0.113.9")
            looks.note(connection, actor, Logged.LOOK, "subject-of-the-log", f"办件 {n} 号", NOW)
    auditor = house.browser("zhou")
    page = auditor.get("/log?what=look&about=subject-of-the-log").text
    assert "办件 59 号" in page
    assert "办件 9 号" not in page
    following = re.search(r'href="(/log\?[^"]*after=\d+)"', page)
    assert following is not None
    assert "办件 9 号" in auditor.get(following[1].replace("&amp;", "&")).text
    assert "没有符合条件的记录" in auditor.get("/log?account=chen&until=2026-05-31").text
    assert "办件 59 号" in auditor.get("/log?account=chen&what=look&since=2026-06-01&until=2026-06-01").text
    assert auditor.get("/log?as=xlsx").content[:2] == b"PK"
    assert "操作日志" in auditor.get("/log?what=export").text
    for wrong in ("/log?after=x", "/log?what=x", "/log?since=x", "/log?after=99999999999999999999"):
        assert auditor.get(wrong).status_code == 400
    asked = auditor.get("/log/of?key=11010519491231002X")
    assert 'action="/log/of" method="post"' in asked.text
    assert "11010519491231002X" not in asked.text
    assert auditor.post("/log/of", data={"key": "11010519491231002X"}).status_code == 404


def test_what_two_persons_do_is_not_done_by_one(house: House) -> None:
    number = house.propose(1)
    place = f"/proposals/{number}"
    clerk, reviewer = house.browser("chen"), house.browser("li")
    assert "提交人不得复核本人提交的事项" in clerk.get(place).text
    assert clerk.post(place, data={"step": "yes"}).status_code == 403
    for name in ("sun", "qian", "zhou"):
        assert house.browser(name).get(place).status_code == 404
        assert house.browser(name).post(place, data={"step": "yes"}).status_code == 404
    assert "挂起 1 号" in reviewer.get("/proposals").text
    assert reviewer.post(place, data={"step": "no"}).status_code == 400
    assert reviewer.post(place, data={"step": "maybe"}).status_code == 400
    gone = reviewer.post(place, data={"step": "yes"})
    assert gone.status_code == 400
    assert "没有作废" in gone.text
    assert "待复核" in reviewer.get(place).text
    assert reviewer.post(place, data={"step": "no", "why": "不属实"}).status_code == 303
    assert house.browser("wu").post(place, data={"step": "no", "why": "x"}).status_code == 403
    assert "已退回" in clerk.get("/proposals?all=yes").text


def test_the_own_page_says_what_one_may_and_ends_sessions(house: House) -> None:
    browser, other = house.browser("wu"), house.browser("wu")
    page = browser.get("/me").text
    assert "您没有“授权”的权限" in page
    assert "（本次）" in page
    assert browser.post("/me/sessions", data={"session": "others"}).status_code == 303
    assert other.get("/me").status_code == 303
    assert browser.get("/me").status_code == 200
    foreign = house.browser("li")
    theirs = re.search(r'name="session" value="([0-9a-f]{16})"', foreign.get("/me").text)
    assert theirs is not None
    browser.post("/me/sessions", data={"session": theirs[1]})
    assert foreign.get("/me").status_code == 200


def test_the_own_password_is_changed_by_the_old_one(house: House) -> None:
    with writing(house.runtime.engine) as connection:
        make_account(connection, "feng", "冯七", NOW)
    browser = house.browser("feng")
    new = {"new": "Zk7-pq2Lm9", "again": "Zk7-pq2Lm9"}
    assert browser.post("/me/password", data={"old": "wrong"} | new).status_code == 400
    assert browser.post("/me/password", data={"old": PASSWORD, "new": "x", "again": "x"}).status_code == 400
    assert browser.post("/me/password", data={"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}).status_code == 400
    assert browser.post("/me/password", data={"old": PASSWORD} | new).headers["location"] == "/login"
    assert browser.get("/me").status_code == 303


def test_a_second_factor_is_set_up_by_its_first_code(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("credit.access.second.make_secret", lambda: SECRET)
    with writing(house.runtime.engine) as connection:
        make_account(connection, "wei", "卫八", NOW)
    browser = house.browser("wei")
    page = browser.get("/me/second").text
    assert "<svg" in page
    assert " style=" not in page
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert sealed is not None
    with writing(house.runtime.engine) as connection:
        make_account(connection, "zhu", "朱九", NOW)
    theirs = {"sealed": sealed[1], "code": code(NOW), "password": PASSWORD}
    stolen = house.browser("zhu").post("/me/second", data=theirs)
    assert stolen.status_code == 400
    form = {"sealed": sealed[1], "code": code(NOW), "password": PASSWORD}
    for wrong in ({"code": "000000"}, {"password": ""}, {"password": "wrong"}, {"sealed": "x"}):
        assert browser.post("/me/second", data=form | wrong).status_code == 400
    assert browser.post("/me/second", data=form).status_code == 303
    assert browser.post("/me/second", data=form | {"code": code(NOW, 1)}).status_code == 400
    again = TestClient(house.app, base_url=HOST, headers={"Origin": HOST}, follow_redirects=False)
    assert again.post("/login", data={"name": "wei", "password": PASSWORD}).headers["location"] == "/login/more"
    assert again.post("/login/more", data={"code": code(NOW)}).status_code == 400
