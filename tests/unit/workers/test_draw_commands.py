"""`xinglin draw`, `draws` and `duties` on an embedded home whose authority follows the tests' own regime."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from credit.grading.draws import TooFewInspectors
from credit.store import archive
from credit.store.draws import AlreadyDrawn, NoSuchDraw, NotOnVisit
from credit.store.engine import reading
from credit.store.tables import record
from schemas.statement import Category, Fact
from tests.builders import NOON, ROOT, arrive, honour
from tests.contract.archives import act, put
from tests.contract.test_draws import PEOPLE, fact, inspector, place
from workers import settings
from workers.assessor import Assessor
from workers.cli import app
from workers.runtime import open_runtime

pytestmark = pytest.mark.long

PENALTY, CHECK = "credit.inspection.penalty", "credit.inspection.check"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an authority that follows one regime."""
    folder = tmp_path_factory.mktemp("authority")
    shutil.copytree(ROOT / "policies", folder / "policies", ignore=shutil.ignore_patterns("regimes"))
    shutil.copytree(ROOT / "tests" / "law" / "regimes" / "rota", folder / "policies" / "regimes" / "rota")
    routing = (ROOT / "routing.yaml").read_text(encoding="utf-8")
    followed = re.sub(r"(?m)^regimes:.*\n(?:[ #].*\n)*", "regimes: {rota: {from_year: 2026}}\n", routing)
    (folder / "routing.yaml").write_text(followed, encoding="utf-8")
    return {"XINGLIN_ROUTING": str(folder / "routing.yaml"), "XINGLIN_POLICIES": str(folder / "policies")}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, authority: dict[str, str]) -> Path:
    """A home with six hospitals, one of them fined and one inspected late, and three inspectors."""
    home = tmp_path_factory.mktemp("filled")
    facts: list[Fact] = [honour(place(number), f"荣{number}") for number in range(6)]
    facts += [inspector(number) for number in range(3)]
    facts += [fact(PENALTY, "舞卫医罚〔2026〕1号", place(0), Category.PENALTY, CF_NR="罚款", suspected_crime=True)]
    facts += [
        fact(CHECK, "查1", place(1), Category.CHECK),
        fact(CHECK, "查2", place(1), Category.CHECK, date(2026, 5, 30)),
    ]
    with open_runtime(settings.read(authority, home=home), lambda: NOON) as opened:
        archive.take_in(opened.engine, [arrive(each, str(n)) for n, each in enumerate(facts)], opened.rules())
        Assessor(opened.engine, opened.rules).finish()
        opened.scheduler().tick()
    return home


@pytest.fixture
def home(tmp_path: Path, filled: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path, dirs_exist_ok=True))


def run(home: Path, authority: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=authority).invoke(app, [*arguments, "--home", str(home)])


def show(home: Path, authority: dict[str, str], *arguments: str) -> str:
    found = run(home, authority, *arguments)
    assert found.exit_code == 0, (found.output, found.exception)
    wide = [line for line in found.stdout.splitlines() if _width(line) > 100]
    assert wide == []
    return found.stdout


def _width(line: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in line)


def read(home: Path, authority: dict[str, str], *arguments: str) -> Any:
    found = run(home, authority, *arguments, "--json")
    assert found.exit_code == 0, (found.output, found.exception)
    return json.loads(found.stdout)


DRAW = ("draw", "rota", "random", "--period", "2026", "--seed", "08152331", "--by", "李科长")
NUMBER = "rota/random/2026"


def test_a_draw_is_held_shown_listed_and_proved(home: Path, authority: dict[str, str]) -> None:
    said = show(home, authority, *DRAW)
    assert all(
        word in said for word in ("08152331", "名单摘要", "随机抽中", "李科长", "试验抽查办法 第六条", "100%", "20%")
    )
    assert not any(one.id_no in said for one in PEOPLE)
    listed = show(home, authority, "draws")
    assert NUMBER in listed.replace("\n", "")
    proved = show(home, authority, "draws", "show", NUMBER, "--verify")
    assert "结果一致" in proved
    found = read(home, authority, "draws", "show", NUMBER, "--verify")
    assert found["differences"] == []
    assert found["draw"]["proof"]["lots"][1] == {
        "grade": "poor",
        "population": 1,
        "share": "1",
        "drawn": 1,
        "besides": 0,
    }
    assert "ballot" not in found["draw"]
    assert [row["draw_no"] for row in read(home, authority, "draws")] == [NUMBER]


def test_without_a_seed_one_is_made_and_kept(home: Path, authority: dict[str, str]) -> None:
    found = read(home, authority, "draw", "rota", "random", "--period", "2026-Q1")
    assert found["seed"].isdecimal()
    assert len(found["seed"]) == 24
    assert found["by"] == found["account"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--period", "26"], "2026-Q1"),
        (["--period", "2026", "--seed", "  "], "一行"),
        (["--period", "2026", "--seed", "a\nb"], "一行"),
        (["--period", "2026", "--seed", "7" * 201], "一行"),
        (["--period", "2026", "--seed", "11010519491231002X"], "证件号码"),
    ],
)
def test_a_period_or_seed_that_cannot_be_kept_is_refused(
    home: Path, authority: dict[str, str], more: list[str], told: str
) -> None:
    found = run(home, authority, "draw", "rota", "random", *more)
    assert found.exit_code == 2
    assert told in found.output
    assert "11010519491231002X" not in found.output


