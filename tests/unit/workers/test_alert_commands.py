"""`xinglin alerts` on an embedded home: what is listed, and what a person's word does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from credit.record.rows import CaseRow
from schemas.errors import XinglinError
from tests.builders import HEALTH, rows
from tests.contract import archives
from tests.contract.archives import NOON, put
from workers import settings
from workers.cli import app
from workers.runtime import Runtime, open_runtime


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Runtime]:
    """A home in which a notice of 2026 is late and a person has two cases to look at."""
    with open_runtime(settings.read({}, home=tmp_path)) as opened:
        put(
            opened.engine,
            archives.notice("XL01-1"),
            CaseRow("split-target", "r1", HEALTH.code, "1号", "1号 请核实", NOON),
            CaseRow("split-target", "r2", HEALTH.code, "2号", "2号 请核实", NOON),
        )
        opened.scheduler().tick()
        yield opened


def run(opened: Runtime, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, [*words, "--home", str(opened.settings.home)])


def listed(opened: Runtime, *words: str) -> dict[str, dict[str, object]]:
    found = json.loads(run(opened, "alerts", "--json", *words).stdout)
    return {row["kind"]: row for row in found}


def test_alerts_are_listed_in_words_and_for_programs(opened: Runtime) -> None:
    shown = run(opened, "alerts").stdout
    assert all(
        word in shown for word in ("通知逾期未反馈", "待办", "XL01-1", "处理针对已拆分文号", "1号", "2号", "未终止")
    )
    found = listed(opened, "--open")
    assert {"notice-overdue", "split-target"} <= found.keys()
    assert (found["split-target"]["count"], found["split-target"]["sample"]) == (2, ["1号", "2号"])
    assert found["split-target"]["runbook"] == "docs/operate.md#alert-split-target"


def test_a_person_acknowledges_and_cases_are_closed(opened: Runtime) -> None:
    number = listed(opened)["split-target"]["alert_id"]
    done = run(opened, "alerts", "acknowledge", str(number), "--by", "王芳", "--why", "已核实")
    assert (done.exit_code, "王芳" in done.stdout) == (0, True)
    opened.scheduler().tick()
    assert "split-target" not in listed(opened, "--open")
    said = rows(opened, "SELECT acknowledged_by, note, ended_at IS NULL FROM alert WHERE kind = 'split-target'")
    assert said == [("王芳", "已核实", 0)]
    assert "王芳" in run(opened, "alerts").stdout


def test_what_is_not_open_is_refused_in_chinese(opened: Runtime) -> None:
    refused = run(opened, "alerts", "acknowledge", "999", "--by", "王芳", "--why", "已核实")
    assert isinstance(refused.exception, XinglinError)
    assert refused.exception.__notes__ == ["没有这一编号的未终止提醒，用 xinglin alerts --open 查看"]
