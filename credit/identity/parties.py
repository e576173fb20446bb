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
from schemas.fillers import SHORTEST, is_filler
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
    """Who a party is, as far as its identifiers say.

    `strong` identifies by itself: the USCC of an organisation, the document number of a person. `aliases`
    identify only through a link somebody made. `id_type` is in the national wording and `id_no` in its normal
    form, both None for an organisation. `subject_id`, of a strong identifier, and `hashes`, of the aliases in their
    order, are what the archive knows them by: set where the keys are at hand.
    """

    kind: PartyKind
    name: str
    name_key: str
    strong: Identifier | None
    aliases: tuple[Identifier, ...]
    id_type: str | None = None
    id_no: str | None = None
    subject_id: str | None = None
    hashes: tuple[str, ...] = ()


_ORGANISATION_COLUMNS = (
    IdKind.LICENCE_NO,
    IdKind.ORG_CODE,
    IdKind.CERTIFICATE_NO,
    IdKind.INSURER_CODE,
    IdKind.REGISTRATION_NO,
)
_PERSON_COLUMNS = (IdKind.CERTIFICATE_NO, IdKind.INSURER_CODE)

_REGISTRATION = re.compile(r"\d{15}", re.ASCII)
_DIGIT = re.compile(r"[0-9]")


def identify(party: Party, today: date = date.max) -> Identity:
    """Normalise and check the identifiers of a party; nothing is guessed, only what is written counts.

    What belongs to the other kind of party, and what identifies nothing, is not used. A birth date after `today` is
    refused. Raises UnusableError with USCC_CHECK, USCC_PLACEHOLDER, PERSON_ID_CHECK, PERSON_ID_FORM, ID_WRONG_COLUMN,
    or ID_MISSING when nothing is left to identify by.
    """
    code = _read_uscc_column(party.uscc) if party.uscc is not None else None
    if party.id_no is not None:
        _refuse_uscc_as_id_no(party.id_no)
    if party.kind == "person":
        if code is not None:
            raise UnusableError(Reason.ID_WRONG_COLUMN, "a natural person has a code in the uscc column")
        return _identify_person(party, today)
    return _identify_organisation(party, code)


def _identify_person(party: Party, today: date) -> Identity:
    document = None
    if party.id_no is not None and not _is_blank(squeeze(party.id_no)):
        document = people.read_document(party.id_type, party.id_no, today)
    aliases = _read_aliases(party, _PERSON_COLUMNS)
    _require(document, aliases)
    return Identity(
        party.kind,
        party.name,
        name_key(party.name),
        Identifier(IdKind.PERSON, document.identifier) if document else None,
        aliases,
        document.id_type if document else None,
        document.number if document else None,
    )


def _identify_organisation(party: Party, code: Identifier | None) -> Identity:
    strong = code if code is not None and code.kind is IdKind.USCC else None
    aliases = _read_aliases(party, _ORGANISATION_COLUMNS)
    if strong is not None:
        # Places 9 to 17 are the organisation code by definition: another would tie this subject to a stranger.
        own = Identifier(IdKind.ORG_CODE, strong.value[8:17])
        aliases = (own, *(alias for alias in aliases if alias.kind is not IdKind.ORG_CODE)) if aliases else (own,)
    elif code is not None:
        aliases = tuple(dict.fromkeys((code, *aliases)))
    _require(strong, aliases)
    return Identity(party.kind, party.name, name_key(party.name), strong, aliases)


def _is_blank(written: str) -> bool:
    """Tell whether nothing is said: a filler as long as a code was put there to pass for one, and is refused as one."""
    return len(written) < SHORTEST and is_filler(written)


def _require(strong: object | None, aliases: tuple[Identifier, ...]) -> None:
    if strong is None and not aliases:
        raise UnusableError(Reason.ID_MISSING, "the party has no usable identifier")


def _read_uscc_column(written: str) -> Identifier | None:
    code = squeeze_number(written)
    if not code or _is_blank(code):
        return None
    if is_placeholder(code):
        raise UnusableError(Reason.USCC_PLACEHOLDER, "the uscc column holds a placeholder")
    if len(code) == 18:
        return _read_uscc(code)
    if is_org_code(code):
        return Identifier(IdKind.ORG_CODE, code)
    if _REGISTRATION.fullmatch(code):
        return _read_registration(code)
    raise UnusableError(Reason.USCC_CHECK, f"the uscc column holds {len(code)} characters where 18 belong")


def _read_uscc(code: str) -> Identifier:
    outer = is_uscc(code)
    # One citizen number in 31 passes the outer check by chance. Taken for a code it would be published, so a
    # number with a real birth date must pass the inner check as well.
    if people.is_citizen_number(code) and not (outer and is_org_code(code[8:17])):
        raise UnusableError(Reason.ID_WRONG_COLUMN, "the uscc column holds a person's number")
    if not outer:
        raise UnusableError(Reason.USCC_CHECK, "the check character of uscc is wrong")
    return Identifier(IdKind.USCC, code)


def _read_registration(code: str) -> Identifier:
    # A registration number carries an ISO 7064 MOD 11,10 check digit, an old citizen number a birth date.
    if people.upgrade(code) is not None and not mod_11_10.is_valid(code):
        raise UnusableError(Reason.ID_WRONG_COLUMN, "the uscc column holds a person's old number")
    return Identifier(IdKind.REGISTRATION_NO, code)


def _refuse_uscc_as_id_no(id_no: str) -> None:
    number = squeeze_number(id_no)
    if len(number) == 18 and people.birth_of(number) is None and is_uscc(number) and not is_placeholder(number):
        raise UnusableError(Reason.ID_WRONG_COLUMN, "the id_no column holds a unified social credit code")


def _read_aliases(party: Party, columns: tuple[IdKind, ...]) -> tuple[Identifier, ...]:
    written = vars(party)
    aliases = [_read_alias(column, written[column]) for column in columns if written[column] is not None]
    return tuple([alias for alias in aliases if alias is not None])


def _read_alias(column: IdKind, written: str) -> Identifier | None:
    value = squeeze(written)
    if people.is_citizen_number(value):
        raise UnusableError(Reason.ID_WRONG_COLUMN, f"the {column} column holds a person's number")
    if is_placeholder(value) or _DIGIT.search(value) is None:
        return None
    return Identifier(column, value)
