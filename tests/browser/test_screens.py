"""Every screen, opened by each role: it shows what it may, nothing breaks, and everybody can use it.

Each page is asked for by each role, as by a program. It is shown in a browser, which takes a hundred times as long, for
the first role, and for another one where something is on it that was on no page before.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect
from starlette.routing import compile_path

from credit.access.account import Holder
from credit.access.roles import RIGHTS
from credit.store.looks import Actor
from schemas.rights import Right, Role
from tests.browser.conftest import appoint, log_in, served
from tests.browser.shapes import Shapes
from tests.builders import rows
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.login import Login
from workers.console.screens import Screen
from workers.decisions import proposed
from workers.decisions.proposed import Signatory
from workers.demo.staff import Login as Account
from workers.runtime import Runtime

pytestmark = pytest.mark.long(seconds=100)

_PATTERNS = [(screen, compile_path(screen.path)[0]) for screen in SCREENS]
_DESK: ViewportSize = {"width": 1280, "height": 720}
_PHONE: ViewportSize = {"width": 360, "height": 740}
"""A phone, and half of what a narrow screen shows at twice the size."""
_ONE_OF_EACH = """() => {
    for (const list of document.querySelectorAll("tbody, ul, ol")) {
        const known = new Set();
        for (const row of [...list.children]) {
            const shape = row.outerHTML.replace(/>[^<]+</g, ">.<").replace(/ (href|value|name|datetime)="[^"]*"/g, "");
            if (known.has(shape)) row.remove();
            known.add(shape);
        }
    }
}"""
"""Takes the rows of lists away that differ from one before in what they say: each takes as long to look at as that."""
_FILE = re.compile(r"\.(pdf|xlsx|docx|csv|svg|png)$|[?&]as=|/raw$|/verdict$|/file[?]|^/templates/|/paper")


@pytest.fixture(scope="module")
def logins(town: Runtime) -> dict[Role, Account]:
    return appoint(town)


@pytest.fixture(scope="module")
def console(town: Runtime) -> Iterator[str]:
    with served(Console(town, Login(town), SCREENS).app(["127.0.0.1"])) as address:
        yield address


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Which screens were shown in the browser, and the shapes of all that was on them."""
    return set()


@contextmanager
def entered(browser: Browser, console: str, login: Account) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport=_DESK)
    page = context.new_page()
    log_in(page, console, login)
    yield page
    context.close()


@dataclass
class Walk:
    """What somebody saw who followed every kind of link once."""

    opened: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


def _screen_of(path: str) -> Screen | None:
    return next((screen for screen, pattern in _PATTERNS if pattern.fullmatch(path)), None)


_OF_SOME = {"/contacts": frozenset({Right.ENTER, Right.NUMBERS})}
"""Screens that look themselves for one of several rights."""


def _menu(role: Role) -> list[str]:
    return [screen.path for screen in SCREENS if screen.menu and _is_open(screen, role)]


def _is_open(screen: Screen, role: Role) -> bool:
    wanted = _OF_SOME.get(screen.path, frozenset({screen.right} if screen.right else ()))
    return not wanted or bool(wanted & RIGHTS[role])


def _walk(page: Page, console: str, begin: list[str], known: set[str]) -> Walk:
    walk, waiting, axe = Walk(), deque(begin), Axe()
    page.on("console", lambda said: walk.broken.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: walk.broken.append(f"{page.url}: {error}"))
    while waiting:
        path = waiting.popleft()
        screen = _screen_of(urlsplit(path).path)
        if screen is None or screen.path in walk.opened:
            continue
        walk.opened.add(screen.path)
        answer = page.request.get(console + path)
        if answer.status != 200:
            walk.broken.append(f"{path}: {answer.status}")
            continue
        shapes = Shapes(answer.text())
        if shapes.titles != 1:
            walk.broken.append(f"{path}: {shapes.titles} titles before any script ran")
        found = {screen.path, *shapes.seen}
        if not found <= known:
            known |= found
            page.goto(console + path)
            walk.unusable += [f"{path}: {trouble}" for trouble in _troubles(page, axe)]
        waiting.extend(link for link in shapes.links if link.startswith("/") and not _FILE.search(link))
    return walk


