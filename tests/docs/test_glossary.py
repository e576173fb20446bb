from __future__ import annotations

import re
from pathlib import Path

import pytest

from credit.record.merging import Outcome
from schemas.feed import FeedState, Operation
from schemas.notice import NoticeState
from schemas.record import Cause, Severity, State
from schemas.statement import ActKind, Category
from schemas.words import Worded

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"


def words_of(section: str) -> dict[str, str]:
    """The words of one section of the glossary, each with its Chinese."""
    text = GLOSSARY.read_text(encoding="utf-8").split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", text, re.MULTILINE))


def shown(*codes: type[Worded]) -> dict[str, str]:
    return {code.value: code.word for each in codes for code in each}


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("Kinds of record", shown(Category)),
        ("Degrees of dishonesty", shown(Severity)),
        ("Where a record stands", shown(State)),
        ("Why a record no longer counts", shown(Cause)),
        ("Acts about a record", shown(ActKind)),
        ("What became of a message", shown(Outcome)),
        ("Where a notice stands", shown(NoticeState)),
        ("Where a feed row stands", shown(FeedState, Operation)),
    ],
)
def test_the_glossary_has_every_word_of_the_code_as_the_screens_show_it(section: str, expected: dict[str, str]) -> None:
    assert words_of(section) == expected


def test_every_file_that_the_glossary_names_is_there() -> None:
    named = re.findall(r"`([a-z_/]+\.(?:py|yaml))`", GLOSSARY.read_text(encoding="utf-8"))
    missing = sorted({path for path in named if not (GLOSSARY.parents[1] / path).is_file()})
    assert not missing
