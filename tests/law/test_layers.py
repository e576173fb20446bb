"""A province's rules over the national law, and the clauses that an authority confirms."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from credit.law import cases, layers, loading
from credit.law.cases import Written
from schemas.cases import DeadlineCase
from schemas.errors import ConfigurationError
from schemas.policy import Confidence
from tests.builders import penalty
from tests.installed import MODELS
from workers import settings
from workers.cli import app
from workers.runtime import load_reader

POLICIES = Path(__file__).parents[2] / "policies"
FILES = loading.read(POLICIES / "national", MODELS)
NATIONAL = loading.enact(FILES)
REGIONS = sorted(path.stem for path in (POLICIES / "regions").glob("*.yaml"))
CASES = [(region, written) for region in REGIONS for written in cases.read_region(POLICIES, region)]

DEFAULT = "本系统默认值 未见全国统一规定，由主管部门确定"
"""The clause of `notice_reply`, which ships as a default."""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy to edit."""
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


def confirm(policies: Path, *entries: str) -> None:
    (policies / "confirmed.yaml").write_text("confirmed:\n" + "".join(f"  - {each}\n" for each in entries))


ENTRY = "{document: 本系统默认值, clause: 未见全国统一规定，由主管部门确定, by: 王芳, on: 2026-12-01}"


@pytest.mark.parametrize(("region", "written"), CASES, ids=lambda each: each if isinstance(each, str) else each.line)
def test_the_rules_of_a_province_say_what_the_case_expects(region: str, written: Written) -> None:
    law = layers.enact(NATIONAL, layers.read(POLICIES, region).value)
    assert cases.attempt(written, FILES, law).differences == ()


def test_every_deadline_of_a_province_has_a_case() -> None:
    for region in REGIONS:
        tried = {each.case.deadline for name, each in CASES if name == region and isinstance(each.case, DeadlineCase)}
        assert layers.read(POLICIES, region).value.deadlines.keys() <= tried


def test_four_provinces_ship_and_say_what_is_not_known() -> None:
    assert REGIONS == ["guangdong", "henan", "hubei", "yunnan"]
    assert all(layers.read(POLICIES, region).value.not_known for region in REGIONS)


def test_a_province_without_rules_of_its_own_is_as_the_nation() -> None:
    law = layers.complete(NATIONAL, POLICIES, "hubei", ())
    assert law.deadlines == NATIONAL.deadlines
    assert law.untold(penalty()) is None
    assert law.counting(penalty()) is None


def test_only_persons_summary_penalties_are_untold_in_henan() -> None:
    henan = layers.complete(NATIONAL, POLICIES, "henan", ())
    of_organisation = penalty()._replace(items={**penalty().items, "summary_procedure": True})
    of_person = of_organisation._replace(party=of_organisation.party.model_copy(update={"kind": "person"}))
    assert henan.untold(of_person) is not None
    assert henan.untold(of_organisation) is None
    ordinary = of_person._replace(items={**of_person.items, "summary_procedure": False})
    assert henan.untold(ordinary) is None
    assert NATIONAL.untold(of_person) is None


def test_an_unknown_region_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError, match=r"region 'hennan'.*did you mean 'henan'"):
        layers.complete(NATIONAL, POLICIES, "hennan", ())


def test_a_province_cannot_give_a_deadline_that_nobody_keeps(policies: Path) -> None:
    path = policies / "regions" / "henan.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("feed_withdraw:", "feed_withdrew:"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"henan\.yaml:\d+"):
        layers.read(policies, "henan")


def test_a_confirmed_clause_is_sure_and_leaves_the_list(policies: Path) -> None:
    before = layers.complete(NATIONAL, POLICIES, None, ())
    assert before.unconfirmed()[DEFAULT] is Confidence.LOW
    confirm(policies, ENTRY)
    after = layers.complete(NATIONAL, policies, None, ())
    assert before.unconfirmed().keys() - after.unconfirmed().keys() == {DEFAULT}
    assert (before.confidence(DEFAULT), after.confidence(DEFAULT)) == (Confidence.LOW, Confidence.HIGH)


def test_a_clause_of_a_province_or_a_ground_can_be_confirmed(policies: Path) -> None:
    rule = NATIONAL.deadlines.notice_reply
    ground = rule.model_copy(update={"source": rule.source.model_copy(update={"clause": "某认定依据"})})
    confirm(policies, "{document: 本系统默认值, clause: 某认定依据, by: 王芳, on: 2026-12-01}")
    with pytest.raises(ConfigurationError, match="no provision cites"):
        layers.complete(NATIONAL, policies, None, ())
    law = layers.complete(NATIONAL, policies, None, (ground,))
    assert law.confidence("某依据：本系统默认值 某认定依据") is Confidence.HIGH


def test_a_clause_confirmed_twice_or_of_no_provision_is_refused_with_its_line(policies: Path) -> None:
    confirm(policies, ENTRY, ENTRY, ENTRY.replace("未见", "已见"))
    with pytest.raises(ConfigurationError) as raised:
        layers.complete(NATIONAL, policies, None, ())
    assert "confirmed.yaml:3: confirmed[1].clause: this clause is confirmed twice" in str(raised.value)
    assert "confirmed.yaml:4: confirmed[2].clause: no provision cites" in str(raised.value)


def test_nothing_is_confirmed_where_there_is_no_such_file(policies: Path) -> None:
    (policies / "confirmed.yaml").unlink()
    assert layers.complete(NATIONAL, policies, None, ()).confirmed == {}


def test_workers_follow_the_province_that_the_routes_name(policies: Path) -> None:
    chosen = replace(settings.read({}), policies=policies)
    law = load_reader(chosen).law
    assert law.region is not None
    assert law.region.name == "河南省"
    assert law.due("feed_withdraw", date(2026, 11, 27)).on == date(2026, 11, 30)


def test_the_command_shows_where_each_value_comes_from() -> None:
    shown = json.loads(CliRunner().invoke(app, ["policy", "show", "--json"]).stdout)
    layer = {each["name"]: (each["days"], each["layer"]) for each in shown["deadlines"]}
    assert layer["feed_withdraw"] == (1, "河南省")
    assert layer["feed_publish"] == (7, "全国")
    assert shown["summary_penalties_of_persons"] is False
    assert "第二十条" in shown["penalties_count_after"]
    assert shown["unconfirmed"][DEFAULT] == "low"
    assert {each["code"]: each["confidence"] for each in shown["editions"]} == {"2021": "high", "2024": "low"}
    told = CliRunner().invoke(app, ["policy", "show"]).stdout
    assert "河南省" in told
    assert "未确认" in told


def test_the_check_of_the_routes_names_what_nobody_confirmed() -> None:
    shown = json.loads(CliRunner().invoke(app, ["routing", "check", "--json"]).stdout)
    assert shown["region"] == "henan"
    assert DEFAULT in shown["unconfirmed"]
    assert "M10" in shown["unconfirmed_measures"]
    assert "M06" not in shown["unconfirmed_measures"]
