"""An edit of the routing file, applied to the records that are on file."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from credit.store.digest import digest
from credit.store.engine import reading
from schemas.errors import ConfigurationError, PermanentError
from tests.builders import feed_in, message, rows
from tests.integration.test_examples import SAMPLES
from workers import editions, postings, settings
from workers.cli import app
from workers.cli import routing as routing_command
from workers.decisions import concord, edits
from workers.decisions.edits import Effect
from workers.explain import explain
from workers.heart import Heart
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

pytestmark = pytest.mark.long(seconds=20)

AGENCY, GROUND = "finance", "grave-harm-to-medical-order"
MESSAGES = [
    *(posting for path in SAMPLES for posting in postings.read_file(path)),
    *(message("security.offence", f"o{n}", sanction="criminal", document_no=f"{n}号") for n in range(1, 5)),
    message("insurance.fraud", "f1", severity="serious", document_no="f1号"),
]
"""Three agencies are told of each detention; the same one and others of the fraud."""


def clock() -> datetime:
    return datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def filled(place: Settings) -> Settings:
    """A place that holds what the samples say."""
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, *MESSAGES)
    return place


def without_agency(place: Settings, folder: Path) -> Settings:
    """The same place with a routing file in which one ground asks nothing of one agency."""
    (folder / "routing.yaml").write_text(_without_agency(place.routing), "utf-8")
    return replace(place, routing=folder / "routing.yaml")


@cache
def _without_agency(shipped: Path) -> str:
    yaml, written = YAML(), StringIO()
    routing = yaml.load(shipped)
    del routing["grounds"][GROUND]["agencies"][AGENCY]
    yaml.dump(routing, written)
    return written.getvalue()


def read_notices(runtime: Runtime) -> tuple[dict[str, Any], dict[str, Any]]:
    """The causes of the lifts by notice: those of the ground to the agency, and all others."""
    mine: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for ground, agency, number, cause in rows(runtime, "SELECT ground, agency, notice_no, lift_cause FROM notice"):
        (mine if (ground, agency) == (GROUND, AGENCY) else others)[number] = cause
    return mine, others


def apply(runtime: Runtime) -> tuple[Effect, int]:
    told: list[int] = []
    return edits.apply(runtime, told.append), sum(told)


def test_without_an_edit_nothing_changes(filled: Settings) -> None:
    with open_runtime(filled, clock) as runtime:
        records, sent = edits.count(runtime), rows(runtime, "SELECT count(*) FROM outbox")
        assert records > 10
        assert apply(runtime) == (Effect(records=records), records)
        assert rows(runtime, "SELECT count(*) FROM outbox") == sent


def test_an_agency_that_is_no_longer_asked_gets_its_notices_lifted(filled: Settings, tmp_path: Path) -> None:
    with open_runtime(filled, clock) as runtime:
        mine, others = read_notices(runtime)
        [[last]] = rows(runtime, "SELECT max(outbox_id) FROM outbox")
    assert list(mine.values()) == [None] * 4
    assert None in others.values()
    with open_runtime(without_agency(filled, tmp_path), clock) as runtime:
        records = edits.count(runtime)
        assert apply(runtime) == (Effect(records=records, lifted=4), records)
        assert read_notices(runtime) == (dict.fromkeys(mine, "withdrawn"), others)
        sent = rows(runtime, "SELECT routing_key, message_id FROM outbox WHERE outbox_id > :last", last=last)
        assert sorted(sent) == sorted((f"notice.{AGENCY}", f"{number}:lifted") for number in mine)
        assert apply(runtime) == (Effect(records=records), records)
        assert read_notices(runtime) == (dict.fromkeys(mine, "withdrawn"), others)
    with open_runtime(filled, clock) as runtime:  # and the edit is taken back
        assert apply(runtime) == (Effect(records=records, issued=4), records)


def test_what_was_interrupted_is_made_up_for(filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "_AT_ONCE", 1)
    with open_runtime(without_agency(filled, tmp_path), clock) as runtime:

        def interrupt(_: int) -> None:
            if "withdrawn" in read_notices(runtime)[0].values():
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            edits.apply(runtime, interrupt)
        assert sorted(map(str, read_notices(runtime)[0].values())) == ["None", "None", "None", "withdrawn"]
        done, told = apply(runtime)
        assert (done.lifted, done.records) == (3, told)
        assert set(read_notices(runtime)[0].values()) == {"withdrawn"}


def test_a_record_whose_window_has_ended_since_is_counted_as_changed(filled: Settings) -> None:
    def much_later() -> datetime:
        return datetime(2046, 6, 1, 4, 0, tzinfo=UTC)

    with open_runtime(filled, much_later) as runtime:
        done, _ = apply(runtime)
        assert done.changed > 0
        assert done.lifted > 0
        assert apply(runtime) == (Effect(records=done.records), done.records)
        assert rows(runtime, "SELECT count(*) FROM record WHERE changes_on <= '2046-06-01'") == [(0,)]


def test_what_a_clock_that_ran_ahead_has_lifted_is_issued_again(filled: Settings) -> None:
    def ahead() -> datetime:
        return datetime(2046, 6, 1, 4, 0, tzinfo=UTC)

    def look(runtime: Runtime) -> str:
        with reading(runtime.engine) as connection:
            return digest(connection, runtime.keyring)

    with open_runtime(filled, clock) as runtime:
        right = look(runtime)
    with open_runtime(filled, ahead) as runtime:
        runtime.scheduler().tick()
        assert look(runtime) != right
    with open_runtime(filled, clock) as runtime:
        done, _ = apply(runtime)
        assert (done.issued > 0, done.feed_operations > 0) == (True, True)
        assert look(runtime) == right


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    place = settings.read({}, home=tmp_path / "home")
    with open_runtime(place) as runtime:
        feed_in(runtime, *MESSAGES)
    environ = {"XINGLIN_ROUTING": str(without_agency(place, tmp_path).routing)}
    home = str(place.home)
    first = CliRunner().invoke(app, ["routing", "apply", "--home", home, "--json", "--yes"], env=environ)
    assert (first.exit_code, json.loads(first.stdout)["lifted"] > 0) == (0, True)
    again = CliRunner().invoke(app, ["routing", "apply", "--home", home, "--yes"], env=environ)
    assert again.stdout.endswith("联合惩戒通知：发出 0 件，解除 0 件；报送操作 0 项\n")


def test_the_lift_of_a_notice_whose_ground_is_gone_is_explained(tmp_path: Path) -> None:
    place = settings.read({}, home=tmp_path / "home")
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, *MESSAGES)
    yaml = YAML()
    routing = yaml.load(place.routing)
    del routing["grounds"][GROUND]
    yaml.dump(routing, tmp_path / "routing.yaml")
    target = {"family": "credit.security.offence", "organ_code": "11410481684874525W", "document_no": "1号"}
    police = {"name": "舞钢市公安局", "code": target["organ_code"]}
    sender = {"sender": police["code"]}
    withdrawal = message("office.withdrawal", "w1", sender, organ=police, document_no="撤1号", target=target)
    with open_runtime(replace(place, routing=tmp_path / "routing.yaml"), clock) as runtime:
        steps = explain(runtime, withdrawal).steps
    told = {step.result: step.why for step in steps if step.what == "lift"}
    assert told["舞钢市财政局 (finance)"] == f"路由文件中已没有认定依据 {GROUND}"


def outbox(place: Settings) -> list[tuple[Any, ...]]:
    with open_runtime(place) as runtime:
        return rows(runtime, "SELECT message_id FROM outbox ORDER BY outbox_id")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a place that holds what the samples say, to be copied."""
    home = tmp_path_factory.mktemp("written")
    with open_runtime(settings.read({}, home=home)) as runtime:
        feed_in(runtime, *MESSAGES)
    return home


