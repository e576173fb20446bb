"""A browser that looks at the console over the archive of the demonstration."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import SimpleQueue

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from starlette.applications import Starlette

from credit.store import accounts
from credit.store.accounts import NewAccount
from credit.store.engine import writing
from schemas.rights import Role
from tests.accounts import nobody
from tests.browser.town import live_with_persons
from tests.servers import ServerUnavailableError
from workers.demo.staff import Appointed, Login
from workers.demo.staff import appoint as appoint_staff
from workers.runtime import SHANGHAI, Runtime, wall_clock
from workers.web.serving import serve

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


_STAFF = (
    Appointed("spare", "备用人员", (Role.CLERK,)),
    Appointed("deputy", "代理人员", (Role.CLERK, Role.REVIEWER)),
    Appointed("second", "另一复核人员", (Role.REVIEWER,)),
    Appointed("guard", "值守人员", (Role.AUDITOR,)),
    *(Appointed(role.value, f"{role.word}人员", (role,)) for role in Role if role is not Role.SECURITY),
    Appointed("security", "安全管理员人员", (Role.SECURITY,)),
)
"""Whoever gives rights is appointed last."""


def appoint(town: Runtime) -> dict[str, Login]:
    """An account for each role, named like it, and some more: one of them still has its initial password."""
    with writing(town.engine) as connection:
        initial = accounts.add(connection, NewAccount("fresh", "新来的"), nobody(town.clock()))
    fresh = Login("fresh", initial, "新来的", ())
    return {"fresh": fresh} | {login.account: login for login in appoint_staff(town, _STAFF)}


_SECRETS: dict[str, pyotp.TOTP] = {}
"""The second factors of administrators, as their telephones have them."""


def press(control: Locator) -> None:
    """Press what leads on, and wait for the whole page: what is looked at before may be half of it."""
    with control.page.expect_navigation():
        control.click()


def log_in(page: Page, console: str, login: Login) -> None:
    page.goto(f"{console}/login")
    page.fill("[name=name]", login.account)
    page.fill("[name=password]", login.password)
    send = page.locator("main button[type=submit]").first
    press(send)
    if page.query_selector("[name=sealed]") is not None:
        factor = _SECRETS[login.account] = pyotp.TOTP(page.inner_text("main code"))
        page.fill("[name=code]", factor.now())
        page.fill("[name=password]", login.password)
        press(send)
    elif page.query_selector("[name=code]") is not None:
        # That of the step to come: the present one may be spent.
        page.fill("[name=code]", _SECRETS[login.account].at(datetime.now(UTC), counter_offset=1))
        press(send)


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    stop, found = threading.Event(), SimpleQueue[int]()
    thread = threading.Thread(target=serve, args=(app, "127.0.0.1", 0, (), found.put, stop))
    thread.start()
    try:
        yield f"http://127.0.0.1:{found.get(timeout=30)}"
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        raise ServerUnavailableError("chromium is not installed: deploy/setup/servers.sh installs it")
    # As long as the browser itself waits for a page: a machine that is busy with three processes of tests is no fault.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with live_with_persons(tmp_path_factory.mktemp("town"), wall_clock().astimezone(SHANGHAI).date()) as runtime:
        yield runtime
