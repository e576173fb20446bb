"""Every screen, opened in a browser by each role: it shows what it may, nothing breaks, and everybody can use it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response
from starlette.routing import compile_path

from credit.access.roles import RIGHTS
from schemas.rights import Role
from tests.browser.conftest import appoint, log_in, served
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.login import Login
from workers.console.screens import Screen
from workers.demo.staff import Login as Account
from workers.runtime import Runtime

pytestmark = pytest.mark.long(seconds=100)

_PATTERNS = [(screen, compile_path(screen.path)[0]) for screen in SCREENS]
_FILE = re.compile(r"\.(pdf|xlsx|docx|csv|svg|png)$|[?&]as=|/raw$|/verdict$|^/templates/|/paper")


@pytest.fixture(scope="module")
def logins(town: Runtime) -> dict[Role, Account]:
    return appoint(town)


@pytest.fixture(scope="module")
def console(town: Runtime) -> Iterator[str]:
    with served(Console(town, Login(town), SCREENS).app(["127.0.0.1"])) as address:
        yield address


@contextmanager
def entered(browser: Browser, console: str, login: Account, **options: Any) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", **options)
    page = context.new_page()
    log_in(page, console, login)
    yield page
    context.close()


@dataclass
class Walk:
    """What somebody saw who followed every kind of link once."""

    opened: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


def _screen_of(path: str) -> Screen | None:
    return next((screen for screen, pattern in _PATTERNS if pattern.fullmatch(path)), None)


def _menu(role: Role) -> list[str]:
    return [screen.path for screen in SCREENS if screen.menu and (screen.right is None or screen.right in RIGHTS[role])]


def _walk(page: Page, console: str, begin: list[str]) -> Walk:
    walk, waiting, axe = Walk(), deque(begin), Axe()
    page.on("console", lambda said: walk.broken.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: walk.broken.append(f"{page.url}: {error}"))
    while waiting:
        path = waiting.popleft()
        screen = _screen_of(urlsplit(path).path)
        if screen is None or screen.path in walk.opened:
            continue
        answer = page.goto(console + path)
        assert isinstance(answer, Response)
        walk.opened[screen.path] = path
        if answer.status != 200:
            walk.broken.append(f"{path}: {answer.status}")
            continue
        found = axe.run(page)
        walk.unusable += [
            f"{path}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]
        ]
        links = page.eval_on_selector_all("a[href]", "found => found.map(each => each.getAttribute('href'))")
        waiting.extend(link for link in links if link.startswith("/") and not _FILE.search(link))
    return walk


@pytest.mark.parametrize("role", Role)
def test_each_role_walks_through_all_that_it_may(
    browser: Browser, console: str, logins: dict[Role, Account], role: Role
) -> None:
    with entered(browser, console, logins[role]) as page:
        walk = _walk(page, console, _menu(role))
    assert walk.broken == []
    assert walk.unusable == []
    assert set(_menu(role)) <= walk.opened.keys()


@pytest.mark.parametrize("role", [Role.CLERK, Role.OPERATOR])
def test_pages_can_be_read_at_twice_their_size_and_on_a_phone(
    browser: Browser, console: str, logins: dict[Role, Account], role: Role
) -> None:
    wide = []
    with entered(browser, console, logins[role], viewport={"width": 360, "height": 740}) as page:
        for path in _menu(role):
            page.goto(console + path)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append(path)
    assert wide == []


def test_every_page_works_without_script(browser: Browser, console: str, logins: dict[Role, Account]) -> None:
    with entered(browser, console, logins[Role.CLERK], java_script_enabled=False) as page:
        for path in _menu(Role.CLERK):
            answer = page.goto(console + path)
            assert answer is not None
            assert answer.status == 200
            assert page.locator("h1").count() == 1
