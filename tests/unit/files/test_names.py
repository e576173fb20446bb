"""Names from outside: what no text is becomes one, and what no file or sheet may be called is cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workers.files.ending import refusal_path
from workers.files.names import fit, readable, sheet_name
from workers.files.verdicts import verdict_path

LONG = "关于" + "报送" * 38
"""As long as a name may be that has .csv at its end and one letter before it."""


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("三月 处罚.csv".encode(), "三月 处罚.csv"),
        ("三月处罚.csv".encode("gb18030"), "三月处罚.csv"),
        ("换\n行　全角.csv".encode(), "换\n行　全角.csv"),
        (b"a\xff\x80\xff.csv", "a\ufffd\ufffd\ufffd.csv"),
    ],
)
def test_a_name_that_is_no_text_becomes_one(written: bytes, name: str) -> None:
    assert readable(os.fsdecode(written)) == name


def test_a_name_is_cut_where_nothing_tells_it_from_others() -> None:
    assert fit("三月", ".csv") == "三月.csv"
    cut = fit(f"{LONG}附件1", ".办理结果.csv", room=16)
    assert cut.startswith("关于报送报送")
    assert cut.endswith("…送报送报送报送附件1.办理结果.csv")
    assert 236 <= len(cut.encode()) <= 239
    assert fit(f"{LONG}附件2", ".办理结果.csv", room=16) != cut


def test_a_verdict_on_a_verdict_of_a_long_name_has_the_same_name() -> None:
    first = verdict_path(Path(f"/in/{LONG}附1.csv"))
    assert verdict_path(first) == first
    assert len(refusal_path(Path(f"/in/{LONG}附1.csv")).name.encode()) <= 239


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("行政处罚（2019 版）", "行政处罚（2019 版）"),
        ("处罚[1]", "处罚 1"),
        ("'a:b'", "a b"),
        ("[]", "Sheet"),
        ("二〇二六年第一季度" * 4, "二〇二六年第一季度二〇二六年第一季度二〇二六年第一季度二〇二六"),
    ],
)
def test_a_sheet_is_called_as_a_workbook_allows(title: str, name: str) -> None:
    assert sheet_name(title) == name
