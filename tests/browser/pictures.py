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
from tests.browser.conftest import FLAGS, appoint, log_in, served
from tests.browser.town import live_through
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


def _walk(page: Page, console: str, year: int, folder: Path) -> None:
    page.goto(f"{console}/")
    _take(page, folder, "work")
    page.goto(f"{console}/parked")
    _take(page, folder, "parked")
    page.get_by_role("link", name="号", exact=False).first.click()
    _take(page, folder, "message")
    page.goto(f"{console}/grades?kind=official&year={year}")
    _take(page, folder, "grades")
    page.locator("main table a[href^='/explain/']").nth(4).click()
    _take(page, folder, "explain")
    page.goto(f"{console}/grades?kind=official&year={year}")
    page.locator("main table a[href^='/subjects/']").first.click()
    _take(page, folder, "subject")
    page.goto(f"{console}/notices")
    _take(page, folder, "notices")


def _ask_for_own_report(page: Page, console: str, town: Runtime, folder: Path) -> str:
    """Ask for a report at the desk; return its code."""
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


def _walk_at_home(browser: Browser, town: Runtime, own: str, folder: Path) -> None:
    """Scan the code of an institution, complain about it, and fetch one's own report."""
    engine = place.open_for_page(f"sqlite:///{town.settings.home / 'public.sqlite'}")
    with reading(town.engine) as connection:
        punished = select(tables.record.c.subject_id).where(
            tables.record.c.family == "credit.inspection.penalty", tables.record.c.public
        )
        asked = select(tables.shown_code.c.code).where(tables.shown_code.c.subject_id.in_(punished))
        code = connection.execute(asked.order_by(tables.shown_code.c.subject_id).limit(1)).scalar_one()
    with served(PublicPage(engine, wall_clock).app(["127.0.0.1"])) as public:
        page = browser.new_context(viewport=_PHONE, locale="zh-CN").new_page()
        page.goto(f"{public}/i/{code}")
        page.screenshot(path=folder / "public-institution.png", full_page=True)
        page.goto(f"{public}/i/{code}/complain")
        page.select_option("[name=matter]", "fee")
        page.fill("[name=content]", "多收了挂号费，收据附后。")
        page.screenshot(path=folder / "public-complain.png", full_page=True)
        page.goto(f"{public}/own")
        page.fill("[name=code]", own)
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
        log_in(page, console, appoint(town)["clerk"])
        _walk(page, console, town.rules().at.today.year - 1, folder)
        with closing(town.publisher()) as publisher:
            publisher.finish()
        _walk_at_home(browser, town, _ask_for_own_report(page, console, town, folder), folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
