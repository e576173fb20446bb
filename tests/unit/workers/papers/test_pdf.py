"""Every paper of every regime, read back from its PDF."""

from __future__ import annotations

import ctypes
import json
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from schemas.papers import PaperKind
from schemas.papers.common import Paper
from schemas.regime.papers import PaperRule
from tests.unit.workers.papers.conftest import POLICIES, order, sample
from workers.papers import rules
from workers.papers.parts import Fields, Line, Part, Sign, Table
from workers.papers.pdf import PaperRefused, Press
from workers.papers.rules import Order

pytestmark = pytest.mark.long

MM = 72 / 25.4
RARE = "㐂堃𬀩𠮷𫝀䶮"
HOSTILE = '#eval("1") *粗* _斜_ $x^2$ @引用 <标签> \\ ` ~ // /* */ [块] {码} "引" \'号\' =1+1'
LONG = "很长的名称" * 40
UNREADABLE = re.compile("[\ufffd\ufffe\u0000]")


def shipped() -> Iterator[Any]:
    """Each template with each of its titles once."""
    seen: set[tuple[str, str]] = set()
    for regime in rules.regimes(POLICIES):
        for edition in rules.read(POLICIES / "regimes" / regime, POLICIES).value.editions:
            for kind, rule in edition.papers.items():
                if (rule.template, rule.title) not in seen:
                    seen.add((rule.template, rule.title))
                    yield pytest.param(regime, kind, rule, id=f"{regime}-{kind}")


def read_back(made: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(made))


def solid(text: str) -> str:
    """A text without what typesetting may change: white space, zero-width blanks, compressed punctuation."""
    return re.sub(r"[\s\u200b]", "", text).replace("．", ".").replace("—", "-").replace("－", "-")


def told(part: Part) -> Iterator[str]:
    match part:
        case Line():
            yield part.text
        case Sign():
            yield from part.lines
        case Table():
            yield from part.columns
            yield from (cell for row in part.rows for cell in row)
        case Fields():
            yield from (cell for row in part.rows for cell in row)


def outside(made: bytes, margin: float) -> list[str]:
    """The characters that stand outside a margin of so many millimetres to the left and to the right."""
    found = []
    for page in pypdfium2.PdfDocument(made):
        texts = page.get_textpage()
        for index in range(texts.count_chars()):
            left, right = (ctypes.c_double() for _ in range(2))
            bottom, top = (ctypes.c_double() for _ in range(2))
            pdfium.FPDFText_GetCharBox(texts, index, left, right, bottom, top)
            if (
                right.value > left.value
                and not margin * MM - 1 <= left.value <= right.value <= page.get_width() - margin * MM + 1
            ):
                found.append(texts.get_text_range(index, 1))
    return found


def margin(kind: PaperKind) -> float:
    return {PaperKind.BOARD: 15.0, PaperKind.QR_SHEETS: 14.0}.get(kind, 20.5)


@pytest.mark.parametrize(("regime", "kind", "rule"), [*shipped()])
def test_what_a_paper_says_can_be_read_in_its_pdf(press: Press, regime: str, kind: PaperKind, rule: PaperRule) -> None:
    paper = sample(kind)
    how = order(regime, kind, paper)
    made = press.print(how, paper)
    text = read_back(made)
    assert not UNREADABLE.search(text)
    assert solid(rule.title) in solid(text)
    assert outside(made, margin(kind)) == []
    if kind not in {PaperKind.BOARD, PaperKind.QR_SHEETS}:
        missing = [each for part in press.take_apart(how, paper) for each in told(part) if not is_in(each, text)]
        assert missing == []


def is_in(wanted: str, text: str) -> bool:
    """Every piece of a text is there: a line to fill in has no characters, and a page break may part a cell."""
    return all(solid(piece) in solid(text) for piece in re.split("＿+|\n", wanted))


def letter(**changes: Any) -> Paper:
    return sample(PaperKind.RESULT_LETTER, **changes)


def named(name: str) -> Paper:
    return letter(subject={"name": name, "code": "91410481MA9TW3X02Q"})


def wugang(paper: Paper, kind: PaperKind = PaperKind.RESULT_LETTER) -> Order:
    return order("wugang", kind, paper)


def test_it_is_pdf_a_2b_in_chinese_with_title_and_day(press: Press) -> None:
    made = press.print(wugang(letter()), letter())
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in made
    about = pypdfium2.PdfDocument(made).get_metadata_dict()
    assert about["Title"] == "舞钢市医疗机构依法执业信用评价结果告知书"
    assert about["CreationDate"].startswith("D:20270120")


