from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas.rights import Right
from tests.builders import feed_in, rows
from tests.consoles import holder, open_console
from workers.demo.town.assessed import year_of_assessment
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

NEW_YEAR = datetime(2026, 1, 12, 4, tzinfo=UTC)
CLOSER = holder(Right.LOOK, Right.CLOSE)


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    with open_runtime(place, lambda: NEW_YEAR) as opened:
        sent = year_of_assessment(20250301, NEW_YEAR.date())
        feed_in(opened, *(Posting(one.body, one.routing_type) for one in sent))
        yield opened


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_a_year_is_closed_once_by_who_has_the_right_and_names_it(runtime: Runtime) -> None:
    console = open_console(runtime, CLOSER)
    assert 'href="/assess/wugang/2025"' in console.get("/assess").text
    page = "/assess/wugang/2025"
    assert "不能撤回重来" in console.get(page).text

    of_one = replace(CLOSER, only={Right.CLOSE: frozenset({"A"})})
    refused = open_console(runtime, of_one).post(page, data={"why": "局务会", "confirm": "2025"})
    assert refused.status_code == 403
    assert "不包括全部单位" in refused.text
    wrong = console.post(page, data={"why": "局务会", "confirm": "2024"})
    assert wrong.status_code == 400
    assert "填写 2025" in wrong.text
    assert rows(runtime, "SELECT count(*) FROM closed_year") == [(0,)]

    done = console.post(page, data={"why": "局务会", "confirm": "2025"})
    assert "2025 年度已评定：参评" in done.text
    assert rows(runtime, "SELECT regime, year, by FROM closed_year") == [("wugang", 2025, "王芳")]

    again = console.post(page, data={"why": "再来", "confirm": "2025"})
    assert again.status_code == 400
    assert "不能重新评定" in again.text
    assert "由 王芳 评定" in console.get("/assess").text


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_nobody_else_closes_a_year_and_none_that_there_is_not(runtime: Runtime) -> None:
    page = "/assess/wugang/2025"
    listed = open_console(runtime, holder(Right.LOOK)).get("/assess").text
    assert "待评定" in listed
    assert 'href="/assess/' not in listed
    refused = open_console(runtime, holder(Right.LOOK)).post(page, data={"why": "x", "confirm": "2025"})
    assert refused.status_code == 403
    assert "您没有“年度评定”的权限" in refused.text
    console = open_console(runtime, CLOSER)
    unfinished = console.post("/assess/wugang/2026", data={"why": "x", "confirm": "2026"})
    assert "2026 年度尚未结束，2027-01-01 起才能评定。" in unfinished.text
    for none in ("/assess/nowhere/2025", "/assess/wugang/２０２５", "/assess/wugang/1"):
        assert console.get(none).status_code == 404
    assert rows(runtime, "SELECT count(*) FROM closed_year") == [(0,)]
