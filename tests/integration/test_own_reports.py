"""The report that a subject asks for about itself: from the desk, by console or command line, to the page."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from credit.access.account import Holder
from credit.batch.recognise import know
from credit.identity import identify
from credit.record.rows import OwnReportRow
from credit.store import own_reports
from credit.store.engine import writing
from credit.store.looks import Actor
from credit.store.showing import place
from schemas.errors import PermanentError
from schemas.own_reports import Asker
from schemas.rights import Right
from tests.builders import HOSPITAL, NOON, WANG, feed_in, message, person, rows
from tests.consoles import HERE, fields_of, open_console
from workers.cli import app, common
from workers.decisions import own_reports as desk
from workers.decisions.own_reports import Wish
from workers.public.page import PublicPage
from workers.runtime import Runtime, open_runtime
from workers.settings import read

CLERK = Holder("zhang", "张三", frozenset({Right.LOOK}))
REGIME = "wugang"
SAID = {"regime": REGIME, "number": "信报〔2026〕1号", "asker": "head", "proof": f"营业执照 {WANG}", "purpose": "贷款"}


class Office:
    """A desk and a page over one archive."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.desk = runtime, open_console(runtime, CLERK)
        self.forms = 0
        self.engine = place.open_for_page(f"sqlite:///{runtime.settings.home / 'public.sqlite'}")
        page = PublicPage(self.engine, runtime.clock, lambda: 0.0)
        self.page = TestClient(page.app(["testserver"]), headers=HERE)

    def collect(self) -> None:
        with closing(self.runtime.publisher()) as publisher:
            publisher.finish()

    def ask(self, subject: str = HOSPITAL, **said: str) -> tuple[int, str]:
        self.forms += 1
        form = {"form": f"{self.forms:032x}"}
        answer = self.desk.post(f"/subjects/{subject}/own", data=form | SAID | said)
        return answer.status_code, answer.text

    def had(self, subject: str = HOSPITAL, **said: Any) -> None:
        """Let a report have been made before, that the page has no more."""
        self.forms += 1
        until = said.pop("expires_at", NOON + timedelta(days=7))
        texts = (f"name {self.forms}", subject, f"form {self.forms}", "1", "self", "x", "y", "li", "李芳")
        with writing(self.runtime.engine) as connection:
            own_reports.add(connection, OwnReportRow(0, *texts, NOON, until, **said))

    def made(self, subject: str = HOSPITAL, **said: str) -> str:
        status, text = self.ask(subject, **said)
        assert status == 200, text
        (code,) = re.findall(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){4}", text)
        return str(code)

    def fetch(self, code: str) -> str | None:
        """The text of the paper that is handed out for a code; None where there is none."""
        (token,) = re.findall('name="form" value="([^"]+)"', self.page.get("/own").text)
        answer = self.page.post("/own", data={"form": token, "code": code})
        if answer.headers["content-type"] != "application/pdf":
            assert answer.status_code == 404
            return None
        return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(answer.content))

    def log(self, about: str) -> list[tuple[str, ...]]:
        return rows(
            self.runtime, "SELECT what, account, purpose FROM look WHERE about = :about ORDER BY look_id", about=about
        )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, template_archive: Path) -> Path:
    """The home of an archive with an organisation and a person, and its public page."""
    home = tmp_path_factory.mktemp("town") / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    hospital = {"kind": "organisation", "name": "舞钢市样本人民医院", "uscc": HOSPITAL}
    of_hospital: dict[str, Any] = {
        "CF_XDR_MC": hospital["name"],
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": HOSPITAL,
    }
    minor: dict[str, Any] = {"CF_CFLB": "警告", "CF_NR": "警告", "CF_NR_FK": ""}
    patient = person().model_dump(exclude_none=True)
    with open_runtime(read({}, home=home), lambda: NOON) as opened:
        feed_in(
            opened,
            message(
                "licensing.registration", "r1", party=hospital, role="institution", workplace=None, document_no="登1"
            ),
            message("office.honour", "h1", party=patient, document_no="表〔2026〕1号"),
            message("penalty", "p1", **of_hospital, CF_WSH="舞卫医罚〔2026〕5号"),
            message("penalty", "p2", **of_hospital, **minor, CF_WSH="舞卫医罚〔2026〕6号"),
        )
        with closing(opened.publisher()) as publisher:
            publisher.finish()
    return home


