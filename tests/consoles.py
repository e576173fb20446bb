"""The console as tests use it: with a gate that lets in whoever they say, and an empty archive at noon."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from credit.access.account import Holder
from schemas.rights import Right
from workers.console.app import Console
from workers.console.groups import SCREENS
from workers.runtime import Runtime

HERE = {"Origin": "http://testserver"}
EVERYTHING = frozenset(Right)


class Gate:
    """Lets one holder in."""

    def __init__(self, holder: Holder) -> None:
        self.holder = holder

    def find_holder(self, request: Request) -> Holder | None:
        return self.holder

    def routes(self) -> Sequence[BaseRoute]:
        return ()


def holder(*rights: Right, organs: frozenset[str] | None = None, person: str = "王芳", account: str = "wang") -> Holder:
    return Holder(account, person, frozenset(rights), organs)


def open_console(runtime: Runtime, by: Holder) -> TestClient:
    app = Console(runtime, Gate(by), SCREENS).app(["testserver"])
    return TestClient(app, headers=HERE)
