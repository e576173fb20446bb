"""Rules and dashboards: written anew they are as they lie there, and what they ask for is there to be asked."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from credit.record.merging import Outcome
from credit.store.queries.observation import WORK
from deploy.watch import limits
from deploy.watch.exporters import OF_OTHERS
from deploy.watch.files import DEPLOY, compose
from schemas.alerts import AlertKind
from schemas.reasons import Reason
from schemas.routing import Topology
from tests.watch import promql
from workers.broker import Fate
from workers.metrics import catalogue
from workers.metrics.catalogue import METRICS

RULES = [
    rule
    for file in ("recordings.yml", "alerts.yml")
    for group in yaml.safe_load((DEPLOY / "prometheus" / file).read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
BOARDS = {path.name: json.loads(path.read_text()) for path in sorted((DEPLOY / "grafana").glob("*.json"))}
PANELS = [panel for board in BOARDS.values() for panel in board["panels"] if panel["type"] != "row"]
QUERIES = [query for panel in PANELS for query in panel["targets"]]
EXPRESSIONS = sorted({rule["expr"] for rule in RULES} | {query["expr"] for query in QUERIES})

BY_PROMETHEUS = {"instance", "job", "le"}
OF_RECORDINGS = {rule["record"]: promql.labels(rule["expr"]) for rule in RULES if "record" in rule}
LABELS = {series: set(metric.labels) for metric in METRICS for series in metric.series}
LABELS |= {name: set(labels) for name, labels in OF_OTHERS.items()} | OF_RECORDINGS


def test_what_lies_there_is_what_is_written() -> None:
    stale = [path.name for path, text in compose().items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == [], "make dashboards"


def test_nothing_else_lies_there() -> None:
    lie = {path for folder in ("prometheus", "grafana") for path in (DEPLOY / folder).iterdir() if path.is_file()}
    assert lie - compose().keys() == {DEPLOY / "prometheus" / "prometheus.yml"}


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_every_metric_and_label_that_is_asked_for_is_there(expr: str) -> None:
    asked = promql.metrics(expr)
    assert asked - LABELS.keys() == set()
    assert promql.labels(expr) - BY_PROMETHEUS <= {label for name in asked for label in LABELS[name]}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query["legendFormat"])
def test_a_line_is_called_by_a_label_that_it_has(query: dict[str, Any]) -> None:
    named = set(re.findall(r"\{\{(\w+)\}\}", query["legendFormat"]))
    grouped = re.search(r"\bby \(([^)]*)\)", query["expr"])
    kept = {label for name in promql.metrics(query["expr"]) for label in LABELS[name]} | BY_PROMETHEUS
    assert named <= ({label.strip() for label in grouped[1].split(",")} if grouped else kept)


def test_every_bound_that_is_asked_for_is_one() -> None:
    known = {metric.name: metric.bounds for metric in METRICS}
    asked = {pair for expr in EXPRESSIONS for pair in promql.bounds(expr)}
    assert {bound for _, bound in asked} == {limits.SLO_COMMITTED_SECONDS, limits.SLO_NOTICED_SECONDS}
    assert [pair for pair in asked if pair[1] not in known[pair[0]]] == []
    # Between two bounds Prometheus can only guess.
    assert limits.CONFIRMED_WITHIN in catalogue.RELAY_CONFIRM.bounds
    assert limits.COMMITTED_WITHIN in catalogue.INTAKE_DELAY.bounds


def test_every_metric_is_shown_or_judged() -> None:
    asked = {name for expr in EXPRESSIONS for name in promql.metrics(expr)}
    assert [metric.name for metric in METRICS if not asked & set(metric.series)] == []
    assert OF_OTHERS.keys() - asked == set()


def test_no_number_is_made_up_while_nobody_looks() -> None:
    assert [expr for expr in EXPRESSIONS if "vector(" in expr] == [ALERTS["Watching"]["expr"]]


def test_a_label_is_asked_for_by_a_value_that_it_takes() -> None:
    takes = {
        "outcome": {outcome.value for outcome in Outcome},
        "reason": {reason.value for reason in Reason},
        "trouble": {fate.value for fate in Fate},
        "kind": {*WORK},
        "family": {"notice"},
    }
    asked = {pair for expr in EXPRESSIONS for pair in re.findall(rf'\b({"|".join(takes)})="([^"]*)"', expr)}
    assert {label for label, _ in asked} == takes.keys()
    assert [(label, value) for label, value in asked if value not in takes[label]] == []


def test_queues_are_called_as_the_shipped_routes_call_them(topology: Topology) -> None:
    asked = [expr for expr in EXPRESSIONS if "queue=" in expr]
    patterns = {pattern for expr in asked for pattern in re.findall(r'queue=~"([^"]*)"', expr)}
    (inbound,) = {pattern.replace("\\\\", "\\") for pattern in patterns}
    names = {queue.name for queue in topology.queues}
    assert {name for name in names if re.fullmatch(inbound, name)} == {
        queue.name for queue in topology.queues if queue.exchange == "credit.in"
    }
    assert {name for expr in asked for name in re.findall(r'queue="([^"]*)"', expr)} == {topology.dead_queue}


def test_promtool_reads_every_expression(promtool: Path, tmp_path: Path) -> None:
    rules = [{"record": f"tried:{number}", "expr": expr} for number, expr in enumerate(EXPRESSIONS)]
    wrapped = tmp_path / "expressions.yml"
    wrapped.write_text(yaml.safe_dump({"groups": [{"name": "expressions", "rules": rules}]}))
    files = [DEPLOY / "prometheus" / name for name in ("alerts.yml", "recordings.yml")]
    done = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *files, wrapped)
    assert f"{len(EXPRESSIONS)} rules found" in done


def test_promtool_reads_the_example_of_a_configuration(promtool: Path) -> None:
    assert "2 rule files found" in run(promtool, "check", "config", DEPLOY / "prometheus" / "prometheus.yml")


def test_each_alert_is_raised_beyond_its_limit_and_not_at_it(promtool: Path) -> None:
    files = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))
    tried = [
        (each["alertname"], bool(each.get("exp_alerts")))
        for file in files
        for test in yaml.safe_load(file.read_text())["tests"]
        for each in test["alert_rule_test"]
    ]
    always = {"Watching"}
    assert {name for name, raised in tried if raised} == ALERTS.keys()
    assert {name for name, raised in tried if not raised} == ALERTS.keys() - always
    run(promtool, "test", "rules", *files)


def test_every_alert_has_its_runbook() -> None:
    page = (DEPLOY.parent / "docs" / "operate.md").read_text("utf-8")
    there = re.findall(r"(?m)^###+ alert-([a-z-]+)$", page)
    assert len(set(there)) == len(there)
    named = {rule["labels"]["alert"] for rule in ALERTS.values()} - {"{{ $labels.alert }}"}
    assert named - set(there) == set()
    assert set(there) - named == {kind.value for kind in AlertKind} - named
    own = page.partition("### Alerts of Prometheus\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"(?m)^#### alert-([a-z-]+)$", own)) == named - {kind.value for kind in AlertKind}
    for rule in ALERTS.values():
        assert rule["annotations"]["runbook"] == f"docs/operate.md#alert-{rule['labels']['alert']}"


def test_what_only_the_archive_judges_is_passed_on() -> None:
    (passed,) = re.findall(r'alert=~"([^"]*)"', ALERTS["ArchiveAlert"]["expr"])
    by_rule = {rule["labels"]["alert"] for rule in ALERTS.values()}
    assert set(passed.split("|")) == {kind.value for kind in AlertKind} - by_rule
    assert {"feed-late", "source-silent", "party-disputed"} < set(passed.split("|"))


def test_every_panel_has_its_place() -> None:
    for board in BOARDS.values():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken, panel["title"]
            assert at["x"] + at["w"] <= 24, panel["title"]
            taken |= cells
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)


def test_what_is_read_is_chinese() -> None:
    said = [text for board in BOARDS.values() for text in (board["title"], board["description"])]
    said += [text for panel in PANELS for text in (panel["title"], panel["description"])]
    said += [rule["annotations"][name] for rule in ALERTS.values() for name in ("summary", "description")]
    assert [text for text in said if not re.search(r"[\u4e00-\u9fff]", text)] == []


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
