"""`xinglin assess` and `xinglin review` on an embedded home whose authority follows the tests' own regime."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from credit.grading.rows import GradeRow
from credit.store import bulk, tables
from credit.store.engine import writing
from credit.store.known import read_families, read_known
from credit.store.official import settle_official
from schemas.errors import PermanentError
from schemas.rights import Role
from tests.accounts import make_account
from tests.builders import rows
from tests.contract import archives
from tests.contract.archives import CLINIC, NOON, WANG, put
from tests.towns import settle
from workers import drain, settings
from workers.cli import app
from workers.runtime import Runtime, open_runtime

HOSPITAL = "124104814170481228"
NEW = date(2026, 3, 2)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an authority that follows one regime."""
    return settle(tmp_path_factory.mktemp("authority")) | {"COLUMNS": "120"}


@pytest.fixture
def home(tmp_path: Path, authority: dict[str, str]) -> Path:
    """A home with a clinic fined in 2025, a hospital without adverse facts, and a doctor."""
    with opened(tmp_path, authority) as runtime:
        wang = archives.person(WANG, runtime.keyring)
        put(
            runtime.engine,
            archives.organisation(CLINIC, runtime.keyring),
            archives.organisation(HOSPITAL, runtime.keyring, "舞钢市人民医院"),
            wang,
            archives.record("r1", CLINIC, occurred_on=date(2025, 3, 1)),
            archives.record("r2", HOSPITAL, family="credit.office.honour", occurred_on=date(2025, 3, 1)),
            archives.record("r3", wang.subject_id, family="credit.office.honour", occurred_on=date(2025, 3, 1)),
        )
    return tmp_path


def opened(home: Path, authority: dict[str, str]) -> Any:
    return open_runtime(settings.read(authority, home=home))


def run(home: Path, authority: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=authority).invoke(app, [*arguments, "--home", str(home)])


def read(home: Path, authority: dict[str, str], *arguments: str) -> Any:
    found = run(home, authority, *arguments, "--json")
    assert found.exit_code == 0, (found.output, found.exception)
    return json.loads(found.stdout)


CLOSE = ("assess", "close", "--regime", "town", "--year", "2025", "--by", "李科长")
TABLE = ("assess", "table", "--regime", "town", "--year", "2025")


def assess(runtime: Runtime, *subjects: str) -> None:
    """Do as an assessor does."""
    with writing(runtime.engine) as connection:
        archived = read_families(connection).of(subjects)
        settle_official(connection, archived, read_known(connection, archived), runtime.rules())


def test_a_year_is_closed_once_and_its_table_is_read_page_by_page(home: Path, authority: dict[str, str]) -> None:
    shown = run(home, authority, *CLOSE)
    assert shown.exit_code == 0, (shown.output, shown.exception)
    assert "✓ 某镇信用评定 2025 年度已评定：参评 3 个，未能评定 0 个" in shown.stdout
    assert "机构评定：优秀 1，合格 2" in shown.stdout
    again = run(home, authority, *CLOSE)
    assert isinstance(again.exception, PermanentError)
    assert "不能重新评定" in "".join(again.exception.__notes__)
    page = read(home, authority, *TABLE, "--limit", "2")
    rest = read(home, authority, *TABLE, "--after", page[-1]["subject_id"])
    assert [(row["name"], row["grade"]) for row in (*page, *rest)] == [
        ("舞钢市人民医院", "excellent"),
        ("舞钢安康诊所", "pass"),
        ("王某", "pass"),
    ]
    assert rest[0]["identifier"] == "110105********002X"
    assert [row["name"] for row in read(home, authority, *TABLE, "--grade", "excellent")] == ["舞钢市人民医院"]
    assert "王某" in run(home, authority, *TABLE).stdout


