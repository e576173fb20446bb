from __future__ import annotations

import contextlib
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit import identity
from credit.identity import Identifier, Identity, IdKind, organisations, people
from schemas.errors import UnusableError
from schemas.party import Party
from schemas.reasons import Reason

HOSPITAL = "124104814170481228"
PRIVATE_HOSPITAL = "52410481MJY001231Q"
LICENCE = "49373964641048131A1002"
WOMAN = "410481198001010028"
MAN = "41048120000229101X"

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def organisation(**columns: str) -> Identity:
    return identity.identify(Party(kind="organisation", name="示例医院", **columns))


def person(**columns: str) -> Identity:
    return identity.identify(Party(kind="person", name="示例人员", **columns))


def refusal(kind: str, **columns: str) -> Reason:
    with pytest.raises(UnusableError) as raised:
        identity.identify(Party(kind=kind, name="示例", **columns))
    assert not any(value in str(raised.value) for value in columns.values() if len(value) > 3)
    return raised.value.reason


# Organisations


@pytest.mark.parametrize(
    "code",
    [HOSPITAL, PRIVATE_HOSPITAL, "91410481MA9TW3X02Q", "92410481MA9TK8C741", "114104810056048153"],
)
def test_uscc_is_the_strong_identifier_and_yields_the_organisation_code(code: str) -> None:
    found = organisation(uscc=code)
    assert found.strong == Identifier(IdKind.USCC, code)
    assert found.aliases == (Identifier(IdKind.ORG_CODE, code[8:17]),)
    assert (found.id_type, found.id_no) == (None, None)


@pytest.mark.parametrize(
    "written",
    [
        "52410481mjy001231q",
        " 52410481 MJY001231 Q ",
        "52410481-MJY001231-Q",
        "５２４１０４８１ＭＪＹ００１２３１Ｑ",
        "52410481　MJY001231Q",
    ],
)
def test_uscc_is_read_however_it_is_written(written: str) -> None:
    assert organisation(uscc=written) == organisation(uscc=PRIVATE_HOSPITAL)


def test_uscc_of_a_military_hospital_may_begin_with_letters() -> None:
    body = "A1410481MJY001231"
    code = next(body + char for char in USCC_ALPHABET if organisations.is_uscc(body + char))
    assert organisation(uscc=code).strong == Identifier(IdKind.USCC, code)


