from __future__ import annotations

import ast
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import structlog.testing
from sqlalchemy import select, text
from starlette.requests import Request
from starlette.testclient import TestClient

from credit.access.account import Holder
from credit.store.engine import reading, writing
from credit.store.tables import look
from schemas.errors import PermanentError, TransientError
from schemas.rights import Right
from tests.builders import ROOT
from tests.consoles import HERE, Gate
from workers import settings
from workers.broker.rabbit import RabbitBroker
from workers.console.app import Console
from workers.console.asked import Asked, Missing
from workers.console.screens import Cell, Column, Listing, Menu, Screen, Shown
from workers.runtime import Runtime, open_runtime

PERSON = f"P{7:031x}"
CLERK = Holder("zhang", "张三", frozenset({Right.LOOK}))


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(settings.read({}, home=tmp_path_factory.mktemp("home"))) as opened:
        yield opened


def _fail(error: Exception) -> Callable[[Asked], Shown]:
    def show(_asked: Asked) -> Shown:
        raise error

    return show


def _list(asked: Asked) -> Listing[str]:
    rows = [f"行{number}" for number in range(60)][int(asked.query("after") or 0) :][: asked.limit]
    columns: tuple[Column[str], ...] = (Column("名称", lambda row: Cell(f"=1+1<b>{row}\u202e", f"/{row}")),)
    return Listing(
        "清单",
        columns,
        rows,
        "没有",
        after="50" if asked.limit == 50 and not asked.query("after") else None,
        about=lambda row: PERSON if row in {"行49", "行51"} else "91410481MA9N6R0T4F",
    )


SCREENS = (
    Screen("/", "首页", Right.LOOK, _list, lambda asked: asked.go("/", f"已收到{asked.text('what')}"), Menu.TODAY),
    Screen("/secret", "机密", Right.SEALED, _list, menu=Menu.SYSTEM),
    Screen("/missing", "没有", Right.LOOK, _fail(Missing("没有这一主体。"))),
    Screen("/bad", "不行", Right.LOOK, _fail(PermanentError("号码不对。"))),
    Screen("/unforeseen", "没想到", Right.LOOK, _fail(PermanentError("no such thing is known here"))),
    Screen("/lost", "断了", Right.LOOK, _fail(TransientError("the database went away"))),
    Screen("/broken", "坏了", Right.LOOK, _fail(ZeroDivisionError("the secret of the house"))),
)


@pytest.fixture
def gate() -> Gate:
    return Gate(CLERK)


@pytest.fixture
def client(runtime: Runtime, gate: Gate) -> TestClient:
    app = Console(runtime, gate, SCREENS).app(["testserver"])
    return TestClient(app, follow_redirects=False)


def test_who_is_not_logged_in_is_sent_to_the_login_and_back(client: TestClient, gate: Gate) -> None:
    gate.holder = None
    answer = client.get("/secret?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fsecret%3Fa%3D1")
    assert client.post("/", headers=HERE).headers["location"] == "/login"


def test_no_form_is_read_of_who_is_not_let_in(client: TestClient, gate: Gate) -> None:
    gate.holder = None
    too_many = {f"field{number}": "x" for number in range(2001)}
    assert client.post("/", data=too_many, headers=HERE).headers["location"] == "/login"
    gate.holder = CLERK
    unread = client.post("/", data=too_many, headers=HERE)
    assert unread.status_code == 400
    assert "表单读不出来" in unread.text


def test_a_page_names_who_looks_and_offers_what_the_account_may(client: TestClient) -> None:
    page = client.get("/").text
    assert "张三" in page
    assert 'href="/secret"' not in page
    assert "<h1>清单</h1>" in page


def test_what_others_wrote_is_neither_markup_nor_turns_the_writing(client: TestClient) -> None:
    page = client.get("/").text
    assert "=1+1&lt;b&gt;行0&lt;U+202E&gt;" in page
    assert "\u202e" not in page