def test_status_says_what_is_closed_and_by_whom(home: Path, authority: dict[str, str]) -> None:
    assert "尚无等级" in run(home, authority, "assess", "status").stdout
    run(home, authority, *CLOSE)
    shown = run(home, authority, "assess", "status").stdout
    assert "由 李科长 评定" in shown
    assert "参评 3 个，未能评定 0 个" in shown
    (closed,) = read(home, authority, "assess", "status")["closed"]
    assert (closed["year"], closed["by"], len(closed["digest"])) == (2025, "李科长", 64)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--regime", "twon", "--year", "2025"), "是否指 'town'"),
        (("--regime", "town", "--year", "2025", "--by", " "), "不能为空"),
    ],
)
def test_what_is_meant_is_asked_back(
    home: Path, authority: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    given = arguments if "--by" in arguments else (*arguments, "--by", "李科长")
    refused = run(home, authority, "assess", "close", *given)
    assert refused.exit_code == 2
    assert told in refused.output


def test_a_year_that_is_not_over_is_refused_with_the_day(home: Path, authority: dict[str, str]) -> None:
    refused = run(home, authority, "assess", "close", "--regime", "town", "--year", "2199", "--by", "李科长")
    assert isinstance(refused.exception, PermanentError)
    assert refused.exception.__notes__ == ["2199 年度尚未结束，2200-01-01 起才能评定。"]


def test_an_authority_without_a_regime_is_told_so(home: Path, authority: dict[str, str]) -> None:
    alone = authority | {"XINGLIN_ROUTING": str(Path(authority["XINGLIN_ROUTING"]).with_name("alone.yaml"))}
    refused = run(home, alone, *CLOSE)
    assert "没有启用评价制度" in "".join(getattr(refused.exception, "__notes__", ()))
    assert "没有启用评价制度" in run(home, alone, "assess", "status").stdout


def test_who_could_not_be_assessed_is_listed_with_the_reason(home: Path, authority: dict[str, str]) -> None:
    reasons = json.dumps(
        [
            {
                "step": "measure", "rule": "points", "effect": "2026 年没有评分的检查", "clause": "第三条",
                "confidence": "high", "grade": None, "records": [],
            }
        ]
    )  # fmt: skip
    row = GradeRow("town", "rating", 2026, CLINIC, NEW, None, None, reasons, False, None, 0, NEW, NOON)  # noqa: FBT003
    with opened(home, authority) as runtime, writing(runtime.engine) as connection:
        bulk.insert(connection, tables.grade, [row])
    asked = ("assess", "not-assessed", "--regime", "town", "--year", "2026")
    assert "没有评分的检查" in run(home, authority, *asked).stdout
    assert [each["subject_id"] for each in read(home, authority, *asked)] == [CLINIC]
    assert "未能评定 1" in run(home, authority, "assess", "status").stdout


@pytest.fixture
def fallen(home: Path, authority: dict[str, str]) -> Path:
    """The home after the hospital, excellent in 2025, was fined in 2026."""
    run(home, authority, *CLOSE)
    with opened(home, authority) as runtime:
        put(runtime.engine, archives.record("r9", HOSPITAL, occurred_on=NEW))
        assess(runtime, HOSPITAL)
    return home


DECIDE = ("review", "decide", HOSPITAL, "--regime", "town", "--by", "王主任", "--why", "处罚属实")


def test_a_fall_is_listed_with_its_day_and_reasons(fallen: Path, authority: dict[str, str]) -> None:
    shown = run(fallen, authority, "review", "list").stdout
    assert "优秀 → 差" in shown
    assert "2026-03-07 已逾期" in shown
    (row,) = read(fallen, authority, "review", "show", HOSPITAL, "--regime", "town")
    assert (row["report_by"], row["state"], row["overdue"]) == ("2026-03-07", "open", True)
    assert "某镇〔2026〕9号 第四条" in run(fallen, authority, "review", "show", HOSPITAL, "--regime", "town").stdout


def test_a_decision_goes_the_ordinary_way_and_changes_the_official_grade(
    fallen: Path, authority: dict[str, str]
) -> None:
    sent = read(fallen, authority, *DECIDE, "--decision", "adjusted", "--grade", "pass")
    assert (sent["from_grade"], sent["to_grade"], sent["grade"]) == ("excellent", "poor", "pass")
    with opened(fallen, authority) as runtime:
        drain.work_until_empty(runtime, lambda _: None)
        assert rows(runtime, "SELECT outcome FROM message WHERE type = 'credit.office.review.v1'") == [("applied",)]
        assess(runtime, HOSPITAL)
    (row,) = read(fallen, authority, "review", "list", "--all")
    assert (row["state"], row["decided_grade"]) == ("adjusted", "pass")
    assert read(fallen, authority, "review", "list") == []
    found = {each["subject_id"]: each for each in read(fallen, authority, *TABLE)}
    assert (found[HOSPITAL]["grade"], found[HOSPITAL]["cause"]) == ("pass", "review")
    assert "经 王主任 复核已调整" in found[HOSPITAL]["reasons"][-1]["effect"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--decision", "adjusted"), "a grade is named where"),
        (("--decision", "confirmed", "--grade", "pass"), "a grade is named where"),
        (("--decision", "adjusted", "--grade", "E"), "'E' is no grade of 'rating'"),
    ],
)
def test_a_decision_that_cannot_be_is_not_sent(
    fallen: Path, authority: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    refused = run(fallen, authority, *DECIDE, *arguments)
    assert told in str(refused.exception)


def test_where_persons_are_known_a_decision_takes_two(
    fallen: Path, authority: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for reader in ("read_user", "read_account"):
        monkeypatch.setattr(f"workers.account.{reader}.__defaults__", (tmp_path / "none",))
    with opened(fallen, authority) as runtime, writing(runtime.engine) as connection:
        make_account(connection, "chen", "陈晨", NOON, Role.CLERK)
        make_account(connection, "li", "李四", NOON, Role.REVIEWER)
    clerk, reviewer = authority | {"XINGLIN_ACCOUNT": "os-chen"}, authority | {"XINGLIN_ACCOUNT": "os-li"}
    words = ["陈晨" if word == "王主任" else word for word in DECIDE]
    made = read(fallen, clerk, *words, "--decision", "confirmed")
    assert (made["about"], made["may_decide"]) == ("舞钢市人民医院：已确认，优秀 → 差", ["李四"])
    assert "可复核人：李四" in run(fallen, clerk, *words, "--decision", "confirmed").stdout
    assert read(fallen, reviewer, "proposals", "confirm", made["proposal_id"])["state"] == "done"
    with opened(fallen, authority) as runtime:
        drain.work_until_empty(runtime, lambda _: None)
        sent = rows(runtime, "SELECT message_key FROM message WHERE type = 'credit.office.review.v1'")
    assert sent == [(f"/office review-{made['proposal_id']}",)]


def test_nobody_decides_nothing(fallen: Path, authority: dict[str, str]) -> None:
    words = [" " if word == "王主任" else word for word in DECIDE]
    refused = run(fallen, authority, *words, "--decision", "confirmed")
    assert refused.exit_code == 2
    assert "不能为空" in refused.output


def test_what_no_fall_is_open_for_is_not_decided(home: Path, authority: dict[str, str]) -> None:
    refused = run(home, authority, *DECIDE, "--decision", "confirmed")
    assert "no fall of that subject is open" in str(refused.exception)


def test_an_opened_close_is_no_command() -> None:
    assert CliRunner().invoke(app, ["assess", "reopen"]).exit_code == 2
