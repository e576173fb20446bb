"""The public page and the slip with a code, in a browser: everybody can use them, and a report is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from credit.store import tables
from credit.store.engine import reading
from credit.store.showing import place
from tests.browser.conftest import served
from tests.consoles import EVERYTHING, Gate, holder
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.public.page import PublicPage
from workers.runtime import Runtime, wall_clock

pytestmark = pytest.mark.long(seconds=20)


@pytest.fixture(scope="module")
def public(town: Runtime) -> Iterator[str]:
    with closing(town.publisher()) as publisher:
        publisher.finish()
    engine = place.open_for_page(f"sqlite:///{town.settings.home / 'public.sqlite'}")
    with served(PublicPage(engine, wall_clock).app(["127.0.0.1"])) as address:
        yield address
    engine.dispose()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740}, accept_downloads=True)
    yield context.new_page()
    context.close()


def faults(page: Page) -> list[str]:
    """What somebody cannot use of a page, or has to scroll sideways for."""
    found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*found, *(["wide"] if wide else [])]


def test_every_page_for_everybody_can_be_used_on_a_phone(page: Page, public: str, town: Runtime) -> None:
    with reading(town.engine) as connection:
        codes = connection.execute(select(tables.shown_code.c.code).limit(3)).scalars()
        institutions = [path for code in codes for path in (f"/i/{code}", f"/i/{code}/complain", f"/i/{code}/rate")]
    broken = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    for path in ("/", "/search", "/lists", "/state", "/own", *institutions):
        answer = page.goto(public + path)
        assert answer is not None
        assert answer.status in {200, 410}, path
        assert (path, faults(page)) == (path, [])
    assert broken == []


def test_a_report_is_asked_for_at_the_desk_and_fetched_at_home(
    browser: Browser, page: Page, public: str, town: Runtime
) -> None:
    with reading(town.engine) as connection:
        subject = connection.execute(select(tables.shown_code.c.subject_id).limit(1)).scalar_one()
    clerk = Gate(holder(*EVERYTHING))
    with served(Console(town, clerk, SCREENS).app(["127.0.0.1"])) as console:
        page.goto(f"{console}/subjects/{subject}/own")
        page.select_option("[name=regime]", index=1)
        page.fill("[name=number]", "信报〔2026〕1号")
        page.select_option("[name=asker]", "head")
        page.fill("[name=proof]", "营业执照")
        page.fill("[name=purpose]", "贷款")
        page.get_by_role("button", name="出具报告和领取码").click()
        code = page.locator(".once").inner_text()
        assert re.fullmatch("[2-9A-Z]{4}(-[2-9A-Z]{4}){4}", code)
        assert faults(page) == []
        page.goto(f"{console}/subjects/{subject}/own")
        assert faults(page) == []
        assert "待领取" in page.inner_text("main")
    page.goto(f"{public}/own")
    page.fill("[name=code]", code[:-1] + ("2" if code[-1] != "2" else "3"))
    page.get_by_role("button", name="领取").click()
    assert "没有可以领取的报告" in page.inner_text("main")
    assert faults(page) == []
    page.fill("[name=code]", code)
    with page.expect_download() as waited:
        page.get_by_role("button", name="领取").click()
    assert waited.value.suggested_filename == "credit-report.pdf"
    assert waited.value.path().read_bytes().startswith(b"%PDF")
