"""Codes that are handed out: long, readable aloud, typed in many ways; and what follows from them."""

from __future__ import annotations

import math

import pytest

from credit.store.showing.codes import LETTERS, make_once, read_once, spell
from credit.vault import SealBroken, name_by, open_by, seal_by

CODE = "23456789ABCDEFGHJKMN"


def test_a_code_has_more_than_eighty_bits_and_no_letter_that_is_taken_for_another() -> None:
    assert not set(LETTERS) & set("01ILO")
    assert len(set(LETTERS)) == len(LETTERS)
    assert len(make_once()) * math.log2(len(LETTERS)) > 80
    drawn = {make_once() for _ in range(200)}
    assert len(drawn) == 200
    assert set("".join(drawn)) == set(LETTERS)


def test_a_code_is_read_however_it_is_typed() -> None:
    assert spell(CODE) == "2345-6789-ABCD-EFGH-JKMN"
    for typed in (
        spell(CODE),
        " 2345 6789 abcd efgh jkmn ",
        "2345–6789—ABCD EFGH.JKMN",
        "２３４５－６７８９－ＡＢＣＤ－ＥＦＧＨ－ｊｋｍｎ",
    ):
        assert read_once(typed) == CODE


@pytest.mark.parametrize(
    "typed", ["", CODE[:-1], f"{CODE}P", CODE.replace("2", "0"), CODE.replace("A", "O"), "二" * 20]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_once(typed) is None


def test_a_code_opens_what_it_sealed_in_its_place_alone() -> None:
    sealed = seal_by(CODE, b"text", b"here")
    assert open_by(CODE, sealed, b"here") == b"text"
    for code, token, where in (
        (make_once(), sealed, b"here"),
        (CODE, sealed, b"there"),
        (CODE, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"here"),
        (CODE, b"", b"here"),
    ):
        with pytest.raises(SealBroken):
            open_by(code, token, where)


def test_the_name_of_a_code_tells_nothing_of_its_key() -> None:
    name = name_by(CODE)
    assert (len(name), name) == (64, name_by(CODE))
    assert name != name_by(make_once())
    with pytest.raises(SealBroken):
        open_by(name, seal_by(CODE, b"text", b"here"), b"here")
