"""A record that the desk may have stated, stated anew in the console: pre-filled, masked, and one revision higher."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from credit.store.queries.subjects import is_person
from schemas.rights import Right
from tests.builders import HEALTH, HOSPITAL, NOON, OFFICE, WANG, feed_in, message, rows
from tests.consoles import EVERYTHING, fields_of, holder, open_console, say_purpose
from workers.runtime import Runtime

COMPLAINT = "/entry/credit.public.complaint.v1"
LI = "41048120000229101X"
PERSON = {"kind": "person", "name": "王某", "id_type": "id_card", "id_no": WANG}


def again(runtime: Runtime, table: str, family: str) -> str:
    """The address that opens the only record or act of a family again."""
    ((about,),) = rows(runtime, f"SELECT record_id FROM {table} WHERE family = :family", family=family)
    of = f"(SELECT target_id FROM act WHERE record_id = '{about}')" if table == "act" else f"'{about}'"
    ((subject,),) = rows(runtime, f"SELECT subject_id FROM record WHERE record_id = {of}")
    return f"/subjects/{subject}/again/{quote(str(about), safe='')}"


def open_again(clerk: TestClient, path: str, action: str) -> dict[str, str | list[str]]:
    subject_id = path.split("/")[2]
    if is_person(subject_id):
        say_purpose(clerk, subject_id)
    answer = clerk.get(path)
    assert answer.status_code == 200, answer.text
    return fields_of(answer.text, action) | {"step": "save"}


def complaint(runtime: Runtime, clerk: TestClient, **changes: object) -> dict[str, str | list[str]]:
    """Take a complaint in as it comes, and open it again."""
    feed_in(runtime, message("public.complaint", "c1", None, **{"state": "received", **changes}))
    return open_again(clerk, again(runtime, "record", "credit.public.complaint"), COMPLAINT)


def stands(runtime: Runtime, table: str, family: str) -> tuple[object, ...]:
    state = "act_state" if table == "act" else "subject_id"
    (found,) = rows(runtime, f"SELECT {state}, revision, disputed FROM {table} WHERE family = :f", f=family)
    return found


def test_a_form_opens_with_what_the_record_says_and_the_next_revision(runtime: Runtime, clerk: TestClient) -> None:
    form = complaint(runtime, clerk)
    assert form["revision"] == "2"
    said = ("sender", "document_no", "occurred_on", "party.uscc", "channel", "matter", "rewarded", "state")
    assert [form[name] for name in said] == [
        HEALTH.code, "舞卫诉〔2026〕41号", "2026-04-23", HOSPITAL, "hotline", "fee", "no", "received",
    ]  # fmt: skip
    assert form["content"] == "门诊收费未按公示价目执行，已核实并退还多收费用"
    path = again(runtime, "record", "credit.public.complaint")
    page = clerk.get(path.replace("/again/", "/records/")).text
    assert f'href="{path}"' in page
    assert "办理或更正：" in page


def test_an_objection_is_filed_and_upheld_as_one_act(runtime: Runtime, clerk: TestClient) -> None:
    office = holder(*EVERYTHING)
    feed_in(runtime, message("penalty", "p1", None))
    ((number, organ),) = rows(runtime, "SELECT document_no, organ_code FROM record")
    target = {"family": "credit.inspection.penalty", "organ_code": organ, "document_no": number}
    feed_in(runtime, message("office.objection", "o1", None, target=target, state="filed"))
    path = "/entry/credit.office.objection.v1"
    form = open_again(open_console(runtime, office), again(runtime, "act", "credit.office.objection"), path)
    assert (form["state"], form["target.document_no"], form["sender"]) == ("filed", number, OFFICE.code)
    assert "须由另一人复核" in clerk.post(path, data=form | {"state": "upheld"}).text
    feed_in(runtime)
    assert stands(runtime, "act", "credit.office.objection") == ("filed", 1, 0)
    ((proposal,),) = rows(runtime, "SELECT proposal_id FROM proposal WHERE kind = 'objection'")
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    assert "已同意并办理" in second.post(f"/proposals/{proposal}", data={"step": "yes", "why": "属实"}).text
    feed_in(runtime)
    assert stands(runtime, "act", "credit.office.objection") == ("upheld", 2, 0)


def test_a_hidden_number_is_sent_by_no_page_and_stays_where_it_is_left(runtime: Runtime, clerk: TestClient) -> None:
    form = complaint(runtime, clerk, party=PERSON, content=f"身份证{WANG}被冒用")
    assert form["party.id_no"] == "110105********002X"
    assert WANG not in str(form)
    before = stands(runtime, "record", "credit.public.complaint")
    answer = clerk.post(COMPLAINT, data=form | {"state": "substantiated"})
    assert "已送入队列" in answer.text
    assert WANG not in answer.text + str(answer.url)
    feed_in(runtime)
    assert stands(runtime, "record", "credit.public.complaint") == (before[0], 2, 0)
    assert rows(runtime, "SELECT count(*) FROM parked") == [(0,)]


def test_a_hidden_number_is_typed_anew_as_a_whole_or_not_at_all(runtime: Runtime, clerk: TestClient) -> None:
    form = complaint(runtime, clerk, party=PERSON)
    before = stands(runtime, "record", "credit.public.complaint")
    refused = clerk.post(COMPLAINT, data=form | {"party.id_no": "110105********0021"})
    assert refused.status_code == 400
    assert "整项重新填写" in refused.text
    assert clerk.post(COMPLAINT, data=form | {"party.id_no": LI}).status_code == 200
    feed_in(runtime)
    after = stands(runtime, "record", "credit.public.complaint")
    assert after[0] != before[0]
    assert after[1:] == (2, 0)


def test_who_looks_at_a_person_says_why_first(runtime: Runtime, clerk: TestClient) -> None:
    complaint(runtime, clerk, party=PERSON)
    colleague = open_console(runtime, holder(*EVERYTHING, account="li"))
    page = colleague.get(again(runtime, "record", "credit.public.complaint")).text
    assert "说明用途" in page
    assert 'name="form"' not in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"revision": ""}, "现有的是第 1 版"),
        ({"revision": "1"}, "现有的是第 1 版"),
        ({"revision": "0"}, "应为正整数"),
        ({"revision": "二"}, "应为正整数"),
        ({"document_no": "舞卫诉〔2026〕42号"}, "另一条记录"),
    ],
)
def test_what_is_no_next_revision_is_refused(
    runtime: Runtime, clerk: TestClient, changes: dict[str, str], told: str
) -> None:
    answer = clerk.post(COMPLAINT, data=complaint(runtime, clerk) | changes)
    assert answer.status_code == 400
    assert told in answer.text
    feed_in(runtime)
    assert stands(runtime, "record", "credit.public.complaint")[1:] == (1, 0)


def test_the_second_of_two_who_answer_is_told_and_the_same_form_is_one_message(
    runtime: Runtime, clerk: TestClient
) -> None:
    first, path = complaint(runtime, clerk), again(runtime, "record", "credit.public.complaint")
    second = open_again(clerk, path, COMPLAINT)
    clerk.post(COMPLAINT, data=first | {"state": "substantiated"})
    feed_in(runtime)
    assert "已经提交过" in clerk.post(COMPLAINT, data=first | {"state": "substantiated"}).text
    late = clerk.post(COMPLAINT, data=second | {"state": "refuted", "content": "查无此事"})
    assert late.status_code == 409
    assert "又有了新的报文" in late.text
    assert "查无此事" in late.text
    feed_in(runtime)
    assert stands(runtime, "record", "credit.public.complaint")[1:] == (2, 0)


def test_what_needs_two_persons_needs_them_again(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, message("penalty", "p1", None))
    ((number, organ),) = rows(runtime, "SELECT document_no, organ_code FROM record")
    target = {"family": "credit.inspection.penalty", "organ_code": organ, "document_no": number}
    feed_in(
        runtime, message("office.repair", "r1", {"time": NOON.isoformat()}, target=target, occurred_on="2026-05-30")
    )
    path = "/entry/credit.office.repair.v1"
    form = open_again(clerk, again(runtime, "act", "credit.office.repair"), path)
    assert "须由另一人复核" in clerk.post(path, data=form | {"state": "granted"}).text
    feed_in(runtime)
    assert stands(runtime, "act", "credit.office.repair")[:2] == ("applied", 1)


def test_who_may_not_send_it_can_neither_open_nor_save_it(runtime: Runtime, clerk: TestClient) -> None:
    form, path = complaint(runtime, clerk), again(runtime, "record", "credit.public.complaint")
    reader = open_console(runtime, holder(Right.LOOK))
    page = reader.get(path.replace("/again/", "/records/")).text
    assert "您没有“录入”的权限" in page
    assert f'href="{path}"' not in page
    assert reader.get(path).status_code == 403
    other = open_console(runtime, holder(*EVERYTHING, organs=frozenset({"114104810267735464"})))
    assert other.get(path).status_code == 404
    assert other.post(COMPLAINT, data=form).status_code in {400, 404}
    own = "/entry/credit.insurance.fraud.v1"
    assert other.post(own, data=form | {"sender": "114104810267735464"}).status_code == 404


def test_what_a_source_has_to_sign_is_not_the_desks_to_state(runtime: Runtime, clerk: TestClient) -> None:
    form, path = complaint(runtime, clerk), again(runtime, "record", "credit.public.complaint")
    reader = runtime.reader
    gate = reader.routes.gate
    signed = {name: replace(each, signed=True) for name, each in gate.admissions.items()}
    routes = replace(reader.routes, gate=replace(gate, admissions=signed))
    strict = open_console(replace(runtime, reader=replace(reader, routes=routes)), holder(*EVERYTHING))
    assert "办理或更正：" not in strict.get(path.replace("/again/", "/records/")).text
    assert strict.get(path).status_code == 404
    assert strict.post(COMPLAINT, data=form).status_code == 404


def test_a_record_that_there_is_not_is_not_found(runtime: Runtime, clerk: TestClient) -> None:
    form, path = complaint(runtime, clerk), again(runtime, "record", "credit.public.complaint")
    assert clerk.get(re.sub("/again/.*", "/again/none", path)).status_code == 404
    for changes in ({"again.record": "none"}, {"again.subject": "none"}):
        assert clerk.post(COMPLAINT, data=form | changes).status_code == 404
    assert clerk.post(COMPLAINT, data=form | {"again.version": "none"}).status_code == 409
