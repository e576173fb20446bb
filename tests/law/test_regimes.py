"""The shipped regimes keep their cases, and each rule has one; mistakes in a folder are named with file and line."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema import ValidationError as SchemaError
from rich.console import Console
from ruamel.yaml import YAML
from typer.testing import CliRunner

from credit.grading import cases, loading
from credit.grading.addresses import Address, addresses
from credit.law import layers
from credit.law import loading as law_loading
from credit.law.cases import Difference, Written
from credit.law.law import Law
from schemas.errors import ConfigurationError
from tests.installed import MODELS
from workers.cli import app, common
from workers.show.regime import dump, outline, show_outline
from workers.trials import try_regime

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
SHIPPED = loading.homes(ROOT / "policies" / "regimes")
LEAST = 150
"""Cases of all regimes together."""


@cache
def law_of(region: str | None) -> Law:
    policies = ROOT / "policies"
    national = law_loading.load(policies / "national", MODELS)
    return national if region is None else layers.enact(national, layers.read(policies, region).value)


@cache
def read(home: Path) -> list[Written]:
    return cases.read(home, MODELS)


@pytest.mark.parametrize("home", SHIPPED, ids=lambda home: home.name)
def test_a_shipped_regime_keeps_its_cases_and_every_rule_has_one(home: Path) -> None:
    found = loading.read(home, MODELS)
    regime = loading.make(found)
    tried = [cases.attempt(written, regime, law_of(regime.file.region)) for written in read(home)]
    assert {each.written.case.name: each.differences for each in tried if each.differences} == {}
    assert cases.find_untried(tried, found) == []


@pytest.mark.parametrize("home", SHIPPED, ids=lambda home: home.name)
def test_a_rule_of_a_scale_or_list_has_a_case_about_it_on_which_it_is_silent(home: Path) -> None:
    found = loading.read(home, MODELS)
    regime = loading.make(found)
    silent: set[Address] = set()
    for written in read(home):
        about, by = written.case.expect, cases.attempt(written, regime, law_of(regime.file.region)).by
        of = getattr(about, "scale", None) or getattr(about, "list", None)
        silent |= {rule for rule in rules_of(found) if rule.of == of and rule not in by}
    assert {rule for rule in rules_of(found) if rule.file in {"regime", "lists"}} - silent == set()


def rules_of(found: loading.RegimeFiles) -> set[Address]:
    return {address for document in found.documents() for _, address in addresses(document)}


def test_there_are_many_cases() -> None:
    assert sum(len(read(home)) for home in SHIPPED) >= LEAST


@pytest.mark.parametrize("home", SHIPPED, ids=lambda home: home.name)
def test_cases_have_names_of_their_own(home: Path) -> None:
    named = [(Path(written.file).name, written.case.name) for written in read(home)]
    assert [name for name, times in Counter(named).items() if times > 1] == []


Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """A copy of a shipped regime with one text of one file replaced."""
    home = tmp_path / "wugang"
    shutil.copytree(ROOT / "policies" / "regimes" / "wugang", home, ignore=shutil.ignore_patterns("cases"))
    (home / "cases").mkdir()
    shutil.copy(ROOT / "policies" / "regimes" / "wugang" / "cases" / "rating.yaml", home / "cases")

    def change(name: str, old: str, new: str) -> Path:
        file = home / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return home

    return change


SCALES = "        grades: {excellent: 优秀, pass: 合格, poor: 差}"
LAST_BAND = "          - {grade: poor}"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("regime", "of_each_line: lowest", "of_each_lin: lowest", "did you mean 'of_each_line'?"),
        ("regime", "kind: sheet", "kind: sheets", "measure.kind: unknown value 'sheets' (did you mean 'sheet'?)"),
        ("regime", 'at_least: "90"', "at_least: 90", "bands[0].at_least: must be a decimal in quotes"),
        ("regime", 'share: "0.10"', "share: 0.10", "quota.share: must be a decimal in quotes"),
        ("regime", LAST_BAND, '          - {grade: poor, at_least: "30"}', "a gap"),
        ("regime", 'pass, at_least: "60"', 'pass, at_least: "90"', "an overlap"),
        (
            "regime",
            'excellent, at_least: "90"',
            'excellent, at_least: "101"',
            "is unreachable: there are no numbers above",
        ),
        ("regime", "keep: [score, fewest_records, earliest_licence, code]", "keep: [score]", "ends in code"),
        ("regime", "clause: 附件1 三、五", "claus: 附件1 三、五", "did you mean 'clause'?"),
        (
            "regime",
            "source: {document: 舞卫健发〔2021〕89号, clause: 附件1 四 双星项}",
            "clause: 双星项",
            "'source' is missing",
        ),
        ("regime", "          id: quota\n", "          id: quota\n          id: other\n", "duplicate key"),
        (
            "regime",
            "family: credit.inspection.conduct",
            "family: credit.inspection.conducts",
            "did you mean 'credit.inspection.conduct'?",
        ),
        ("regime", "conduct: [social_impact]", "conduct: [social_impct]", "did you mean 'social_impact'?"),
        ("regime", "{applicable: [true], star: [2]", "{aplicable: [true], star: [2]", "did you mean 'applicable'?"),
        ("regime", 'below: {value: "60"}', 'below: {valu: "60"}', "did you mean 'value'?"),
        ("regime", "roles: [institution]", "roles: [institutions]", "roles"),
        (
            "regime",
            "            times: 2\n",
            "            times: 1\n",
            "is unreachable: limit 'penalties' holds whenever it does",
        ),
        ("regime", "code: wugang", "code: wugan", "the folder is called 'wugang'"),
        ("regime", SCALES, SCALES.replace("}", ", worst: 最差}"), "leads to 'worst'"),
        ("lists", "scale: rating", "scale: ratings", "'ratings' is no scale of the regime (did you mean 'rating'?)"),
        ("lists", "grades: [poor]", "grades: [poorer]", "'poorer' is no grade of 'rating' (did you mean 'poor'?)"),
        ("lists", "id: black-poor", "id: black", "another rule has the id 'black'"),
        ("lists", "          on: true\n", "          on: yes please\n", "told_first.on"),
        ("duties", "units: [approval]", "units: [aproval]", "did you mean 'approval'?"),
        ("duties", "duty: rectify,", "duty: rectifi,", "did you mean 'rectify'?"),
        ("duties", "scale: rating, grades: [poor]", "scale: rating, grades: [bad]", "'bad' is no grade of 'rating'"),
        ("duties", "month: 9, day: 30", "month: 9, day: 31", "month 9 has no day 31"),
        ("duties", "kind: yearly", "kind: yearl", "did you mean 'yearly'?"),
        ("duties", "        warn_days: 15", "        warn_day: 15", "did you mean 'warn_days'?"),
        ("consumers", "lists: [key-supervision]", "lists: [key-supervison]", "did you mean 'key-supervision'?"),
        (
            "consumers",
            "        scales: [rating]\n        lists",
            "        scales: [ratin]\n        lists",
            "did you mean 'rating'?",
        ),
        ("supervision", "scheme: [complaint", "scheme: [complain", "did you mean 'complaint'?"),
        ("cases/rating", "scale: rating, grade", "scale: rating, grad", "did you mean 'grade'?"),
        ("cases/rating", "scheme: onsite", "scheme: onsit", "did you mean 'onsite'?"),
        ("cases/rating", "number: ", "numbr: ", "did you mean 'number'?"),
        ("cases/rating", "expect: {scale:", "expect: {scal:", "expect must name one of scale, list"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(edit: Edit, file: str, old: str, new: str, said: str) -> None:
    home = edit(file, old, new)
    with pytest.raises(ConfigurationError) as caught:
        (cases if file.startswith("cases/") else loading).read(home, MODELS)
    text = str(caught.value)
    assert said in text
    assert f"{home}/{file}.yaml:" in text


def test_the_mistakes_of_all_files_are_named_at_once(edit: Edit) -> None:
    edit("lists", "scale: rating", "scale: ratings")
    home = edit("duties", "units: [approval]", "units: [aproval]")
    with pytest.raises(ConfigurationError) as caught:
        loading.read(home, MODELS)
    named = {Path(line.split(":")[0]).name for line in str(caught.value).splitlines()}
    assert named == {"lists.yaml", "duties.yaml"}


def test_the_line_is_that_of_the_key(edit: Edit) -> None:
    home = edit("regime", "of_each_line: lowest", "of_each_lin: lowest")
    text = (home / "regime.yaml").read_text(encoding="utf-8")
    line = text[: text.index("of_each_lin:")].count("\n") + 1
    with pytest.raises(ConfigurationError, match=rf"regime\.yaml:{line}: .*of_each_lin'"):
        loading.read(home, MODELS)


def test_an_edited_threshold_fails_the_cases_at_its_edge(edit: Edit) -> None:
    trial = try_regime(edit("regime", 'excellent, at_least: "90"', 'excellent, at_least: "90.01"'))
    failed = {each.name: each.differences for each in trial.failed}
    assert failed["现场评价90分，优秀"][0] == Difference("grade", "excellent", "pass")
    assert "89.994分四舍五入为89.99分，合格" not in failed


def test_a_rule_without_a_case_is_named_with_its_line(edit: Edit) -> None:
    rule = "          - id: social-impact\n"
    more = rule.replace("social-impact", "another")
    home = edit("regime", rule, f"{more}{_ANOTHER}{rule}")
    [untried] = [each for each in try_regime(home).without_case if "another" in each.place]
    assert untried.place == "editions[0].scales[0].limits[6] (another)"
    text = (home / "regime.yaml").read_text(encoding="utf-8")
    assert untried.line == text[: text.index(more)].count("\n") + 1


_ANOTHER = """\
            name: 另一情形
            at_most: poor
            source: {document: 试验法, clause: 第一条}
            confidence: high
            when: [{family: credit.inspection.transfer}]
