"""Trying a law on its cases, and the command that does it: on the small law, in copies that are edited."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from credit.law import cases, loading
from credit.law.cases import Difference
from schemas.errors import ConfigurationError
from tests.installed import MODELS
from workers.cli import app

SMALL = Path(__file__).parent / "small"

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder)

    def change(name: str, old: str, new: str) -> Path:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return change


def try_all(folder: Path) -> tuple[dict[str, tuple[Difference, ...]], list[str]]:
    """What failed, by the name of the case, and the places without a case."""
    found = loading.read(folder, MODELS)
    law = loading.enact(found)
    tried = [cases.attempt(written, found, law) for written in cases.read(folder, MODELS)]
    failed = {each.written.case.name: each.differences for each in tried if each.differences}
    return failed, [each.place for each in cases.find_untried(tried, found)]


@pytest.mark.parametrize(
    ("file", "old", "new", "failed"),
    [
        (
            "publicity.yaml",
            "min_months: 13, max_months: 36",
            "min_months: 13, max_months: 37",
            {"第二版严重"},
        ),
        ("publicity.yaml", "categories: [permit]", "categories: [permit, honour]", {"表彰"}),
        ("deadlines.yaml", "days: 5", "days: 6", {"五个工作日"}),
        ("severity.yaml", "organisation_above_wan: 77", "organisation_above_wan: 76", {"罚款77万元"}),
        ("severity.yaml", "person_above_wan: 6", "person_above_wan: 7", {"个人巨额罚款"}),
        ("severity.yaml", "organisation_up_to_wan: 0.15", "organisation_up_to_wan: 0.14", {"小额罚款"}),
        ("severity.yaml", "person_up_to_wan: 0.04", "person_up_to_wan: 0.05", {"个人小额以上"}),
        ("measures.yaml", "name: 限制任职", "name: 限制任职务", {"首日"}),
        ("sealing.yaml", "effective_from: 2026-04-01", "effective_from: 2026-04-02", {"封存首日"}),
        ("plausibility.yaml", "above_wan: 888", "above_wan: 889", {"超过上限"}),
        ("plausibility.yaml", "organisation_up_to_wan: 0.4", "organisation_up_to_wan: 0.41", {"当场处罚过重"}),
    ],
)
def test_an_edit_fails_the_cases_that_quote_it(edit: Edit, file: str, old: str, new: str, failed: set[str]) -> None:
    assert set(try_all(edit(file, old, new))[0]) == failed


def test_an_edit_of_the_day_that_governs_is_noticed(edit: Edit) -> None:
    failed, _ = try_all(edit("publicity.yaml", "date: evaluation_date", "date: decision_date"))
    assert set(failed) == {"查看日的版本"}


def test_a_difference_says_what_was_expected_and_what_was_found(edit: Edit) -> None:
    failed, _ = try_all(edit("cases/plausibility.yaml", "{refused: fine.implausible}", "{refused: null}"))
    assert failed == {"超过上限": (Difference("refused", None, "fine.implausible"),)}


def test_a_measure_expected_not_to_be_there_is_shown_as_found(edit: Edit) -> None:
    failed, _ = try_all(edit("cases/measures.yaml", "day: 2022-03-03", "day: 2022-03-04"))
    [differences] = failed.values()
    assert Difference("edition", None, "试验版") in differences


YEAR = """\
years:
  - year: 2027
    source: 一份为测试编写的通知
    published: 2026-11-30
    holidays:
      - {name: 元旦, first: 2027-01-01, last: 2027-01-03}
"""
OF_THE_YEAR = """\
cases:
  - name: 元旦
    day: 2026-12-30
    deadline: lift_reply
    expect: {due: 2027-01-07, document: 试验法}
