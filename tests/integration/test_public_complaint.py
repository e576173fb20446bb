"""A complaint from the form at the page to the citizen who asks what became of it, through the real workers."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.rules import Moment
from credit.store import contacts
from credit.store.engine import reading, writing
from credit.store.showing import place, waiting
from schemas.rights import Right
from tests.builders import HOSPITAL, NOON, feed_in, message, rows
from tests.consoles import HERE, fields_of, open_console
from workers.public.forms import PATIENCE
from workers.public.page import PublicPage
from workers.runtime import Runtime, open_runtime
from workers.settings import read

PHONE = "13800138000"
RECEIVED = NOON.date()
DUE = RECEIVED + timedelta(days=60)
"""By the national default, calendar days."""
ENTRY = "/entry/credit.public.complaint.v1"


class Visitor:
    """Somebody at the page of a home, which the publisher has just written."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.now, self.ticks = runtime, NOON - timedelta(minutes=5), 0.0
        self.publish()
        self.engine = place.open_for_page(f"sqlite:///{runtime.settings.home / 'public.sqlite'}")
        page = PublicPage(self.engine, lambda: self.now, lambda: self.ticks)
        self.client = TestClient(page.app(["testserver"]), headers=HERE)
        with reading(runtime.engine) as connection:
            self.place = f"/i/{waiting.codes_of(connection, [HOSPITAL])[HOSPITAL]}"

    def publish(self) -> None:
        """Let what was sent come in, be assessed, and be shown."""
        with closing(self.runtime.publisher()) as publisher:
            publisher.finish()
            feed_in(self.runtime)
            publisher.finish()

    def send(self, act: str, **said: str) -> str:
        """Fill in a form and send it twice; return the number."""
        opened = self.client.get(f"{self.place}/{act}").text
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', opened))
        self.now += PATIENCE
        answers = [self.client.post(f"{self.place}/{act}", data=form | said) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        (number,) = {number for answer in answers for number in re.findall("(?:TS|PJ)[A-Z2-7]{16}", answer.text)}
        return str(number)

    def ask(self, number: str) -> str:
        return self.client.post("/state", data={"number": number}).text


@pytest.fixture
def visitor(tmp_path: Path, template_archive: Path) -> Iterator[Visitor]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    hospital = {"kind": "organisation", "name": "舞钢市样本人民医院", "uscc": HOSPITAL}
    opened = message(
        "licensing.registration", "r1", party=hospital, role="institution", workplace=None, document_no="登〔2020〕1号"
    )
    with open_runtime(read({}, home=home), lambda: NOON) as runtime:
        feed_in(runtime, opened)
        made = Visitor(runtime)
        yield made
        made.engine.dispose()


def test_a_complaint_comes_in_once_is_answered_and_says_nobody_who_complained(visitor: Visitor) -> None:
    number = visitor.send("complain", matter="fee", content="多收了挂号费", contact=PHONE)
    assert "没有查到" in visitor.ask(number)
    visitor.publish()
    assert "已受理" in visitor.ask(number)
    (fact,) = rows(visitor.runtime, "SELECT fact FROM record WHERE family = 'credit.public.complaint'")
    said = json.loads(fact[0])
    assert (said["items"]["channel"], said["items"]["content"]) == ("qr_code", "多收了挂号费")
    assert PHONE not in fact[0]
    assert rows(visitor.runtime, "SELECT count(*) FROM message WHERE type = 'credit.public.complaint.v1'") == [(1,)]
    ((record,),) = rows(visitor.runtime, "SELECT record_id FROM record WHERE document_no = :no", no=number)
    clerk = open_console(visitor.runtime, Holder("wang", "王芳", frozenset({Right.LOOK, Right.ENTER})))
    waits = clerk.get("/work/complaints").text
    assert all(
        each in waits for each in (number, "舞钢市样本人民医院", f"{DUE:%Y-%m-%d}", f"自 {RECEIVED:%Y-%m-%d} 起")
    )
    assert f'/subjects/{HOSPITAL}/records/{record}"' in clerk.get("/").text
    [opened] = re.findall(f'href="(/subjects/[^"]*/again/{record}[^"]*)"', clerk.get(
        f"/subjects/{HOSPITAL}/records/{record}"
    ).text)  # fmt: skip
    assert '<a role="button" href="/contacts"' in clerk.get(f"/subjects/{HOSPITAL}/records/{record}").text
    form = fields_of(clerk.get(opened).text, ENTRY)
    assert (form["state"], form["content"]) == ("received", "多收了挂号费")
    answer = {"state": "substantiated", "content": "已核实并退费", "step": "save"}
    assert "已送入队列" in clerk.post(ENTRY, data=form | answer).text
    visitor.publish()
    assert number not in clerk.get("/").text
    assert "没有这一类待办事项" in clerk.get("/work/complaints").text
    assert rows(visitor.runtime, "SELECT revision, disputed FROM record WHERE document_no = :no", no=number) == [(2, 0)]
    assert "属实" in visitor.ask(number)
    page = visitor.client.get(visitor.place).text
    assert "挂号费" not in page
    assert "退费" not in page


def test_a_contact_goes_so_long_after_the_answer_as_the_law_keeps_it(visitor: Visitor) -> None:
    answered, waiting_ = (
        visitor.send("complain", matter="fee", content=f"多收了挂号费{n}", contact=PHONE) for n in range(2)
    )
    visitor.publish()
    party = {"kind": "organisation", "name": "舞钢市样本人民医院", "uscc": HOSPITAL}
    decided = {"document_no": answered, "party": party, "occurred_on": "2026-06-01", "channel": "qr_code"}
    feed_in(
        visitor.runtime, message("public.complaint", "answered", {"revision": 2, "time": NOON.isoformat()}, **decided)
    )
    ((at,),) = rows(visitor.runtime, "SELECT event_time FROM record WHERE document_no = :no", no=answered)
    moment, rules = datetime.fromisoformat(str(at)).replace(tzinfo=UTC), visitor.runtime.rules()

    def forget(days: int) -> int:
        later = moment + timedelta(days=days)
        with writing(visitor.runtime.engine) as connection:
            return contacts.forget_answered(connection, replace(rules, at=Moment(later, later.date())))

    assert [forget(90), forget(91), forget(92)] == [0, 1, 0]
    with reading(visitor.runtime.engine) as connection:
        assert contacts.read(connection, answered, visitor.runtime.keyring) is None
        assert contacts.read(connection, waiting_, visitor.runtime.keyring) == PHONE


def test_a_complaint_waits_for_those_who_may_answer_it(visitor: Visitor) -> None:
    number = visitor.send("complain", matter="fee", content="多收了挂号费")
    visitor.publish()
    authority = visitor.runtime.reader.routes.authority

    def sees(*rights: Right, organs: frozenset[str] | None = None, **only: str) -> bool:
        limits = {Right(right): frozenset({organ}) for right, organ in only.items()}
        desk = open_console(visitor.runtime, Holder("wang", "王芳", frozenset(rights), organs, limits))
        pages = [desk.get("/").text, desk.get("/work/complaints").text]
        assert (number in pages[0]) == (number in pages[1])
        return number in pages[0]

    assert sees(Right.LOOK, Right.ENTER)
    assert sees(Right.LOOK, Right.ENTER, organs=frozenset({authority}))
    assert sees(Right.LOOK, Right.ENTER, enter=authority)
    assert not sees(Right.LOOK)
    assert not sees(Right.LOOK, Right.ENTER, enter="11410400005451234X")
    assert not sees(Right.LOOK, Right.ENTER, organs=frozenset({"11410400005451234X"}))


def test_stars_come_in_as_a_rating(visitor: Visitor) -> None:
    number = visitor.send("rate", stars="2", content="等了三小时")
    visitor.publish()
    ((fact,),) = rows(
        visitor.runtime,
        "SELECT fact FROM record WHERE family = 'credit.public.rating' AND document_no = :no",
        no=number,
    )
    assert json.loads(fact)["items"] == {"stars": 2, "content": "等了三小时"}


def test_who_answers_sees_the_contact_and_the_log_says_so(visitor: Visitor) -> None:
    number = visitor.send("complain", matter="fee", content="多收了挂号费", contact=PHONE)
    visitor.publish()
    asked = {"number": number.lower(), "why": "答复投诉"}
    looker = Holder("li", "李芳", frozenset({Right.LOOK}))
    assert open_console(visitor.runtime, looker).post("/contacts", data=asked).status_code == 403
    elsewhere = Holder("wu", "吴", frozenset({Right.NUMBERS}), only={Right.NUMBERS: frozenset({"other"})})
    assert open_console(visitor.runtime, elsewhere).post("/contacts", data=asked).status_code == 403
    for right in (Right.ENTER, Right.NUMBERS):
        one = Holder(right.value, "王芳", frozenset({right}))
        assert PHONE in open_console(visitor.runtime, one).post("/contacts", data=asked).text
    clerk = open_console(visitor.runtime, Holder("wang", "王芳", frozenset({Right.ENTER})))
    assert 'href="/contacts"' in clerk.get("/contacts").text
    assert 'href="/contacts"' not in open_console(visitor.runtime, looker).get("/").text
    assert PHONE not in clerk.get("/contacts", params=asked).text
    assert PHONE not in clerk.post("/contacts", data={"number": number}).text
    assert clerk.post("/contacts", data={"number": "11010519491231002X", "why": "x"}).status_code == 400
    assert PHONE in clerk.post("/contacts", data=asked).text
    assert "没有留下联系方式" in clerk.post("/contacts", data=asked | {"number": "TS" + "A" * 16}).text
    with reading(visitor.runtime.engine) as connection:
        seen = connection.execute(text("SELECT about, purpose FROM look ORDER BY look_id")).all()
    assert [tuple(row) for row in seen] == [*3 * [(number, "答复投诉")], (f"TS{'A' * 16}", "答复投诉")]
