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
SMALL = ROOT / "tests" / "law" / "regimes" / "small" / "regime.yaml"


@pytest.fixture
def runtime(tmp_path: Path, template_archive: Path) -> Iterator[Runtime]:
    home, policies = tmp_path / "home", tmp_path / "policies"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    shutil.copytree(SMALL.parent, policies / "regimes" / "small")
    small = loading.make(loading.read(policies / "regimes" / "small", registry.load().models()))
    with open_runtime(settings.read({}, home=home), lambda: NOON) as opened:
        feed_in(opened, message("penalty", "1", None))
        reader = replace(opened.reader, regimes={"small": small})
        yield replace(opened, reader=reader, settings=replace(opened.settings, policies=policies))


@pytest.fixture
def clerk(runtime: Runtime) -> TestClient:
    return open_console(runtime, holder(*EVERYTHING))


def send(clerk: TestClient, text: str | bytes, year: str = "2026") -> tuple[int, str, str]:
    """Send a changed file; return the status, the page, and the path that it led to."""
    body = text.encode() if isinstance(text, str) else text
    answer = clerk.post(f"{HERE}?regime=small", files={"file": ("regime.yaml", body)}, data={"year": year})
    return answer.status_code, answer.text, answer.url.path


def milder() -> str:
    """The limit on who has an adverse record is another grade."""
    text = SMALL.read_text()
    at = text.index("at_most: c", text.index("id: adverse"))
    return f"{text[:at]}at_most: b{text[at + len('at_most: c') :]}"


def test_whom_a_change_moves_is_shown_and_exported_and_nothing_is_written(runtime: Runtime, clerk: TestClient) -> None:
    assert f"{HERE}?regime=small" in clerk.get("/policies").text
    of_one = open_console(runtime, holder(*EVERYTHING, organs=frozenset({HEALTH.code}))).get("/policies").text
    assert f"{HERE}?regime=small" not in of_one
    assert "试改政策要推演全部主体" in of_one
    assert clerk.get(f"{HERE}/file", params={"regime": "small"}).text == SMALL.read_text()
    before = rows(runtime, "SELECT count(*) FROM grade")
    status, _, path = send(clerk, milder())
    assert status == 200
    wanted = TRIES.find(path.rpartition("/")[2])
    assert wanted is not None
    wanted.thread.join(30)
    page = clerk.get(path).text
    assert "已推演完" in page
    assert "1 个等级变化" in page
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


def test_what_is_no_such_file_or_nobodys_right_is_refused(runtime: Runtime, clerk: TestClient) -> None:
    assert send(clerk, b"#" * (256 * 1024 + 1))[0] == 400
    assert send(clerk, milder(), "二〇二六")[0] == 400
    assert clerk.post(f"{HERE}?regime=small").status_code == 400
    assert clerk.get(HERE, params={"regime": "none"}).status_code == 404
    assert clerk.get(f"{HERE}/0123456789ab").status_code == 404
    some = open_console(runtime, holder(*EVERYTHING, organs=frozenset({HEALTH.code})))
    assert some.get(HERE).status_code == 403
