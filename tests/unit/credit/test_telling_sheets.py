"""What a template demands of a row before it leaves."""

from __future__ import annotations

import pytest

from credit.telling.sheets import find_marks
from tests.builders import CLINIC, connectors

TEMPLATES = connectors().templates()
GRADE = {
    "TYSHXYDM": CLINIC,
    "JGQC": "舞钢安康诊所",
    "PDJG": "A级",
    "PDRQ": "2026/01/20",
    "PDMC": "2025年度依法执业信用级别",
    "PDJGMC": "舞钢市卫生健康委员会",
}
CHECK = {
    "organ.name": "舞钢市卫生健康委员会",
    "organ.code": "11410481983690064T",
    "occurred_on": "2026-05-18",
    "document_no": "检1号",
    "party.kind": "自然人",
    "party.name": "王某",
    "party.id_no": "110105********002X",
    "scheme": "重点检查",
    "result": "未发现问题",
    "inspectors": "2",
}


def test_a_row_as_it_should_be_has_no_fault() -> None:
    assert find_marks(TEMPLATES["grade-v2016"], GRADE) == ()
    assert find_marks(TEMPLATES["credit.inspection.check.v1"], CHECK) == ()


@pytest.mark.parametrize(
    ("item", "text", "mark"),
    [
        ("PDJG", "优秀", "unlisted:PDJG"),
        ("PDJG", " ", "missing:PDJG"),
        ("PDMC", "", "missing:PDMC"),
        ("JGQC", "长" * 201, "too_long:JGQC"),
        ("PDRQ", "去年", "not_a_day:PDRQ"),
        ("TYSHXYDM", CLINIC[:-1] + "X", "not_unified:TYSHXYDM"),
    ],
)
def test_a_grade_that_its_readers_would_refuse(item: str, text: str, mark: str) -> None:
    assert find_marks(TEMPLATES["grade-v2016"], GRADE | {item: text}) == (mark,)


def test_the_longest_text_that_its_column_takes_is_no_fault() -> None:
    assert find_marks(TEMPLATES["grade-v2016"], GRADE | {"JGQC": "长" * 200}) == ()


def test_what_is_not_asked_for_may_be_blank() -> None:
    silent = {code: text for code, text in CHECK.items() if code != "inspectors"}
    assert find_marks(TEMPLATES["credit.inspection.check.v1"], silent) == ("missing:inspectors",)
    assert find_marks(TEMPLATES["credit.inspection.check.v1"], silent, without={"inspectors"}) == ()


def test_the_number_of_a_person_has_to_be_masked() -> None:
    clear = CHECK | {"party.id_no": "11010519491231002X"}
    assert find_marks(TEMPLATES["credit.inspection.check.v1"], clear) == ("unmasked:party.id_no",)
