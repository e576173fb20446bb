from __future__ import annotations

import re
from pathlib import Path

import pytest

from credit.record.merging import Outcome
from credit.store import tables
from schemas.record import State

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = [
    *(ROOT / "docs" / name for name in ("architecture.md", "extending.md", "glossary.md")),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_page_says_what_every_table_is_for() -> None:
    told = re.findall(r"^\| `(\w+)` \|", section("Tables"), re.MULTILINE)
    assert sorted(told) == sorted(tables.metadata.tables)


def test_the_page_says_what_every_outcome_means() -> None:
    told = re.findall(r"^\| `(\w+)` \|", section("Merging what several messages say"), re.MULTILINE)
    assert told == [outcome.value for outcome in Outcome]


def test_the_page_names_every_state_of_a_record() -> None:
    text = section("Acts and where a record stands")
    assert all(f"`{state}`" in text for state in State)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`([a-z_]+/[\w/.-]*|[\w.-]+\.toml)`", page.read_text(encoding="utf-8"))
    places = (ROOT, page.parent, ROOT / "docs" / "extending" / "example")
    assert not [path for path in named if not any((place / path).exists() for place in places)]


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("0*.md")), ids=lambda page: page.name)
def test_every_decision_has_its_four_parts_and_stands_in_the_list(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Look again when"]
    title = text.partition("\n")[0].removeprefix("# ")
    assert f"- [{title}]({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")