def note(found: Result, kind: type[Exception]) -> str:
    assert isinstance(found.exception, kind), found.output
    return "".join(found.exception.__notes__)


def test_what_cannot_be_drawn_is_said_in_chinese(home: Path, authority: dict[str, str]) -> None:
    show(home, authority, *DRAW)
    assert "已经抽取过" in note(run(home, authority, *DRAW), AlreadyDrawn)
    assert "没有这一" in note(run(home, authority, "draw", "rota", "no", "--period", "2026"), NoSuchDraw)
    assert "没有这一" in note(run(home, authority, "draws", "show", "no"), NoSuchDraw)
    gone = [inspector(number, "left", date(2026, 5, 1)) for number in range(3)]
    take(home, authority, gone)
    said = note(run(home, authority, "draw", "rota", "random", "--period", "2026-2"), TooFewInspectors)
    assert "需 1 人" in said
    assert "还缺 1 人" in said


def take(home: Path, authority: dict[str, str], facts: Sequence[Fact]) -> None:
    with open_runtime(settings.read(authority, home=home), lambda: NOON) as opened:
        archive.take_in(opened.engine, [arrive(each, f"t{n}") for n, each in enumerate(facts)], opened.rules())


def test_an_inspector_is_replaced_by_name(home: Path, authority: dict[str, str]) -> None:
    visit = read(home, authority, *DRAW)["visits"][0]
    cannot = visit["inspectors"][0]
    words = ("draws", "replace", NUMBER, visit["subject_id"], cannot["name"], "--by", "王主任", "--why", "病假")
    said = show(home, authority, *words)
    assert "王主任：病假" in said
    assert "改为" in show(home, authority, "draws", "show", NUMBER, "--verify")
    assert "检查组" in note(run(home, authority, *words), NotOnVisit)


def test_the_plan_lists_who_lacks_visits(home: Path, authority: dict[str, str]) -> None:
    said = show(home, authority, "draws", "plan", "rota", "--year", "2026")
    assert all(word in said for word in ("每年至少 4 次", "每年 1–2 次", "重点监管", "尚缺"))
    found = {each["subject_id"]: each for each in read(home, authority, "draws", "plan", "rota", "--year", "2026")}
    assert (found[place(0).uscc]["missing"], found[place(1).uscc]["done"]) == (4, 2)
    lacking = read(home, authority, "draws", "plan", "rota", "--year", "2026", "--missing")
    assert place(1).uscc not in {each["subject_id"] for each in lacking}
    assert "没有这一评价制度" in note(run(home, authority, "draws", "plan", "no"), NoSuchDraw)


def test_duties_are_listed_with_names_units_and_the_share_of_transfers(home: Path, authority: dict[str, str]) -> None:
    said = show(home, authority, "duties", "--state", "missed")
    assert all(
        word in said for word in ("信用办公室", "送达处罚信用修复告知书", "逾期", "舞卫医罚〔2026〕1号", "（0.0%）")
    )
    found = read(home, authority, "duties", "--state", "done")
    assert {(each["duty"], each["late"]) for each in found["duties"]} >= {("entry", True)}
    assert found["transfers"]["called_for"] == 1
    only = read(home, authority, "duties", "--unit", "police", "--state", "missed")
    assert {each["unit"] for each in only["duties"]} == {"police"}
    assert run(home, authority, "duties", "--unit", "nobody").exit_code == 2
    assert run(home, authority, "duties", "--state", "mised").exit_code == 2


def test_duties_end_with_what_waits_for_an_answer(home: Path, authority: dict[str, str]) -> None:
    assert "没有待答复的投诉、异议和信用修复" in show(home, authority, "duties")
    with open_runtime(settings.read(authority, home=home), lambda: NOON) as opened:
        with reading(opened.engine) as connection:
            penalty = connection.execute(select(record.c.record_id).where(record.c.family == PENALTY)).scalar_one()
        put(opened.engine, act("o1", penalty, "objection", "filed", document_no="异1", occurred_on=date(2026, 5, 26)))
    said = show(home, authority, "duties", "--state", "done")
    assert all(
        word in said for word in ("待答复的投诉、异议和信用修复（1 件）", "异1", "舞卫医罚〔2026〕1号", "异议答复限期")
    )
    (waiting,) = read(home, authority, "duties")["answers"]
    assert (waiting["kind"], waiting["state"], waiting["day"]) == ("objections", "filed", "2026-05-26")
    assert waiting["due_on"] > waiting["day"]


def test_before_anything_is_assessed_nothing_is_listed(tmp_path: Path) -> None:
    with open_runtime(settings.read({}, home=tmp_path)):
        pass
    assert "没有职责" in run(tmp_path, {}, "duties").stdout
    assert "没有举行过抽取" in run(tmp_path, {}, "draws").stdout
