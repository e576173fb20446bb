"""Every screen, in a browser, by each role: it shows what it may, nothing breaks, and everybody can use it.

What has to be seen is read off the screens, the rights of the roles and the templates of the console: one that is new
makes a test fail until somebody has walked there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from credit.access.roles import RIGHTS
from credit.store.engine import writing
from credit.store.sessions import begin
from schemas.rights import Right, Role
from tests.browser import encounters
from tests.browser.conftest import appoint, log_in, press, served
from tests.browser.meanwhile import Meanwhile
from tests.browser.town import DRAW, LASTING, PERSONS, Landmarks, find_landmarks, find_parked, practitioners
from tests.browser.walk import PHONE, Known, Walk, Walker, screen_of, troubles
from tests.browser.writing import NEW_PASSWORD, Writer
from tests.builders import rows
from workers import console as console_package
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.login import Login
from workers.console.screens import Screen
from workers.demo.staff import Login as Account
from workers.runtime import Runtime

pytestmark = pytest.mark.long(seconds=120)

_NO_PAGE = {
    "/parked/{number:int}/replay": "leads back to the message",
    "/parked/{number:int}/discard": "leads back to the message",
    "/me/sessions": "leads back to one's account",
    "/subjects/{key}/paper": "prints what is posted",
    "/subjects/{key}/own/revoke": "revokes what is posted",
}
"""Screens that are there to be posted to, and what they do with who only opens them."""
_NOT_SHOWN = {"logged_out.html": "leads on to the logout of a provider; tests/unit/workers/test_oidc.py reads it"}
"""Templates that no walk comes to, and why."""
_TEMPLATES = Path(console_package.__file__).parent / "templates"
_OF_SOME: Mapping[str, frozenset[Right]] = {
    "/contacts": frozenset({Right.ENTER, Right.NUMBERS}),
    "/accounts/{name}": frozenset({Right.ACCOUNTS, Right.GRANT, Right.LOG}),
    "/proposals/{proposal}": frozenset({Right.CONFIRM}),
}
"""Screens that are open to all who are logged in, and show something to who has one of these. What somebody proposed is
shown to that person as well."""


def _is_open(screen: Screen, role: Role) -> bool:
    wanted = _OF_SOME.get(screen.path, frozenset({screen.right} if screen.right else ()))
    return not wanted or bool(wanted & RIGHTS[role])


def _begin(town: Runtime, marks: Landmarks, meanwhile: Meanwhile, account: str) -> Iterator[str]:
    """Where somebody begins: at what there is one of a kind of, then with the menu."""
    mended = [
        number for reason in ("date.future", "date.invalid", "date.order") for number in find_parked(town, reason)
    ]
    yield from (f"/parked/{number}/mend" for number in mended[:1])
    yield from (f"/parked/{number}{step}" for number in mended[1:2] for step in ("", "/note"))
    yield from ("/parked/many/discard?reason=text.forbidden_character", "/parked/list?reason=date.future")
    yield from [meanwhile.begin_replay()] * 2
    yield meanwhile.begin_try(account)
    yield from (
        "/policies/what-if?regime=wugang",
        "/search?q=诊所",
        f"/subjects/{marks.institution}/timeline",
        f"/subjects/{marks.person}",
        f"/subjects/{marks.person}/purpose",
        marks.honour,
        *[f"/subjects/{marks.institution}/own"] * 2,
        f"/files/{marks.table}",
        f"/disputes?named={marks.shared}",
        f"/disputes?named={marks.disputed}",
        "/entry/credit.public.complaint.v1",
        f"/draws/{PERSONS}/{DRAW}/{marks.year}",
        "/accounts/spare",
        *(f"/proposals/{each}" for each in marks.proposals),
    )
    yield from (screen.path for screen in SCREENS if screen.menu)


@pytest.fixture(scope="module")
def logins(town: Runtime) -> dict[str, Account]:
    return appoint(town)


@pytest.fixture(scope="module")
def marks(town: Runtime) -> Landmarks:
    return find_landmarks(town)


@pytest.fixture(scope="module")
def gate(town: Runtime) -> Login:
    return Login(town)


@pytest.fixture(scope="module")
def desk(town: Runtime, gate: Login) -> Console:
    return Console(town, gate, SCREENS)


@pytest.fixture(scope="module")
def console(desk: Console) -> Iterator[str]:
    with served(desk.app(["127.0.0.1"])) as address:
        yield address


@pytest.fixture(scope="module")
def known() -> Known:
    return Known()


@contextmanager
def entered(browser: Browser, console: str, login: Account) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport=PHONE)
    page = context.new_page()
    log_in(page, console, login)
    yield page
    context.close()


@pytest.fixture(scope="module")
def walk(
    browser: Browser, console: str, town: Runtime, marks: Landmarks, logins: dict[str, Account], known: Known
) -> Callable[[Role], Walk]:
    """Walk once in a role."""

    @cache
    def go(role: Role) -> Walk:
        meanwhile, login = Meanwhile(town), logins[role.value]
        with writing(town.engine) as connection:
            begin(
                connection, login.account, "", "a session elsewhere", town.clock() - timedelta(minutes=5), complete=True
            )
        with entered(browser, console, login) as page:
            walker = Walker(page, console, known, meanwhile.go_on)
            walker.be_refused(screen for screen in SCREENS if not _is_open(screen, role))
            paths = _begin(town, marks, meanwhile, login.account)
            walker.go((path for path in paths if _is_open(_need(path), role)), Writer(marks, login))
        meanwhile.end()
        if "/me/password" in walker.walk.sent:
            logins[role.value] = login._replace(password=NEW_PASSWORD)
        return walker.walk

    return go


def _need(path: str) -> Screen:
    screen = screen_of(path)
    assert screen is not None
    return screen


@pytest.fixture(scope="module")
def met(browser: Browser, console: str, town: Runtime, logins: dict[str, Account], known: Known) -> Walk:
    """What is seen at the door: a wrong password, an initial one, a second factor; and what two do at once."""
    context = browser.new_context(locale="zh-CN", viewport=PHONE)
    walker = Walker(context.new_page(), console, known, lambda _: None)
    encounters.at_the_door(walker, logins["fresh"], logins["guard"])
    context.clear_cookies()
    log_in(walker.page, console, logins["deputy"])
    encounters.two_at_once(walker, town)
    context.close()
    return walker.walk


@pytest.mark.parametrize("role", Role)
def test_each_role_walks_through_all_that_it_may(walk: Callable[[Role], Walk], role: Role) -> None:
    walked = walk(role)
    assert "\n".join(walked.broken) == ""
    assert "\n".join(walked.unusable) == ""
    assert {screen.path for screen in SCREENS if _is_open(screen, role)} - walked.opened - set(_NO_PAGE) == set()


def test_each_form_is_sent_by_somebody(walk: Callable[[Role], Walk]) -> None:
    sent = set[str]().union(*(walk(role).sent for role in Role))
    assert {screen.path for screen in SCREENS if screen.do} - sent == set()


def test_each_template_is_shown_to_somebody(
    walk: Callable[[Role], Walk], desk: Console, gate: Login, met: Walk
) -> None:
    for role in Role:
        walk(role)
    assert "\n".join(met.broken) == ""
    assert "\n".join(met.unusable) == ""
    shown = {name for each in (desk, gate) for _, name in each._templates.cache or ()}
    assert {path.name for path in _TEMPLATES.glob("*.html")} - shown - set(_NOT_SHOWN) == set()


@pytest.mark.parametrize("role", Role)
def test_who_has_no_right_to_a_screen_is_refused(walk: Callable[[Role], Walk], role: Role) -> None:
    """By its page, and by what is posted to it; whatever the address names."""
    closed = [screen for screen in SCREENS if not _is_open(screen, role)]
    wanted = {("GET", screen.path) for screen in closed} | {("POST", screen.path) for screen in closed if screen.do}
    refused = walk(role).refused
    assert refused == {asked: 404 if asked[1] == "/proposals/{proposal}" else 403 for asked in wanted}


def test_persons_and_what_waits_for_a_second_one_stand_in_the_lists(
    browser: Browser, console: str, marks: Landmarks, logins: dict[str, Account], known: Known
) -> None:
    names = {one.name for one in practitioners()}
    paths = {
        f"/grades?regime={PERSONS}": names,
        f"/lists?regime={PERSONS}&list=bad-practice": names,
        f"/draws/{PERSONS}/{DRAW}/{marks.year}": names,
        "/proposals": {LASTING},
        "/": {"待第二人复核的事项"},
    }
    with entered(browser, console, logins["deputy"]) as page:
        walker = Walker(page, console, known, lambda _: None)
        for path, wanted in paths.items():
            page.goto(f"{console}{path}")
            said = page.inner_text("main")
            assert any(each in said for each in wanted), path
            walker.open(path)
    assert walker.walk.broken + walker.walk.unusable == []


def test_what_is_wrong_in_a_form_is_said_beside_it_before_it_is_sent(
    browser: Browser, console: str, logins: dict[str, Account]
) -> None:
    with entered(browser, console, logins["deputy"]) as page:
        broken: list[str] = []
        page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(f"{console}/entry/credit.public.complaint.v1")
        page.fill("[name=occurred_on]", "昨天")
        page.press("[name=occurred_on]", "Tab")
        expect(page.locator("#occurred_on-help")).to_contain_text("不是日期")
        expect(page.locator("main .refusal")).to_have_count(0)
        assert page.input_value("[name=occurred_on]") == "昨天"
        assert broken == []
        press(page.get_by_role("button", name="保存"))
        expect(page.locator("main .refusal")).to_contain_text("没有保存")
        expect(page.locator("#occurred_on-help")).to_contain_text("不是日期")
        assert list(troubles(page)) == []


def test_everybody_can_use_what_is_done_to_a_record(
    browser: Browser, console: str, logins: dict[str, Account], town: Runtime
) -> None:
    ((record, subject),) = rows(
        town,
        "SELECT record_id, subject_id FROM record WHERE family = 'credit.inspection.penalty' AND state = 'in_force' "
        "AND sealed_clause IS NULL AND subject_id LIKE '9%' ORDER BY record_id LIMIT 1",
    )
    with entered(browser, console, logins["deputy"]) as page:
        page.goto(f"{console}/subjects/{subject}/records/{record}")
        press(page.locator("main a:text-is('撤销')"))
        page.fill("[name=occurred_on]", f"{town.clock():%Y-%m-%d}")
        page.select_option("[name=reason]", "entered_in_error")
        page.fill("[name='target.document_no']", "舞卫医罚〔1999〕1号")
        press(page.locator("button:text-is('提交复核')"))
        expect(page.get_by_role("alert")).to_contain_text("档案中没有这条记录")
        assert list(troubles(page)) == []
        page.goto(f"{console}/entry/credit.office.withdrawal.v1?about={record}")
        page.fill("[name=occurred_on]", f"{town.clock():%Y-%m-%d}")
        page.select_option("[name=reason]", "entered_in_error")
        press(page.locator("button:text-is('提交复核')"))
        expect(page.locator("main")).to_contain_text("已提交")
    with entered(browser, console, logins["second"]) as page:
        page.goto(f"{console}/proposals")
        press(page.locator("main tbody a >> nth=0"))
        expect(page.locator("main")).to_contain_text("→ 已撤销")
        assert list(troubles(page)) == []
        page.fill("[name=why]", "没有错")
        press(page.locator("button[value=no]"))
        expect(page.locator("main")).to_contain_text("已退回")