class TestBeforeItIsApplied:
    """What is shown and asked before anything is written, and when nothing is to be written."""

    @pytest.fixture
    def place(self, written: Path, tmp_path: Path) -> Settings:
        return settings.read({}, home=Path(shutil.copytree(written, tmp_path / "home")))

    def run(self, place: Settings, *more: str, said: str | None = None) -> Result:
        environ = {"XINGLIN_ROUTING": str(place.routing)}
        words = ["routing", "apply", "--home", str(place.home), *more]
        return CliRunner(env=environ).invoke(app, words, input=said)

    def test_a_dry_run_counts_and_names_and_writes_nothing(self, place: Settings, tmp_path: Path) -> None:
        before = outbox(place)
        edited = without_agency(place, tmp_path)
        found = json.loads(self.run(edited, "--dry-run", "--json").stdout)
        assert (found["applied"], found["issued"], found["lifted"]) == (False, 0, 4)
        (told,) = found["agencies"]
        assert (told["agency"], told["ground"], told["what"], told["count"]) == (AGENCY, GROUND, "lift", 4)
        assert len(told["examples"]) == 3
        assert {each["document_no"] for each in told["examples"]} <= {f"{n}号" for n in range(1, 5)}
        shown = self.run(edited, "--dry-run").stdout
        for text in ("舞钢市财政局", "解除", told["examples"][0]["number"], "没有写入任何数据", "没有 worker 在运行"):
            assert text in shown
        assert outbox(place) == before
        assert json.loads(self.run(edited, "--yes", "--json").stdout)["lifted"] == 4

    def test_edited_routes_are_compared_before_they_are_in_place(self, place: Settings, tmp_path: Path) -> None:
        before, edited = outbox(place), without_agency(place, tmp_path)
        home = ["--home", str(place.home), "--json"]
        moved = CliRunner().invoke(app, ["routing", "diff", str(edited.routing), *home])
        (told,) = json.loads(moved.stdout)["agencies"]
        assert (moved.exit_code, told["agency"], told["what"], told["count"]) == (1, AGENCY, "lift", 4)
        same = CliRunner().invoke(app, ["routing", "diff", str(place.routing), *home])
        assert (same.exit_code, json.loads(same.stdout)["agencies"]) == (0, [])
        assert outbox(place) == before

    def test_an_edited_law_is_compared_with_the_one_in_use(self, place: Settings, tmp_path: Path) -> None:
        law = Path(shutil.copytree(place.policies, tmp_path / "policies"))
        home = ["--home", str(place.home), "--json"]
        same = CliRunner().invoke(app, ["policy", "diff", str(place.policies), str(law), *home])
        assert (same.exit_code, json.loads(same.stdout)["changed"]) == (0, 0)
        other = CliRunner().invoke(app, ["policy", "diff", str(law), str(place.policies), *home])
        assert isinstance(other.exception, PermanentError)
        periods = (law / "national" / "publicity.yaml").read_text(encoding="utf-8")
        (law / "national" / "publicity.yaml").write_text(
            re.sub("m(in|ax)_months: [0-9]+", r"m\1_months: 1", periods), encoding="utf-8"
        )
        moved = CliRunner().invoke(app, ["policy", "diff", str(place.policies), str(law), *home])
        assert moved.exit_code == 1
        assert json.loads(moved.stdout)["lifted"] > 0

    def test_another_clause_is_a_correction(self, place: Settings, tmp_path: Path) -> None:
        yaml = YAML()
        routing = yaml.load(place.routing)
        orders = routing["grounds"][GROUND]["agencies"]["human-resources"]
        orders[0]["basis"] = f"{orders[0]['basis']}（改）"
        yaml.dump(routing, tmp_path / "routing.yaml")
        edited = replace(place, routing=tmp_path / "routing.yaml")
        found = json.loads(self.run(edited, "--dry-run", "--json").stdout)
        assert [(each["agency"], each["what"], each["count"]) for each in found["agencies"]] == [
            ("human-resources", "correct", 4)
        ]
        assert (found["issued"], found["lifted"]) == (4, 4)

    def test_where_nobody_can_be_asked_it_has_to_be_told(self, place: Settings) -> None:
        before = outbox(place)
        refused = self.run(place)
        assert (refused.exit_code, "--yes" in str(refused.exception)) == (1, True)
        assert outbox(place) == before

    def test_on_a_terminal_it_asks(self, place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(routing_command, "can_be_asked", lambda: True)
        before, edited = outbox(place), without_agency(place, tmp_path)
        declined = self.run(edited, said="n\n")
        assert (declined.exit_code, "是否执行" in declined.stderr) == (1, True)
        assert outbox(place) == before
        assert "解除 4 件" in self.run(edited, said="y\n").stdout
        assert len(outbox(place)) == len(before) + 4

    def test_what_the_workers_have_not_loaded_is_refused_until_they_have(self, place: Settings, tmp_path: Path) -> None:
        before, edited = outbox(place), without_agency(place, tmp_path)
        with open_runtime(place) as runtime:
            heart = Heart(runtime, "all")
            heart.beat()
            refused = self.run(edited, "--yes")
            assert refused.exit_code == 1
            assert isinstance(refused.exception, ConfigurationError)
            assert "SIGHUP" in refused.exception.__notes__[0]
            assert str(runtime.editions) in str(refused.exception)
            assert "须先载入同样的文件" in self.run(edited, "--dry-run").stdout
            assert outbox(place) == before
            assert self.run(place, "--yes").exit_code == 0
            heart.load(replace(runtime, editions=editions.read(edited)))
            heart.beat()
            assert "解除 4 件" in self.run(edited, "--yes").stdout
            heart.leave()
            assert "没有 worker 在运行" in self.run(place, "--dry-run").stdout

    def test_a_clerk_decides_by_the_files_of_the_workers_too(self, place: Settings, tmp_path: Path) -> None:
        with open_runtime(place) as runtime:
            Heart(runtime, "intake").beat()
        environ = {"XINGLIN_ROUTING": str(without_agency(place, tmp_path).routing)}
        sample = next(iter(SAMPLES))
        for words in (
            ["parked", "replay", "1", "--by", "王芳"],
            ["identity", "unlink", "1", "--by", "王芳", "--why", "误认"],
            ["ingest", str(sample)],
        ):
            refused = CliRunner(env=environ).invoke(app, [*words, "--home", str(place.home)])
            assert "another routing or law" in str(refused.exception), words


def test_on_servers_a_worker_has_to_have_the_files(filled: Settings) -> None:
    if not filled.servers:
        pytest.skip("an embedded home has one worker, which starts with the files that are there")
    with open_runtime(filled, clock) as runtime:
        with pytest.raises(ConfigurationError, match="no worker is at work"):
            concord.require_loaded(runtime)
        Heart(runtime, "intake").beat()
        assert len(concord.require_loaded(runtime).at_work) == 1


def test_what_waits_for_its_day_is_explained(tmp_path: Path) -> None:
    """The penalty was decided on 13 April 2026: served by the 22nd, it can be appealed against for six months."""
    fine: dict[str, Any] = {"CF_NR": "警告，罚款人民币20000元", "CF_NR_FK": "2.000000"}
    penalty = message("inspection.penalty", "p1", conduct="unlicensed_practice", **fine)
    data = json.loads(penalty.body)["data"]
    organ = {"name": "舞钢市社会信用体系建设办公室", "code": "11410481685969382K"}
    target = {"family": "credit.inspection.penalty", "organ_code": data["CF_CFJGDM"], "document_no": data["CF_WSH"]}
    sent = {"sender": organ["code"], "time": "2026-06-01T08:00:00+08:00"}
    granted: dict[str, Any] = {"organ": organ, "state": "granted", "occurred_on": "2026-06-01", "target": target}
    repair = message("office.repair", "r1", sent, **granted)
    with open_runtime(settings.read({}, home=tmp_path / "home"), clock) as runtime:
        steps = {step.what.value: step for step in explain(runtime, penalty).steps}
        assert steps["appealable"].told == "自 2026-10-23 起作为认定依据；法律直接规定的措施除外"
        assert "河南省社会信用条例（2019年） 第二十条" in steps["appealable"].why
        assert "notice" not in steps
        feed_in(runtime, penalty)
        assert rows(runtime, "SELECT count(*) FROM notice") == [(0,)]
        assert rows(runtime, "SELECT changes_on FROM record") == [("2026-10-23",)]
        (act,) = (step for step in explain(runtime, repair).steps if step.what == "act")
        assert act.why == "早于最短公示期届满，自 2026-07-14 起生效"