"""


def give(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["policy", *words])
    return found.exit_code, found.stdout


def test_the_command_names_what_was_expected_and_what_was_found(edit: Edit) -> None:
    home = edit("regime", 'excellent, at_least: "90"', 'excellent, at_least: "90.01"')
    code, shown = give("test", str(home))
    assert code == 1
    assert "✗ 现场评价90分，优秀" in shown
    code, told = give("test", str(home), "--json")
    assert code == 1
    [folder] = json.loads(told)["folders"]
    assert folder["failed"][0]["differences"][0] == {"item": "grade", "expected": "excellent", "found": "pass"}


def test_the_command_checks_what_is_named_by_code_or_folder(edit: Edit) -> None:
    home = edit("regime", "code: wugang", "code: wugang")
    for word in ("wugang", str(home)):
        code, told = give("check", word, "--json")
        [regime] = json.loads(told)["regimes"]
        assert (code, regime["code"]) == (0, "wugang")


def test_what_no_document_says_is_listed(edit: Edit) -> None:
    home = edit("regime", "code: wugang", "code: wugang")
    _, shown = give("check", str(home), "--open")
    assert "duties[0]" in shown
    _, told = give("check", str(home), "--json")
    [regime] = json.loads(told)["regimes"]
    assert {"editions[0].duties[0]", "editions[0].scales[0].limits[5]"} <= {each["place"] for each in regime["open"]}


def test_a_new_edition_governs_the_years_that_end_after_it_begins(edit: Edit) -> None:
    home = edit("regime", "code: wugang", "code: wugang")
    file = home / "regime.yaml"
    text = file.read_text(encoding="utf-8")
    edition = text[text.index("  - effective_from:") :]
    later = edition.replace("2021-09-01", "2027-01-01").replace(
        'excellent, at_least: "90"', 'excellent, at_least: "92"'
    )
    file.write_text(text + later, encoding="utf-8")
    assert try_regime(home).failed == ()  # those of 2026 are decided as before
    case = (home / "cases" / "rating.yaml").read_text(encoding="utf-8").split("  - name: ")[1]
    moved = case.replace("2026", "2027").replace("现场评价90分，优秀", "2027年")
    (home / "cases" / "later.yaml").write_text(f"cases:\n  - name: {moved}", encoding="utf-8")
    assert {each.name for each in try_regime(home).failed} == {"2027年"}
    (home / "cases" / "later.yaml").write_text(
        f"cases:\n  - name: {moved.replace('marks: 90', 'marks: 92')}", encoding="utf-8"
    )
    [failed] = try_regime(home).failed
    assert [each.item for each in failed.differences] == ["number"]  # excellent again, by another number


def test_a_regime_is_shown_as_of_a_day_with_its_clauses_and_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_PAPER", 400)
    code, shown = give("show", "wugang", "--day", "2026-12-31")
    joined = "".join(shown.split())
    assert code == 0
    said = ("90以上优秀；60以上合格；其余差", "double-star", "优秀不超过10%", "每年不少于4次", "评定（poor）后3个月内")
    assert [each for each in said if each not in joined] == []
    assert "本系统默认值" in joined


def test_before_its_first_day_a_regime_lays_down_nothing() -> None:
    _, shown = give("show", "wugang", "--day", "2021-08-31")
    assert "还没有开始施行" in shown
    _, told = give("show", "wugang", "--day", "2021-08-31", "--json")
    assert json.loads(told)["scales"] is None


@pytest.mark.parametrize("home", SHIPPED, ids=lambda home: home.name)
def test_a_shipped_regime_can_be_shown(home: Path) -> None:
    found = outline(loading.make(loading.read(home, MODELS)), date(2026, 12, 31))
    text = Console(width=200, file=StringIO(), record=True)
    text.print(show_outline(found))
    assert found.file.name in text.export_text()
    assert dump(found)["code"] == home.name


def test_the_schemas_take_the_shipped_files_and_refuse_what_the_program_refuses(tmp_path: Path) -> None:
    code, told = give("schema", str(tmp_path / "schema"), "--json")
    assert code == 0
    schemas = {
        Path(each).name.split(".")[0]: json.loads(Path(each).read_text("utf-8")) for each in json.loads(told)["files"]
    }
    assert set(schemas) == {"regime", "lists", "supervision", "duties", "papers", "consumers", "cases"}
    for home in SHIPPED:
        for path in [*home.glob("*.yaml"), *home.glob("cases/*.yaml")]:
            stem = "cases" if path.parent.name == "cases" else path.stem
            Draft202012Validator(schemas[stem]).validate(plain(path))
    wrong = plain(ROOT / "policies" / "regimes" / "wugang" / "regime.yaml")
    wrong["editions"][0]["scales"][0]["quota"]["share"] = 0.1
    with pytest.raises(SchemaError):
        Draft202012Validator(schemas["regime"]).validate(wrong)


def plain(path: Path) -> Any:
    """A file as an editor's checker sees it: YAML 1.2, days as text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path), default=str))
