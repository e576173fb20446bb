"""Numbers of persons are masked wherever they are written, and nothing else is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credit.identity import mask_text
from credit.identity.hiding import hide, hide_items
from credit.identity.masking import as_sought
from schemas.base import Frozen
from schemas.errors import UnusableError
from schemas.reasons import Reason
from tests.builders import CLINIC, HOSPITAL, LI, ROOT, WANG, connectors

OLD = "110105491231002"
MASKED = {LI: "410481********101X", WANG: "110105********002X", OLD: "11***********02"}

SEPARATORS = [" ", "-", ".", "·", "\u2009", "\u200b", "\u3000", "\n", "\r\n", " - ", "—", "/", "_", "\u00ad"]
WIDTHS: list[Callable[[str], str]] = [
    lambda text: text,
    lambda text: text.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)}),
    lambda text: text.translate({ord(str(digit)): 0x0660 + digit for digit in range(10)}),
    lambda text: text.translate({ord(str(digit)): 0x1D7CE + digit for digit in range(10)}),
]
ENDS = ["X", "x", "Ｘ", "ｘ", "×", "Х", "Χ", "Ⅹ", "ⅹ", "✕"]
OTHERS = [
    "524104814937396468",
    CLINIC,
    HOSPITAL,
    "豫舞卫医罚〔2026〕9011号",
    "罚款人民币20000.00元",
    "13800138000",
    "0375-8123456",
    "2026-10-20",
    "2026-11-22T10:00:00.123456+08:00",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    f"{LI[:17]}01",
    "=1+1",
    "\u202e甲①一",
]


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, str]:
    """A number in some spelling, and as it is to be shown."""
    number = draw(st.sampled_from(sorted(MASKED)))
    body, end = (number[:-1], draw(st.sampled_from(ENDS))) if number[-1] == "X" else (number, "")
    chars = [*draw(st.sampled_from(WIDTHS))(body), end] if end else list(draw(st.sampled_from(WIDTHS))(body))
    separator = draw(st.sampled_from(["", *SEPARATORS]))
    cuts = draw(st.sampled_from([{6, 12}, {6, 14}, set(range(4, 18, 4)), set(range(1, 18))]))
    if len(number) == 15 and cuts == {6, 14}:
        cuts = {6, 12}
    text = "".join((separator if place in cuts else "") + char for place, char in enumerate(chars))
    return text, MASKED[number]


@settings(max_examples=300, deadline=None)
@given(spelled(), st.sampled_from(OTHERS), st.sampled_from(OTHERS))
def test_a_number_in_any_spelling_is_masked_and_the_rest_stays(one: tuple[str, str], before: str, after: str) -> None:
    text, shown = one
    assert mask_text(f"{before}，示例丙（身份证号码：{text}）；{after}") == (
        f"{before}，示例丙（身份证号码：{shown}）；{after}"
    )


@given(st.lists(st.sampled_from(OTHERS), max_size=4), st.sampled_from(["", "，", "甲", "；\n"]))
def test_what_is_no_number_of_a_person_stays_byte_for_byte(parts: list[str], joint: str) -> None:
    text = f"{joint}甲".join(parts)
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"201041110{LI}", "201041110410481********101X"),
        (f"SFZ{LI}", "SFZ410481********101X"),
        (f"①{LI}", "①410481********101X"),
        (f"**{LI}**", "**410481********101X**"),
        ("身份证号410481198001010029", "身份证号410481********0029"),
        ("四一〇四八一一九八〇〇一〇一〇〇二八", "410481********0028"),
        ("护照（号码：E 1234 5678）", "护照（号码：E1*****78）"),
        ("通行证20260413签发", "通行证20260413签发"),
        ("13812010112 2026", "13812010112 2026"),
    ],
)
def test_numbers_in_unusual_company(text: str, shown: str) -> None:
    assert mask_text(text) == shown


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("e1234 5678", "E12345678"),
        ("军字第1234567号", "军字第1234567号"),
        ("524104814937396468", None),
        ("0.200000", None),
        ("200000", None),
        ("2026/04/13", None),
        ("Serious", None),
        ("无", None),
    ],
)
def test_what_is_called_a_number_is_looked_for_if_it_can_be_one(written: str, sought: str | None) -> None:
    assert as_sought(written) == sought


def penalty(**changes: Any) -> Frozen:
    sample = ROOT / "connectors" / "inspection" / "samples" / "penalty.json"
    data = json.loads(sample.read_text())["data"] | changes
    return connectors().models()["credit.inspection.penalty.v1"].model_validate(data)


def test_a_code_in_the_column_of_a_person_blanks_no_code() -> None:
    message = penalty(CF_XDR_SHXYM=CLINIC, CF_FR_ZJLX="其他-统一社会信用代码", CF_FR_ZJHM=CLINIC)
    assert hide(message).message is message


def test_a_message_is_masked_in_its_running_text_alone() -> None:
    message = penalty(
        CF_SY=f"聘用示例丙（{LI}）", CF_FR_ZJLX="护照号", CF_FR_ZJHM="E12345678", CF_NR="罚款，e1234-5678"
    )
    hidden = hide(message).message
    after = {name: value for name, value in vars(hidden).items() if value != vars(message)[name]}
    assert after == {"CF_SY": "聘用示例丙（410481********101X）", "CF_NR": "罚款，E1*****78"}


@pytest.mark.parametrize("item", ["CF_WSH", "CF_XDR_MC", "CF_SJLYDM"])
@pytest.mark.parametrize("number", [LI, "四一〇四八一二〇〇〇〇二二九一〇一X", "④①⓪④⑧①②⓪⓪⓪⓪②②⑨①⓪①X"])
def test_a_code_that_holds_a_number_is_refused(item: str, number: str) -> None:
    with pytest.raises(UnusableError, match=item) as caught:
        hide(penalty(**{item: number}))
    assert caught.value.reason is Reason.ID_WRONG_COLUMN
    assert number not in caught.value.detail


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        (f"身份证{OLD}", True),
        (f"舞卫（身份证号：{OLD}）1号", True),
        (OLD, False),
        (f"舞卫{OLD}号", False),
        ("110410481012345", False),  # the certificate of a physician: 110, the region 410481, a count
        ("410481260413001", False),  # a region, a day and a count
    ],
)
def test_an_old_number_is_refused_in_a_code_that_says_so_alone(code: str, *, refused: bool) -> None:
    if refused:
        with pytest.raises(UnusableError, match="CF_WSH"):
            hide(penalty(CF_WSH=code))
    else:
        assert hide(penalty(CF_WSH=code)).message == penalty(CF_WSH=code)


def test_every_type_is_masked_in_every_item_of_running_text() -> None:
    seen = 0
    for sample in sorted((ROOT / "connectors").glob("*/samples/*.json")):
        event = json.loads(sample.read_text())
        model = connectors().models()[event["type"]]
        for name in ("content", "act", "basis", "reason", "message", "CF_SY", "CF_FRDB", "XK_NR", "BZ", "title"):
            info = model.model_fields.get(name)
            if info is None or "Literal" in str(info.annotation):
                continue
            message = model.model_validate(event["data"] | {name: f"见{LI}"})
            assert vars(hide(message).message)[name] == "见410481********101X", (event["type"], name)
            seen += 1
    assert seen >= 10


def test_what_a_connector_takes_over_is_masked_too() -> None:
    assert hide_items({"operator": {"id_no": LI}, "n": 3}, (LI,)) == {
        "operator": {"id_no": "410481********101X"},
        "n": 3,
    }


@example("4" * 17)
@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<b>410481</b>20000229101X", " 410481********101X"),
        ("410481&nbsp;20000229&nbsp;101X", "410481********101X"),
        ("4&#49;048120000229101X", "410481********101X"),
        ("%34%31048120000229101X", "410481********101X"),
        ("4&amp;#49;048120000229101X", "410481********101X"),
        ("＜b＞410481＜/b＞20000229101X", " 410481********101X"),
        ("410481**20000229**101X", "410481********101X"),
        ("<td>410481</td><td>20000229</td><td>101X</td>", " 410481********101X "),
        ("13800138000<br>41048120000229101X<br/>", "13800138000<br>410481********101X<br/>"),
        ("<p>罚款&lt;500元</p>", "<p>罚款&lt;500元</p>"),
        ("军官证：南字第1234567号", "军官证：南字******67号"),
        ("護照G12345678", "護照G1*****78"),
    ],
)
def test_markup_and_escapes_hide_no_number(written: str, shown: str) -> None:
    assert mask_text(written) == shown
