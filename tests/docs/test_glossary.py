from __future__ import annotations

import re
from pathlib import Path

import pytest

from credit.grading.draws import Why
from credit.grading.result import Step
from credit.identity import IdKind
from credit.record.merging import Outcome
from credit.store.audit import Fault
from credit.store.queries.search import HitKind
from schemas.access import FourEyes, Logged, ProposalState
from schemas.alerts import AlertKind, Urgency
from schemas.file_reasons import CellReason, FileReason
from schemas.held import HeldReason
from schemas.objectives import Objective
from schemas.own_reports import Asker, OwnReportState
from schemas.papers import PaperKind
from schemas.policy import Confidence
from schemas.record import Cause, Severity, State
from schemas.regime.lists import ListKind
from schemas.regime.papers import Format
from schemas.rights import Right, Role
from schemas.showing import Standing
from schemas.statement import ActKind, Category
from schemas.states import (
    Decided,
    DisputeStep,
    DutyState,
    EntryState,
    FeedKind,
    FeedState,
    FileState,
    ListingChange,
    NoticeState,
    Operation,
    ReviewState,
    RowState,
    SourceState,
    Splitting,
)
from schemas.words import Worded
from schemas.work import WorkKind
from workers.console.screens import Menu
from workers.console.timeline import Happened
from workers.decisions.edits import Turn
from workers.doctor.finding import Verdict
from workers.explain import Topic

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"


def words_of(section: str) -> dict[str, str]:
    """The words of one section of the glossary, each with its Chinese."""
    text = GLOSSARY.read_text(encoding="utf-8").split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `([\w.-]+)` \| (\S+) \|", text, re.MULTILINE))


def shown(*codes: type[Worded]) -> dict[str, str]:
    return {code.value: code.word for each in codes for code in each}


SECTIONS: dict[str, tuple[type[Worded], ...]] = {
    "Kinds of record": (Category,),
    "Degrees of dishonesty": (Severity,),
    "Where a record stands": (State,),
    "Why a record no longer counts": (Cause,),
    "Acts about a record": (ActKind,),
    "What became of a message": (Outcome,),
    "Where a notice stands": (NoticeState,),
    "How a number was split": (Splitting,),
    "What was decided of a disputed record": (DisputeStep,),
    "Where a feed row stands": (FeedKind, FeedState, Operation),
    "Why a row is held": (HeldReason,),
    "Where a file stands": (FileState,),
    "What became of a row of a file": (RowState,),
    "Why a file is refused": (FileReason,),
    "What is said of a cell": (CellReason,),
    "Where a duty stands": (DutyState,),
    "Why a subject is visited": (Why,),
    "Whether a source is heard": (SourceState,),
    "How an official grade came about": (Decided,),
    "Where the review of a fall stands": (ReviewState,),
    "Whether an institution is shown": (Standing,),
    "Kinds of identifier": (IdKind,),
    "How sure a provision is": (Confidence,),
    "What is promised of the whole": (Objective,),
    "What a check of the doctor finds": (Verdict,),
    "What `xinglin verify` finds": (Fault,),
    "What a step of an explanation is about": (Topic,),
    "What becomes of a notice when an edit is applied": (Turn,),
    "Steps by which a grade is found": (Step,),
    "Kinds of list": (ListKind,),
    "Where a subject stands on a list": (EntryState,),
    "What consumers are told of a list": (ListingChange,),
    "Kinds of alert": (AlertKind,),
    "How urgent an alert is": (Urgency,),
    "Kinds of paper": (PaperKind,),
    "Files of papers": (Format,),
    "What somebody is appointed for": (Role,),
    "What a role allows": (Right,),
    "What the log says was done": (Logged,),
    "Who asks for a report about themselves": (Asker,),
    "Where a report about oneself stands": (OwnReportState,),
    "What takes two persons": (FourEyes,),
    "Where a proposal stands": (ProposalState,),
    "What the search of the console finds": (HitKind,),
    "What happened to a subject": (Happened,),
    "The menu of the console": (Menu,),
    "What waits for a person": (WorkKind,),
}


@pytest.mark.parametrize(("section", "codes"), SECTIONS.items())
def test_the_glossary_has_every_word_of_the_code_as_the_screens_show_it(
    section: str, codes: tuple[type[Worded], ...]
) -> None:
    assert words_of(section) == shown(*codes)


def test_every_set_of_codes_with_words_has_its_section() -> None:
    files = [file for room in ("schemas", "connectors", "credit", "workers") for file in (ROOT / room).rglob("*.py")]
    made = [
        name
        for file in files
        for name in re.findall(r"^ *class (\w+)\(Worded\b", file.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(made) == sorted(codes.__name__ for section in SECTIONS.values() for codes in section)


def test_every_file_that_the_glossary_names_is_there() -> None:
    named = re.findall(r"`([a-z_/]+\.(?:py|yaml))`", GLOSSARY.read_text(encoding="utf-8"))
    missing = sorted({path for path in named if not (GLOSSARY.parents[1] / path).is_file()})
    assert not missing
