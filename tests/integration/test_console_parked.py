"""What a clerk does with parked messages in the console, and what is in the archive afterwards."""

from __future__ import annotations

import html
import json
import re
import shutil
import threading
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.identity import IN_FULL
from credit.store.engine import reading
from credit.store.queries import parked as queries
from credit.store.queries.parked import Story
from schemas.rights import Right
from tests.builders import NOON, WANG, feed_in, message
from tests.consoles import EVERYTHING, fields_of, holder, open_console
from workers import settings
from workers.console import runs
from workers.console.runs import RUNS
from workers.decisions.parking import Desk, Verdict
from workers.intake import BatchLimits
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime

MEND, DISCARD = "/parked/many/mend", "/parked/many/discard"
HOSTILE = "<script>alert(1)</script>{{7*7}}\u202e"


@pytest.fixture
def runtime(tmp_path: Path, template_archive: Path) -> Iterator[Runtime]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({}, home=home), lambda: NOON) as opened:
        yield opened


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, template_archive: Path) -> Iterator[Runtime]:
    """An archive with one parked message, which no test changes."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({}, home=home), lambda: NOON) as opened:
        feed_in(opened, early(1))
        yield opened


@pytest.fixture
def clerk(runtime: Runtime) -> TestClient:
    return open_console(runtime, holder(*EVERYTHING))


def early(number: int, **changes: str) -> Posting:
    """A penalty of the day after tomorrow."""
    items = {"CF_WSH": f"舞卫医罚〔2026〕{number}号", "CF_JDRQ": "2026/06/03", "CF_YXQ": "2027/06/03"} | changes
    return message("penalty", f"{number}", None, **items)


def story(runtime: Runtime, number: int) -> Story:
    with reading(runtime.engine) as connection:
        return queries.read_story(connection, number, runtime.keyring, IN_FULL)


def form(page: str) -> dict[str, str]:
    """The fields of the form that mends, as a browser would send them."""
    inputs = re.findall(r'<input(?: id="[^"]*")? (?:type="hidden" )?name="([^"]+)" value="([^"]*)"', page)
    areas = re.findall(r'<textarea(?: id="[^"]*")? name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in (*inputs, *areas) if name != "q"}


def field_of(page: str, place: str) -> str:
    found = re.search(rf'<label for="(at\.\d+)">[^<]*（{re.escape(place)}）', page)
    assert found is not None
    return found[1]


def test_groups_lead_to_lists_and_lists_to_messages(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1), early(2), Posting(b"{", None))
    piles = clerk.get("/parked").text
    href = html.unescape(re.search(r'href="(/parked/list\?reason=date.future[^"]*)"', piles)[1])  # type: ignore[index]
    assert "共 3 份" in piles
    listed = clerk.get(href).text
    assert 'href="/parked/1"' in listed
    assert 'href="/parked/2"' in listed
    assert 'href="/parked/3"' not in listed
    one = clerk.get("/parked/1").text
    assert "处罚决定日期（CF_JDRQ）" in one
    assert "晚于今日" in one


def test_an_organ_sees_its_own_messages_alone(standing: Runtime) -> None:
    other = open_console(standing, holder(*EVERYTHING, organs=frozenset({"11410481001581767M"})))
    assert "没有挂起的报文" in other.get("/parked").text
    assert 'href="/parked/1"' not in other.get("/parked/list").text
    assert other.get("/parked/1").status_code == 404
    assert other.post("/parked/1/discard", data={"why": "x"}).status_code == 404
    assert other.post("/parked/1/raw", data={"why": "x"}).status_code == 404
    assert other.get("/parked/1/mend").status_code == 404
    assert story(standing, 1).row.closed_as is None


@pytest.mark.parametrize("path", ["mend", "replay", "discard", "note", "raw"])
def test_without_the_right_nothing_is_done(standing: Runtime, path: str) -> None:
    reader = open_console(standing, holder(Right.LOOK))
    assert "您没有“修正挂起报文”的权限" in reader.get("/parked/1").text
    assert reader.post(f"/parked/1/{path}", data={"why": "x"}).status_code == 403
    assert story(standing, 1).events == ()


def test_a_mend_is_shown_before_it_is_done(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1))
    page = clerk.get("/parked/1/mend").text
    sent = form(page) | {field_of(page, "data.CF_JDRQ"): "2026-05-30", "why": "核对决定书"}
    preview = clerk.post("/parked/1/mend", data=sent)
    assert "<del>&#34;2026/06/03&#34;</del>" in preview.text
    assert "<ins>&#34;2026-05-30&#34;</ins>" in preview.text
    assert "入档" in preview.text
    assert story(runtime, 1).events == ()
    done = clerk.post("/parked/1/mend", data=form(preview.text) | {"step": "do"})
    assert "已修正。结果：入档" in done.text
    after = story(runtime, 1)
    assert after.row.closed_as == "applied"
    assert [(event.by, event.account, event.note) for event in after.events] == [("王芳", "wang", "核对决定书")]
    assert json.loads(after.message)["data"]["CF_JDRQ"] == "2026-05-30"


def test_the_second_of_two_menders_is_told_and_loses_nothing(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1))
    page = clerk.get("/parked/1/mend").text
    mine = form(page) | {"why": "我的", field_of(page, "data.CF_SY"): "我写的事实"}
    first = form(page) | {"why": "他的", field_of(page, "data.CF_JDRQ"): "2026/06/04", "step": "do"}
    assert "仍然挂起" in clerk.post("/parked/1/mend", data=first).text
    second = clerk.post("/parked/1/mend", data=mine | {"step": "do"})
    assert second.status_code == 409
    assert "已有人修正" in second.text or "有人已修正" in second.text
    assert "我写的事实" in second.text
    assert [event.note for event in story(runtime, 1).events] == ["他的"]


def test_a_hidden_number_that_is_not_touched_stays(runtime: Runtime, clerk: TestClient) -> None:
    person = {"CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": WANG}
    feed_in(runtime, early(1, **person))
    for address in ("/parked/1", "/parked/1/mend", "/parked/1/mend?whole=yes"):
        assert WANG not in clerk.get(address).text
    page = clerk.get("/parked/1/mend?whole=yes").text
    fields = form(page)
    fields |= {"whole": fields["whole"].replace("2026/06/03", "2026/05/30"), "why": "核对"}
    preview = clerk.post("/parked/1/mend", data=fields)
    assert WANG not in preview.text
    clerk.post("/parked/1/mend", data=form(preview.text) | {"step": "do"})
    data = json.loads(story(runtime, 1).message)["data"]
    assert (data["CF_XDR_ZJHM"], data["CF_JDRQ"]) == (WANG, "2026/05/30")


def test_a_message_about_somebody_else_needs_its_reason(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1))
    page = clerk.get("/parked/1/mend").text
    fields = form(page) | {field_of(page, "data.CF_XDR_SHXYM"): "124104814170481228", "why": "核对"}
    refused = clerk.post("/parked/1/mend", data=fields).text
    assert "修正后当事人变了" in refused
    assert "确认修正" not in refused
    clerk.post("/parked/1/mend", data=fields | {"step": "do"})
    assert story(runtime, 1).events == ()


@pytest.mark.parametrize(
    "fields",
    [{"whole": "{", "why": "x"}, {"whole": "[]", "why": "x"}, {"at.999999": "x", "why": "x"}, {"why": "x"}, {}],
)
def test_what_cannot_be_used_is_refused(standing: Runtime, fields: dict[str, str]) -> None:
    clerk = open_console(standing, holder(*EVERYTHING))
    version = form(clerk.get("/parked/1/mend").text)["version"]
    assert clerk.post("/parked/1/mend", data=fields | {"version": version}).status_code == 400
    assert clerk.post("/parked/1/mend", data=fields).status_code == 400
    assert story(standing, 1).events == ()


def test_what_others_wrote_is_only_text(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1, CF_SY=HOSTILE))
    clerk.post("/parked/1/note", data={"why": HOSTILE})
    for address in ("/parked", "/parked/list", "/parked/1", "/parked/1/mend", "/parked/1/mend?whole=yes"):
        page = clerk.get(address).text
        assert "<script>alert" not in page
        assert "49" not in re.findall(r"alert\(1\).{0,40}", page)
        assert "\u202e" not in page


def test_what_is_replayed_says_why_it_stays(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1))
    assert "仍然挂起" in clerk.post("/parked/1/replay").text
    assert [(event.action, event.note) for event in story(runtime, 1).events] == [("replay", "")]


def test_a_discard_takes_a_second_person(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1))
    assert clerk.post("/parked/1/discard", data={"why": ""}).status_code == 400
    for _ in range(2):
        assert "须由另一人复核" in clerk.post("/parked/1/discard", data={"why": "重复报送"}).text
    assert story(runtime, 1).row.closed_as is None
    listed = clerk.get("/proposals").text
    number = re.findall(r'href="/proposals/(\w+)"', listed)
    assert len(set(number)) == 1
    assert "提交人不得复核本人提交的事项" in clerk.post(f"/proposals/{number[0]}", data={"step": "yes"}).text
    assert story(runtime, 1).row.closed_as is None
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    assert "已同意并办理" in second.post(f"/proposals/{number[0]}", data={"step": "yes", "why": "属实"}).text
    after = story(runtime, 1)
    assert after.row.closed_as == "discarded"
    assert [(event.action, event.by, event.account) for event in after.events] == [("discard", "王芳、李明", "li")]
    again = second.post(f"/proposals/{number[0]}", data={"step": "yes", "why": "属实"})
    assert again.status_code in {400, 403}
    assert clerk.get("/parked/1/mend").status_code == 400
    assert clerk.post("/parked/1/discard", data={"why": "重复报送"}).status_code == 400


def test_a_discard_that_is_refused_leaves_the_message(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1))
    clerk.post("/parked/1/discard", data={"why": "重复报送"})
    number = re.findall(r'href="/proposals/(\w+)"', clerk.get("/proposals").text)[0]
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    second.post(f"/proposals/{number}", data={"step": "no", "why": "不是重复"})
    assert story(runtime, 1).row.closed_as is None
    assert "没有待复核的事项" in second.get("/proposals").text


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
    run.thread.join(30)
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
    run.thread.join(60)
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
    assert "没有可以修正的报文" in clerk.post(MEND, data=mend_one | {"numbers": ""}).text
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
    clerk.post(MEND, data=sent | {"step": "do", "numbers": "1"})
    assert story(runtime, 1).row.closed_as is None


def test_many_are_mended_for_ones_own_organ_and_not_what_may_be_sealed(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, message("security.offence", "1", None, occurred_on="2026-06-04", sanction="detention"), early(2))
    sent = {"reason": "date.future", "path": "data.occurred_on", "value": "2026-05-30", "why": "x"}
    blind = open_console(runtime, holder(*(EVERYTHING - {Right.SEALED})))
    preview = blind.post(MEND, data=sent).text
    assert 'href="/parked/2"' in preview
    assert 'href="/parked/1"' not in preview
    assert "2026-06-04" not in preview
    blind.post(MEND, data=sent | {"step": "do", "numbers": "1"})
    other = open_console(runtime, holder(*EVERYTHING, organs=frozenset({"11410481001581767M"})))
    other.post(MEND, data=sent | {"step": "do", "numbers": "1 2"})
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


def test_notes_are_on_each_of_a_group(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1), early(2), Posting(b"{", None))
    clerk.post("/parked/note", data={"reason": "date.future", "why": "已与来源联系"})
    assert [event.note for event in story(runtime, 2).events] == ["已与来源联系"]
    assert story(runtime, 3).events == ()
    assert "已与来源联系" in clerk.get("/parked").text


def test_who_takes_the_bytes_is_kept(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, early(1))
    assert clerk.get("/parked/1/raw").status_code == 200
    assert story(runtime, 1).events == ()
    answer = clerk.post("/parked/1/raw", data={"why": "核对原文"})
    assert answer.content == early(1).body
    assert answer.headers["content-disposition"] == 'attachment; filename="parked-1.bin"'
    assert [(event.action, event.note) for event in story(runtime, 1).events] == [("look", "核对原文")]


def test_what_may_be_sealed_is_neither_shown_nor_mended(runtime: Runtime) -> None:
    feed_in(runtime, message("security.offence", "1", None, occurred_on="2026-06-03", sanction="detention"))
    rights = EVERYTHING - {Right.SEALED}
    clerk = open_console(runtime, holder(*rights))
    assert "可能涉及封存记录" in clerk.get("/parked/1").text
    assert clerk.get("/parked/1/mend").status_code == 403
    assert clerk.post("/parked/1/raw", data={"why": "x"}).status_code == 403
    assert clerk.post("/parked/1/discard", data={"why": "x"}).status_code == 403


def test_who_may_see_what_is_sealed_of_one_organ_sees_that_of_no_other(runtime: Runtime) -> None:
    feed_in(runtime, message("security.offence", "1", None, occurred_on="2026-06-03", sanction="detention"))
    sender = str(story(runtime, 1).row.sender)
    both = Holder("wang", "王芳", EVERYTHING, frozenset({sender, "other"}), {Right.SEALED: frozenset({"other"})})
    clerk = open_console(runtime, both)
    assert "可能涉及封存记录" in clerk.get("/parked/1").text
    assert "可能涉及封存记录" in clerk.get("/parked/list").text
    assert clerk.get("/parked/1/mend").status_code == 403
    replayed = clerk.post("/parked/many", data={"reason": "date.future", "sender": sender, "why": "x", "step": "some"})
    assert replayed.status_code == 200
    assert "2026-06-03" not in replayed.text
    seer = open_console(runtime, replace(both, only={Right.SEALED: frozenset({sender})}))
    assert seer.get("/parked/1/mend").status_code == 200


@pytest.mark.parametrize(
    "query", ["reason=none", "since=yesterday", "after=x", "after=99999999999999999999", "until=2026-13-01"]
)
def test_an_address_that_says_nonsense_is_told_so(standing: Runtime, query: str) -> None:
    clerk = open_console(standing, holder(*EVERYTHING))
    answer = clerk.get(f"/parked/list?{query}")
    assert answer.status_code == 400
    assert "本页出错" not in answer.text


@pytest.mark.parametrize("number", ["9", "99999999999999999999999"])
def test_a_number_that_there_is_not_is_not_found(standing: Runtime, number: str) -> None:
    clerk = open_console(standing, holder(*EVERYTHING))
    assert clerk.get(f"/parked/{number}").status_code == 404