@given(st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_every_single_wrong_character_of_a_uscc_is_found(place: int, char: str) -> None:
    altered = HOSPITAL[:place] + char + HOSPITAL[place + 1 :]
    assert organisations.is_uscc(altered) == (altered == HOSPITAL)


@pytest.mark.parametrize("code", ["0" * 17 + "X", "0" * 18, "1" * 18, "0" * 17 + "x", "０" * 18, "9" * 18, "X" * 18])
@pytest.mark.parametrize("kind", ["organisation", "individual_business", "person"])
def test_placeholders_are_refused(kind: str, code: str) -> None:
    assert refusal(kind, uscc=code, licence_no=LICENCE) is Reason.USCC_PLACEHOLDER


@pytest.mark.parametrize(
    "code",
    [
        "124104814170481229",  # wrong check
        "12410481417048122",  # too short
        "1241048141704812288",  # too long
        "52410481MIY001231Q",  # I is not in the alphabet
        "12410481417048122八",
        "41048119800101002800",  # a tax number made from a person's number
        "E12345678",  # nine characters, no organisation code
    ],
)
def test_wrong_codes_are_refused(code: str) -> None:
    assert refusal("organisation", uscc=code) is Reason.USCC_CHECK


def test_inner_check_only_warns() -> None:
    body = "12410481417048123"
    code = next(body + char for char in USCC_ALPHABET if organisations.is_uscc(body + char))
    found = organisation(uscc=code)
    assert found.strong == Identifier(IdKind.USCC, code)


def test_old_codes_in_the_uscc_column_become_aliases() -> None:
    found = organisation(uscc="41704812-2")
    assert (found.strong, found.aliases) == (None, (Identifier(IdKind.ORG_CODE, "417048122"),))
    found = organisation(uscc="410481000012345")
    assert (found.strong, found.aliases) == (None, (Identifier(IdKind.REGISTRATION_NO, "410481000012345"),))


@pytest.mark.parametrize("kind", ["organisation", "individual_business", "person"])
@pytest.mark.parametrize("number", [WOMAN, MAN, "41048120000229101x", "41048120000229101×"])
def test_persons_number_in_the_uscc_column_is_refused(kind: str, number: str) -> None:
    assert refusal(kind, uscc=number) is Reason.ID_WRONG_COLUMN


def test_persons_old_number_in_the_uscc_column_is_refused() -> None:
    assert refusal("organisation", uscc="410481800101002") is Reason.ID_WRONG_COLUMN


def test_registration_number_that_reads_like_a_birth_date_is_known_by_its_check_digit() -> None:
    found = organisation(uscc="410481800101004")
    assert found.aliases == (Identifier(IdKind.REGISTRATION_NO, "410481800101004"),)


def test_mistyped_persons_number_that_passes_for_a_uscc_is_a_mistyped_number() -> None:
    assert organisations.is_uscc("410481198001010031")
    assert refusal("person", id_type="身份证", id_no="410481198001010031") is Reason.PERSON_ID_CHECK


def test_persons_number_that_passes_for_a_uscc_by_chance_is_still_a_persons() -> None:
    chance = [number for number in citizen_numbers() if organisations.is_uscc(number)]
    assert chance
    for number in chance:
        if not organisations.is_org_code(number[8:17]):
            assert refusal("organisation", uscc=number) is Reason.ID_WRONG_COLUMN
        else:
            assert organisation(uscc=number).strong == Identifier(IdKind.USCC, number)


def citizen_numbers() -> list[str]:
    bodies = (f"41048119800101{sequence:03}" for sequence in range(1000))
    return [body + check for body in bodies for check in "0123456789X" if people.is_citizen_number(body + check)]


@pytest.mark.parametrize("kind", ["organisation", "person"])
def test_uscc_in_the_id_no_column_is_refused(kind: str) -> None:
    for code in (HOSPITAL, PRIVATE_HOSPITAL, "524104814937396468"):
        assert refusal(kind, id_type="身份证", id_no=code) is Reason.ID_WRONG_COLUMN


@pytest.mark.parametrize("column", ["licence_no", "org_code", "certificate_no", "insurer_code", "registration_no"])
def test_persons_number_in_an_alias_column_is_refused(column: str) -> None:
    assert refusal("organisation", uscc=HOSPITAL, **{column: WOMAN}) is Reason.ID_WRONG_COLUMN


def test_organisation_known_only_by_aliases_has_no_strong_identifier() -> None:
    found = organisation(
        licence_no="49373964-641048131a1002", insurer_code="H41048100001", registration_no="410481000012345"
    )
    assert found.strong is None
    assert found.aliases == (
        Identifier(IdKind.LICENCE_NO, LICENCE),
        Identifier(IdKind.INSURER_CODE, "H41048100001"),
        Identifier(IdKind.REGISTRATION_NO, "410481000012345"),
    )


def test_doubtful_aliases_are_kept_with_a_warning() -> None:
    found = organisation(licence_no="PDY00001", org_code="417048123")
    assert found.aliases == (
        Identifier(IdKind.LICENCE_NO, "PDY00001"),
        Identifier(IdKind.ORG_CODE, "417048123"),
    )


def test_organisation_code_that_disagrees_with_the_uscc_is_not_used() -> None:
    assert organisation(uscc=HOSPITAL, org_code="41704812-2") == organisation(uscc=HOSPITAL)
    found = organisation(uscc=HOSPITAL, org_code="493739646")
    assert found.aliases == (Identifier(IdKind.ORG_CODE, "417048122"),)


@pytest.mark.parametrize("written", ["无", "/", "-", "0000", "000000000"])
def test_aliases_that_identify_nothing_are_not_used(written: str) -> None:
    assert refusal("organisation", licence_no=written) is Reason.ID_MISSING
    assert IdKind.LICENCE_NO not in {alias.kind for alias in organisation(uscc=HOSPITAL, licence_no=written).aliases}


@pytest.mark.parametrize("filler", ["无", "／", "- -", "null", "暂无", "0", "（ ）", "000"])
def test_a_filler_identifies_nothing_in_any_column(filler: str) -> None:
    assert refusal("organisation", uscc=filler, org_code=filler, registration_no=filler) is Reason.ID_MISSING
    assert organisation(uscc=filler, licence_no=LICENCE) == organisation(licence_no=LICENCE)
    certified = {"certificate_no": "110410481000123"}
    assert person(id_type="军官证", id_no=filler, **certified) == person(**certified)


def test_nothing_to_identify_by_is_refused() -> None:
    assert refusal("organisation") is Reason.ID_MISSING
    assert refusal("person") is Reason.ID_MISSING
    assert refusal("person", uscc=" ", id_type="身份证", id_no="　") is Reason.ID_MISSING
    assert refusal("individual_business", id_type="身份证", id_no=WOMAN) is Reason.ID_MISSING


def test_persons_number_beside_an_organisation_is_not_taken_for_its_own() -> None:
    found = organisation(uscc=HOSPITAL, id_type="身份证", id_no=WOMAN)
    assert found.id_no is None
    assert found.aliases == (Identifier(IdKind.ORG_CODE, "417048122"),)


def test_organ_code_is_normalised_and_checked() -> None:
    assert identity.check_organ_code(" 11410481-0056048153") == "114104810056048153"
    for code, reason in [
        ("0" * 17 + "X", Reason.USCC_PLACEHOLDER),
        ("0" * 18, Reason.USCC_PLACEHOLDER),
        ("114104810056048154", Reason.USCC_CHECK),
        ("", Reason.USCC_CHECK),
    ]:
        with pytest.raises(UnusableError) as raised:
            identity.check_organ_code(code)
        assert raised.value.reason is reason


# People


@pytest.mark.parametrize(
    ("id_type", "id_no", "identifier", "national"),
    [
        ("身份证", WOMAN, f"resident:{WOMAN}", "身份证"),
        ("居民身份证", WOMAN, f"resident:{WOMAN}", "身份证"),
        ("公民身份号码", WOMAN, f"resident:{WOMAN}", "身份证"),
        ("01", WOMAN, f"resident:{WOMAN}", "身份证"),
        ("其他-户口簿", WOMAN, f"resident:{WOMAN}", "身份证"),
        ("其他-军人身份证", WOMAN, f"resident:{WOMAN}", "身份证"),
        ("身份证", "４１０４８１ 19800101-0028", f"resident:{WOMAN}", "身份证"),
        ("身份证", "410481800101002", f"resident:{WOMAN}", "身份证"),
        ("身份证", "810000199408230021", "resident:810000199408230021", "其他-港澳台居民居住证"),
        ("港澳台居民居住证", "820000198501010012", "resident:820000198501010012", "其他-港澳台居民居住证"),
        ("台湾居民居住证", "830000199201300022", "resident:830000199201300022", "其他-港澳台居民居住证"),
        (
            "外国人永久居留身份证",
            "941840198001010019",
            "foreign-resident:941840198001010019",
            "外国人永久居留身份证",
        ),
        ("身份证", "932682198501010017", "foreign-resident:932682198501010017", "外国人永久居留身份证"),
        ("外国人永久居留证", "usa110000000001", "foreign-resident:USA110000000001", "外国人永久居留身份证"),
        ("港澳居民来往内地通行证", "h12345678", "hk-macau:H12345678", "港澳居民来往内地通行证"),
        ("港澳居民往来内地通行证", "H1234567801", "hk-macau:H12345678", "港澳居民来往内地通行证"),
        ("03", "HA1234567", "hk-macau:HA1234567", "港澳居民来往内地通行证"),
        ("台湾居民来往大陆通行证", "12345678", "taiwan:12345678", "台湾居民来往大陆通行证"),
        ("台湾居民来往内地通行证", "1234567890", "taiwan:1234567890", "台湾居民来往大陆通行证"),
        ("护照号", "e12345678", "passport:E12345678", "护照号"),
        ("护照", "EA1234567", "passport:EA1234567", "护照号"),
        ("Passport", "C01X00T47", "passport:C01X00T47", "护照号"),
        ("其他-军官证", "南字第1234567号", "other:军官证:南字第1234567号", "其他-军官证"),
        ("军官证", "南字第 1234567 号", "other:军官证:南字第1234567号", "其他-军官证"),
        ("香港身份证", "Z683365(5)", "hk-id:Z683365", "其他-香港居民身份证"),
        ("其他-香港永久性居民身份证", "z683365（5）", "hk-id:Z683365", "其他-香港居民身份证"),
        ("澳门居民身份证", "1234567(8)", "macau-id:1234567", "其他-澳门居民身份证"),
        ("其他-澳门身份证", "1/234567/8", "macau-id:1234567", "其他-澳门居民身份证"),
        ("台湾身份证", "A123456789", "taiwan-id:A123456789", "其他-台湾居民身份证"),
        ("香港身份证", "810000199408230021", "resident:810000199408230021", "其他-港澳台居民居住证"),
        ("军人身份证", "军字第1234567号", "other:军人身份证:军字第1234567号", "其他-军人身份证"),
        ("武装警察身份证", "武字第7654321号", "other:武装警察身份证:武字第7654321号", "其他-武装警察身份证"),
        ("外交人员身份证", "外1234567", "other:外交人员身份证:外1234567", "其他-外交人员身份证"),
        ("其他-外国身份证", "AB1234567", "other:外国身份证:AB1234567", "其他-外国身份证"),
        ("海员证", "A00012345", "other:海员证:A00012345", "其他-海员证"),
        ("出生医学证明", "M410123456", "other:出生医学证明:M410123456", "其他-出生医学证明"),
        ("中华人民共和国居民身份证号码", WOMAN, f"resident:{WOMAN}", "身份证"),
        ("法人身份证", WOMAN, f"resident:{WOMAN}", "身份证"),
    ],
)
def test_documents_in_their_normal_form(id_type: str, id_no: str, identifier: str, national: str) -> None:
    found = person(id_type=id_type, id_no=id_no)
    assert found.strong == Identifier(IdKind.PERSON, identifier)
    assert found.id_type == national


@pytest.mark.parametrize("last", ["X", "x", "Ⅹ", "ⅹ", "Ｘ", "ｘ", "×", "*", "Х"])
def test_check_character_x_is_read_however_it_is_written(last: str) -> None:
    found = person(id_type="身份证", id_no=MAN[:-1] + last)
    assert found.strong == Identifier(IdKind.PERSON, f"resident:{MAN}")
    assert found.id_no == MAN


def test_old_number_is_upgraded_with_a_warning() -> None:
    found = person(id_no="410481800101002")
    assert found.id_no == WOMAN


@pytest.mark.parametrize(("sequence", "birth"), [("995", "19000101"), ("996", "18000101"), ("999", "18000101")])
def test_sequences_of_centenarians_mean_the_century_before(sequence: str, birth: str) -> None:
    upgraded = people.upgrade(f"410481000101{sequence}")
    assert upgraded is None if birth < "1850" else upgraded is not None and upgraded[6:14] == birth


def test_centenarian_is_born_in_the_nineteenth_century() -> None:
    # By hand: 28+9+0+20+64+4+2+8+48+15+0+9+0+5+72+36+12 = 332 = 30 * 11 + 2, whose check is X.
    assert people.upgrade("410481850101996") == "41048118850101996X"


@pytest.mark.parametrize(
    ("id_type", "id_no", "reason"),
    [
        ("身份证", "410481198001010029", Reason.PERSON_ID_CHECK),
        ("身份证", "911124198108030028", Reason.PERSON_ID_CHECK),
        ("军官证", "410481198001010029", Reason.PERSON_ID_CHECK),
        ("身份证", "41048119990229101X", Reason.PERSON_ID_FORM),
        ("身份证", "4104811980010100", Reason.PERSON_ID_FORM),
        ("身份证", "410481800230002", Reason.PERSON_ID_FORM),
        ("身份证", "4104811980X1010028", Reason.PERSON_ID_FORM),
        ("身份证", "410481********0028", Reason.PERSON_ID_FORM),
        ("身份证", "٤١٠٤٨١١٩٨٠٠١٠١٠٠٢٨", Reason.PERSON_ID_FORM),
        ("身份证", "E12345678", Reason.PERSON_ID_FORM),
        ("身份证", "0" * 17 + "X", Reason.PERSON_ID_FORM),
        ("护照号", WOMAN, Reason.PERSON_ID_FORM),
        ("护照号", "ABCDEFGH", Reason.PERSON_ID_FORM),
        ("护照号", "000000000", Reason.PERSON_ID_FORM),
        ("户口簿", "123456789", Reason.PERSON_ID_FORM),
        ("居民身份证", "Z683365(5)", Reason.PERSON_ID_FORM),
        ("军人身份证", "410481198001010029", Reason.PERSON_ID_CHECK),
        ("港澳居民来往内地通行证", "T12345678", Reason.PERSON_ID_FORM),
        ("港澳居民来往内地通行证", "H123456789", Reason.PERSON_ID_FORM),
        ("台湾居民来往大陆通行证", "123456789", Reason.PERSON_ID_FORM),
        ("外国人永久居留身份证", "US1100000000001", Reason.PERSON_ID_FORM),
        ("其他-", "1234567", Reason.PERSON_ID_FORM),
    ],
)
def test_impossible_documents_are_refused(id_type: str, id_no: str, reason: Reason) -> None:
    assert refusal("person", id_type=id_type, id_no=id_no, certificate_no="110410481000123") is reason


def test_number_without_a_type_counts_only_when_it_proves_itself() -> None:
    assert person(id_no=WOMAN).id_type == "身份证"
    for number in ("E12345678", "H12345678", "12345678"):
        assert refusal("person", id_no=number) is Reason.PERSON_ID_FORM


def test_birth_in_the_future_is_refused() -> None:
    party = Party(kind="person", name="示例", id_no=MAN)
    assert identity.identify(party, date(2000, 2, 29)).id_no == MAN
    with pytest.raises(UnusableError, match="birth date"):
        identity.identify(party, date(2000, 2, 28))


def test_unknown_region_only_warns() -> None:
    number = next(
        f"990481198001010{tail}"
        for tail in ("010", "011", "012", "013", "014", "015", "016", "017", "018", "019", "01X")
        if people.is_citizen_number(f"990481198001010{tail}")
    )
    assert person(id_type="身份证", id_no=number).id_no == number


def test_person_with_only_a_certificate_has_aliases_alone() -> None:
    found = person(certificate_no="110410481000123", insurer_code="D410481000001")
    assert found.strong is None
    assert found.aliases == (
        Identifier(IdKind.CERTIFICATE_NO, "110410481000123"),
        Identifier(IdKind.INSURER_CODE, "D410481000001"),
    )


def test_codes_of_the_employer_do_not_become_the_persons() -> None:
    found = person(id_no=WOMAN, licence_no=LICENCE)
    assert found.aliases == ()
    assert refusal("person", licence_no=LICENCE) is Reason.ID_MISSING


def test_person_with_a_uscc_is_refused() -> None:
    assert refusal("person", uscc="92410481MA9TK8C741", id_no=WOMAN) is Reason.ID_WRONG_COLUMN
    assert refusal("person", uscc="417048122", id_no=WOMAN) is Reason.ID_WRONG_COLUMN


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_identified_or_refused_for_a_reason(uscc: str, id_type: str, id_no: str) -> None:
    for kind in ("organisation", "person"):
        party = Party.model_construct(kind=kind, name="示例", uscc=uscc, id_type=id_type, id_no=id_no)
        with contextlib.suppress(UnusableError):
            found = identity.identify(party)
            assert found.strong or found.aliases


# Names


def test_name_key_unites_ways_of_writing_and_keeps_names_apart() -> None:
    assert (
        identity.name_key("阿卜杜拉·买买提")
        == identity.name_key("阿卜杜拉•买买提")
        == identity.name_key("阿卜杜拉・ 买买提")
    )
    assert (
        identity.name_key("示例（舞钢）医院")
        == identity.name_key("示例(舞钢)医院")
        == identity.name_key("示例【舞钢】 医院")
    )
    for dot in "·•・．.●˙。‧∙⋅･":
        for written in (dot, f" {dot} ", dot * 2):
            assert identity.name_key(f"买合木提{written}示例") == identity.name_key("买合木提·示例")
    assert identity.name_key("Smith, John") == identity.name_key("SMITH JOHN") == identity.name_key("Smith-John")
    assert identity.name_key("SMITH JOHN") != identity.name_key("JOHN SMITH")
    assert identity.name_key("ＡＢＣ诊所") == identity.name_key("abc 诊所")
    assert identity.name_key("示例医院") != identity.name_key("示例医院分院")
    assert identity.name_key("阿卜杜拉·买买提") != identity.name_key("阿卜杜拉买买提")


@given(st.text(max_size=30))
def test_name_key_of_a_name_key_is_itself(name: str) -> None:
    once = identity.name_key(unicodedata.normalize("NFKC", name))
    assert identity.name_key(once) == once


# Masks


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("410481199003050626", "410481********0626"),
        (MAN, "410481********101X"),
        ("E12345678", "E1*****78"),
        ("12345678", "12****78"),
        ("1234567", "1*****7"),
        ("123", "***"),
        ("", ""),
        ("410481800101002", "41***********02"),
    ],
)
def test_number_is_masked(number: str, shown: str) -> None:
    assert identity.mask_number(number) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"身份证{WOMAN}，", "身份证410481********0028，"),
        (f"resident:{MAN.lower()}", "resident:410481********101X"),
        (f"{WOMAN} {MAN}", "410481********0028 410481********101X"),
        ("２０ 410481 19800101 0028", "２０ 410481********0028"),
        ("410481-19800101-0028;", "410481********0028;"),
        ("４１０４８１１９８００１０１００２８", "410481********0028"),
        ("41048120000229101×", "410481********101X"),
        ("old 410481800101002.", "old 41***********02."),
    ],
)
def test_persons_numbers_in_text_are_masked(text: str, shown: str) -> None:
    assert identity.mask_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "524104814937396468",
        HOSPITAL,
        "organ=114104810056048153 doc=豫舞卫医罚〔2026〕12号",
        LICENCE,
        "410481198001010029",
        "41048119990229101X",
        f"a{WOMAN}",
        f"{WOMAN}0",
        f"{WOMAN}A",
        "110410481000123",
        "2026-11-22T10:00:00.123456+08:00",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "E12345678",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert identity.mask_text(text) == text


@given(st.sampled_from(citizen_numbers()), st.text(alphabet="abc 号：,\n", max_size=5))
def test_no_citizen_number_survives_in_text(number: str, around: str) -> None:
    text = f"{around} {number},{around}"
    assert number not in identity.mask_text(text)
