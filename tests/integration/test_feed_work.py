"""`xinglin feed work`: what the clerk sees of rows that do not leave, and what a program gets."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.builders import WANG, feed_in, message
from workers.cli import app
from workers.postings import Posting
from workers.runtime import open_runtime, wall_clock
from workers.settings import read

LONG = "长" * 513
DECIDED = wall_clock() - timedelta(days=60)
"""The commands look by the clock on the wall: what was decided on a day of the calendar is not shown for ever."""


def penalty(message_id: str, number: int, revision: int = 1, **items: str) -> Posting:
    dates = {"CF_JDRQ": DECIDED, "CF_YXQ": DECIDED + timedelta(days=365), "CF_GSJZQ": DECIDED + timedelta(days=365)}
    said = {name: f"{day:%Y/%m/%d}" for name, day in dates.items()} | {"CF_WSH": f"舞卫公罚〔2026〕{number}号"} | items
    return message("penalty", message_id, {"revision": revision, "time": DECIDED.isoformat()}, **said)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a row that is held, an update that is, and one that leaves."""
    folder = tmp_path_factory.mktemp("work") / "home"
    with open_runtime(read({}, home=folder)) as runtime:
        feed_in(runtime, penalty("1", 1, BZ=LONG, CF_FRDB="=样本<经营者>"))
        feed_in(runtime, penalty("2", 2))
        feed_in(runtime, penalty("4", 4), penalty("3", 2, revision=2, BZ=LONG))
    return folder


def ask(home: Path, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--home", str(home)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_says_of_each_row_what_to_do_in_chinese(home: Path) -> None:
    shown = ask(home, "feed", "work")
    assert "报送待办" in shown
    assert "待补正" in shown
    assert "备注（BZ）超出长度。" in shown
    assert "平台上仍是上一次" in shown
    assert WANG not in shown


def test_gives_a_program_the_reasons_and_the_days(home: Path) -> None:
    tasks = json.loads(ask(home, "feed", "work", "--json"))["tasks"]
    held = {task["task"]["entry"]["document_no"]: task for task in tasks if task["task"]["entry"]["held"]}
    assert held.keys() == {"舞卫公罚〔2026〕1号", "舞卫公罚〔2026〕2号"}
    first = held["舞卫公罚〔2026〕1号"]["task"]["entry"]
    assert [(each["reason"], each["item"]) for each in first["held"]] == [
        ("too_long", "BZ"),
        ("name_characters", "CF_FRDB"),
    ]
    assert first["late"] is True  # it was decided sixty days ago
    assert held["舞卫公罚〔2026〕1号"]["task"]["working_days"] < 0
    assert all(hint for task in tasks for hint in task["hint"])


def test_the_list_of_feeds_has_them_too(home: Path) -> None:
    said = json.loads(ask(home, "feed", "--json"))
    (summary,) = said["feeds"]
    assert (summary["held"], summary["rows"], summary["shown"]) == (2, 3, 2)