def test_the_same_data_give_the_same_bytes_whatever_was_printed_before(press: Press) -> None:
    first = press.print(wugang(letter()), letter())
    press.print(wugang(named(LONG[:200])), named(LONG[:200]))
    assert press.print(wugang(letter()), letter()) == first
    assert Press(POLICIES).print(wugang(letter()), letter()) == first


@pytest.mark.parametrize("name", [LONG[:200], "A" * 200, RARE, HOSTILE, "Ａ１医院（Ⅱ级）·№①"], ids=range(5))
def test_any_name_is_printed_as_it_is_and_stays_on_the_page(press: Press, name: str) -> None:
    paper = named(name)
    made = press.print(wugang(paper), paper)
    assert solid(name) in solid(read_back(made))
    assert outside(made, 20.5) == []


def test_line_breaks_in_data_are_line_breaks(press: Press) -> None:
    paper = letter(improve=["第一行\n第二行"])
    assert "第一行\r\n第二行" in read_back(press.print(wugang(paper), paper))


@pytest.mark.parametrize(
    "kind", [kind for kind in PaperKind if kind not in {PaperKind.PERIOD_REPORT, PaperKind.BULLETIN}]
)
def test_no_paper_runs_over_its_margins_with_names_of_200_letters(press: Press, kind: PaperKind) -> None:
    regime = "yuxi" if kind is PaperKind.ABNORMAL_LIST else "wugang"
    data = json.loads(sample(kind).model_dump_json())
    for name in (LONG[:200], "W" * 200):
        paper = type(sample(kind)).model_validate(rename(data, name))
        assert outside(press.print(order(regime, kind, paper), paper), margin(kind)) == []


def rename(value: Any, name: str) -> Any:
    match value:
        case dict():
            return {key: name if key in {"name", "holder"} else rename(item, name) for key, item in value.items()}
        case list():
            return [rename(item, name) for item in value]
    return value


@pytest.mark.parametrize("char", ["😀", "\U00031350", "\ue123"])
def test_a_character_that_no_font_has_is_refused_not_printed_as_a_box(press: Press, char: str) -> None:
    paper = named(f"青禾{char}医院")
    with pytest.raises(PaperRefused, match="could not be displayed") as refused:
        press.print(wugang(paper), paper)
    assert refused.value.__notes__ == [
        "《舞钢市医疗机构依法执业信用评价结果告知书》未能排印：模板有误，或者所有字体中都没有某个字符。"
    ]


@pytest.mark.parametrize("char", ["😀", "\U00031350"])
def test_a_letter_to_a_source_prints_no_box_for_what_it_said(press: Press, char: str) -> None:
    kind = PaperKind.SOURCE_INQUIRY
    said = {"item": "违法事实", "said": ["甲", f"乙{char}"]}
    paper = sample(kind, differences=[said])
    with pytest.raises(PaperRefused, match="could not be displayed"):
        press.print(order("wugang", kind, paper), paper)


def test_a_letter_to_a_source_has_room_for_what_it_said(press: Press) -> None:
    kind, many = PaperKind.SOURCE_INQUIRY, [f"/inspection {'9' * 60}{n}" for n in range(5)]
    said = [f"{n}{LONG}" for n in range(5)]
    paper = sample(kind, contents=many, differences=[{"item": "W" * 40, "said": said}])
    made = press.print(order("wugang", kind, paper), paper)
    assert outside(made, 20.5) == []
    assert all(solid(each) in solid(read_back(made)) for each in many)


def test_numbers_of_persons_are_masked_wherever_they_stand(press: Press) -> None:
    paper = letter(
        subject={"name": "李明", "code": "41048120000229101X"},
        improve=["身份证号 11010519491231002X 的人员", "统一社会信用代码 91410481MA9TW3X02Q"],
    )
    text = solid(read_back(press.print(wugang(paper), paper)))
    assert "229101" not in text
    assert "491231" not in text
    assert "91410481MA9TW3X02Q" in text


def test_a_list_of_many_pages_repeats_its_head(press: Press) -> None:
    entries = [{"name": f"第{n}诊所", "code": f"{n:018d}", "grade": "合格"} for n in range(200)]
    paper = sample(PaperKind.GRADE_TABLE, entries=entries)
    pages = pypdfium2.PdfDocument(press.print(wugang(paper, PaperKind.GRADE_TABLE), paper))
    assert len(pages) > 5
    heads = [page.get_textpage().get_text_range().count("序号") for page in pages]
    assert set(heads[:-1]) == {1}
    assert solid(read_back(press.print(wugang(paper, PaperKind.GRADE_TABLE), paper))).count("诊所") == 200
