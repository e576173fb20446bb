"""A changed policy is tried from the console: whom it moves and why; the file is checked first, and nothing written."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from connectors import registry
from credit.grading import loading
from tests.builders import HEALTH, NOON, ROOT, feed_in, message, rows
from tests.consoles import EVERYTHING, holder, open_console
from workers import settings
from workers.console.trying import TRIES
from workers.runtime import Runtime, open_runtime

HERE = "/policies/what-if"
REGIMES = ROOT / "tests" / "law" / "regimes"
SMALL = REGIMES / "small" / "regime.yaml"


@pytest.fixture
def runtime(tmp_path: Path, template_archive: Path) -> Iterator[Runtime]:
    home, policies = tmp_path / "home", tmp_path / "policies"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    for name in ("small", "current", "rota"):
        shutil.copytree(REGIMES / name, policies / "regimes" / name)
    regimes = loading.load(policies / "regimes", registry.load().models())
    with open_runtime(settings.read({}, home=home), lambda: NOON) as opened:
        feed_in(opened, message("penalty", "1", None))
        reader = replace(opened.reader, regimes=regimes)
        yield replace(opened, reader=reader, settings=replace(opened.settings, policies=policies))


@pytest.fixture
def clerk(runtime: Runtime) -> TestClient:
    return open_console(runtime, holder(*EVERYTHING))


def send(
    clerk: TestClient, text: str | bytes, year: str = "2026", regime: str = "small", which: str = "regime"
) -> tuple[int, str, str]:
    """Send a changed file; return the status, the page, and the path that it led to."""
    files = {"file": ("changed.yaml", text.encode() if isinstance(text, str) else text)}
    answer = clerk.post(f"{HERE}?regime={regime}", files=files, data={"year": year, "which": which})
    return answer.status_code, answer.text, answer.url.path


def wait(clerk: TestClient, path: str) -> str:
    """Wait until it is over; return the page."""
    wanted = TRIES.find(path.rpartition("/")[2])
    assert wanted is not None
    wanted.thread.join(120)
    page = clerk.get(path).text
    assert "已推演完" in page
    return page


def milder() -> str:
    """The limit on who has an adverse record is another grade."""
    text = SMALL.read_text()
    at = text.index("at_most: c", text.index("id: adverse"))
    return f"{text[:at]}at_most: b{text[at + len('at_most: c') :]}"


def test_whom_a_change_moves_is_shown_and_exported_and_nothing_is_written(runtime: Runtime, clerk: TestClient) -> None:
    assert f"{HERE}?regime=small" in clerk.get("/policies?regime=small").text
    of_one = (
        open_console(runtime, holder(*EVERYTHING, organs=frozenset({HEALTH.code}))).get("/policies?regime=small").text
    )
    assert f"{HERE}?regime=small" not in of_one
    assert "试改政策要推演全部主体" in of_one
    assert clerk.get(f"{HERE}/file", params={"regime": "small"}).text == SMALL.read_text()
    before = rows(runtime, "SELECT count(*) FROM grade")
    status, _, path = send(clerk, milder())
    assert status == 200
    page = wait(clerk, path)
    assert "1 个等级变化，0 处名单变化" in page
    assert "信用情况：从（行）到（列）" in page
    ((name,),) = rows(runtime, "SELECT name FROM subject")
    assert name in page
    assert "有失信记录" in page
    sheet = clerk.get(path, params={"as": "xlsx"}).content
    with ZipFile(io.BytesIO(sheet)) as book:
        assert any(name in book.read(each).decode() for each in book.namelist() if each.endswith(".xml"))
    assert rows(runtime, "SELECT count(*) FROM grade") == before
    assert (runtime.settings.policies / "regimes" / "small" / "regime.yaml").read_text() == SMALL.read_text()
    other = open_console(runtime, holder(*EVERYTHING, account="li", person="李"))
    assert other.get(path).status_code == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SMALL.read_text().replace("at_most: c", "at_least: c"), "没有“at_least”这一项"),
        (SMALL.read_text().replace("code: small", "code: large"), "代码应为“small”"),
        ("a: &a [*a]", "不得使用锚点"),
        ("!!python/object/apply:os.system [ls]", "第 1 行"),
        (b"\xff\xfe", "应为 UTF-8"),
        ("[" * 50_000, "第 1 行"),
        ("", "应由"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_chinese_with_its_line(
    clerk: TestClient, text: str | bytes, said: str
) -> None:
    status, page, _ = send(clerk, text)
    assert status == 400
    assert said in page
    assert "/tmp" not in page


def test_who_comes_on_a_list_by_a_changed_file_is_shown_and_exported(runtime: Runtime, clerk: TestClient) -> None:
    current = clerk.get(f"{HERE}/file", params={"regime": "current", "which": "lists"})
    assert 'filename="lists.yaml"' in current.headers["content-disposition"]
    assert current.text == (REGIMES / "current" / "lists.yaml").read_text()
    at = current.text.index("times: 2", current.text.index("id: twice"))
    stricter = f"{current.text[:at]}times: 1{current.text[at + len('times: 2') :]}"
    status, _, path = send(clerk, stricter, regime="current", which="lists")
    assert status == 200
    page = wait(clerk, path)
    assert "0 个等级变化，1 处名单变化" in page
    assert "黑名单：0 处不变，列入 1，移出 0" in page
    assert "年度异常名单：1 处不变" in page
    assert "黑名单：两次行政处罚（1 项）" in page
    assert "times: 1, in_force: true}" in page[page.index("改动的行") :]
    ((name,),) = rows(runtime, "SELECT name FROM subject")
    with ZipFile(io.BytesIO(clerk.get(path, params={"as": "xlsx"}).content)) as book:
        written = "".join(book.read(each).decode() for each in book.namelist() if each.endswith(".xml"))
    assert name in written
    assert "列入" in written
    assert rows(runtime, "SELECT count(*) FROM list_entry WHERE list_id = 'black'") == [(0,)]
    none, _, path = send(clerk, "", regime="current", which="lists")
    assert none == 400


def test_any_file_of_a_regime_is_tried_and_another_one_is_refused(clerk: TestClient) -> None:
    offered = clerk.get(f"{HERE}?regime=rota").text
    assert "which=duties" in offered
    assert "which=consumers" not in offered  # it has none yet, and may get one
    duties = (REGIMES / "rota" / "duties.yaml").read_text()
    status, _, path = send(clerk, f"{duties}# 一行说明\n", regime="rota", which="duties")
    assert status == 200
    page = wait(clerk, path)
    assert "这个文件不决定等级和名单" in page
    assert "+ # 一行说明" not in page
    assert "+# 一行说明" in page
    status, page, _ = send(clerk, duties, regime="rota", which="lists")
    assert status == 400
    assert "没有“duties”这一项" in page
    for name in ("../small/regime", "cases", ""):
        assert clerk.get(f"{HERE}/file", params={"regime": "rota", "which": name}).status_code == 404
        assert send(clerk, duties, regime="rota", which=name)[0] in {400, 404}


def test_what_is_no_such_file_or_nobodys_right_is_refused(runtime: Runtime, clerk: TestClient) -> None:
    assert send(clerk, b"#" * (256 * 1024 + 1))[0] == 400
    assert send(clerk, milder(), "二〇二六")[0] == 400
    assert clerk.post(f"{HERE}?regime=small").status_code == 400
    assert clerk.get(HERE, params={"regime": "none"}).status_code == 404
    assert clerk.get(f"{HERE}/0123456789ab").status_code == 404
    some = open_console(runtime, holder(*EVERYTHING, organs=frozenset({HEALTH.code})))
    assert some.get(HERE).status_code == 403