"""


def test_what_has_no_case_is_named(edit: Edit) -> None:
    _, before = try_all(SMALL)
    edit("calendar.yaml", "years: []", YEAR)
    edit("publicity.yaml", "categories: [permit]", "categories: [permit, levy]")
    folder = edit("cases/severity.yaml", "CF_NR: 吊销许可证", "CF_NR: 暂扣许可证")
    failed, untried = try_all(folder)
    assert set(failed) == {"吊销"}
    kind = "editions[1].penalties.kinds.暂扣或者吊销许可证"
    assert set(untried) - set(before) == {f"{kind}.heavier", "not_adverse[0].categories[1]", "years[0]"}
    assert set(before) - set(untried) == {kind}


def test_the_kinds_of_part_that_need_a_case() -> None:
    _, untried = try_all(SMALL)
    assert "editions[0].otherwise" in untried
    assert "deadlines.feed_publish" in untried
    assert "versions[0].periods.minor" in untried
    assert not {"governs", "not_adverse[0]", "versions[0]", "versions[1].periods.serious", "fine"} & set(untried)


def test_a_year_of_holidays_is_touched_by_what_is_due_across_it(edit: Edit) -> None:
    edit("calendar.yaml", "years: []", YEAR)
    failed, untried = try_all(edit("cases/deadlines.yaml", "cases:\n", OF_THE_YEAR))
    assert failed == {}
    assert "years[0]" not in untried


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "severity",
            "[罚款], summary",
            "[罚款], sumary",
            "no item 'sumary_procedure' (did you mean 'summary_procedure'?)",
        ),
        ("severity", "sanction: detention", "sanction: detension", "'detension' (did you mean 'detention'?)"),
        ("severity", "severity: minor, document", "severity: mionr, document", "'mionr' (did you mean 'minor'?)"),
        ("severity", "    day: 2026-11-22\n", "", "'day' is missing"),
        ("publicity", "until: null, document", "untli: null, document", "unknown key 'untli' (did you mean 'until'?)"),
        ("deadlines", "deadline: lift_reply", "deadline: lift_replay", "'lift_replay' (did you mean 'lift_reply'?)"),
        ("plausibility", "fine.implausible", "fine.unplausible", "(did you mean 'fine.implausible'?)"),
    ],
)
def test_a_mistake_in_a_case_is_named_with_its_line(edit: Edit, file: str, old: str, new: str, said: str) -> None:
    before = (SMALL / "cases" / f"{file}.yaml").read_text(encoding="utf-8")
    line = before[: before.index(old)].count("\n") + 1
    folder = edit(f"cases/{file}.yaml", old, new)
    with pytest.raises(ConfigurationError) as caught:
        cases.read(folder, MODELS)
    assert said in str(caught.value)
    assert f"cases/{file}.yaml:{line - ('day' in said)}: " in str(caught.value)


def test_a_file_of_cases_that_belongs_to_no_policy_file_is_refused(edit: Edit) -> None:
    folder = edit("plausibility.yaml", "fine:", "fine:")
    (folder / "cases" / "publicty.yaml").write_text("cases: []\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"publicty\.yaml: .*did you mean 'publicity'"):
        cases.read(folder, MODELS)


# The command.


def ask(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["policy", "check", *words])
    return found.exit_code, found.stdout


def test_the_command_says_in_chinese_what_differs_and_ends_with_1(edit: Edit) -> None:
    folder = edit("deadlines.yaml", "days: 5", "days: 6")
    code, shown = ask(str(folder))
    assert code == 1
    joined = shown.replace("\n", "")
    assert "✗ 五个工作日" in shown
    assert "cases/deadlines.yaml:2" in joined
    assert "到期日 2026-03-13 2026-03-16" in " ".join(shown.split())


def test_the_command_gives_json_with_english_keys(edit: Edit) -> None:
    edit("publicity.yaml", "categories: [permit]", "categories: [permit, levy]")
    folder = edit("deadlines.yaml", "days: 5", "days: 6")
    code, shown = ask(str(folder), "--json")
    told: dict[str, Any] = json.loads(shown)
    assert (code, told["cases"]) == (1, 44)
    [failed] = told["failed"]
    assert failed["differences"] == [{"item": "due", "expected": "2026-03-13", "found": "2026-03-16"}]
    assert "not_adverse[0].categories[1]" in [each["place"] for each in told["without_case"]]


def test_what_has_no_case_is_told_and_is_no_failure(edit: Edit) -> None:
    code, shown = ask(str(edit("publicity.yaml", "categories: [permit]", "categories: [permit, levy]")))
    assert code == 0
    assert "not_adverse[0].categories[1] 没有案例" in shown.replace("\n", "")


def test_a_folder_without_cases_tells_every_provision(edit: Edit) -> None:
    folder = edit("plausibility.yaml", "fine:", "fine:")
    shutil.rmtree(folder / "cases")
    code, shown = ask(str(folder), "--json")
    told = json.loads(shown)
    assert (code, told["cases"], told["failed"]) == (0, 0, [])
    assert {"fine", "deadlines.feed_publish", "governs", "measures[13]"} <= {e["place"] for e in told["without_case"]}