def test_without_the_right_a_screen_says_which_is_missing(client: TestClient) -> None:
    answer = client.get("/secret")
    assert answer.status_code == 403
    assert "您没有“查看封存记录”的权限" in answer.text


def test_a_list_has_pages_and_all_of_it_is_in_the_spreadsheet_which_is_logged(
    client: TestClient, runtime: Runtime, gate: Gate
) -> None:
    before, gate.holder = _looks(runtime), replace(CLERK, account="hu")
    first, last = client.get("/?q=x"), client.get("/?after=50")
    assert 'href="/?q=x&amp;after=50"' in first.text
    assert "行49" in first.text
    assert "行50" not in first.text
    assert "行59" in last.text
    sheet = client.get("/?as=xlsx")
    assert sheet.headers["content-disposition"] == 'attachment; filename="xinglin.xlsx"'
    assert sheet.content[:2] == b"PK"
    # The pages show one person, twice within the hour, and so does the sheet; organisations need no entry.
    assert _looks(runtime)[len(before) :] == [("hu", "look", PERSON), ("hu", "look", PERSON), ("hu", "export", "/")]


def _looks(runtime: Runtime) -> list[tuple[str, str, str]]:
    kept = select(look.c.account, look.c.what, look.c.about).order_by(look.c.look_id)
    with reading(runtime.engine) as connection:
        return [(row.account, row.what, row.about) for row in connection.execute(kept)]


def test_few_spreadsheets_are_made_at_a_time(runtime: Runtime, gate: Gate) -> None:
    answers: list[int] = []

    def ask_again(asked: Asked) -> Listing[str]:
        if len(answers) < 3:
            answers.append(0)
            answers[answers.index(0)] = browser.get("/?as=xlsx").status_code
        return _list(asked)

    screens = (Screen("/", "首页", Right.LOOK, ask_again),)
    browser = TestClient(Console(runtime, gate, screens).app(["testserver"]))
    assert browser.get("/?as=xlsx").status_code == 200
    assert 503 in answers
    assert browser.get("/?as=xlsx").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/missing", 404, "没有这一主体。"),
        ("/bad", 400, "号码不对。"),
        ("/unforeseen", 400, "请把这句话告诉运维人员：no such thing is known here"),
        ("/lost", 503, "没有办理任何事项"),
        ("/lost", 503, "<p>数据库或消息队列暂时不可用。</p>"),
        ("/nowhere", 404, "没有这个页面"),
    ],
)
def test_an_error_is_a_page_that_says_what_and_that_nothing_was_done(
    client: TestClient, path: str, status: int, said: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize("table", ["account", "look"])
def test_a_database_that_is_lost_in_the_middle_is_said_and_what_was_begun_is_doubtful(
    tmp_path: Path, gate: Gate, table: str
) -> None:
    with open_runtime(settings.read({}, home=tmp_path)) as lost:

        def work(asked: Asked) -> Shown:
            with reading(asked.runtime.engine) as connection:
                connection.execute(select(look.c.look_id))
            with writing(asked.runtime.engine) as connection:
                connection.execute(text(f"DROP TABLE {table}"))
            with reading(asked.runtime.engine) as connection:
                connection.execute(text(f"SELECT * FROM {table}"))
            raise AssertionError("nothing is there to be read")

        screens = (Screen("/", "首页", Right.LOOK, work, work),)
        browser = TestClient(Console(lost, gate, screens).app(["testserver"]))
        shown = browser.get("/")
        assert (shown.status_code, "没有办理任何事项" in shown.text) == (503, True)
        with writing(lost.engine) as connection:
            connection.execute(text(f"CREATE TABLE IF NOT EXISTS {table} (look_id INTEGER)"))
        sent = browser.post("/", data={"what": "x"}, headers=HERE)
        assert (sent.status_code, "可能没有办成，请先核对再提交" in sent.text) == (503, True)
        assert "没有办理任何事项" not in sent.text


def test_a_form_that_breaks_is_doubtful_too(runtime: Runtime, gate: Gate) -> None:
    broken = _fail(ZeroDivisionError("the secret of the house"))
    browser = TestClient(Console(runtime, gate, (Screen("/", "首页", None, broken, broken),)).app(["testserver"]))
    assert "可能没有办成" in browser.post("/", headers=HERE).text
    assert "可能没有办成" not in browser.get("/").text


def test_what_nobody_foresaw_is_in_the_log_and_not_on_the_page(client: TestClient) -> None:
    with structlog.testing.capture_logs() as logged:
        answer = client.get("/broken")
    assert [line["event"] for line in logged] == ["screen_failed"]
    assert answer.status_code == 500
    assert "请把编号" in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://testserver"},
        {"Referer": "http://testserver/"},
    ],
)
def test_what_is_posted_from_elsewhere_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/", data={"what": "x"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("headers", [HERE, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_what_was_done_is_said_once_on_the_page_that_follows(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/", data={"what": "“<i>”"}, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "已收到“&lt;i&gt;”" in client.get("/").text
    assert "已收到" not in client.get("/").text


