"""Somebody who walks through the console on a telephone: opens a screen of each kind, and sends each kind of form.

Where something is on a page that was on none before, it is looked at whether everybody can use it. That takes three
times as long as opening the page.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Response, ViewportSize
from starlette.routing import compile_path

from tests.browser.shapes import Shapes
from tests.browser.writing import Writer
from workers.console.groups import SCREENS
from workers.console.screens import Screen

PHONE: ViewportSize = {"width": 360, "height": 740}
"""A phone, and half of what a narrow screen shows at twice the size."""
FILES = {"/templates/{name}", "/files/{file}/verdict", "/disputes/paper", "/policies/what-if/file"}
"""Screens that answer with a file, for the browser to keep."""
_FILES_SENT = {"/subjects/{key}/paper", "/parked/{number:int}/raw"}
"""Screens that answer a form so."""
_LAST = "/me/password"
"""Whoever changes the password is logged out."""
_RETRIES = 3
"""Of what a test asks for beside the page: a server closes an idle connection just when it is used again."""
_PATTERNS = [(screen, compile_path(screen.path)[0]) for screen in SCREENS]
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
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
_BUTTONS = """() => [...document.forms].flatMap((form, place) =>
    form.matches(".filters, [action='/logout']") ? [] : [...form.querySelectorAll("[type=submit]")].map((one, number) =>
        [place, number, new URL(form.action).pathname, one.name && one.value, form.closest("main") !== null]))"""
"""The buttons of a page that send a form. What filters lead to are links that are typed."""

_GOES_ON = "document.querySelector('[hx-trigger^=every]') !== null"
"""Whether a script would ask again how it stands: without one somebody loads the page anew."""


def screen_of(address: str) -> Screen | None:
    """The screen that an address leads to; None outside of the console."""
    path = urlsplit(address).path
    return next((screen for screen, pattern in _PATTERNS if pattern.fullmatch(path)), None)


def troubles(page: Page) -> Iterator[str]:
    """What somebody cannot use of a page on a telephone, or has to scroll sideways for."""
    if page.evaluate(TOO_WIDE):
        yield "too wide for a phone"
    page.evaluate(_ONE_OF_EACH)
    for each in Axe().run(page).response["violations"]:
        yield f"{each['id']}: {each['nodes'][0]['html'][:200]}"


class _Button(NamedTuple):
    """A button of a form; whatever has the same `deed` does the same at the same place."""

    form: int
    number: int
    to: str
    deed: tuple[str, ...]


@dataclass
class Known:
    """What anybody has met: the shapes of all pages that were looked at, and what was sent."""

    shapes: set[str] = field(default_factory=set)
    sent: set[tuple[str, ...]] = field(default_factory=set)


@dataclass
class Walk:
    """What somebody met: screens that were shown, those that a form was sent to, and all that was wrong.

    `refused` has the status of what was asked for without a right to it, by method and screen.
    """

    opened: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    refused: dict[tuple[str, str], int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


class Walker:
    """Opens what is new with script, on a telephone, and what is known, and all that answers a form, without.

    What anybody has sent is not sent again; `work` is what others do after a form was sent.
    """

    def __init__(self, page: Page, console: str, known: Known, work: Callable[[str], None]) -> None:
        self.page, self.walk = page, Walk()
        self._console, self._known, self._work = console, known, work
        self._switch = page.context.new_cdp_session(page)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._say(str(error)))

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" and "status of 40" not in said.text:  # a refusal is told by its status
            self._say(said.text)

    def _say(self, trouble: str) -> None:
        self.walk.broken.append(f"{self.page.url.removeprefix(self._console)}: {trouble}")

    @contextmanager
    def _script(self, *, on: bool) -> Iterator[None]:
        self._switch.send("Emulation.setScriptExecutionDisabled", {"value": not on})
        yield
        self._switch.send("Emulation.setScriptExecutionDisabled", {"value": False})

    def go(self, paths: Iterable[str], writer: Writer) -> None:
        """Open these, and from there a screen of each kind that links lead to; send each kind of form that is met."""
        links: deque[str] = deque()
        for path in paths:
            links.extend(self._visit(path, writer))
        while links:
            path = links.popleft()
            screen = screen_of(path)
            if screen is not None and screen.path not in self.walk.opened:
                links.extend(self._visit(path, writer))
        self._visit(_LAST, writer, last=True)

    def _visit(self, path: str, writer: Writer, *, last: bool = False) -> list[str]:
        """Open a page, and send its forms; return where links led that were met."""
        screen = screen_of(path)
        if screen is not None and screen.path in FILES:
            self._fetch(path, screen)
            return []
        links, more = self.open(path), False
        buttons = self._buttons(last=last)
        while buttons or more:
            if buttons:
                more = more or len(buttons) > 1
                links += self._send(buttons[0], writer)
            else:
                links += self.open(path)
                more = False
            buttons = self._buttons(last=last)
        return links

    def _fetch(self, path: str, screen: Screen) -> None:
        self.walk.opened.add(screen.path)
        answer = self.page.request.get(self._console + path, max_retries=_RETRIES)
        self._see_file(path, answer.status, answer.headers)

    def _see_file(self, path: str, status: int, headers: Mapping[str, str]) -> None:
        if status != 200 or "filename" not in headers.get("content-disposition", ""):
            self._say(f"{path}: {status}, and no file")

    def open(self, path: str, status: int = 200) -> list[str]:
        """Show what an address leads to, without script what was shown with it; return where the links there lead."""
        screen = screen_of(path)
        with self._script(on=screen is None or f"GET {screen.path} 200" not in self._known.shapes):
            answer = self.page.goto(self._console + path)
        assert answer is not None
        return self.meet(answer, status)

    def be_refused(self, screens: Iterable[Screen]) -> None:
        """Ask for screens and send forms to them, whatever may be there, and see how that is refused."""
        for screen in screens:
            path = re.sub(r"{[^}]*}", "1", screen.path)
            for method in ("GET", "POST") if screen.do else ("GET",):
                answer = self.page.request.fetch(
                    self._console + path, method=method, headers={"Origin": self._console}, max_retries=_RETRIES
                )
                self.walk.refused[method, screen.path] = answer.status
                if 'class="refusal" role="alert"' not in answer.text():
                    self._say(f"{method} {path} is not refused in words")
        self.open(path, self.walk.refused["GET", screen.path])

    def press(self, said: Mapping[str, str], status: int = 200) -> None:
        """Write into the first form of a page, and send it without script."""
        for name, text in said.items():
            self.page.fill(f"main [name='{name}']", text)
        with self._script(on=False), self.page.expect_navigation() as turned:
            self.page.locator("main form [type=submit]").first.click()
        answer = turned.value
        assert answer is not None
        self.meet(answer, status)

    def meet(self, answer: Response, status: int = 200) -> list[str]:
        """See what the page shows by now, and how, where any of it is new; return where its links lead."""
        screen, method = screen_of(self.page.url), answer.request.method
        if answer.status != status:
            self._say(f"{method} {answer.status} {self.page.inner_text('main')[:300]}")
            return []
        shapes, place = Shapes(answer.text()), screen.path if screen is not None else "before the login"
        if screen is not None and status == 200:
            self.walk.opened.add(screen.path)
        if shapes.titles != 1:
            self._say(f"{shapes.titles} titles before any script ran")
        found = {f"{method} {place} {status}", *shapes.seen}
        if not found <= self._known.shapes:
            self._known.shapes |= found
            self.walk.unusable += [f"{method} {self.page.url}: {trouble}" for trouble in troubles(self.page)]
        elif self.page.evaluate(TOO_WIDE):
            self._say("too wide for a phone")
        return [link for link in shapes.links if link.startswith("/")]

    def _buttons(self, *, last: bool = False) -> list[_Button]:
        """The buttons that nobody has pressed yet, the last one of a kind: of sessions that is the oldest."""
        here, found = screen_of(self.page.url), dict[tuple[str, ...], _Button]()
        for form, number, path, step, in_main in self.page.evaluate(_BUTTONS):
            to = screen_of(path)
            if to is None or (to.path == _LAST and not last):
                continue
            place = here.path if here is not None and in_main else "everywhere"
            deed = (place, to.path, step)
            if deed not in self._known.sent:
                found[deed] = _Button(form, number, to.path, deed)
        return list(found.values())

    def _send(self, button: _Button, writer: Writer) -> list[str]:
        """Fill a form in and send it without script; return where the links of the answer lead."""
        self._known.sent.add(button.deed)
        self.walk.sent.add(button.to)
        form = self.page.locator("form").nth(button.form)
        writer.fill(form, button.deed[0])
        pressed = form.locator("[type=submit]").nth(button.number)
        with self._script(on=False):
            if button.to in _FILES_SENT:
                with self.page.expect_response(lambda answer: answer.request.method == "POST") as waited:
                    pressed.click()
                self._see_file(button.to, waited.value.status, waited.value.headers)
                return []
            with self.page.expect_navigation() as turned:
                pressed.click()
        answer = turned.value
        assert answer is not None
        links = self.meet(answer)
        self._work(self.page.url)
        if self.page.evaluate(_GOES_ON):
            links += self.open(self.page.url.removeprefix(self._console))
        return links
