"""What of a screen is on paper: what it says, and none of what it asks for; and what of it a telephone shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import served
from tests.browser.walk import PHONE, TOO_WIDE
from tests.builders import feed_in, message, rows
from tests.consoles import EVERYTHING, Gate, holder
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.runtime import Runtime, open_runtime
from workers.settings import read

_OF_A_TABLE = f"sheet-{'a' * 32}"
"""How a message is called that came of a table: nowhere in it would a line break."""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(read({}, home=tmp_path / "home")) as opened:
        feed_in(opened, message("penalty", "1", None), message("penalty", _OF_A_TABLE, None, CF_SY="另一事实"))
        yield opened


@pytest.fixture
def page(browser: Browser, runtime: Runtime) -> Iterator[Page]:
    gate = Gate(holder(*EVERYTHING))
    with served(Console(runtime, gate, SCREENS).app(["127.0.0.1"])) as address:
        context = browser.new_context(locale="zh-CN", base_url=address)
        opened = context.new_page()
        opened.emulate_media(media="print")
        yield opened
        context.close()


def test_a_printed_page_holds_what_it_says_and_no_forms(page: Page, runtime: Runtime) -> None:
    ((record, subject),) = rows(runtime, "SELECT record_id, subject_id FROM record WHERE disputed")
    for path in (f"/subjects/{subject}", f"/disputes?named={record}", "/identity", "/notices"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        assert page.locator("h1").is_visible(), path
        shown = [each for each in page.locator("main form :is(input, select, button)").all() if each.is_visible()]
        assert shown == [], path
    page.goto(f"/subjects/{subject}")
    assert page.locator("main table:visible").count() > 0


def test_on_a_telephone_no_message_is_called_too_long_for_the_choice_between_two(page: Page, runtime: Runtime) -> None:
    ((record,),) = rows(runtime, "SELECT record_id FROM record WHERE disputed")
    page.emulate_media(media="screen")
    page.set_viewport_size(PHONE)
    page.goto(f"/disputes?named={record}")
    assert _OF_A_TABLE in page.inner_text("fieldset")
    assert not page.evaluate(TOO_WIDE)