def test_what_was_done_is_carried_by_https_alone_where_that_is_spoken(runtime: Runtime, gate: Gate) -> None:
    https = TestClient(
        Console(runtime, gate, SCREENS).app(["testserver"]), "https://testserver", follow_redirects=False
    )
    answer = https.post("/", data={"what": "x"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_only_the_named_hosts_are_answered(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_every_answer_has_the_headers_that_protect_it(client: TestClient) -> None:
    for path in ("/", "/nowhere", "/secret", "/static/xinglin.css", "/static/none", "/login"):
        headers = client.get(path).headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/xinglin.css").headers["cache-control"]


def test_a_form_that_is_too_large_is_not_read(client: TestClient) -> None:
    huge = {"Content-Length": str(64 * 1024 * 1024 + 1)}
    assert client.post("/", content=b"x", headers=HERE | huge).status_code == 413
    many = "&".join(f"a{number}=1" for number in range(2500))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/", content=many, headers=HERE | form).status_code == 400


def test_probes_answer_without_a_login(client: TestClient, gate: Gate, runtime: Runtime, tmp_path: Path) -> None:
    gate.holder = None
    assert client.get("/healthz").text == "ok"
    assert client.get("/readyz").status_code == 200
    other = replace(runtime, engine=runtime.engine.execution_options())
    assert TestClient(Console(other, gate, ()).app(["testserver"])).get("/readyz").status_code == 200


def test_no_console_is_ready_over_tables_of_another_version_or_none(tmp_path: Path, gate: Gate) -> None:
    with open_runtime(settings.read({}, home=tmp_path)) as other:
        browser = TestClient(Console(other, gate, ()).app(["testserver"]))
        assert browser.get("/readyz").status_code == 200
        for change in ("UPDATE alembic_version SET version_num = '0001'", "DROP TABLE alembic_version"):
            with closing(sqlite3.connect(str(other.engine.url.database))) as connection, connection:
                connection.execute(change)
            answer = browser.get("/readyz")
            assert (answer.status_code, answer.text) == (503, "database")
        assert browser.get("/healthz").text == "ok"


def test_no_console_is_ready_whose_broker_is_lost(runtime: Runtime, gate: Gate) -> None:
    nobody_listens = RabbitBroker.at("amqp://guest:guest@127.0.0.1:1/")
    alone = replace(runtime, broker=nobody_listens)
    answer = TestClient(Console(alone, gate, ()).app(["testserver"])).get("/readyz")
    assert (answer.status_code, answer.text) == (503, "broker")


def test_a_list_that_says_it_is_about_nobody_leads_to_nobody() -> None:
    lists = [
        call
        for path in (ROOT / "workers" / "console" / "pages").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Listing"
    ]
    about = [next(word.value for word in call.keywords if word.arg == "about") for call in lists]
    of_nobody = [ast.unparse(call) for call, said in zip(lists, about, strict=True) if ast.unparse(said) == "nobody"]
    assert len(of_nobody) < len(lists)
    assert not [call for call in of_nobody if "/subjects/" in call]


SMALL = (
    Screen("/rows/{number:int}", "一行", Right.LOOK, _list, lambda asked: asked.go("/")),
    Screen("/names/{name}", "一个", Right.LOOK, _list),
    *SCREENS,
)
URLENCODED = "application/x-www-form-urlencoded"
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
STRANGE: dict[str, tuple[str, str, dict[str, str], bytes, int, str]] = {
    "a number of 5,000 digits": ("GET", f"/rows/{'9' * 5000}", {}, b"", 404, "没有这个页面"),
    "a number longer than any": ("GET", "/rows/9999999999999999999", {}, b"", 404, "没有这个页面"),
    "an unknown method": ("BREW", "/rows/1", {}, b"", 405, "这种请求方式"),
    "a method of files": ("POST", "/static/xinglin.css", {}, b"", 405, "这种请求方式"),
    "no such file": ("GET", "/static/none.css", {}, b"", 404, "没有这个页面"),
    "an address without end": ("GET", f"/?q={'x' * 9000}", {}, b"", 414, "网址过长"),
    "a letter that databases refuse": ("GET", "/names/%00", {}, b"", 400, "未作任何处理"),
    "it in a field": ("POST", "/rows/1", {"Content-Type": URLENCODED}, b"a=1&a=x%00y", 400, "未作任何处理"),
    "it in the question": ("GET", "/?q=a%00b", {}, b"", 400, "未作任何处理"),
    "a foreign host": ("GET", "/", {"Host": "evil.example"}, b"", 400, "未作任何处理"),
    "no boundary": ("POST", "/rows/1", {"Content-Type": "multipart/form-data"}, b"x", 400, "表单读不出来"),
    "a torn form": ("POST", "/rows/1", FORM, b"--x\r\nContent-Disposition: form-data\r\n\r\n", 400, "表单读不出来"),
    "no form at all": ("POST", "/rows/1", FORM, b"\xff\x00 nothing", 400, "表单读不出来"),
    "a field without end": (
        "POST",
        "/rows/1",
        FORM,
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * 2_000_000 + b"\r\n--x--",
        400,
        "表单读不出来",
    ),
    "more than it says": ("POST", "/rows/1", {"Content-Length": str(65 * 1024 * 1024)}, b"x", 413, "过大"),
    "from elsewhere": ("POST", "/rows/1", {"Origin": "http://evil.example"}, b"", 403, "不是从本页面发出的"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_requests_are_answered_in_chinese_with_their_own_status(
    runtime: Runtime, gate: Gate, name: str
) -> None:
    method, path, headers, body, status, told = STRANGE[name]
    browser = TestClient(Console(runtime, gate, SMALL).app(["testserver"]), follow_redirects=False)
    answer = browser.request(method, path, headers=HERE | headers, content=body)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ("allow" in answer.headers) is (status == 405)
    assert "Traceback" not in answer.text


def test_what_nobody_foresaw_before_any_screen_is_a_page_with_a_number(runtime: Runtime) -> None:
    class Broken(Gate):
        def find_holder(self, request: Request) -> Holder | None:
            raise ZeroDivisionError("the secret of the house")

    with structlog.testing.capture_logs() as logged:
        answer = TestClient(Console(runtime, Broken(CLERK), SMALL).app(["testserver"])).get("/")
    assert [line["event"] for line in logged] == ["request_failed"]
    assert (answer.status_code, "请把编号" in answer.text, "secret" in answer.text) == (500, True, False)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_body_without_a_length_is_not_read_beyond_its_limit(runtime: Runtime, gate: Gate) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        for _ in range(65):
            yield b"y" * 1024 * 1024

    browser = TestClient(Console(runtime, gate, SMALL).app(["testserver"]))
    answer = browser.post("/rows/1", content=endless(), headers=HERE | FORM)
    assert (answer.status_code, "过大" in answer.text) == (413, True)
