"""The pages of regimes name rules and cases that are there, and leave out no rule."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from credit.grading import addresses, cases, loading
from tests.installed import MODELS

ROOT = Path(__file__).parents[2]
REGIMES = ROOT / "policies" / "regimes"
PAGES = sorted(page for page in (ROOT / "docs" / "regimes").glob("*.md") if page.stem != "README")
_RULE = re.compile(r"`(\w+)\.yaml#([a-z0-9-]+)`")
_PATH = re.compile(r"`((?:policies|tests|docs|credit|workers|schemas)/[\w./-]+)`")
_CASE = re.compile(r"「([^」]+)」")


@cache
def rules(home: Path) -> set[tuple[str, str]]:
    return {
        (address.file, address.rule)
        for document in loading.read(home, MODELS).documents()
        for _, address in addresses.addresses(document)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_rules_that_are_there(page: Path) -> None:
    there = rules(REGIMES / page.stem)
    assert not [named for named in _RULE.findall(page.read_text(encoding="utf-8")) if named not in there]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_cases_that_are_there(page: Path) -> None:
    written = {each.case.name for each in cases.read(REGIMES / page.stem, MODELS)}
    assert not [name for name in _CASE.findall(page.read_text(encoding="utf-8")) if name and name not in written]


@pytest.mark.parametrize("home", loading.homes(REGIMES), ids=lambda home: home.name)
def test_a_page_leaves_out_no_rule(home: Path) -> None:
    named = set(_RULE.findall((ROOT / "docs" / "regimes" / f"{home.name}.md").read_text(encoding="utf-8")))
    assert not rules(home) - named


def test_the_pages_about_policies_have_the_same_shape_in_both_languages() -> None:
    english, chinese = (
        (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("policies.md", "policies.zh-CN.md")
    )
    for part in (r"(?ms)^ *```\w*\n.*?```", r"(?m)^(#+) ", r"(?m)^\| `(\w+)` \|"):
        assert re.findall(part, chinese) == re.findall(part, english)
    assert len(re.findall(r"(?m)^\| ", chinese)) == len(re.findall(r"(?m)^\| ", english))


def test_the_case_of_the_page_is_one_that_can_be_tried(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    [block] = re.findall(r"(?ms)^```yaml\n(.*?)```", page)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "page.yaml").write_text(block, encoding="utf-8")
    [written] = cases.read(tmp_path, MODELS)
    assert written.case.name == "一次行政处罚，最高为合格"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "docs" / "regimes" / "README.md"], ids=lambda page: page.stem)
def test_a_page_names_files_that_are_there(page: Path) -> None:
    named = _PATH.findall(page.read_text(encoding="utf-8"))
    assert not [path for path in named if not (ROOT / path).exists()]