def _troubles(page: Page, axe: Axe) -> Iterator[str]:
    page.set_viewport_size(_PHONE)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        yield "too wide for a phone"
    page.set_viewport_size(_DESK)
    page.evaluate(_ONE_OF_EACH)
    for each in axe.run(page).response["violations"]:
        yield f"{each['id']}: {each['nodes'][0]['html'][:200]}"


@pytest.mark.parametrize("role", Role)
def test_each_role_walks_through_all_that_it_may(
    browser: Browser, console: str, logins: dict[Role, Account], known: set[str], role: Role
) -> None:
    with entered(browser, console, logins[role]) as page:
        walk = _walk(page, console, _menu(role), known)
    assert walk.broken == []
    assert walk.unusable == []
    assert set(_menu(role)) <= walk.opened


def test_what_is_wrong_in_a_form_is_said_beside_it_before_it_is_sent(
    browser: Browser, console: str, logins: dict[Role, Account]
) -> None:
    with entered(browser, console, logins[Role.CLERK]) as page:
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
        page.get_by_role("button", name="保存").click()
        expect(page.locator("main .refusal")).to_contain_text("没有保存")
        expect(page.locator("#occurred_on-help")).to_contain_text("不是日期")
        assert list(_troubles(page, Axe())) == []


def test_everybody_can_use_the_login_and_what_it_refuses(browser: Browser, console: str) -> None:
    context = browser.new_context(locale="zh-CN", viewport=_DESK)
    page = context.new_page()
    page.goto(f"{console}/login")
    assert list(_troubles(page, Axe())) == []
    page.fill("[name=name]", "nobody")
    page.fill("[name=password]", "wrong")
    page.click("main button[type=submit]")
    expect(page.locator("main [role=alert]")).to_be_visible()
    assert list(_troubles(page, Axe())) == []
    context.close()


def test_everybody_can_use_what_waits_for_a_second_person(
    browser: Browser, console: str, logins: dict[Role, Account], town: Runtime
) -> None:
    clerk = Signatory(Holder("clerk", "经办人员", frozenset({Right.DISCARD})), Actor("clerk", "经办人员", "test"))
    row = proposed.propose(town, proposed.discard([1], [""], "误报"), clerk)
    with entered(browser, console, logins[Role.REVIEWER]) as page:
        page.goto(f"{console}/proposals/{row.proposal_id}")
        expect(page.locator("main form")).to_be_visible()
        assert list(_troubles(page, Axe())) == []
        page.fill("[name=why]", "不是误报")
        page.click("button[value=no]")
        expect(page.locator("main")).to_contain_text("已退回")
        assert list(_troubles(page, Axe())) == []


def test_everybody_can_use_what_is_done_to_a_record(
    browser: Browser, console: str, logins: dict[Role, Account], town: Runtime
) -> None:
    ((record, subject),) = rows(
        town,
        "SELECT record_id, subject_id FROM record WHERE family = 'credit.inspection.penalty' AND state = 'in_force' "
        "AND sealed_clause IS NULL AND subject_id LIKE '9%' ORDER BY record_id LIMIT 1",
    )
    with entered(browser, console, logins[Role.CLERK]) as page:
        page.goto(f"{console}/subjects/{subject}/records/{record}")
        page.click("main a:text-is('撤销')")
        page.fill("[name=occurred_on]", f"{town.clock():%Y-%m-%d}")
        page.select_option("[name=reason]", "entered_in_error")
        page.fill("[name='target.document_no']", "舞卫医罚〔1999〕1号")
        page.click("button:text-is('提交复核')")
        expect(page.get_by_role("alert")).to_contain_text("档案中没有这条记录")
        assert list(_troubles(page, Axe())) == []
        page.goto(f"{console}/entry/credit.office.withdrawal.v1?about={record}")
        page.fill("[name=occurred_on]", f"{town.clock():%Y-%m-%d}")
        page.select_option("[name=reason]", "entered_in_error")
        page.click("button:text-is('提交复核')")
        expect(page.locator("main")).to_contain_text("已提交")
    with entered(browser, console, logins[Role.REVIEWER]) as page:
        page.goto(f"{console}/proposals")
        page.click("main tbody a >> nth=0")
        expect(page.locator("main")).to_contain_text("→ 已撤销")
        assert list(_troubles(page, Axe())) == []
        page.fill("[name=why]", "没有错")
        page.click("button[value=no]")
        expect(page.locator("main")).to_contain_text("已退回")
