"""The bytes of a message on a screen: legible, and without anybody's number."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.identity import IN_FULL, MASKED
from credit.store.queries.content import mask_item, read_bytes

GOOD, WRONG = "11010519491231002X", "110105194912310021"


def test_json_is_laid_out() -> None:
    assert read_bytes('{"name":"王某","n":[1]}'.encode(), MASKED) == '{\n  "name": "王某",\n  "n": [\n    1\n  ]\n}'


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps({"data": {"id_no": "WRONG"}}),
        json.dumps({"CF_XDR_ZJHM": "WRONG"}),
        json.dumps({"data": {"uscc": "WRONG"}}),
        json.dumps({"text": "王某（WRONG）"}),
        '{"id_no": "WRONG", "id_no": "WRONG"}',
        '{"id_no": "WRONG',
        "not JSON: WRONG",
        "\ufeffWRONG",
    ],
)
@pytest.mark.parametrize("number", [GOOD, WRONG, GOOD.lower(), "11010519491231002×"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "gb18030"])
def test_no_number_is_shown_whether_right_or_wrong(raw: str, number: str, encoding: str) -> None:
    shown = read_bytes(raw.replace("WRONG", number).encode(encoding), MASKED)
    seen = shown.replace(" ", "").replace("\n", "")
    assert "19491231" not in seen
    assert "19491231".encode(encoding).hex() not in seen


@pytest.mark.parametrize("item", ["sender", "code", "CF_XDR_SHXYM"])
def test_the_code_of_an_organ_is_shown_though_it_is_of_digits_alone(item: str) -> None:
    code = "114104810267735464"
    assert code in read_bytes(f'{{"{item}": "{code}"}}'.encode(), MASKED)
    assert mask_item(item, f'"{code}"', MASKED) == f'"{code}"'
    # Where numbers of persons belong it may be one; and so may what has a day of birth, or proves nothing.
    assert code[6:14] not in read_bytes(f'{{"id_no": "{code}"}}'.encode(), MASKED)


@pytest.mark.parametrize(
    "number",
    [
        "114104810267735465",  # its check character is wrong
        "114104810267735564",  # so is the one of the organisation code in it
        "410481197910180417",  # a citizen number, typed where a code belongs
        "110000194912310484",  # both check characters of a code are right, and it holds a day of birth
    ],
)
def test_what_may_be_a_mistyped_number_of_a_person_stays_masked(number: str) -> None:
    assert number[6:14] not in read_bytes(f'{{"sender": "{number}"}}'.encode(), MASKED)


def test_a_passport_in_its_column_is_masked() -> None:
    assert '"id_no": "E1*****78"' in read_bytes(b'{"id_no": "E12345678"}', MASKED)


@pytest.mark.parametrize("gap", ["\\n", "\\r\\n", "\\t", "\\u2009"])
def test_numbers_with_escaped_gaps_are_masked_in_broken_json(gap: str) -> None:
    broken = f'{{"CF_WFXW": "身份证号{GOOD[:6]}{gap}{GOOD[6:14]}{gap}{GOOD[14:]}"'
    assert GOOD[6:14] not in read_bytes(broken.encode(), MASKED)
    assert "C:\\\\new" in read_bytes(b'{"path": "C:\\\\new"', MASKED)  # an escaped backslash begins none


def test_numbers_written_as_escapes_are_masked_in_broken_json() -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in WRONG)
    assert "110105********0021" in read_bytes(f'{{"id_no": "{escaped}"'.encode(), MASKED)


def test_a_duplicate_key_is_still_seen() -> None:
    assert read_bytes(b'{"a": 1, "a": 2}', MASKED) == '{"a": 1, "a": 2}'


def test_unmasked_shows_what_was_sent() -> None:
    assert WRONG in read_bytes(f'{{"id_no": "{WRONG}"}}'.encode(), IN_FULL)


def test_what_is_no_text_is_dumped() -> None:
    assert read_bytes(b"\xff\xfeAB\x00", MASKED) == f"00000000  {'ff fe 41 42 00':<47}  ..AB."


def test_a_dump_shows_the_head_only() -> None:
    lines = read_bytes(b"\xff" * 10_000, MASKED).splitlines()
    assert len(lines) == 33
    assert lines[-1] == "…… 共 10,000 字节"


def test_a_long_text_is_cut_after_masking() -> None:
    text = "x" * 19_990 + " " + WRONG + "y" * 5
    assert "1101051949" not in read_bytes(text.encode(), MASKED)
    assert read_bytes(b"x" * 30_000, MASKED).endswith("\n…… 共 30,000 个字符")


@given(st.binary(max_size=300))
def test_any_bytes_can_be_shown(raw: bytes) -> None:
    assert isinstance(read_bytes(raw, MASKED), str)


def test_deep_nesting_can_be_shown() -> None:
    assert read_bytes(b"[" * 10_000, MASKED).startswith("[[[[")