@pytest.fixture
def runtime(tmp_path: Path, town: Path) -> Iterator[Runtime]:
    home = Path(shutil.copytree(town, tmp_path / "home"))
    with open_runtime(read({}, home=home), lambda: NOON) as opened:
        yield opened


@pytest.fixture
def office(runtime: Runtime) -> Iterator[Office]:
    made = Office(runtime)
    yield made
    made.engine.dispose()


def subject_of(runtime: Runtime) -> str:
    known = know(identify(person()), runtime.keyring)
    assert known.subject_id
    return known.subject_id


def test_from_the_desk_to_the_page_and_back_into_the_archive(office: Office) -> None:
    code = office.made()
    subject = office.desk.get(f"/subjects/{HOSPITAL}").text
    assert "待领取" in subject
    assert code not in subject
    paper = office.fetch(code)
    assert paper is not None
    for told in ("舞钢市样本人民医院", HOSPITAL, "信报〔2026〕1号", "法定代表人（负责人）", "舞卫医罚〔2026〕5号"):
        assert told in paper.replace("\r\n", "")
    assert "舞卫医罚〔2026〕6号" not in paper
    assert office.fetch(code) is None
    ((until,),) = rows(office.runtime, "SELECT expires_at FROM own_report")
    assert str(until).startswith("2026-06-08T16:00") or str(until).startswith(
        "2026-06-08 16:00"
    )  # midnight in Shanghai
    office.collect()
    assert "已领取" in office.desk.get(f"/subjects/{HOSPITAL}").text
    assert [each[:2] for each in office.log(HOSPITAL)] == [("look", "zhang"), ("fetch", "")]
    assert "法定代表人（负责人），贷款" in office.log(HOSPITAL)[0][2]


def test_nothing_of_the_code_is_kept_anywhere(office: Office) -> None:
    code = office.made()
    home = office.runtime.settings.home
    kept = b"".join(file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file())
    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept


def test_the_third_of_a_year_is_refused_with_the_reason(office: Office) -> None:
    office.had()
    office.had(given_at=NOON)
    office.had(subject_of(office.runtime))  # another subject's are its own
    status, text = office.ask()
    assert status == 400
    assert "每年免费 2 份" in text
    assert "河南省社会信用条例" in text
    assert rows(office.runtime, "SELECT count(*) FROM own_report") == [(3,)]


def test_one_that_is_revoked_or_never_fetched_does_not_count(office: Office) -> None:
    office.had(expires_at=NOON)
    office.had()
    code = office.made()
    assert office.ask()[0] == 400
    ((number,),) = rows(office.runtime, "SELECT own_report_id FROM own_report WHERE form LIKE '000%'")
    path = f"/subjects/{HOSPITAL}/own/revoke"
    done = office.desk.post(path, data={"report": str(number)}, follow_redirects=False)
    assert done.status_code == 303
    assert office.fetch(code) is None
    for wrong in (str(number), "9999999", "1 OR 1=1"):
        assert office.desk.post(path, data={"report": wrong}).status_code == 400
    office.made()


def test_what_was_fetched_a_moment_ago_can_not_be_revoked(office: Office) -> None:
    code = office.made()
    assert office.fetch(code) is not None
    ((number,),) = rows(office.runtime, "SELECT own_report_id FROM own_report")
    answer = office.desk.post(f"/subjects/{HOSPITAL}/own/revoke", data={"report": str(number)})
    assert answer.status_code == 400
    assert rows(office.runtime, "SELECT revoked_at FROM own_report") == [(None,)]


