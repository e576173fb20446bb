"""What screens say of what has happened: days that are over, and messages of acts on the timeline."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from credit.store import tables
from credit.store.engine import writing
from tests.builders import feed_in, message, rows
from workers.runtime import Runtime


@pytest.mark.parametrize(
    ("due_on", "cell"),
    [
        # Noon of Monday, 1 June 2026, is now.
        (date(2026, 5, 29), '<span class="tone-alarm">2026-05-29，已逾期 1 个工作日</span>'),
        (date(2026, 5, 25), '<span class="tone-alarm">2026-05-25，已逾期 5 个工作日</span>'),
        (date(2026, 6, 1), '<span class="tone-waiting">2026-06-01，剩 0 个工作日</span>'),
        (date(2026, 6, 3), '<span class="tone-waiting">2026-06-03，剩 2 个工作日</span>'),
    ],
)
def test_a_refused_row_whose_day_is_over_says_for_how_many_working_days_and_is_red(
    runtime: Runtime, clerk: TestClient, due_on: date, cell: str
) -> None:
    feed_in(runtime, message("penalty", "1", None))
    refused = {"result_code": "9001", "result_message": "格式不符", "result_at": runtime.clock(), "due_on": due_on}
    with writing(runtime.engine) as connection:
        connection.execute(update(tables.feed_row).values(refused))
    page = clerk.get("/feeds/work").text
    assert cell in page
    assert "剩 -" not in page


def test_the_timeline_names_a_message_of_an_act_as_such(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, message("penalty", "p1", None))
    ((number, organ, subject),) = rows(runtime, "SELECT document_no, organ_code, subject_id FROM record")
    target = {"family": "credit.inspection.penalty", "organ_code": organ, "document_no": number}
    feed_in(runtime, message("office.withdrawal", "w1", None, target=target, document_no="舞撤〔2026〕1号"))
    page = clerk.get(f"/subjects/{subject}/timeline").text
    said = dict(re.findall(r">([^<>]+)，报文 (/[a-z]+ [a-z0-9]+)<", page))
    titles = runtime.reader.registry.vocabulary().titles
    assert said == {
        f"{titles['credit.inspection.penalty']} {number}": "/inspection p1",
        f"{titles['credit.office.withdrawal']} 舞撤〔2026〕1号": "/office w1",
    }
