"""The shipped law on the cases beside it: an edit of a number fails here, and in no test of a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit.law import cases, loading
from credit.law.cases import Tried, Written
from tests.installed import MODELS

NATIONAL = Path(__file__).parents[2] / "policies" / "national"
FILES = loading.read(NATIONAL, MODELS)
LAW = loading.enact(FILES)
CASES = cases.read(NATIONAL, MODELS)


def attempt(written: Written) -> Tried:
    return cases.attempt(written, FILES, LAW)


@pytest.mark.parametrize("written", CASES, ids=lambda written: f"{Path(written.file).stem}:{written.line}")
def test_the_law_says_what_the_case_expects(written: Written) -> None:
    assert attempt(written).differences == (), f"{written.file}:{written.line}: {written.case.name}"


def test_every_provision_has_a_case() -> None:
    untried = cases.find_untried(map(attempt, CASES), FILES)
    assert [f"{each.file}:{each.line}: {each.place}" for each in untried] == []


def test_no_two_cases_of_a_file_have_one_name() -> None:
    names = [(written.file, written.case.name) for written in CASES]
    assert len(set(names)) == len(names)
