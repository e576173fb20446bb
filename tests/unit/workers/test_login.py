"""The door of the console: who gets in, who does not, and what an attacker can learn or take there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from credit.store import accounts, grants, sessions, tables
from credit.store.accounts import NewAccount
from credit.store.engine import reading, writing
from credit.store.grants import NewGrant
from schemas.rights import Right, Role
from tests.accounts import FROM, PASSWORD, SECRET, code, give_second, make_account, nobody
from workers import settings
from workers.console.app import Console
from workers.console.login import Login, own_path
from workers.console.screens import Page, Screen
from workers.runtime import Runtime, open_runtime

START = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOST = "http://127.0.0.1"


def saying(text: str) -> Page:
    return Page("error.html", {"error": text, "status": 200, "begun": False})


SCREENS = (
    Screen("/", "首页", Right.LOOK, lambda _: saying("里面")),
    Screen("/numbers", "号码", Right.NUMBERS, lambda _: saying("号码")),
)


class House:
    """A console with a clerk, and the time that it is there."""

    def __init__(self, home: Path) -> None:
        self.now = START
        self._opening = open_runtime(settings.read({}, home=home), clock=lambda: self.now)
        self.runtime: Runtime = self._opening.__enter__()
        with writing(self.runtime.engine) as connection:
            make_account(connection, "chen", "陈晨", START, Role.CLERK)

    def close(self) -> None:
        self._opening.__exit__(None, None, None)

    def browser(self, host: str = HOST, client: str = "203.0.113.9") -> TestClient:
        app = Console(self.runtime, Login(self.runtime), SCREENS).app(["127.0.0.1", "xinglin.example"])
        headers = {"Origin": host}
        return TestClient(app, base_url=host, headers=headers, follow_redirects=False, client=(client, 4000))

    def log(self) -> list[tuple[str, str, str]]:
        asked = select(tables.look.c.what, tables.look.c.account, tables.look.c.address).order_by(tables.look.c.look_id)
        with reading(self.runtime.engine) as connection:
            return [tuple(row) for row in connection.execute(asked)]

    def second(self) -> None:
        with writing(self.runtime.engine) as connection:
            give_second(connection, "chen", self.runtime.keyring, self.now)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "home")
    yield made
    made.close()


def log_in(browser: TestClient, password: str = PASSWORD, name: str = "chen", **more: str) -> int:
    return browser.post("/login", data={"name": name, "password": password} | more).status_code


def test_who_knows_the_password_gets_in_and_out_again(house: House) -> None:
    browser = house.browser()
    assert browser.get("/").headers["location"] == "/login"
    assert "密码" in browser.get("/login").text
    answer = browser.post("/login", data={"name": " Chen ", "password": PASSWORD, "next": "/numbers?a=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/numbers?a=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "陈晨" in browser.get("/").text
    assert browser.get("/numbers").status_code == 403
    kept = dict(browser.cookies)
    assert browser.post("/logout").headers["location"] == "/login"
    assert browser.get("/").status_code == 303
    assert house.browser().get("/", headers={"Cookie": f"xinglin={kept['xinglin']}"}).status_code == 303
    assert [what for what, _, _ in house.log()][-2:] == ["login", "logout"]


def test_a_database_that_is_lost_lets_nobody_in_and_a_login_that_was_sent_is_doubtful(house: House) -> None:
    browser = house.browser()
    assert log_in(browser) == 303
    with writing(house.runtime.engine) as connection:
        connection.execute(text("ALTER TABLE session RENAME TO gone"))
    shown = browser.get("/")
    assert (shown.status_code, "没有办理任何事项" in shown.text) == (503, True)
    sent = browser.post("/login", data={"name": "chen", "password": PASSWORD})
    assert (sent.status_code, "可能没有办成，请先核对再提交" in sent.text) == (503, True)
    assert "没有办理任何事项" not in sent.text


def test_by_https_the_cookie_is_of_this_host_alone_and_never_sent_in_clear(house: House) -> None:
    browser = house.browser("https://xinglin.example")
    cookie = browser.post("/login", data={"name": "chen", "password": PASSWORD}).headers["set-cookie"]
    assert cookie.startswith("__Host-xinglin=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert browser.get("/").status_code == 200


def test_over_a_network_without_https_nobody_types_a_password(house: House) -> None:
    browser = house.browser("http://xinglin.example")
    for answer in (browser.get("/login"), browser.post("/login", data={"name": "chen", "password": PASSWORD})):
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "127.0.0.1", "Forwarded": "proto=https"}
    assert browser.get("/login", headers=forged).status_code == 400


def test_a_guess_learns_nothing_and_ends_in_a_lock_whether_the_account_exists_or_not(house: House) -> None:
    said = {}
    for name in ("chen", "nobody"):
        browser = house.browser(client=f"203.0.113.{len(name)}")
        answers = [browser.post("/login", data={"name": name, "password": f"guess-{n}"}) for n in range(7)]
        assert [answer.status_code for answer in answers] == [400] * 5 + [429] * 2
        said[name] = [answer.text.replace(name, "") for answer in answers]
    assert said["chen"] == said["nobody"]
    guessing = house.browser(client="203.0.113.4")
    assert log_in(guessing) == 429  # the right one, too
    assert log_in(house.browser(client="203.0.113.77")) == 303  # and nobody is locked out who is elsewhere
    house.now += 11 * MINUTE
    assert log_in(guessing) == 303
    with reading(house.runtime.engine) as connection:
        cases = connection.execute(
            select(tables.alert_case.c.about).where(tables.alert_case.c.kind == "login-failures")
        )
        assert sorted(cases.scalars()) == ["? 203.0.113.6", "chen"]


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(house: House) -> None:
    browsers = [house.browser() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda pair: log_in(pair[1], f"guess-{pair[0]}"), enumerate(browsers)))
    assert (answers.count(400), answers.count(429)) == (5, 7)


def test_forged_forwarded_headers_do_not_hide_who_guesses(house: House) -> None:
    for n in range(3):
        forged = {"X-Forwarded-For": f"198.51.100.{n}", "X-Real-IP": "198.51.100.1"}
        house.browser().post("/login", data={"name": "chen", "password": "x"}, headers=forged)
    assert {address for what, _, address in house.log() if what == "login-failed"} == {"203.0.113.9"}


def test_what_is_typed_into_the_wrong_field_is_kept_nowhere(house: House) -> None:
    log_in(house.browser(), "", name=PASSWORD)
    with reading(house.runtime.engine) as connection:
        for table in (tables.look, tables.attempt, tables.alert_case):
            assert PASSWORD not in str(connection.execute(select(table)).all())


@pytest.mark.parametrize("name", ["", "a\x00b", "x" * 9000, "chen' OR 1=1 --", "<script>", "陈晨"])
def test_strange_names_are_wrong_and_no_more(house: House, name: str) -> None:
    answer = house.browser().post("/login", data={"name": name, "password": "x"})
    assert answer.status_code == 400
    assert "<script>" not in answer.text.split("</head>")[1].replace("</script>", "")


def test_a_form_larger_than_any_of_ours_is_not_read(house: House) -> None:
    assert log_in(house.browser(), "x" * 20_000) == 413
    many = "&".join(f"a{n}=1" for n in range(50))
    assert house.browser().post("/login", content=many).status_code == 413


def test_a_cookie_that_somebody_planted_is_never_a_session(house: House) -> None:
    browser = house.browser()
    browser.cookies.set("xinglin", "planted-by-another", domain="127.0.0.1")
    answer = browser.post("/login", data={"name": "chen", "password": PASSWORD})
    assert "planted" not in answer.headers["set-cookie"]
    planted = house.browser()
    assert planted.get("/", headers={"Cookie": "xinglin=planted-by-another"}).status_code == 303


def test_a_login_ends_what_the_browser_was_logged_in_as(house: House) -> None:
    browser = house.browser()
    log_in(browser)
    before = browser.cookies["xinglin"]
    log_in(browser)
    assert browser.cookies["xinglin"] != before
    assert house.browser().get("/", headers={"Cookie": f"xinglin={before}"}).status_code == 303


def test_the_second_factor_is_asked_for_and_its_code_is_good_once(house: House) -> None:
    house.second()
    browser = house.browser()
    answer = browser.post("/login", data={"name": "chen", "password": PASSWORD, "next": "/numbers"})
    assert answer.headers["location"] == "/login/more?next=%2Fnumbers"
    half = browser.cookies["xinglin"]
    assert browser.get("/").status_code == 303  # the password alone opens nothing
    assert "动态口令" in browser.get("/login/more").text
    assert browser.post("/login/more", data={"code": "000000"}).status_code == 400
    answer = browser.post("/login/more", data={"code": code(house.now), "next": "/numbers"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/numbers")
    assert browser.cookies["xinglin"] != half
    assert browser.get("/").status_code == 200
    assert house.browser().get("/", headers={"Cookie": f"xinglin={half}"}).status_code == 303
    other = house.browser()
    log_in(other)
    assert other.post("/login/more", data={"code": code(house.now)}).status_code == 400
    assert other.post("/login/more", data={"code": code(house.now, 1)}).status_code == 303


def test_codes_are_not_guessed_either(house: House) -> None:
    house.second()
    browser = house.browser()
    log_in(browser)
    tries = [browser.post("/login/more", data={"code": f"00000{n}"}).status_code for n in range(6)]
    assert tries == [400] * 5 + [429]
    # Whoever tries codes knows the password: from elsewhere there is no other count.
    other = house.browser(client="203.0.113.77")
    log_in(other)
    assert other.post("/login/more", data={"code": code(house.now)}).status_code == 429
    assert browser.post("/login/more", data={"code": code(house.now)}).status_code == 429


def test_who_has_the_password_but_no_code_waits_five_minutes_at_most(house: House) -> None:
    house.second()
    browser = house.browser()
    log_in(browser)
    house.now += 6 * MINUTE
    assert browser.post("/login/more", data={"code": code(house.now)}).headers["location"] == "/login"


def test_an_initial_password_opens_nothing_until_it_is_changed(house: House) -> None:
    with writing(house.runtime.engine) as connection:
        initial = accounts.reset_password(connection, "chen", nobody(house.now))
    browser = house.browser()
    assert browser.post("/login", data={"name": "chen", "password": initial}).headers["location"] == "/login/more"
    assert browser.get("/").status_code == 303
    for new, again in ((initial, initial), ("short", "short"), ("Zk7-pq2Lm9", "Zk7-pq2Lm8"), ("", "")):
        assert browser.post("/login/more", data={"new": new, "again": again}).status_code == 400
    assert browser.post("/login/more", data={"new": "Zk7-pq2Lm9", "again": "Zk7-pq2Lm9"}).status_code == 303
    assert browser.get("/").status_code == 200
    assert log_in(house.browser(), initial) == 400
    assert log_in(house.browser(), "Zk7-pq2Lm9") == 303


def test_a_session_ends_when_nobody_uses_it_and_when_the_account_is_disabled(house: House) -> None:
    browser = house.browser()
    log_in(browser)
    for _ in range(3):
        house.now += 14 * MINUTE
        assert browser.get("/").status_code == 200
    house.now += 15 * MINUTE
    assert browser.get("/").status_code == 303
    log_in(browser)
    with writing(house.runtime.engine) as connection:
        accounts.disable(connection, "chen", "离职", nobody(house.now))
    assert browser.get("/").status_code == 303
    assert log_in(browser) == 400


def test_a_post_from_another_site_does_nothing(house: House) -> None:
    browser = house.browser()
    log_in(browser)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post("/logout", headers=headers).status_code == 403
        data = {"name": "chen", "password": PASSWORD}
        assert house.browser().post("/login", data=data, headers=headers).status_code == 403
    assert browser.get("/logout").headers["location"] == "/"
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/login?next=/",
        "http://[",
        "/\n/evil.example",
        " //evil.example",
    ],
)
def test_the_way_back_is_a_path_of_ours(wanted: str) -> None:
    assert own_path(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/parked/7?a=1&b=x", "/subjects/舞钢"])
def test_the_way_back_is_kept(wanted: str) -> None:
    assert own_path(wanted) == wanted


def test_a_subscriber_of_newer_addresses_has_the_attempts_of_one(house: House) -> None:
    tries = [log_in(house.browser(client=f"2001:db8:1:2::{n}"), f"guess-{n}") for n in range(6)]
    assert tries == [400] * 5 + [429]
    assert log_in(house.browser(client="2001:db8:1:3::1")) == 303


def made(page: str) -> dict[str, str]:
    """What the form of a new second factor sends, with the code that a telephone shows."""
    found = re.search(r'name="sealed" value="([^"]+)"', page)
    assert found is not None
    return {"sealed": found[1], "code": code(START)}


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
def test_an_administrator_without_a_second_factor_gets_in_only_to_set_one_up(
    house: House, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    monkeypatch.setattr("credit.access.second.make_secret", lambda: SECRET)
    with writing(house.runtime.engine) as connection:
        make_account(connection, "sun", "孙立", START, role)
    browser = house.browser()
    answer = browser.post("/login", data={"name": "sun", "password": PASSWORD, "next": "/numbers"})
    assert answer.headers["location"] == "/login/more?next=%2Fnumbers"
    assert browser.get("/").headers["location"] == "/login"
    page = browser.get("/login/more?next=/numbers").text
    assert "须启用动态口令" in page
    assert 'action="/logout"' in page
    form = made(page)
    right = form | {"password": PASSWORD}
    for wrong in ({}, form, form | {"password": "wrong"}, right | {"code": "000000"}, right | {"sealed": "x"}):
        assert browser.post("/login/second", data=wrong).status_code in {400, 429}
        house.now += 3 * MINUTE if wrong == form else 0 * MINUTE
    assert browser.get("/").status_code == 303
    house.now = START
    with writing(house.runtime.engine) as connection:
        sessions.forget_attempts(connection, "sun", house.runtime.keyring)
    assert browser.post("/login/more", data={"code": form["code"]}).headers["location"] == "/login/more"
    done = browser.post("/login/second", data=right | {"next": "/numbers"})
    assert (done.status_code, done.headers["location"]) == (303, "/numbers")
    assert browser.get("/").status_code == 403  # in, and no right to look
    again = house.browser()
    log_in(again, name="sun")
    assert again.post("/login/second", data=right).status_code == 400


def test_an_initial_password_of_an_administrator_is_changed_and_then_the_factor_set_up(house: House) -> None:
    with writing(house.runtime.engine) as connection:
        initial = accounts.add(connection, NewAccount("sun", "孙立"), nobody(START))
        grants.write(connection, NewGrant("sun", Role.SYSTEM, "*", FROM, None, "任命"), nobody(START))
    browser = house.browser()
    log_in(browser, initial, "sun")
    new = {"new": "Zk7-pq2Lm9", "again": "Zk7-pq2Lm9"}
    assert browser.post("/login/more", data=new).headers["location"] == "/login/more"
    assert browser.get("/").headers["location"] == "/login"
    assert "须启用动态口令" in browser.get("/login/more").text


def test_who_is_made_an_administrator_while_logged_in_is_asked_for_a_factor_at_once(house: House) -> None:
    browser = house.browser()
    log_in(browser)
    assert browser.get("/").status_code == 200
    with writing(house.runtime.engine) as connection:
        grants.write(connection, NewGrant("chen", Role.SECURITY, "*", FROM, None, "任命"), nobody(house.now))
    assert browser.get("/").headers["location"] == "/login"
    house.second()
    assert browser.get("/").status_code == 200


def test_what_a_page_asks_for_by_itself_keeps_nobody_logged_in(house: House) -> None:
    browser = house.browser()
    log_in(browser)
    for _ in range(7):
        house.now += 2 * MINUTE
        assert browser.get("/", headers={"HX-Request": "true"}).status_code == 200
    house.now += 2 * MINUTE
    gone = browser.get("/numbers?a=1", headers={"HX-Request": "true"})
    assert (gone.text, gone.headers["hx-redirect"]) == ("", "/login?next=%2Fnumbers%3Fa%3D1")
    log_in(browser)
    house.now += 14 * MINUTE
    assert browser.get("/").status_code == 200  # somebody who has come back
    house.now += 14 * MINUTE
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/login", "/login/more", "/login/second", "/logout", "/login/oidc"])
def test_strange_requests_before_the_login_are_answered_in_chinese(house: House, path: str) -> None:
    browser = house.browser()
    assert browser.request("BREW", path).status_code == 405
    assert "这种请求方式" in browser.put(path).text
    torn = browser.post(path, content=b"--x no form", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert torn.status_code < 500
