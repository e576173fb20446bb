"""What is no number: words that say so, and texts that no number can be."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from connectors.inspection.messages import OptionalEnd, OptionalWan
from schemas.fillers import is_filler, is_void
from schemas.forms import is_other, read_other
from schemas.identity_documents import kind_of
from schemas.messages.national import OptionalIdType
from schemas.party import squeeze_code


@pytest.mark.parametrize(
    "text",
    [
        "见附件",
        "详见决定书",
        "無文號",
        "沒有",
        "不公开",
        "当场处罚无文号",
        "待办理",
        "#VALUE!",
        "#REF!",
        "#DIV/0!",
        "test",
    ],
)
def test_a_text_that_counts_nothing_is_no_number(text: str) -> None:
    assert is_filler(text)


@pytest.mark.parametrize(
    "text", ["舞卫医罚〔2026〕1号", "舞卫医罚字第一号", "１", "甲字第三号", "PDY00000141048116D1202"]
)
def test_numbers_are_no_fillers(text: str) -> None:
    assert not is_filler(text)


@pytest.mark.parametrize("text", ["无", "/", "--", "N/A", "null"])
def test_an_optional_amount_or_day_may_be_filled_up(text: str) -> None:
    assert TypeAdapter(OptionalWan).validate_python(text) is None
    assert TypeAdapter(OptionalEnd).validate_python(text) is None


def test_nothing_is_not_zero() -> None:
    assert str(TypeAdapter(OptionalWan).validate_python("0")) == "0.000000"


def test_a_kind_of_document_is_a_word_and_no_filler() -> None:
    assert TypeAdapter(OptionalIdType).validate_python("身份证") == "身份证"
    assert TypeAdapter(OptionalIdType).validate_python("身份證") == "身份证"
    assert TypeAdapter(OptionalIdType).validate_python("/") is None


@pytest.mark.parametrize(
    "text",
    ["无", "（无）", "／", "--", "——————————", "N/A", "null", "暂无名称", "不详", "某某", "0", "xx", "test", ""],
)
def test_words_that_say_nothing(text: str) -> None:
    assert is_void(text)


@pytest.mark.parametrize(
    "text",
    ["见附件", "无名诊所", "未央", "第一诊所", "Nan Na", "Nana", "58", "无证行医", "不" * 33, "0.1", "某某医院"],
)
def test_words_that_say_something(text: str) -> None:
    assert not is_void(text)


def test_other_says_which() -> None:
    assert [is_other(read_other(text)) for text in ("其它－备案", "其他-备案", "其他-/", "其他-无", "其他—")] == [
        *(True, True),
        *(False, False, False),
    ]


def test_traditional_characters_name_the_same_document() -> None:
    assert kind_of("澳门居民身份证").code == "macau-id"
    assert squeeze_code(" 11410481－98369006-4t ") == "11410481983690064T"
