"""Whatever is done on a screen is in the log, whatever screen it is; a new one cannot forget it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from credit.store.engine import reading
from credit.store.tables import look
from tests.consoles import EVERYTHING, HERE, Gate, holder
from workers import settings
from workers.console.app import Console
from workers.console.asked import Asked, Incomplete
from workers.console.groups import SCREENS
from workers.console.screens import Page, Screen, Shown
from workers.runtime import Runtime, open_runtime

LI = "11010519491231002X"
OTHER_WORDS = {
    "/accounts/-new": "account",
    "/accounts/{name}": "account, grant, password, second",
    "/contacts": "look",
    "/log/of": "decide, by itself",
    "/me/password": "password",
    "/me/second": "second",
    "/me/sessions": "session",
    "/parked/{number:int}/raw": "look; the history of the message has it too",
    "/proposals/{proposal}": "confirm, refuse",
    "/search": "look",
    "/subjects/{key}/own": "look, decide, by itself",
    "/subjects/{key}/own/revoke": "decide, by itself",
    "/subjects/{key}/paper": "look",
    "/subjects/{key}/purpose": "purpose",
}
"""Screens with a form by which nothing is decided, or that the log has by another word; and by which."""


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(settings.read({}, home=tmp_path_factory.mktemp("home"))) as opened:
        yield opened


def client(runtime: Runtime, screen: Screen) -> TestClient:
    app = Console(runtime, Gate(holder(*EVERYTHING)), [screen]).app(["testserver"])
    return TestClient(app, headers=HERE, follow_redirects=False)


def entries(runtime: Runtime) -> list[tuple[str, ...]]:
    columns = (look.c.account, look.c.person, look.c.what, look.c.about, look.c.purpose, look.c.by)
    with reading(runtime.engine) as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(look.c.look_id))]


DECIDING = [screen for screen in SCREENS if screen.do is not None]


@pytest.mark.parametrize("screen", DECIDING, ids=[screen.path for screen in DECIDING])
def test_what_a_screen_does_is_in_the_log_with_account_and_reason(runtime: Runtime, screen: Screen) -> None:
    path, before = re.sub(r"\{[^}]+\}", "7", screen.path), entries(runtime)
    stub = replace(screen, do=lambda asked: asked.go("/elsewhere", f"已办理{asked.text('what')}。"))
    answer = client(runtime, stub).post(path, data={"what": f"{LI}一案", "why": f"查明{LI}"})
    assert answer.status_code == 303
    [entry] = entries(runtime)[len(before) :]
    about = " ".join("7" for _ in re.findall(r"\{", screen.path))
    masked = "110105********002X"
    assert entry == ("wang", "王芳", "decide", about, f"{screen.title}：已办理{masked}一案。理由：查明{masked}", path)


def test_a_page_says_what_was_done_and_what_only_shows_or_is_refused_is_not_logged(runtime: Runtime) -> None:
    def do(asked: Asked) -> Shown:
        match asked.text("step"):
            case "do":
                return Page("log_of.html", done="2 份：7、8 号。")
            case "refuse":
                raise Incomplete("没有办理。")
            case _:
                return Page("log_of.html")

    asked, before = client(runtime, Screen("/many", "修正", None, do, do)), entries(runtime)
    assert asked.get("/many").status_code == 200
    for step, status in (("", 200), ("refuse", 400)):
        assert asked.post("/many", data={"step": step}).status_code == status
    assert entries(runtime) == before
    assert asked.post("/many", data={"step": "do"}).status_code == 200
    assert entries(runtime)[len(before) :] == [("wang", "王芳", "decide", "/many", "修正：2 份：7、8 号。", "/many")]


def test_which_forms_decide_nothing_or_are_logged_by_another_word() -> None:
    assert {screen.path for screen in SCREENS if screen.answer is not None} == OTHER_WORDS.keys()
    assert not [screen.path for screen in SCREENS if screen.do is not None and screen.answer is not None]
