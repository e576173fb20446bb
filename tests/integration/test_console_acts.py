"""What is done to a record from the desk: begun on its page, only to what is on file, and once at a time."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from credit.access.account import Holder
from schemas.rights import Right
from tests.builders import CLINIC, HEALTH, HOSPITAL, OFFICE, POLICE, feed_in, message, rows
from tests.consoles import EVERYTHING, fields_of, holder, looked_at, open_console
from workers.postings import Posting
from workers.runtime import Runtime

WITHDRAWAL = "/entry/credit.office.withdrawal.v1"
OBJECTION = "/entry/credit.office.objection.v1"
PENALTY = "credit.inspection.penalty"
SAID = {"occurred_on": "2026-05-30", "document_no": "舞卫撤〔2026〕9号", "reason": "entered_in_error", "step": "save"}


def penalty(runtime: Runtime) -> tuple[str, str]:
    """Take a penalty in; return the address of its page, and its id."""
    feed_in(runtime, message("penalty", "p1", None))
    ((record, subject),) = rows(runtime, "SELECT record_id, subject_id FROM record")
    return f"/subjects/{subject}/records/{record}", str(record)


def form_of(clerk: TestClient, page: str, action: str) -> dict[str, str | list[str]]:
    """Open from the page of a record the form of what is done to it."""
    [link] = re.findall(f'href="({re.escape(action)}[^"]*)"', clerk.get(page).text)
    answer = clerk.get(html.unescape(link))
    assert answer.status_code == 200, answer.text
    return fields_of(answer.text, action)


def counted(runtime: Runtime, table: str) -> int:
    ((number,),) = rows(runtime, f"SELECT count(*) FROM {table}")
    return int(str(number))


def orphan(message_id: str = "w1", family: str = PENALTY) -> Posting:
    """A withdrawal of what has not come."""
    target = {"family": family, "organ_code": HEALTH.code, "document_no": "舞卫医罚〔2026〕404号"}
    return message("office.withdrawal", message_id, None, target=target, document_no=f"舞卫撤〔2026〕{message_id}号")


def test_a_form_begins_on_the_page_of_its_record_and_does_it_what_it_says(runtime: Runtime, clerk: TestClient) -> None:
    page, _ = penalty(runtime)
    ((number,),) = rows(runtime, "SELECT document_no FROM record")
    form = form_of(clerk, page, OBJECTION)
    named = ("target.family", "target.organ_code", "target.document_no")
    assert [form[name] for name in named] == [PENALTY, HEALTH.code, number]
    assert form["organ.code"] == form["sender"]
    said = SAID | {"state": "filed", "document_no": ""}
    assert "已送入队列" in clerk.post(OBJECTION, data=form | said).text
    feed_in(runtime)
    assert rows(runtime, "SELECT state FROM record") == [("under_objection",)]


def test_the_page_of_a_record_has_what_is_done_to_it_and_to_the_acts_about_it(
    runtime: Runtime, clerk: TestClient
) -> None:
    page, record = penalty(runtime)
    ((number,),) = rows(runtime, "SELECT document_no FROM record")
    target = {"family": PENALTY, "organ_code": HEALTH.code, "document_no": number}
    feed_in(runtime, message("office.objection", "o1", None, target=target, state="filed"))
    ((act,),) = rows(runtime, "SELECT record_id FROM act")
    links = re.findall(r'href="/entry/credit\.office\.(\w+)\.v1\?about=(\w+)"', clerk.get(page).text)
    assert links == [(each, record) for each in ("objection", "repair", "told", "withdrawal")] + [("withdrawal", act)]


def test_who_may_not_do_it_reads_why(runtime: Runtime) -> None:
    page, record = penalty(runtime)
    reader = open_console(runtime, holder(Right.LOOK)).get(page).text
    assert "/entry/" not in reader.partition("<main")[2]
    assert "您没有“录入”的权限" in reader
    office = open_console(runtime, Holder("li", "李明", EVERYTHING, None, {Right.ENTER: frozenset({OFFICE.code})}))
    shown = office.get(page).text
    assert f"{OBJECTION}?about={record}" in shown
    assert f"{WITHDRAWAL}?about={record}" not in shown
    assert "您的单位不得对该机关的记录办理此事" in shown
    assert form_of(office, page, OBJECTION)["sender"] == OFFICE.code


def test_what_a_form_does_something_to_is_chosen_from_the_kinds_of_records(clerk: TestClient) -> None:
    page = clerk.get(WITHDRAWAL).text
    [choice] = re.findall(r'<select id="target.family".*?</select>', page, re.DOTALL)
    assert f'<option value="{PENALTY}">行政处罚</option>' in choice
    assert '<option value="credit.office.repair">信用修复</option>' in choice
    assert (
        fields_of(clerk.get("/entry/credit.office.duty.v1").text, "/entry/credit.office.duty.v1")["target.family"] == ""
    )


@pytest.mark.parametrize(
    "action", [WITHDRAWAL, OBJECTION, "/entry/credit.office.repair.v1", "/entry/credit.office.told.v1"]
)
def test_what_is_not_on_file_is_refused_at_the_form(runtime: Runtime, clerk: TestClient, action: str) -> None:
    page, _ = penalty(runtime)
    form = form_of(clerk, page, action) | SAID | {"state": "filed", "target.document_no": "舞卫医罚〔2026〕404号"}
    answer = clerk.post(action, data=form)
    assert answer.status_code == 400
    assert "档案中没有这条记录" in answer.text
    assert 'href="#target.document_no"' in answer.text
    checked = clerk.post(action, data=form | {"step": "check.target.document_no"})
    assert "档案中没有这条记录" in checked.text
    feed_in(runtime)
    assert (counted(runtime, "act"), counted(runtime, "proposal"), counted(runtime, "parked")) == (0, 0, 0)


def test_what_another_organ_has_on_file_is_not_there(runtime: Runtime, clerk: TestClient) -> None:
    page, record = penalty(runtime)
    form = form_of(clerk, page, OBJECTION) | SAID | {"state": "filed", "document_no": "", "sender": OFFICE.code}
    form |= {"organ.code": OFFICE.code, "organ.name": OFFICE.name}
    other = open_console(runtime, holder(*EVERYTHING, organs=frozenset({OFFICE.code})))
    assert other.get(OBJECTION, params={"about": record}).status_code == 404
    assert "档案中没有这条记录" in other.post(OBJECTION, data=form).text
    assert "已送入队列" in clerk.post(OBJECTION, data=form).text


@pytest.mark.parametrize("about", ["none", "舞卫医罚〔2026〕1号"])
def test_a_form_about_what_there_is_not_does_not_open(clerk: TestClient, about: str) -> None:
    assert clerk.get(WITHDRAWAL, params={"about": about}).status_code == 404


def test_the_same_waits_once(runtime: Runtime, clerk: TestClient) -> None:
    page, _ = penalty(runtime)
    first = form_of(clerk, page, WITHDRAWAL) | SAID
    assert "已提交" in clerk.post(WITHDRAWAL, data=first).text
    assert "已提交" in clerk.post(WITHDRAWAL, data=first).text
    [number] = set(re.findall(r'href="/proposals/(\w+)"', clerk.get("/proposals").text))
    for changes in ({}, {"document_no": "舞卫撤〔2026〕10号", "reason": "unlawful"}):
        again = clerk.post(WITHDRAWAL, data=form_of(clerk, page, WITHDRAWAL) | SAID | changes)
        assert again.status_code == 409
        assert "没有提交：王芳已于" in again.text
        assert f'href="/proposals/{number}"' in again.text
        assert fields_of(again.text, WITHDRAWAL)["occurred_on"] == "2026-05-30"
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    second.post(f"/proposals/{number}", data={"step": "no", "why": "文号有误"})
    assert "已提交" in clerk.post(WITHDRAWAL, data=form_of(clerk, page, WITHDRAWAL) | SAID).text


def test_who_may_not_see_what_waits_is_led_nowhere(runtime: Runtime, clerk: TestClient) -> None:
    page, _ = penalty(runtime)
    clerk.post(WITHDRAWAL, data=form_of(clerk, page, WITHDRAWAL) | SAID)
    other = open_console(runtime, holder(Right.LOOK, Right.ENTER, person="赵一", account="zhao"))
    again = other.post(WITHDRAWAL, data=form_of(other, page, WITHDRAWAL) | SAID)
    assert again.status_code == 409
    assert "正待复核" in again.text
    assert "/proposals/" not in again.text.partition("<h1")[2]


def test_the_second_person_reads_what_would_follow(runtime: Runtime, clerk: TestClient) -> None:
    page, _ = penalty(runtime)
    ((doc, name),) = rows(runtime, "SELECT document_no, name FROM record JOIN subject USING (subject_id)")
    clerk.post(WITHDRAWAL, data=form_of(clerk, page, WITHDRAWAL) | SAID | {"proposal.why": "原件核对后发现录入有误"})
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    [number] = set(re.findall(r'href="/proposals/(\w+)"', second.get("/proposals").text))
    shown = html.unescape(second.get(f"/proposals/{number}").text)
    assert f'<a href="{page}">行政处罚 {doc}</a>' in shown
    for title, value in (
        ("理由", "原件核对后发现录入有误"), ("当事人", str(name)), ("撤销原因", "录入错误"), ("发生日期", "2026-05-30"),
        ("文书号", "舞卫撤〔2026〕9号"), ("内容", f"撤销 舞卫撤〔2026〕9号：行政处罚 {doc}"),
    ):  # fmt: skip
        assert f"<dt>{title}</dt><dd>{value}</dd>" in re.sub(r"\s*\n\s*", "", shown), title
    assert f"行政处罚 {doc} → 已撤销" in shown
    assert "信用中国 行政处罚：撤下" in shown
    assert "entered_in_error" not in shown
    assert "specversion" not in shown
    assert rows(runtime, "SELECT state FROM record") == [("in_force",)]
    second.post(f"/proposals/{number}", data={"step": "yes"})
    feed_in(runtime)
    assert rows(runtime, "SELECT state FROM record") == [("withdrawn",)]
    assert "同意后随之发生" not in second.get(f"/proposals/{number}").text


def test_the_notices_that_would_be_lifted_and_whom_it_is_about_are_shown_and_logged(
    runtime: Runtime, clerk: TestClient
) -> None:
    feed_in(runtime, message("security.offence", "s1", None, sanction="criminal"))
    ((record, subject, name),) = rows(
        runtime, "SELECT record_id, subject_id, name FROM record JOIN subject USING (subject_id)"
    )
    assert counted(runtime, "notice") > 0
    opened = clerk.get(WITHDRAWAL, params={"about": record})
    clerk.post(WITHDRAWAL, data=fields_of(opened.text, WITHDRAWAL) | SAID)
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    [number] = set(re.findall(r'href="/proposals/(\w+)"', second.get("/proposals").text))
    shown = second.get(f"/proposals/{number}").text
    assert shown.count("<td>解除通知</td>") == counted(runtime, "notice")
    assert str(name) in shown
    assert looked_at(runtime, "li")[str(subject)] == {"复核"}
    assert rows(runtime, "SELECT count(*) FROM notice WHERE lifted_at IS NOT NULL") == [(0,)]


def test_what_is_discarded_is_linked(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, orphan("w1", "credit.none"))
    clerk.post("/parked/1/discard", data={"why": "误报"})
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    [number] = set(re.findall(r'href="/proposals/(\w+)"', second.get("/proposals").text))
    assert 'href="/parked/1"' in second.get(f"/proposals/{number}").text


@pytest.mark.parametrize("family", ["行政处罚", "penalty", "credit.inspection.penalti", "credit.public"])
def test_a_family_of_no_type_is_parked_and_not_waited_for(runtime: Runtime, family: str) -> None:
    feed_in(runtime, orphan("w1", family))
    assert rows(runtime, "SELECT reason FROM parked") == [("item.invalid",)]
    assert counted(runtime, "act") == 0


def test_an_act_whose_record_has_not_come_is_found_and_listed_until_it_comes(
    runtime: Runtime, clerk: TestClient
) -> None:
    feed_in(runtime, orphan())
    ((act,),) = rows(runtime, "SELECT record_id FROM act")
    listed = clerk.get("/acts").text
    assert f'href="/acts/{act}"' in listed
    assert "舞卫撤〔2026〕w1号" in listed
    found = clerk.post("/search", data={"q": "舞卫撤〔2026〕w1号"})
    assert found.url.path == f"/acts/{act}"
    assert "<dd>舞卫医罚〔2026〕404号</dd>" in found.text
    assert "<dd>行政处罚</dd>" in found.text
    assert "<dd>所涉的记录没有收到。</dd>" in found.text
    assert f"{WITHDRAWAL}?about={act}" in found.text
    other = open_console(runtime, holder(*EVERYTHING, organs=frozenset({POLICE.code})))
    assert "w1号" not in other.get("/acts").text
    assert other.get(f"/acts/{act}").status_code == 404
    assert clerk.get("/acts/none").status_code == 404
    feed_in(runtime, message("penalty", "p1", None, CF_WSH="舞卫医罚〔2026〕404号"))
    assert "没有所涉记录未到的" in clerk.get("/acts").text
    ((record, subject),) = rows(runtime, "SELECT record_id, subject_id FROM record")
    assert clerk.get(f"/acts/{act}").url.path == f"/subjects/{subject}/records/{record}"


def test_an_act_that_does_not_say_which_party_says_why_it_waits(runtime: Runtime, clerk: TestClient) -> None:
    target = {"family": "credit.office.honour", "organ_code": OFFICE.code, "document_no": "舞信〔2026〕9号"}
    organ = {"name": OFFICE.name, "code": OFFICE.code}
    parties = [
        {"kind": "organisation", "name": name, "uscc": code} for name, code in (("甲", HOSPITAL), ("乙", CLINIC))
    ]
    said = {"document_no": target["document_no"], "title": "先进单位", "until": "2028-03-14"}
    feed_in(
        runtime,
        *(message("office.honour", party["name"], None, party=party, **said) for party in parties),
        message("office.withdrawal", "w1", {"sender": OFFICE.code}, document_no=None, organ=organ, target=target),
    )
    ((act,),) = rows(runtime, "SELECT record_id FROM act")
    assert "所涉的文书列有 2 个当事人，没有写明是哪一个。" in clerk.get(f"/acts/{act}").text


def test_an_act_on_an_act_is_found_by_its_number(runtime: Runtime, clerk: TestClient) -> None:
    page, _ = penalty(runtime)
    ((number,),) = rows(runtime, "SELECT document_no FROM record")
    target = {"family": PENALTY, "organ_code": HEALTH.code, "document_no": number}
    feed_in(
        runtime, message("office.objection", "o1", None, target=target, state="filed", document_no="舞卫异〔2026〕1号")
    )
    ((family, organ, doc),) = rows(runtime, "SELECT family, organ_code, document_no FROM act")
    feed_in(
        runtime,
        message(
            "office.withdrawal", "w1", {"sender": OFFICE.code}, document_no="舞卫撤〔2026〕7号",
            organ={"name": OFFICE.name, "code": OFFICE.code},
            target={"family": family, "organ_code": organ, "document_no": doc},
        ),
    )  # fmt: skip
    assert clerk.post("/search", data={"q": "舞卫撤〔2026〕7号"}).url.path == page
    assert "没有所涉记录未到的" in clerk.get("/acts").text


def test_what_no_queue_takes_is_said_and_what_was_typed_stays(runtime: Runtime, clerk: TestClient) -> None:
    page, _ = penalty(runtime)
    form = form_of(clerk, page, OBJECTION) | SAID | {"state": "filed"}
    bound_to_none = replace(runtime.reader, routes=replace(runtime.reader.routes, exchange_in=""))
    desk = open_console(replace(runtime, reader=bound_to_none), holder(*EVERYTHING))
    answer = desk.post(OBJECTION, data=form)
    assert answer.status_code == 400
    assert "没有保存：没有队列接收这份报文" in answer.text
    assert fields_of(answer.text, OBJECTION)["document_no"] == SAID["document_no"]
