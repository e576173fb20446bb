"""The public page: what it shows, what it refuses, and that nothing that is written in it acts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import delete, select, update
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from credit.record import places
from credit.store.engine import connect, reading, writing
from credit.store.showing import place, tables
from credit.store.showing.rows import AnswerRow, InstitutionRow, ListedRow, ListRow, ScaleRow, StaffRow
from credit.store.showing.writing import TABLES, Frame, Public, digest_of, keep, replace, settle_frame
from credit.vault import box_of, open_box
from schemas.errors import ConfigurationError
from schemas.showing import Answer, Content, Grade, Licence, Penalty, Sent, Standing, Word
from tests.builders import CLINIC, KEYS, NOON
from workers.cli.public import find_hosts
from workers.public.forms import PATIENCE
from workers.public.limits import LIMITS, MOST_KNOWN, Limits
from workers.public.page import BODY_BYTES, PublicPage
from workers.web.addresses import group

CODE, SHUT, MOVED, LAST = "ABCDEFGHJK", "ABCDEFGHJM", "ABCDEFGHJN", "ABCDEFGHJP"
HOSTILE = '<script>alert(1)</script>{{7*7}}{% raw %}=1+1\u202e"onload="x'
HERE = {"Origin": "http://testserver"}
CONTENT = Content(
    kinds=("医疗机构",),
    grades=(
        Grade(
            regime="某县",
            scale="信用评价",
            year=2025,
            word="合格",
            decided_on=date(2026, 1, 20),
            corrected=False,
            words=(
                Word(word="优秀", means="每年检查一次", mine=False),
                Word(word="合格", means="日常监督", mine=True),
                Word(word="差", means="重点监督", mine=False),
            ),
        ),
    ),
    licence=Licence(number="登〔2020〕1号", organ="某卫健委", scope="内科", until=None),
    penalties=(
        Penalty(
            number="罚〔2026〕1号",
            organ="某卫健委",
            on=date(2026, 5, 1),
            content=HOSTILE,
            degree="一般",
            state="有效",
            until=date(2026, 8, 1),
        ),
    ),
    answers=(Answer(on=date(2026, 2, 1), content="已整改\n谢谢监督"),),
)


class Scene:
    """A page over a small projection, whose clocks a test moves."""

    def __init__(self, folder: Path) -> None:
        self.now, self.ticks = NOON, 0.0
        self.engine = connect(f"sqlite:///{folder / 'archive.sqlite'}")
        self.projection = place.beside(self.engine)
        with writing(self.projection) as connection:
            keep(connection, "forms", "a key")
            about = {"authority": "某卫健委", "address": "https://credit.test/x", "box": box_of(KEYS).hex()}
            lists = (ListRow("town/black", "black", "某县", "黑名单"),)
            settle_frame(connection, Frame(lists, (ScaleRow("town/rating/pass", 1, "某县：信用评价", "合格"),), about))
            replace(connection, [self.public()])
        self.page = PublicPage(place.open_for_page(str(self.projection.url)), lambda: self.now, lambda: self.ticks)
        self.client = TestClient(self.page.app(["testserver"]), client=("192.0.2.1", 5000))

    def public(self, content: Content = CONTENT) -> Public:
        def row(code: str, subject: str, name: str, standing: Standing, moved: str | None = None) -> InstitutionRow:
            text = content.model_dump_json() if code == CODE else "{}"
            grade = "town/rating/pass" if code == CODE else ""
            return InstitutionRow(code, subject, name, name, grade, standing.value, moved, text)

        rows = (
            row(CODE, CLINIC, f"安康诊所{HOSTILE}", Standing.OPEN),
            row(SHUT, "S2", "停业诊所", Standing.CLOSED),
            row(MOVED, "S3", "", Standing.OPEN, CODE),
            row(LAST, "S4", "济世诊所", Standing.SIGN_WITHDRAWN),
        )
        staff = (StaffRow(CLINIC, digest_of(CLINIC), f"李某{HOSTILE}", "医师", "中医"),)
        listed = (
            ListedRow("town/black", 0, date(2026, 5, 2), CLINIC, "安康诊所", "", HOSTILE, "某条", date(2026, 7, 1)),
            ListedRow("town/black", 0, date(2026, 5, 2), "S9", "别的公司", "", "事由", "", None),
        )
        answers = (AnswerRow(digest_of("TS" + "A" * 16), CLINIC, "属实", date(2026, 5, 30)),)
        return Public(frozenset({CLINIC, "S2", "S3", "S4", "S9"}), rows, staff, listed, answers)

    def write(self, shown: Public) -> None:
        with writing(self.projection) as connection:
            replace(connection, [shown])

    def inbox(self) -> list[Sent]:
        with reading(self.projection) as connection:
            rows = connection.execute(select(tables.inbox)).all()
        return [Sent.model_validate_json(open_box(KEYS, row.sealed, places.of_sent(row.form))) for row in rows]

    def open(self, path: str) -> dict[str, str]:
        """Open a form; return its hidden fields."""
        text = self.client.get(path).text
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))

    def post(self, path: str, form: dict[str, str], **said: str) -> tuple[int, str]:
        done = self.client.post(path, data=form | said, headers=HERE)
        return done.status_code, done.text


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.projection.dispose()
    made.page._front.engine.dispose()


COMPLAIN, RATE = f"/i/{CODE}/complain", f"/i/{CODE}/rate"
SAID = {"matter": "fee", "content": "多收了挂号费", "contact": "13800138000"}


def test_the_page_of_an_institution_says_all_that_is_public(scene: Scene) -> None:
    text = scene.client.get(f"/i/{CODE}").text
    for told in (
        "合格",
        "2025 年度",
        "日常监督",
        "罚〔2026〕1号",
        "登〔2020〕1号",
        "李某",
        "中医",
        "已整改",
        "黑名单",
        CLINIC,
    ):
        assert told in text
    assert "2026-01-20" in text


@pytest.mark.parametrize(
    "path", [f"/i/{CODE}", "/search?name=安康", "/lists/town/black", COMPLAIN, RATE, "/", "/lists"]
)
def test_nothing_that_others_wrote_acts(scene: Scene, path: str) -> None:
    answer = scene.client.get(path)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert ">49" not in answer.text
    assert "script&gt;49" not in answer.text
    assert "\u202e" not in answer.text
    assert '"onload="' not in answer.text
    assert " style=" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nor_does_what_a_visitor_writes(scene: Scene) -> None:
    status, text = scene.post(COMPLAIN, scene.open(COMPLAIN), matter="fee", content=HOSTILE, contact=HOSTILE)
    assert status == 429
    assert "<script>alert" not in text
    assert scene.client.get("/search", params={"name": HOSTILE, "grade": HOSTILE}).status_code == 200
    assert scene.client.get("/search", params={"name": "' OR 1=1 --"}).text.count("没有查到") == 1


@pytest.mark.parametrize(("code", "status", "told"), [(SHUT, 410, "牌照已收回"), ("ABCDEFGHJQ", 404, "没有查到")])
@pytest.mark.parametrize("path", ["/i/{}", "/i/{}/qr.svg", "/i/{}/complain"])
def test_who_closed_is_gone_and_who_never_was_is_not_found(
    scene: Scene, code: str, status: int, told: str, path: str
) -> None:
    answer = scene.client.get(path.format(code))
    assert (answer.status_code, told in answer.text) == (status, True)
    assert ("停业诊所：牌照已收回" in answer.text) is (code == SHUT)


def test_who_goes_on_as_another_is_found_there(scene: Scene) -> None:
    answer = scene.client.get(f"/i/{MOVED}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"/i/{CODE}")


def test_who_had_to_give_back_the_sign_shows_no_grade(scene: Scene) -> None:
    text = scene.client.get(f"/i/{LAST}").text
    assert "等级牌照已收回" in text
    assert "合格" not in text


def test_what_has_ended_is_not_shown_whoever_has_not_written_it_anew(scene: Scene) -> None:
    scene.now = datetime(2026, 8, 1, 15, 59, tzinfo=UTC)  # one minute before midnight in Shanghai
    assert "罚〔2026〕1号" in scene.client.get(f"/i/{CODE}").text
    scene.now, scene.ticks = datetime(2026, 8, 1, 16, 0, tzinfo=UTC), 1.0
    text = scene.client.get(f"/i/{CODE}").text
    assert "罚〔2026〕1号" not in text
    assert "town/black" not in text
    assert CLINIC not in scene.client.get("/lists/town/black").text


def test_a_kept_page_follows_the_projection_within_a_second(scene: Scene) -> None:
    assert "罚〔2026〕1号" in scene.client.get(f"/i/{CODE}").text
    scene.write(scene.public(Content()))
    scene.ticks = 0.9
    assert "罚〔2026〕1号" in scene.client.get(f"/i/{CODE}").text
    scene.ticks = 1.0
    assert "罚〔2026〕1号" not in scene.client.get(f"/i/{CODE}").text


def test_a_page_that_was_slow_to_render_does_not_stay_after_the_projection_changed(scene: Scene) -> None:
    asked = 0

    def now() -> datetime:
        """Let the projection change, and somebody else look, while the first request is under way."""
        nonlocal asked
        asked += 1
        if asked == 2:
            scene.write(scene.public(Content()))
            assert "罚〔2026〕1号" not in TestClient(app).get(f"/i/{CODE}").text
        return NOON

    page = PublicPage(place.open_for_page(str(scene.projection.url)), now, lambda: scene.ticks)
    app = page.app(["testserver"])
    assert "罚〔2026〕1号" in TestClient(app).get(f"/i/{CODE}").text
    scene.ticks = 5.0
    assert "罚〔2026〕1号" not in TestClient(app).get(f"/i/{CODE}").text


def test_what_nobody_foresaw_is_a_page_that_says_nothing_of_it(scene: Scene) -> None:
    torn = InstitutionRow(CODE, CLINIC, "安康诊所", "安康诊所", "", Standing.OPEN.value, None, "{")
    scene.write(Public(frozenset({CLINIC}), (torn,)))
    answer = scene.client.get(f"/i/{CODE}")
    assert answer.status_code == 500
    assert "本页出错" in answer.text
    assert "json" not in answer.text.lower()


def test_a_form_that_cannot_be_read_is_told_so(scene: Scene) -> None:
    too_many = {f"field{number}": "x" for number in range(21)}
    answer = scene.client.post(f"/i/{CODE}/complain", data=too_many, headers=HERE)
    assert answer.status_code == 400
    assert "表单读不出来" in answer.text


def test_letters_that_databases_refuse_are_not_asked_for(scene: Scene) -> None:
    answer = scene.client.get("/search?name=%00安康&grade=%00&after=%00~%00")
    assert answer.status_code == 200
    assert "U+0000" not in answer.text


def test_the_code_at_the_door_leads_to_the_address_that_is_configured(scene: Scene) -> None:
    picture = scene.client.get(f"/i/{CODE}/qr.svg", headers={"X-Forwarded-Host": "evil.test"})
    assert picture.headers["content-type"] == "image/svg+xml"
    from workers.papers import qr  # noqa: PLC0415

    assert picture.text == qr.draw(f"https://credit.test/x/i/{CODE}")
    assert scene.client.get(f"/i/{CODE}/qr.png").content.startswith(b"\x89PNG")
    assert scene.client.get(f"/i/{CODE}/qr.gif").status_code == 404


def test_another_host_is_not_answered(scene: Scene) -> None:
    assert scene.client.get("/", headers={"Host": "evil.test"}).status_code == 400


def test_a_complaint_is_sealed_and_gets_a_number(scene: Scene) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE
    status, text = scene.post(COMPLAIN, form, **SAID)
    assert status == 200
    (sent,) = scene.inbox()
    assert (sent.code, sent.matter, sent.content, sent.contact) == (CODE, "fee", "多收了挂号费", "13800138000")
    assert sent.number in text
    assert re.fullmatch("TS[A-Z2-7]{16}", sent.number)
    raw = (Path(str(scene.projection.url.database))).read_bytes()
    assert b"13800138000" not in raw
    assert "多收了挂号费".encode() not in raw


def test_a_form_that_is_sent_twice_is_taken_once_under_one_number(scene: Scene) -> None:
    form = scene.open(RATE)
    scene.now += PATIENCE
    first, second = (scene.post(RATE, form, stars="5") for _ in range(2))
    assert first == second
    assert [each.stars for each in scene.inbox()] == [5]


def test_a_solved_task_needs_no_patience(scene: Scene) -> None:
    text = scene.client.get(COMPLAIN).text
    form = scene.open(COMPLAIN)
    text = scene.client.get(COMPLAIN).text
    (token,) = re.findall(r'name="form" value="([^"]*)"', text)
    (challenge,) = re.findall(r'data-challenge="(\w+)"', text)
    proof = next(n for n in range(50_000) if hashlib.sha256(f"{token}{n}".encode()).hexdigest() == challenge)
    assert scene.post(COMPLAIN, form, proof=str(proof), **SAID)[0] == 429  # the task of another form
    assert scene.post(COMPLAIN, {"form": token}, proof=str(proof), **SAID)[0] == 200
    assert len(scene.inbox()) == 1


def test_without_one_it_is_told_how_long_to_wait_and_nothing_is_lost(scene: Scene) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE - timedelta(seconds=2)
    status, text = scene.post(COMPLAIN, form, **SAID)
    assert (status, "请在 3 秒后" in text, "多收了挂号费" in text) == (429, True, True)
    assert scene.inbox() == []
    scene.now += timedelta(seconds=2)
    assert scene.post(COMPLAIN, form, **SAID)[0] == 200


@pytest.mark.parametrize("proof", ["-1", "１", "9" * 30, "0x10", " ", "1e3"])
def test_a_task_is_not_solved_by_anything(scene: Scene, proof: str) -> None:
    assert scene.post(COMPLAIN, scene.open(COMPLAIN), proof=proof, **SAID)[0] == 429


def test_a_program_that_fills_in_every_field_is_thanked_and_nothing_is_kept(scene: Scene) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE
    assert scene.post(COMPLAIN, form, website="http://x", **SAID)[0] == 200
    assert scene.inbox() == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"matter": "x"}, "请选择投诉事项"),
        ({"content": " \u202e "}, "请写明投诉内容"),
        ({"content": "多" * 2001}, "不超过 2000 字"),
        ({"contact": "1" * 101}, "不超过 100 字"),
    ],
)
def test_what_cannot_be_taken_is_said(scene: Scene, said: dict[str, str], told: str) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE
    status, text = scene.post(COMPLAIN, form, **SAID | said)
    assert (status, told in text) == (400, True)
    assert scene.inbox() == []


def test_a_form_is_of_one_page_and_does_not_last(scene: Scene) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE
    for path, token in ((RATE, form), (f"/i/{LAST}/complain", form), (COMPLAIN, {"form": "x.y"}), (COMPLAIN, {})):
        assert "请核对后再提交一次" in scene.post(path, token, stars="5", **SAID)[1]
    scene.now += timedelta(hours=7)
    assert "请核对后再提交一次" in scene.post(COMPLAIN, form, **SAID)[1]
    assert scene.inbox() == []


def test_a_form_of_elsewhere_is_refused(scene: Scene) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE
    for headers in ({}, {"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site", **HERE}):
        assert scene.client.post(COMPLAIN, data=form | SAID, headers=headers).status_code == 403
    assert scene.inbox() == []


def test_a_body_that_is_too_large_and_a_file_are_not_read(scene: Scene) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE
    large = scene.client.post(COMPLAIN, data=form | {"content": "x" * BODY_BYTES}, headers=HERE)
    assert large.status_code == 413
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    chunks = scene.client.post(COMPLAIN, content=iter([b"a" * 40_000] * 3), headers=HERE | kind)
    assert chunks.status_code == 413
    file = scene.client.post(COMPLAIN, data=form | SAID, files={"f": b"x"}, headers=HERE)
    assert file.status_code == 400
    assert scene.inbox() == []


def test_forms_are_limited_by_address_whatever_headers_say(scene: Scene) -> None:
    app: Any = ProxyHeadersMiddleware(cast("Any", scene.client.app), trusted_hosts=["10.0.0.1"])
    client = TestClient(app, client=("192.0.2.1", 5000))
    taken = []
    for number in range(LIMITS["sent"].times + 1):
        form = scene.open(RATE)
        scene.now += PATIENCE
        headers = HERE | {"X-Forwarded-For": f"198.51.100.{number}"}
        taken.append(client.post(RATE, data=form | {"stars": "1"}, headers=headers).status_code)
    assert taken == [200] * LIMITS["sent"].times + [429]
    by_proxy = TestClient(app, client=("10.0.0.1", 5000))
    form = scene.open(RATE)
    scene.now += PATIENCE
    headers = HERE | {"X-Forwarded-For": "198.51.100.77"}
    assert by_proxy.post(RATE, data=form | {"stars": "1"}, headers=headers).status_code == 200


def test_codes_are_not_tried_out(scene: Scene) -> None:
    tried = [scene.client.get(f"/i/ABCDEFGH{n:02}").status_code for n in range(21)]
    assert tried == [404] * LIMITS["missed"].times + [429]
    assert scene.client.get(f"/i/{LAST}").status_code == 429
    scene.ticks = 601.0
    assert scene.client.get(f"/i/{LAST}").status_code == 200


def test_how_far_a_complaint_is_is_asked_by_number(scene: Scene) -> None:
    status, text = scene.post("/state", {}, number=" ts" + "a" * 16 + " ")
    assert (status, "属实" in text) == (200, True)
    assert "没有查到" in scene.post("/state", {}, number="TS" + "B" * 16)[1]
    assert "没有查到" in scene.post("/state", {}, number="' OR '1'='1")[1]
    codes = [scene.post("/state", {}, number=f"TS{'C' * 16}")[0] for _ in range(LIMITS["asked"].times)]
    assert codes[-1] == 429


def test_lists_have_who_is_on_them(scene: Scene) -> None:
    text = scene.client.get("/lists/town/black").text
    assert "别的公司" in text
    assert f"/i/{CODE}" in text
    assert scene.client.get("/lists/town/none").status_code == 404


def test_names_and_grades_are_searched_and_the_closed_are_not_found(scene: Scene) -> None:
    assert "济世诊所" in scene.client.get("/search?name=济世").text
    assert "停业诊所" not in scene.client.get("/search?name=诊所").text
    by_grade = scene.client.get("/search", params={"grade": "town/rating/pass"}).text
    assert f"/i/{CODE}" in by_grade
    assert "济世诊所" not in by_grade


@pytest.mark.parametrize("path", [f"/i/{LAST}", "/", "/search", "/lists", COMPLAIN, f"/i/{CODE}/qr.svg"])
def test_a_database_that_is_lost_is_said(scene: Scene, path: str) -> None:
    with writing(scene.projection) as connection:
        tables.metadata.drop_all(connection)
    answer = scene.client.get(path)
    assert (answer.status_code, "暂时无法办理" in answer.text) == (503, True)
    assert scene.client.get("/readyz").status_code == 503
    assert scene.client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", [f"/i/{LAST}", "/", "/search", "/lists", COMPLAIN])
def test_what_another_version_published_is_not_read(scene: Scene, path: str) -> None:
    assert scene.client.get("/readyz").status_code == 200
    with writing(scene.projection) as connection:
        connection.execute(update(tables.about).where(tables.about.c.name == TABLES).values(value="0"))
    assert (scene.client.get("/readyz").text, scene.client.get("/readyz").status_code) == ("database", 503)
    answer = scene.client.get(path)
    assert (answer.status_code, "暂时无法办理" in answer.text) == (503, True)


def test_a_projection_that_nobody_framed_is_not_ready(scene: Scene) -> None:
    with writing(scene.projection) as connection:
        connection.execute(delete(tables.about).where(tables.about.c.name == "box"))
    assert scene.client.get("/readyz").status_code == 503


def test_tables_or_contents_of_another_form_have_another_number() -> None:
    columns = {f"{table.name}.{column.name} {column.type}" for table in tables.READ for column in table.columns}
    made = Content.model_json_schema()
    parts = {name: sorted(part.get("properties", ())) for name, part in {"": made, **made["$defs"]}.items()}
    said = json.dumps([sorted(columns), parts], sort_keys=True)
    assert (tables.FORM, digest_of(said)[:16]) == ("1", "cde4311cfb31c2c1"), (
        "write another FORM, and a migration for PostgreSQL"
    )


def test_one_that_is_lost_while_a_form_is_sent_takes_nothing(scene: Scene) -> None:
    form = scene.open(COMPLAIN)
    scene.now += PATIENCE
    with writing(scene.projection) as connection:
        tables.inbox.drop(connection)
    status, text = scene.post(COMPLAIN, form, **SAID)
    assert (status, "没有提交任何内容" in text) == (503, True)


def test_counts_are_forgotten_with_time_and_never_grow_without_end() -> None:
    limits = Limits()
    assert [limits.take("search", "a", 0) for _ in range(61)] == [True] * 60 + [False]
    assert limits.take("search", "a", 60)
    for number in range(MOST_KNOWN + 5):
        limits.take("search", str(number), 61)
    assert len(limits._counts) == MOST_KNOWN


def test_a_subscriber_of_the_newer_kind_is_one_however_many_addresses_there_are() -> None:
    assert group("2001:db8:1:2::3") == group("2001:db8:1:2:ffff::1")
    assert group("2001:db8:1:2::3") != group("2001:db8:1:3::3")
    assert group("192.0.2.7") == "192.0.2.7"
    assert group("testclient") == "testclient"


def test_the_hosts_that_are_answered() -> None:
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    assert find_hosts("127.0.0.1", "") == loopback
    assert find_hosts("0.0.0.0", "https://credit.test/x") == [*loopback, "credit.test"]
    assert find_hosts("192.0.2.9", "") == [*loopback, "192.0.2.9"]
    with pytest.raises(ConfigurationError, match="XINGLIN_PUBLIC_ADDRESS"):
        find_hosts("0.0.0.0", "")
