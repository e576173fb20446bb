"""From a party as the source names it to an identity that can be looked up."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from stdnum.iso7064 import mod_11_10

from credit.identity import people
from credit.identity.organisations import is_org_code, is_placeholder, is_uscc
from credit.identity.text import name_key, squeeze, squeeze_number
from schemas.errors import UnusableError
from schemas.party import Party, PartyKind
from schemas.reasons import Reason
from schemas.words import Worded


class IdKind(Worded):
    """The kinds of identifier. PERSON covers every personal document: its value begins with a namespace.

    NAME is a further name of a person, which only a person can claim.
    """

    USCC = "uscc", "统一社会信用代码"
    PERSON = "person", "证件号码"
    LICENCE_NO = "licence_no", "执业许可证号"
    ORG_CODE = "org_code", "组织机构代码"
    CERTIFICATE_NO = "certificate_no", "资格证书号"
    INSURER_CODE = "insurer_code", "医保编码"
    REGISTRATION_NO = "registration_no", "登记号"
    NAME = "name", "其他姓名"


class Identifier(NamedTuple):
    """One identifier in its normal form: two that are equal name the same subject."""

    kind: IdKind
    value: str


class Identity(NamedTuple):
    """What is known of who a party is.

    `strong` identifies by itself: the USCC of an organisation, the document number of a person. `aliases`
    identify only through a link somebody made. `id_type` is in the national wording and `id_no` in its normal
    form, both None for an organisation. `warnings` are short, English and free of numbers.
    """

    kind: PartyKind
    name: str
    name_key: str
    strong: Identifier | None
    aliases: tuple[Identifier, ...]
    warnings: tuple[str, ...]
    id_type: str | None
    id_no: str | None


_ORGANISATION_COLUMNS = (
    IdKind.LICENCE_NO,
    IdKind.ORG_CODE,
    IdKind.CERTIFICATE_NO,
    IdKind.INSURER_CODE,
    IdKind.REGISTRATION_NO,
)
_PERSON_COLUMNS = (IdKind.CERTIFICATE_NO, IdKind.INSURER_CODE)
_EMPLOYER_COLUMNS = tuple(kind for kind in _ORGANISATION_COLUMNS if kind not in _PERSON_COLUMNS)

_LICENCE = re.compile(r"[0-9A-Z]{9}\d{8}[A-Z]\d{4}", re.ASCII)
_REGISTRATION = re.compile(r"\d{15}", re.ASCII)
_DIGIT = re.compile(r"[0-9]")


def identify(party: Party, today: date = date.max) -> Identity:
    """Normalise and check the identifiers of a party; nothing is guessed, only what is written counts.

    A birth date after `today` is refused. Raises UnusableError with USCC_CHECK, USCC_PLACEHOLDER,
    PERSON_ID_CHECK, PERSON_ID_FORM, ID_WRONG_COLUMN, or ID_MISSING when nothing is left to identify by.
    """
    warnings: list[str] = []
    code = _read_uscc_column(party.uscc, warnings)
    _refuse_uscc_as_id_no(party.id_no)
    if party.kind == "person":
        if code is not None:
            raise UnusableError(Reason.ID_WRONG_COLUMN, "a natural person has a code in the uscc column")
        return _identify_person(party, today, warnings)
    return _identify_organisation(party, code, warnings)


def _identify_person(party: Party, today: date, warnings: list[str]) -> Identity:
    document = None
    if party.id_no is not None and squeeze(party.id_no):
        document = people.read_document(party.id_type, party.id_no, today)
        warnings.extend(document.warnings)
    warnings.extend(
        f"{column} belongs to an organisation and is not used for a person"
        for column in _EMPLOYER_COLUMNS
        if getattr(party, column) is not None
    )
    return Identity(
        kind=party.kind,
        name=party.name,
        name_key=name_key(party.name),
        strong=Identifier(IdKind.PERSON, document.identifier) if document else None,
        aliases=_require(document, _read_aliases(party, _PERSON_COLUMNS, warnings)),
        warnings=tuple(warnings),
        id_type=document.id_type if document else None,
        id_no=document.number if document else None,
    )


def _identify_organisation(party: Party, code: Identifier | None, warnings: list[str]) -> Identity:
    strong = code if code is not None and code.kind is IdKind.USCC else None
    aliases = _read_aliases(party, _ORGANISATION_COLUMNS, warnings)
    if strong is not None:
        aliases = _align_org_code(strong, aliases, warnings)
    elif code is not None:
        aliases = [code, *aliases]
    if party.id_no is not None:
        warnings.append("id_no is a person's and is not used for an organisation")
    return Identity(
        kind=party.kind,
        name=party.name,
        name_key=name_key(party.name),
        strong=strong,
        aliases=_require(strong, aliases),
        warnings=tuple(warnings),
        id_type=None,
        id_no=None,
    )


def _require(strong: object | None, aliases: list[Identifier]) -> tuple[Identifier, ...]:
    if strong is None and not aliases:
        raise UnusableError(Reason.ID_MISSING, "the party has no usable identifier")
    return tuple(dict.fromkeys(aliases))


def _read_uscc_column(written: str | None, warnings: list[str]) -> Identifier | None:
    code = squeeze_number(written) if written is not None else ""
    if not code:
        return None
    if is_placeholder(code):
        raise UnusableError(Reason.USCC_PLACEHOLDER, "the uscc column holds a placeholder")
    if len(code) == 18:
        return _read_uscc(code, warnings)
    if is_org_code(code):
        warnings.append("the uscc column holds an organisation code")
        return Identifier(IdKind.ORG_CODE, code)
    if _REGISTRATION.fullmatch(code):
        return _read_registration(code, warnings)
    raise UnusableError(Reason.USCC_CHECK, f"the uscc column holds {len(code)} characters where 18 belong")


def _read_uscc(code: str, warnings: list[str]) -> Identifier:
    outer, inner = is_uscc(code), is_org_code(code[8:17])
    # One citizen number in 31 passes the outer check by chance. Taken for a code it would be published, so a
    # number with a real birth date must pass the inner check as well.
    if people.is_citizen_number(code):
        if not (outer and inner):
            raise UnusableError(Reason.ID_WRONG_COLUMN, "the uscc column holds a person's number")
        warnings.append("uscc has the form of a person's number too")
    if not outer:
        raise UnusableError(Reason.USCC_CHECK, "the check character of uscc is wrong")
    if not inner:
        warnings.append("the organisation code inside uscc fails its own check")
    return Identifier(IdKind.USCC, code)


def _read_registration(code: str, warnings: list[str]) -> Identifier:
    # A registration number carries an ISO 7064 MOD 11,10 check digit, an old citizen number a birth date.
    if people.upgrade(code) is not None and not mod_11_10.is_valid(code):
        raise UnusableError(Reason.ID_WRONG_COLUMN, "the uscc column holds a person's old number")
    warnings.append("the uscc column holds a registration number")
    return Identifier(IdKind.REGISTRATION_NO, code)


def _refuse_uscc_as_id_no(id_no: str | None) -> None:
    number = squeeze_number(id_no) if id_no is not None else ""
    if len(number) == 18 and people.birth_of(number) is None and is_uscc(number) and not is_placeholder(number):
        raise UnusableError(Reason.ID_WRONG_COLUMN, "the id_no column holds a unified social credit code")


def _read_aliases(party: Party, columns: tuple[IdKind, ...], warnings: list[str]) -> list[Identifier]:
    aliases = []
    for column in columns:
        written = getattr(party, column)
        if written is None:
            continue
        value = squeeze(written)
        if people.is_citizen_number(value):
            raise UnusableError(Reason.ID_WRONG_COLUMN, f"the {column} column holds a person's number")
        if is_placeholder(value) or _DIGIT.search(value) is None:
            warnings.append(f"{column} identifies nothing and is not used")
            continue
        warnings.extend(_doubts(column, value))
        aliases.append(Identifier(column, value))
    return aliases


def _doubts(column: IdKind, value: str) -> list[str]:
    if column is IdKind.LICENCE_NO and _LICENCE.fullmatch(value) is None:
        return ["licence_no does not have the 22-character form"]
    if column is IdKind.ORG_CODE and not is_org_code(value):
        return ["org_code fails its check"]
    return []


def _align_org_code(uscc: Identifier, aliases: list[Identifier], warnings: list[str]) -> list[Identifier]:
    # Places 9 to 17 are the organisation code by definition: another would tie this subject to a stranger.
    own = Identifier(IdKind.ORG_CODE, uscc.value[8:17])
    rest = [alias for alias in aliases if alias.kind is not own.kind]
    if len(rest) < len(aliases) and own not in aliases:
        warnings.append("org_code disagrees with uscc and is not used")
    return [own, *rest]
