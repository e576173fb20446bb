"""Many parked messages dealt with in the console: replayed, gone on with, mended by one value, discarded by two."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection

import pytest
from starlette.testclient import TestClient

from credit.store.engine import reading
from credit.store.queries import parked as queries
from schemas.rights import Right
from tests.builders import feed_in, message
from tests.consoles import EVERYTHING, early, fields_of, holder, open_console, story
from workers.console import runs
from workers.console.runs import RUNS
from workers.decisions.parking import Desk, Verdict
from workers.decisions.retyping import mark
from workers.intake import BatchLimits
from workers.postings import Posting
from workers.runtime import Runtime

MEND, DISCARD = "/parked/many/mend", "/parked/many/discard"


def test_many_are_replayed_some_at_a_time_each_with_its_result(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, *(early(number) for number in range(1, 24)))
    assert clerk.get("/parked/many").status_code == 400
    assert "共 23 份" in clerk.get("/parked/many?source=/inspection").text
    first = clerk.post("/parked/many", data={"source": "/inspection", "why": "再试", "step": "some"}).text
    assert first.count("仍然挂起：") == 20
    assert 'name="after" value="20"' in first
    rest = clerk.post("/parked/many", data={"source": "/inspection", "why": "再试", "after": "20"}).text
    assert rest.count("仍然挂起：") == 3
    assert story(runtime, 23).events[0].note == "再试"


def test_all_are_replayed_in_the_background(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1), early(2))
    page = clerk.post("/parked/many", data={"source": "/inspection", "why": "再试", "step": "all"})
    number = page.url.path.rpartition("/")[2]
    run = RUNS.find(number)
    assert run is not None
    run.thread.join(120)
    page = clerk.get(f"/parked/runs/{number}")
    assert "已办完" in page.text
    assert "已办 2 份" in page.text
    assert "已停止" in clerk.post(f"/parked/runs/{number}").text
    assert clerk.get("/parked/runs/none").status_code == 404


def test_a_run_that_was_stopped_goes_on_where_it_stopped_and_once(
    runtime: Runtime, clerk: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_LOT", BatchLimits(messages=2))
    feed_in(runtime, *(early(number) for number in range(1, 6)))
    held, free = threading.Event(), threading.Event()
    replayed = Desk.replay

    def slowly(desk: Desk, numbers: Collection[int]) -> list[Verdict]:
        held.set()
        assert free.wait(60)
        return replayed(desk, numbers)

    monkeypatch.setattr(Desk, "replay", slowly)
    page = clerk.post("/parked/many", data={"source": "/inspection", "why": "再试", "step": "all"})
    first = page.url.path
    assert held.wait(60)
    assert "已有一批重放正在进行" in clerk.post(first, data={"step": "go-on"}).text
    assert "正在停止" in clerk.post(first).text
    free.set()
    wait_for(first)
    stopped = clerk.get(first).text
    assert "已办 2 份" in stopped
    assert "继续</button>" in stopped
    assert [len(story(runtime, number).events) for number in range(1, 6)] == [1, 1, 0, 0, 0]

    foreign = open_console(runtime, holder(*EVERYTHING, account="li", organs=frozenset({"11410481001581767M"})))
    assert foreign.post(first, data={"step": "go-on"}).status_code == 404
    following = clerk.post(first, data={"step": "go-on"}).url.path
    wait_for(following)
    assert "共 3 份，已办 3 份" in clerk.get(following).text
    assert [[event.note for event in story(runtime, number).events] for number in range(1, 6)] == [["再试"]] * 5
    for over in (first, following):
        assert "继续</button>" not in clerk.get(over).text
        again = clerk.post(over, data={"step": "go-on"})
        assert again.status_code == 400
        assert "已经办完" in again.text


def wait_for(path: str) -> None:
    run = RUNS.find(path.rpartition("/")[2])
    assert run is not None
    run.thread.join(120)
    assert run.over


def test_one_value_is_set_in_many_which_are_seen_first(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, *(early(number) for number in range(1, 23)))
    listed = clerk.get("/parked/many?reason=date.future").text
    assert 'href="/parked/many/mend?reason=date.future"' in listed
    assert clerk.get("/parked/many/mend").status_code == 400
    page = clerk.get("/parked/many/mend?reason=date.future").text
    sent = fields_of(page, MEND) | {"path": "data.CF_JDRQ", "value": "2026-05-30", "why": "核对决定书"}
    preview = clerk.post(MEND, data=sent).text
    assert preview.count("<del>&#34;2026/06/03&#34;</del> → <ins>&#34;2026-05-30&#34;</ins>") == 20
    assert preview.count("入档") == 20
    assert [len(story(runtime, number).events) for number in (1, 20)] == [0, 0]
    clerk.post("/parked/3/replay")  # somebody else deals with one; no other comes in its place
    mend_one = fields_of(preview, MEND) | {"step": "do"}
    done = clerk.post(MEND, data=mend_one).text
    assert done.count("入档") == 20
    assert [story(runtime, number).row.closed_as for number in (1, 20, 21, 22)] == ["applied", "applied", None, None]
    assert [(event.by, event.note) for event in story(runtime, 1).events] == [("王芳", "核对决定书")]
    assert "没有可以修正的报文" in clerk.post(MEND, data=mend_one | {"seen": ""}).text
    rest = clerk.post(MEND, data=fields_of(done, MEND)).text
    assert rest.count("<ins>") == 2
    clerk.post(MEND, data=fields_of(rest, MEND) | {"step": "do"})
    assert story(runtime, 22).row.closed_as == "applied"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"path": ""}, "请填写“栏目”"),
        ({"path": "data."}, "栏目应写作"),
        ({"why": ""}, "请填写“修正理由”"),
        ({"path": "data.none.at.all"}, "没有修正"),
        ({"path": "data.CF_XDR_SHXYM", "value": "124104814170481228"}, "修正后当事人变了"),
    ],
)
def test_what_cannot_be_set_in_many_is_said(
    runtime: Runtime, clerk: TestClient, changes: dict[str, str], told: str
) -> None:
    feed_in(runtime, early(1))
    sent = {"reason": "date.future", "path": "data.CF_JDRQ", "value": "2026-05-30", "why": "x"} | changes
    answer = clerk.post(MEND, data=sent).text
    assert told in answer
    assert "确认修正" not in answer
    clerk.post(MEND, data=sent | {"step": "do", "seen": seen_now(runtime, 1)})
    assert story(runtime, 1).row.closed_as is None


def seen_now(runtime: Runtime, *numbers: int) -> str:
    """What the form holds of messages that were seen as they are now."""
    with reading(runtime.engine) as connection:
        said = [queries.read_said(connection, number, runtime.keyring).raw for number in numbers]
    return " ".join(f"{number}:{mark(raw, runtime.keyring)}" for number, raw in zip(numbers, said, strict=True))


def test_of_two_persons_who_mend_the_same_messages_the_second_changes_none_that_the_first_did(
    runtime: Runtime, clerk: TestClient
) -> None:
    feed_in(runtime, *(early(number) for number in range(1, 6)))
    sent = {"reason": "date.future", "path": "data.CF_JDRQ", "value": "2026-05-30", "why": "核对决定书"}
    seen = fields_of(clerk.post(MEND, data=sent).text, MEND)
    first = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    for number, day in ((1, "2026-05-29"), (2, "2026-06-05"), (3, "2026-02-31")):
        opened = fields_of(first.get(f"/parked/{number}/mend").text, f"/parked/{number}/mend")
        [place] = [name for name, value in opened.items() if value == "2026/06/03"]
        told = first.post(f"/parked/{number}/mend", data=opened | {place: day, "why": "原件", "step": "do"}).text
        assert "已修正。" in told
    reasons = [story(runtime, number).row.reason for number in range(1, 6)]
    assert reasons == ["date.future", "date.future", "date.invalid", "date.future", "date.future"]

    done = clerk.post(MEND, data=seen | {"step": "do"}).text
    results = re.findall(r'<td><a href="/parked/(\d)">.*?<td><span class="tone-\w+">([^<]+)</span></td></tr>', done)
    by_others = "没有修正：核对之后已由他人办理，或正由他人办理"
    changed = "没有修正：这份报文在您打开之后已被他人修正，您的修正没有写入。"
    assert results == [("1", by_others), ("2", changed), ("3", by_others), ("4", "入档"), ("5", "入档")]
    persons = [[event.by for event in story(runtime, number).events if event.action == "mend"] for number in (1, 2, 4)]
    assert persons == [["李明"], ["李明"], ["王芳"]]
    assert "2026-06-05" in story(runtime, 2).message

    again = clerk.post(MEND, data=seen | {"step": "do"}).text
    assert (again.count(by_others), again.count(changed)) == (4, 1)


def test_many_are_mended_for_ones_own_organ_and_not_what_may_be_sealed(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, message("security.offence", "1", None, occurred_on="2026-06-04", sanction="detention"), early(2))
    sent = {"reason": "date.future", "path": "data.occurred_on", "value": "2026-05-30", "why": "x"}
    blind = open_console(runtime, holder(*(EVERYTHING - {Right.SEALED})))
    preview = blind.post(MEND, data=sent).text
    assert 'href="/parked/2"' in preview
    assert 'href="/parked/1"' not in preview
    assert "2026-06-04" not in preview
    blind.post(MEND, data=sent | {"step": "do", "seen": seen_now(runtime, 1)})
    other = open_console(runtime, holder(*EVERYTHING, organs=frozenset({"11410481001581767M"})))
    other.post(MEND, data=sent | {"step": "do", "seen": seen_now(runtime, 1, 2)})
    assert open_console(runtime, holder(Right.REPLAY)).get(f"{MEND}?reason=date.future").status_code == 403
    assert [story(runtime, number).row.closed_as for number in (1, 2)] == [None, None]
    assert blind.post(DISCARD, data=sent).status_code == 403
    assert other.post(DISCARD, data=sent).status_code == 400
    assert "没有待复核的事项" in clerk.get("/proposals").text


def test_many_are_discarded_by_two_persons(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1), early(2), Posting(b"{", None))
    assert 'href="/parked/many/discard?reason=date.future"' in clerk.get("/parked/many?reason=date.future").text
    assert "共 2 份" in clerk.get(f"{DISCARD}?reason=date.future").text
    assert clerk.post(DISCARD, data={"reason": "date.future"}).status_code == 400
    assert clerk.post(DISCARD, data={"why": "重复报送"}).status_code == 400
    assert "已提交作废 2 份" in clerk.post(DISCARD, data={"reason": "date.future", "why": "重复报送"}).text
    feed_in(runtime, early(4))
    [number] = set(re.findall(r'href="/proposals/(\w+)"', clerk.get("/proposals").text))
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    assert "已同意并办理" in second.post(f"/proposals/{number}", data={"step": "yes", "why": "属实"}).text
    closed = [story(runtime, number).row.closed_as for number in (1, 2, 3, 4)]
    assert closed == ["discarded", "discarded", None, None]
    looker = open_console(runtime, holder(Right.LOOK, Right.REPLAY)).get("/parked/many?reason=date.future").text
    assert "您没有“作废" in looker or "您没有“提交作废" in looker
    assert "/parked/many/discard" not in looker
