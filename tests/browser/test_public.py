"""The public page and the slip with a code, in a browser: everybody can use them, and a report is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, select

from credit.store import tables
from credit.store.engine import reading
from credit.store.showing import place
from tests.browser.conftest import press, served
from tests.builders import feed_in
from tests.consoles import EVERYTHING, Gate, holder
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.public.page import PublicPage
from workers.runtime import Runtime, wall_clock

pytestmark = pytest.mark.long(seconds=20)


@pytest.fixture(scope="module")
def shown(town: Runtime) -> Iterator[Engine]:
    """What the publisher has written for the page."""
    with closing(town.publisher()) as publisher:
        publisher.finish()
    engine = place.open_for_page(f"sqlite:///{town.settings.home / 'public.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def public(shown: Engine) -> Iterator[str]:
    with served(PublicPage(shown, wall_clock).app(["127.0.0.1"])) as address:
        yield address


@pytest.fixture(scope="module")
def in_no_time(shown: Engine) -> Iterator[str]:
    """The page on a clock that stands still: no form has been open for half a minute, ever."""
    opened = wall_clock()
    with served(PublicPage(shown, lambda: opened).app(["127.0.0.1"])) as address:
        yield address


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


def test_every_list_that_is_published_can_be_used_on_a_phone(page: Page, public: str) -> None:
    page.goto(f"{public}/lists")
    paths = {str(link.get_attribute("href")) for link in page.query_selector_all("main a[href^='/lists/']")}
    assert len(paths) >= 2
    for path in sorted(paths):
        answer = page.goto(public + path)
        assert answer is not None
        assert (path, answer.status, faults(page)) == (path, 200, [])


def test_a_complaint_is_sent_by_script_and_its_state_is_asked_for(page: Page, in_no_time: str, town: Runtime) -> None:
    """Half a minute never passes: it is taken only with the task solved, by the worker that the policy lets run."""
    broken: list[str] = []
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(f"{in_no_time}/search")
    press(page.locator("main a[href^='/i/']").first)
    press(page.locator("main a[href$='/complain']"))
    page.select_option("[name=matter]", "fee")
    page.fill("[name=content]", "多收了挂号费")
    press(page.get_by_role("button", name="提交"))
    number = page.locator("strong.code").inner_text()
    assert re.fullmatch("TS[A-Z2-7]{16}", number)
    assert page.inner_text("h1") == "已提交"
    assert faults(page) == []
    with closing(town.publisher()) as publisher:
        publisher.finish()
        feed_in(town)
        publisher.finish()
    page.goto(f"{in_no_time}/state")
    page.fill("[name=number]", number)
    press(page.get_by_role("button", name="查询"))
    assert "已受理" in page.locator(".told").inner_text()
    assert faults(page) == []
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
        press(page.get_by_role("button", name="出具报告和领取码"))
        code = page.locator(".once").inner_text()
        assert re.fullmatch("[2-9A-Z]{4}(-[2-9A-Z]{4}){4}", code)
        assert faults(page) == []
        page.goto(f"{console}/subjects/{subject}/own")
        assert faults(page) == []
        assert "待领取" in page.inner_text("main")
    page.goto(f"{public}/own")
    page.fill("[name=code]", code[:-1] + ("2" if code[-1] != "2" else "3"))
    press(page.get_by_role("button", name="领取"))
    assert "没有可以领取的报告" in page.inner_text("main")
    assert faults(page) == []
    page.fill("[name=code]", code)
    with page.expect_download() as waited:
        page.get_by_role("button", name="领取").click()
    assert waited.value.suggested_filename == "credit-report.pdf"
    assert waited.value.path().read_bytes().startswith(b"%PDF")
