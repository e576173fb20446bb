"""Commands that texts advise, as links to screens."""

from __future__ import annotations

import re

import pytest

from schemas.reasons import HINTS
from schemas.rights import Right
from workers.console.groups import SCREENS
from workers.console.leading import _SCREENS, lead, name_screens

WHOM = "P8192e63b9e1aab9b20c0b0fd0153ca4"


@pytest.mark.parametrize(
    ("text", "led", "named"),
    [
        (
            f"认领报文所写的姓名：xinglin identity claim {WHOM} name 姓名",
            f'认领报文所写的姓名：<a href="/identity?key={WHOM}&amp;kind=name">身份认定</a>',
            "认领报文所写的姓名：“身份认定”",
        ),
        ("认领（identity claim）。", '认领（<a href="/identity">身份认定</a>）。', "认领（“身份认定”）。"),
        ("请催办（xinglin closure）", '请催办（<a href="/closure">尚未确认解除</a>）', "请催办（“尚未确认解除”）"),
        ("（xinglin feed work）", '（<a href="/feeds/work">报送待办</a>）', "（“报送待办”）"),
        ("（xinglin feed 列出）", '（<a href="/feeds">报送数据行</a> 列出）', "（“报送数据行” 列出）"),
        ("（xinglin duties --state missed）", '（<a href="/duties">职责</a>）', "（“职责”）"),
        ("请运行 xinglin verify 核查", "请运行 xinglin verify 核查", "请运行 xinglin verify 核查"),
        ("<b>identity\u202e</b>", "&lt;b&gt;identity&lt;U+202E&gt;&lt;/b&gt;", "<b>identity\u202e</b>"),
    ],
)  # fmt: skip
def test_a_command_is_a_link_to_the_screen_that_does_the_same(text: str, led: str, named: str) -> None:
    assert str(lead(text, lambda _: True)) == led
    assert name_screens(text) == named


def test_every_link_leads_to_a_screen_by_its_name() -> None:
    screens = {(screen.path, screen.title, screen.right or Right.LOOK) for screen in SCREENS}
    assert {tuple(each) for each in _SCREENS.values()} - screens == set()


def test_no_hint_of_a_parked_message_names_a_command_on_a_screen() -> None:
    named = {reason: name_screens(hint) for reason, hint in HINTS.items()}
    assert {reason: said for reason, said in named.items() if re.search("xinglin|[a-z]+ [a-z]+", said)} == {}


def test_a_screen_that_is_not_open_is_named_without_a_link() -> None:
    told = lead("先看 xinglin parked，再用 xinglin identity claim 认领", lambda right: right is Right.LOOK)
    assert str(told) == '先看 <a href="/parked">挂起的报文</a>，再用 “身份认定” 认领'
