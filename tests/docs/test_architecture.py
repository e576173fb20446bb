from __future__ import annotations

import ast
import re
import tomllib
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


def test_the_page_has_every_room_of_credit_on_its_floor() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [floors] = [contract["layers"] for contract in contracts if contract.get("containers") == ["credit"]]
    rooms = [room.strip() for floor in floors for room in floor.split("|")]
    assert re.findall(r"^\| `(\w+)` \|", section("The rooms of `credit/`"), re.MULTILINE) == rooms
    [pure] = [
        contract["source_modules"] for contract in contracts if "sqlalchemy" in contract.get("forbidden_modules", ())
    ]
    assert sorted(pure) == sorted(["schemas", "connectors", *(f"credit.{room}" for room in rooms if room != "store")])


def test_the_page_names_every_place_of_the_workers() -> None:
    text = section("The rooms of `workers/`")
    places = [
        place for place in (ROOT / "workers").iterdir() if not place.name.startswith("__") and place.name != "data"
    ]
    assert not [place.name for place in places if f"`workers/{place.name}{'/' if place.is_dir() else ''}`" not in text]


CARRIERS = re.findall(r"^\| `(\w+)` \| `([\w/.]+)` \|", section("The types that carry a penalty"), re.MULTILINE)


def test_a_penalty_is_carried_by_few_types() -> None:
    assert 0 < len(CARRIERS) <= 22
    assert len(dict(CARRIERS)) == len(CARRIERS)


@pytest.mark.parametrize(("name", "file"), CARRIERS)
def test_a_type_that_carries_a_penalty_is_a_class_of_its_file(name: str, file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def test_every_type_that_a_page_names_is_defined_somewhere() -> None:
    defined = {"Literal"}  # of typing
    for package in ("schemas", "connectors", "credit", "workers"):
        for path in (ROOT / package).rglob("*.py"):
            defined.update(re.findall(r"(?m)^(?:class )?(\w+)(?=[(:]| =)", path.read_text(encoding="utf-8")))
    for page in PAGES:
        named = set(re.findall(r"`(_?[A-Z][a-z]\w*)`", page.read_text(encoding="utf-8")))
        assert named <= defined, page.name


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
