"""Files as they come, with what is read of each, cell by cell, written down by hand."""

from __future__ import annotations

from tests.unit.files.messy import codes, days, generations, numbers, packages, sheets, texts, titles
from tests.unit.files.seen import Case

CASES: list[Case] = [
    *titles.CASES,
    *generations.CASES,
    *sheets.CASES,
    *days.CASES,
    *codes.CASES,
    *numbers.CASES,
    *texts.CASES,
    *packages.CASES,
]
