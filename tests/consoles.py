"""The console as tests use it: with a gate that lets in whoever they say, and an empty archive at noon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.store import tables
from credit.store.engine import reading
from schemas.rights import Right
from workers.console.app import Console
from workers.console.groups import SCREENS
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
