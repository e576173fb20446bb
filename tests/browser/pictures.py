"""Takes the pictures of docs/desk.md and docs/public.md anew: python -m tests.browser.pictures docs/images"""

from __future__ import annotations

import logging
import shutil
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from sqlalchemy import select

from credit.store import tables
from credit.store.engine import reading
from credit.store.showing import place
from schemas.rights import Role
from tests.browser.conftest import FLAGS, appoint, live_through, log_in, served
from workers import logs
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.login import Login
from workers.public.page import PublicPage
from workers.runtime import Runtime, wall_clock

_DESK: ViewportSize = {"width": 1200, "height": 820}
_PHONE: ViewportSize = {"width": 360, "height": 640}


def _take(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"desk-{name}.png")


def _walk(page: Page, console: str, folder: Path) -> None:
    page.goto(f"{console}/")
    _take(page, folder, "work")
    page.goto(f"{console}/parked")
    _take(page, folder, "parked")
    page.get_by_role("link", name="号", exact=False).first.click()
    _take(page, folder, "message")
    page.goto(f"{console}/grades?result=official")
    _take(page, folder, "grades")
    page.locator("main table a[href^='/explain/']").nth(4).click()
    _take(page, folder, "explain")
    page.goto(f"{console}/grades?result=official")
    page.locator("main table a[href^='/subjects/']").first.click()
    _take(page, folder, "subject")
    page.goto(f"{console}/notices")
    _take(page, folder, "notices")


def _ask_for_own_report(page: Page, console: str, town: Runtime, folder: Path) -> str:
    """Ask for a report at the desk; return its code."""
    with closing(town.publisher()) as publisher:
        publisher.finish()
    with reading(town.engine) as connection:
        subject = connection.execute(select(tables.shown_code.c.subject_id).limit(1)).scalar_one()
    page.goto(f"{console}/subjects/{subject}/own")
    page.select_option("[name=regime]", index=1)
    page.fill("[name=number]", "信报〔2026〕1号")
    page.select_option("[name=asker]", "head")
    page.fill("[name=proof]", "法定代表人身份证、营业执照")
    page.fill("[name=purpose]", "银行贷款")
    page.get_by_role("button", name="出具报告和领取码").click()
    slip = page.locator("main").bounding_box()
    assert slip is not None
    page.screenshot(path=folder / "public-slip.png", clip={"x": slip["x"], "y": slip["y"], "width": 880, "height": 330})
    return page.locator(".once").inner_text()


def _fetch_own_report(browser: Browser, town: Runtime, code: str, folder: Path) -> None:
    engine = place.open_for_page(f"sqlite:///{town.settings.home / 'public.sqlite'}")
    with served(PublicPage(engine, wall_clock).app(["127.0.0.1"])) as public:
        page = browser.new_context(viewport=_PHONE, locale="zh-CN").new_page()
        page.goto(f"{public}/own")
        page.fill("[name=code]", code)
        page.screenshot(path=folder / "public-own.png", full_page=True)
    engine.dispose()


def main(folder: Path) -> None:
    logs.configure(logging.CRITICAL)
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory())) / "demo"
        town = stack.enter_context(live_through(home))
        console = stack.enter_context(served(Console(town, Login(town), SCREENS).app(["127.0.0.1"])))
        chromium = stack.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = browser.new_context(viewport=_DESK, locale="zh-CN").new_page()
        log_in(page, console, appoint(town)[Role.CLERK])
        _walk(page, console, folder)
        _fetch_own_report(browser, town, _ask_for_own_report(page, console, town, folder), folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
