"""The commands that say why a grade is what it is, and which grades another policy would change: by their options."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from credit.store import archive
from tests.builders import CLINIC, HOSPITAL, arrive, clinic, penalty
from tests.contract.test_papers import FINED, OTHER, checked, registered
from workers import settings
from workers.cli import app
from workers.runtime import open_runtime
from workers.settings import Settings

pytestmark = pytest.mark.long(seconds=20)


def clock() -> datetime:
    return datetime(2026, 12, 1, 4, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return settings.read({}, home=tmp_path / "home")


@pytest.fixture
def policies(place: Settings) -> Path:
    """The policies of a place that holds a clinic, checked on 18 September and fined on 18 May, and a hospital."""
    stated = [
        registered(clinic(), "舞卫医登〔2020〕1号"),
        registered(OTHER, "舞卫医登〔2020〕2号"),
        checked(clinic(), "舞卫检〔2026〕1号", 55),
        checked(OTHER, "舞卫检〔2026〕2号", 60),
        penalty(FINED),
    ]
    with open_runtime(place, clock) as runtime:
        sent = [arrive(each, f"what-if-{number}", time=clock()) for number, each in enumerate(stated)]
        archive.take_in(runtime.engine, sent, runtime.rules())
    assert [each.failure for each in sent] == [None] * len(sent)
    return place.policies


class TestDiff:
    """What another edition of a regime would change."""

    def test_a_regime_that_moves_nobody_ends_with_zero(self, place: Settings, policies: Path) -> None:
        same = diff(place, policies, policies)
        assert same.exit_code == 0
        assert [each["movers"] for each in json.loads(same.stdout)["scales"]] == [[]]

    def test_one_that_moves_somebody_ends_with_one_and_names_who(
        self, place: Settings, policies: Path, tmp_path: Path
    ) -> None:
        moved = diff(place, policies, _stricter(policies, tmp_path))
        assert moved.exit_code == 1
        ((mover,),) = (each["movers"] for each in json.loads(moved.stdout)["scales"])
        assert (mover["subject_id"], mover["turn"]) == (CLINIC, {"before": "pass", "after": "poor"})

    def test_of_a_year_without_the_fine_nobody_is_moved(self, place: Settings, policies: Path, tmp_path: Path) -> None:
        assert diff(place, policies, _stricter(policies, tmp_path), year=2025).exit_code == 0


def diff(place: Settings, old: Path, new: Path, year: int = 2026) -> Result:
    words = ["policy", "diff", str(old), str(new), "--regime", "wugang", "--year", str(year)]
    return CliRunner().invoke(app, [*words, "--home", str(place.home), "--json"])


def _stricter(policies: Path, folder: Path) -> Path:
    """The same policies, but that one fine is enough for the worst grade."""
    copy, yaml = Path(shutil.copytree(policies, folder / "policies")), YAML()
    path = copy / "regimes" / "wugang" / "regime.yaml"
    regime = yaml.load(path)
    limits = regime["editions"][0]["scales"][0]["limits"]
    (one,) = (each for each in limits if each["id"] == "penalty")
    (two,) = (each for each in limits if each["id"] == "penalties")
    limits.remove(one)
    two["times"] = 1
    yaml.dump(regime, path)
    return copy


@pytest.mark.usefixtures("policies")
class TestExplain:
    """Why a subject has its grade, as of a day and of a year."""

    def test_the_day_decides_which_facts_count(self, place: Settings) -> None:
        assert result(place, CLINIC, "--as-of", "2026-10-01") == ("pass", "95.00")
        assert result(place, CLINIC, "--as-of", "2026-05-01") == (None, None)

    def test_the_year_is_that_of_the_day_unless_it_is_named(self, place: Settings) -> None:
        assert result(place, HOSPITAL, "--as-of", "2027-02-01") == (None, None)
        assert result(place, HOSPITAL, "--as-of", "2027-02-01", "--year", "2026") == ("excellent", "100.00")

    def test_what_is_no_day_is_refused(self, place: Settings) -> None:
        refused = explain(place, CLINIC, "--as-of", "2026-13-01")
        assert refused.exit_code == 2
        assert "2026-13-01 不是日期" in refused.stderr


def explain(place: Settings, *words: str) -> Result:
    return CliRunner().invoke(app, ["explain", *words, "--regime", "wugang", "--home", str(place.home), "--json"])


def result(place: Settings, *words: str) -> tuple[str | None, str | None]:
    found = explain(place, *words)
    assert found.exit_code == 0
    (only,) = json.loads(found.stdout)["grades"]
    return only["result"]["grade"], only["result"]["number"]
