"""docs/operate.md names what the program has: every check of the doctor, every reason, alert and setting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas.alerts import AlertKind
from schemas.objectives import Objective
from schemas.reasons import HINTS
from workers.doctor.finding import CHECKS, conclude, fine
from workers.metrics import catalogue

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text()


def rows(section: str) -> list[list[str]]:
    """The table rows of a section, without its head."""
    text = re.split(r"(?m)^##+ ", PAGE.partition(f"## {section}\n")[2])[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_check_of_the_doctor_has_its_row() -> None:
    found = [(row[0], row[1]) for row in rows("Is it sound? `xinglin doctor`")]
    findings = [conclude(check, fine("", "")) for check in CHECKS]
    anchors = [finding.runbook.partition("#")[2] for finding in findings]
    assert found == [
        (f'<a id="{anchor}"></a>{finding.row}', f"`{finding.check}`")
        for anchor, finding in zip(anchors, findings, strict=True)
    ]


def test_every_reason_is_there_with_its_hint() -> None:
    assert rows("Parked messages") == [[f"`{reason.value}`", hint] for reason, hint in HINTS.items()]


def test_every_alert_has_its_runbook() -> None:
    sections = re.findall(r"(?m)^### (alert-[a-z-]+)\n\n(Page|Ticket)(.*?)(?=^##)", PAGE, re.DOTALL)
    assert [(f"docs/operate.md#{name}", word.lower()) for name, word, _ in sections] == [
        (kind.runbook, kind.severity) for kind in AlertKind
    ]
    for kind, (_, _, text) in zip(AlertKind, sections, strict=True):
        assert ("person ends it" in text or "by a person" in text) is kind.closable, kind
        assert "nds " in text, kind


def test_every_metric_is_there_with_what_it_says() -> None:
    assert rows("Metrics") == [
        [f"`{each.name}`", each.kind.value, ", ".join(f"`{label}`" for label in each.labels) or "–", each.help]
        for each in catalogue.METRICS
    ]


def test_every_objective_is_there_with_its_target() -> None:
    found = [(row[0], row[1]) for row in rows("Are the promises kept? `xinglin slo`")]
    assert found == [(f"`{each}`", f"{each.target * 100:.1f}".removesuffix(".0") + " %") for each in Objective]


def test_every_setting_is_there() -> None:
    read = "".join(
        (ROOT / name).read_text() for name in ("workers/settings.py", "workers/keyfile.py", "workers/account.py")
    )
    assert {row[0].strip("`") for row in rows("Settings")} == set(re.findall(r"XINGLIN_[A-Z_]+", read)) | {
        "PYTHONSAFEPATH"
    }


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:deploy|tests|policies)/[\w./@-]+\.\w+)`", PAGE))))
def test_every_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_section_that_is_linked_is_there() -> None:
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^##+ (.+)$", PAGE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
