"""The day of what waits, on the first page and in the list of its kind: by when it is to be answered."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from starlette.testclient import TestClient

from tests.builders import national_law
from tests.consoles import EVERYTHING, holder, open_console
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, put
from workers.runtime import Runtime

DAYS = {
    # Three working days for an objection; two to accept a repair and four to decide it. Today is Monday, June 1st.
    "/work/objections": {
        "objection-5-26": ("2026-05-29", True),
        "objection-5-27": ("2026-06-01", False),
        "objection-5-29": ("2026-06-03", False),
    },
    "/work/repairs": {
        "applied-5-27": ("2026-05-29", True),
        "applied-5-29": ("2026-06-02", False),
        "accepted-5-25": ("2026-05-29", True),
        "accepted-5-26": ("2026-06-01", False),
    },
}
"""By list and number of an act, the day that its cell shows, and whether it is shown in alarm."""
KINDS = {"objection": ("objection", "filed"), "applied": ("repair", "applied"), "accepted": ("repair", "accepted")}


@pytest.fixture
def client(runtime: Runtime) -> TestClient:
    """The console by the tests' own law, with objections and repairs that wait."""
    put(runtime.engine, rows.organisation(CLINIC, runtime.keyring))
    for each in (name for some in DAYS.values() for name in some):
        step, month, day = each.split("-")
        kind, state = KINDS[step]
        on = date(2026, int(month), int(day))
        put(
            runtime.engine,
            rows.record(f"of-{each}"),
            rows.act(f"act-{each}", f"of-{each}", kind, state, document_no=each, occurred_on=on),
        )
    by_law = replace(runtime, reader=replace(runtime.reader, law=national_law()))
    return open_console(by_law, holder(*EVERYTHING))


def days_in(cells: list[tuple[str, str]]) -> dict[str, tuple[str, bool]]:
    return {number: (re.sub(r"<[^>]+>|\s", "", cell), "tone-alarm" in cell) for cell, number in cells}


@pytest.mark.parametrize("path", DAYS)
def test_a_list_shows_by_when_each_is_to_be_answered(client: TestClient, path: str) -> None:
    found = re.findall(r"<tr><td>(.*?)</td><td>.*?([a-z]+-\d-\d+)</a>", client.get(path).text)
    assert days_in(found) == DAYS[path]


def test_the_first_page_shows_the_same_days(client: TestClient) -> None:
    page = client.get("/").text
    found = re.findall(r"<li>(.*?) <a href=[^>]*>([a-z]+-\d-\d+)</a>", page)
    assert days_in(found) == DAYS["/work/objections"] | DAYS["/work/repairs"]


def test_a_step_of_a_repair_is_chosen(client: TestClient) -> None:
    page = client.get("/work/repairs?step=accepted").text
    assert set(re.findall(r"[a-z]+-\d-\d+(?=</a>)", page)) == {"accepted-5-25", "accepted-5-26"}
    assert "没有这一类待办事项" in client.get("/work/repairs?step=accepted&organ=none").text