def test_a_form_that_is_sent_twice_makes_one_report(office: Office) -> None:
    form = {"form": "a" * 32} | SAID
    first, second = (office.desk.post(f"/subjects/{HOSPITAL}/own", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 400)
    assert "领取码只显示一次" in second.text
    typed = fields_of(second.text, f"/subjects/{HOSPITAL}/own")
    assert {name: typed[name] for name in SAID} == SAID
    assert typed["form"] != form["form"]
    assert rows(office.runtime, "SELECT count(*) FROM own_report") == [(1,)]


def test_two_clerks_at_once_make_no_more_than_are_free(office: Office) -> None:
    office.had()
    found: list[str] = []

    def make(number: int) -> None:
        wish = Wish(HOSPITAL, REGIME, f"号{number}", Asker.HEAD, "证", "用", f"form {number}")
        try:
            found.append(desk.make(office.runtime, wish, Actor("x", "x", "test"), "x").code)
        except PermanentError:
            found.append("")

    threads = [threading.Thread(target=make, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, found)) == [False, True]
    assert rows(office.runtime, "SELECT count(*) FROM own_report") == [(2,)]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"asker": "nobody"}, "请选择申请人"),
        ({"regime": "no"}, "没有这个评价制度"),
        ({"proof": " "}, "核验的证件"),
        ({"purpose": ""}, "用途"),
        ({"number": ""}, "报告编号"),
        ({"form": "x"}, "表单读不出来"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_made(office: Office, said: dict[str, str], told: str) -> None:
    status, text = office.ask(**said)
    assert (status, told in text) == (400, True)
    assert rows(office.runtime, "SELECT count(*) FROM own_report") == [(0,)]


def test_who_may_not_see_all_records_makes_no_report(office: Office) -> None:
    elsewhere = Holder("wu", "吴六", frozenset({Right.LOOK}), frozenset({"other"}), {Right.LOOK: frozenset({"other"})})
    for holder in (elsewhere, Holder("qian", "钱敏", frozenset({Right.LOG}))):
        office.desk = open_console(office.runtime, holder)
        assert office.ask()[0] == 403
        assert office.desk.post(f"/subjects/{HOSPITAL}/own/revoke", data={"report": "1"}).status_code == 403
    assert rows(office.runtime, "SELECT count(*) FROM own_report") == [(0,)]


def test_a_person_is_asked_for_by_no_number_and_none_stands_on_the_paper(office: Office) -> None:
    assert office.ask(WANG)[0] == 404
    subject = subject_of(office.runtime)
    assert "查看档案</button>" in office.desk.get(f"/subjects/{subject}/own").text
    said = {"purpose": "request", "more": "举报人张某", "onwards": f"/subjects/{subject}/own"}
    assert "出具报告和领取码" in office.desk.post(f"/subjects/{subject}/purpose", data=said).text
    paper = office.fetch(office.made(subject, asker="self"))
    assert paper is not None
    flat = paper.replace("\r\n", "")
    assert "本人申请查询" in flat
    assert "举报人" not in flat
    assert WANG not in flat
    assert WANG[6:14] not in flat
    kept = rows(office.runtime, "SELECT proof, number, purpose FROM own_report")
    assert WANG not in repr(kept)
    assert WANG not in repr(office.log(subject))


def test_hostile_text_is_kept_as_text(office: Office) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}\x1b[2J\u202e"
    status, text = office.ask(number=hostile, purpose=hostile, proof=hostile)
    assert status == 200, text
    for page in (
        text,
        office.desk.get(f"/subjects/{HOSPITAL}/own").text,
        office.desk.get(f"/subjects/{HOSPITAL}").text,
    ):
        assert "<script>alert" not in page
        assert "\u202e" not in page


def test_the_command_line_does_the_same_with_the_same_rights(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "open_runtime", lambda _: nullcontext(office.runtime))
    home = ["--home", str(office.runtime.settings.home)]
    base = [
        HOSPITAL,
        "--by",
        "张三",
        "--regime",
        REGIME,
        "--number",
        "信报1",
        "--proof",
        "营业执照",
        "--purpose",
        "贷款",
    ]

    def give(*words: str) -> str:
        result = CliRunner().invoke(app, ["report", *words, *home], env={"COLUMNS": "200"})
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    made = json.loads(give("own", *base, "--asker", "head", "--json"))
    assert made["left"] == 1
    assert office.fetch(made["code"]) is not None
    office.collect()
    office.had()
    listed = json.loads(give("list", HOSPITAL, "--json"))
    assert [each["state"] for each in listed] == ["waiting", "given"]
    assert "待领取" in give("list", HOSPITAL)
    assert CliRunner().invoke(app, ["report", "own", *base, *home]).exit_code != 0
    give("revoke", HOSPITAL, str(listed[0]["own_report_id"]), "--by", "张三")
    assert "领取码没有保存" in give("own", *base)
