from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.party import Party, RecordKey, Target, record_key

PENALTY = "credit.inspection.penalty"


@pytest.mark.parametrize(
    "written",
    [
        "舞卫医罚〔2026〕12号",
        "舞卫医罚[2026]12号",
        "舞卫医罚【2026】12号",
        "舞卫医罚(2026)12号",
        "舞卫医罚（2026）12号",
        "舞卫医罚［2026］１２号",
        "舞卫医罚〈2026〉12号",
        "舞卫医罚{2026}12号",
        " 舞卫医罚 〔２０２６〕\u3000 12 号 ",
    ],
)
def test_a_document_number_has_one_key_however_it_is_written(written: str) -> None:
    expected = RecordKey(PENALTY, "11410481983690064T", "舞卫医罚〔2026〕12号")
    assert record_key(PENALTY, "11410481983690064t", written) == expected
    assert Target(family=PENALTY, organ_code=" 11410481983690064Ｔ", document_no=written).key == expected


def test_only_the_year_changes_its_brackets() -> None:
    assert record_key("f", "c", "舞公（治）行罚决字[2026]44号").document_no == "舞公(治)行罚决字〔2026〕44号"


@pytest.mark.parametrize(
    "other", ["舞卫医罚〔2026〕13号", "舞卫医罚〔2025〕12号", "舞卫公罚〔2026〕12号", "舞卫医罚〔2026〕1号2"]
)
def test_other_numbers_have_other_keys(other: str) -> None:
    assert record_key("f", "c", other) != record_key("f", "c", "舞卫医罚〔2026〕12号")


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    key = record_key("f", "c", text)
    assert record_key(*key) == key


def test_a_target_is_a_family_and_not_a_type() -> None:
    with pytest.raises(ValidationError, match="a family has no version"):
        Target(family=f"{PENALTY}.v1", organ_code="c", document_no="d")


def test_blank_identifiers_of_a_party_are_absent() -> None:
    party = Party.model_validate({"kind": "person", "name": "样本", "uscc": "", "id_no": " ", "licence_no": None})
    assert (party.uscc, party.id_no, party.licence_no) == (None, None, None)
