"""The console as tests use it: with a gate that lets in whoever they say, and an empty archive at noon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html.parser import HTMLParser

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.identity import IN_FULL
from credit.store import tables
from credit.store.engine import reading
from credit.store.queries import parked as queries
from credit.store.queries.parked import Story
from schemas.rights import Right
from tests.builders import message
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.postings import Posting
from workers.runtime import Runtime

HERE = {"Origin": "http://testserver"}
EVERYTHING = frozenset(Right)


class Gate:
    """Lets in whom the test says; before the login there is a page."""

    def __init__(self, holder: Holder | None) -> None:
        self.holder = holder

    def find_holder(self, request: Request) -> Holder | None:
        return self.holder

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/login", lambda _: PlainTextResponse("login")),)


def holder(*rights: Right, organs: frozenset[str] | None = None, person: str = "王芳", account: str = "wang") -> Holder:
    return Holder(account, person, frozenset(rights), organs)


def open_console(runtime: Runtime, by: Holder) -> TestClient:
    app = Console(runtime, Gate(by), SCREENS).app(["testserver"])
    return TestClient(app, headers=HERE)


def say_purpose(client: TestClient, subject_id: str, purpose: str = "handling") -> None:
    """Say for what the archive of a person is looked at."""
    said = client.post(f"/subjects/{subject_id}/purpose", data={"purpose": purpose}, headers=HERE)
    assert said.status_code in {200, 303}, said.text


def named_in(runtime: Runtime) -> dict[str, set[str]]:
    """The ids of the persons on file, by their names and by the ids themselves."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    with reading(runtime.engine) as connection:
        asked = select(tables.subject.c.subject_id, tables.subject.c.name).where(tables.subject.c.kind == "person")
        for subject_id, name in connection.execute(asked):
            found[name].add(subject_id)
            found[subject_id].add(subject_id)
    return dict(found)


def looked_at(runtime: Runtime, account: str) -> dict[str, set[str]]:
    """Whom the log says that an account looked at, with the purposes."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    with reading(runtime.engine) as connection:
        asked = select(tables.look.c.about, tables.look.c.purpose)
        for about, purpose in connection.execute(asked.where(tables.look.c.account == account)):
            found[about].add(purpose)
    return dict(found)


class _Form(HTMLParser):
    """The fields of the form that is posted to an address, as a browser would send them untouched."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.within, self.fields = action, False, dict[str, str | list[str]]()
        self.select, self.area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.within = said.get("action") == self.action
        elif not self.within or not (said.get("name") or tag == "option"):
            return
        elif tag == "select":
            self.select = said["name"]
            self.fields[self.select] = ""
        elif tag == "option" and "selected" in said:
            self.fields[self.select] = said["value"]
        elif tag == "textarea":
            self.area = said["name"]
            self.fields[self.area] = ""
        elif tag == "input" and said.get("type") == "checkbox":
            if "checked" in said:
                ticked = self.fields.setdefault(said["name"], [])
                assert isinstance(ticked, list)
                ticked.append(said["value"])
        elif tag == "input":
            self.fields[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.within = self.within and tag != "form"
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area] = str(self.fields[self.area]) + data


def fields_of(page: str, action: str) -> dict[str, str | list[str]]:
    """Return what a browser would send of a form that nobody has touched."""
    form = _Form(action)
    form.feed(page)
    return {name: said.removeprefix("\n") if isinstance(said, str) else said for name, said in form.fields.items()}


def early(number: int, **changes: str) -> Posting:
    """A penalty of the day after tomorrow."""
    items = {"CF_WSH": f"舞卫医罚〔2026〕{number}号", "CF_JDRQ": "2026/06/03", "CF_YXQ": "2027/06/03"} | changes
    return message("penalty", f"{number}", None, **items)


def story(runtime: Runtime, number: int) -> Story:
    with reading(runtime.engine) as connection:
        return queries.read_story(connection, number, runtime.keyring, IN_FULL)
