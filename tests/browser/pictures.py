"""Takes the pictures of docs/desk.md and docs/public.md anew: python -m tests.browser.pictures docs/images"""

from __future__ import annotations

import logging
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, ViewportSize, sync_playwright

from schemas.rights import Role
from tests.browser.conftest import FLAGS, appoint, live_through, log_in, served
from workers import logs
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.console.login import Login

_DESK: ViewportSize = {"width": 1200, "height": 820}


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
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
