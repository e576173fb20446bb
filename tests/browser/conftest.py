"""A browser that looks at the console over the archive of the demonstration."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pyotp
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette
from structlog.testing import capture_logs

from schemas.rights import Role
from tests.servers import ServerUnavailableError
from workers import settings
from workers.demo import run, year
from workers.demo.staff import Appointed, Login
from workers.demo.staff import appoint as appoint_staff
from workers.demo.town.assessed import year_of_assessment
from workers.demo.town.day import sample_day
from workers.runtime import Runtime, open_runtime
from workers.web.serving import serve

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


ROLES = (Role.CLERK, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR, Role.SYSTEM, Role.SECURITY)
"""Whoever gives rights is appointed last."""


def appoint(town: Runtime) -> dict[Role, Login]:
    """An account for each role."""
    staff = [Appointed(role.value, f"{role.word}人员", (role,)) for role in ROLES]
    return {login.roles[0]: login for login in appoint_staff(town, staff)}


_SECRETS: dict[str, pyotp.TOTP] = {}
"""The second factors of administrators, as their telephones have them."""


def log_in(page: Page, console: str, login: Login) -> None:
    page.goto(f"{console}/login")
    page.fill("[name=name]", login.account)
    page.fill("[name=password]", login.password)
    page.click("main button[type=submit]")
    if page.query_selector("[name=sealed]") is not None:
        factor = _SECRETS[login.account] = pyotp.TOTP(page.inner_text("main code"))
        page.fill("[name=code]", factor.now())
        page.fill("[name=password]", login.password)
        page.click("main button[type=submit]")
    elif page.query_selector("[name=code]") is not None:
        # That of the step to come: the present one may be spent.
        page.fill("[name=code]", _SECRETS[login.account].at(datetime.now(UTC), counter_offset=1))
        page.click("main button[type=submit]")


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
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with live_through(tmp_path_factory.mktemp("town") / "demo") as runtime:
        yield runtime


@contextmanager
def live_through(home: Path) -> Iterator[Runtime]:
    """The demonstration's archive: a day of all sources, a year of assessment."""
    run.make_anew(home)
    with open_runtime(settings.read({}, home=home)) as runtime:
        today = runtime.rules().at.today

        def begin(_label: str, _total: int) -> Callable[[int], None]:
            return lambda _done: None

        with capture_logs():
            run.take_in_year(runtime, year_of_assessment(20250301, today), begin)
            run.live_through(runtime, sample_day(20260301, today), begin)
            run.hand_in(runtime, begin)
            year.assess(runtime, begin)
        yield runtime
