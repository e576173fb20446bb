"""What a clerk does with parked messages in the console, and what is in the archive afterwards."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from credit.access.account import Holder
from schemas.rights import Right
from tests.builders import NOON, WANG, feed_in, message
from tests.consoles import EVERYTHING, early, fields_of, holder, open_console, story
from workers import settings
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime

HOSTILE = "<script>alert(1)</script>{{7*7}}\u202e"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, template_archive: Path) -> Iterator[Runtime]:
    """An archive with one parked message, which no test changes."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({}, home=home), lambda: NOON) as opened:
        feed_in(opened, early(1))
        yield opened


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


@pytest.mark.parametrize(
    ("posting", "name", "title", "sound"),
    [
        (
            message("penalty", "1", None, CF_XDR_SHXYM="91410481MA3X7JB210"),
            "CF_XDR_SHXYM",
            "统一社会信用代码",
            "CF_XDR_MC",
        ),
        (
            message("penalty", "1", None, CF_XDR_SHXYM="000000000000000000"),
            "CF_XDR_SHXYM",
            "统一社会信用代码",
            "CF_XDR_MC",
        ),
        (
            message("inspection.points", "1", None, party={"kind": "person", "name": "王某", "id_no": f"{WANG[:17]}0"}),
            "party.id_no",
            "当事人的证件号码",
            "occurred_on",
        ),
    ],
)
def test_the_item_that_is_wrong_is_named_in_lists_red_on_the_page_and_marked_in_the_form(
    runtime: Runtime, clerk: TestClient, posting: Posting, name: str, title: str, sound: str
) -> None:
    feed_in(runtime, posting)
    for path in ("/parked", "/parked/list"):
        assert f"<td>{title}（{name}）</td>" in clerk.get(path).text
    page, top = clerk.get("/parked/1").text, name.partition(".")[0]
    assert re.search(rf'<th scope="row">[^<]*（{top}）</th><td><span class="tone-alarm">', page)
    assert re.search(rf'<th scope="row">[^<]*（{sound}）</th><td>[^<]', page)
    form = clerk.get("/parked/1/mend").text
    assert re.search(rf'（data\.{re.escape(name)}）\s*<span class="tone-alarm">需核对</span>', form)
    assert re.search(rf"（data\.{sound}）\s*</label>", form)


def test_a_screen_leads_to_the_screen_that_decides_instead_of_naming_a_command(
    runtime: Runtime, clerk: TestClient
) -> None:
    party = {"kind": "person", "name": "王某", "id_no": WANG}
    feed_in(runtime, message("office.honour", "1", None, party=party, document_no="舞卫表〔2026〕1号"))
    feed_in(
        runtime, message("office.honour", "2", None, party=party | {"name": "汪某"}, document_no="舞卫表〔2026〕2号")
    )
    page = clerk.get("/parked/1").text
    assert "xinglin" not in re.sub(r'href="[^"]*"|src="[^"]*"', "", page)
    href = html.unescape(re.search(r'href="(/identity\?key=P[^"]+)"', page)[1])  # type: ignore[index]
    fields = fields_of(clerk.get(href).text, "/identity")
    assert fields["key"] == re.search("key=(P[0-9a-f]+)", href)[1]  # type: ignore[index]
    assert fields["kind"] == "name"
    assert 'value=""' in re.search(r'<input id="key"[^>]*>', clerk.get(f"/identity?key={WANG}").text)[0]  # type: ignore[index]
    assert "“身份认定”" in clerk.get("/parked/list").text


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
