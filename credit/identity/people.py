"""Numbers of personal documents.

The number, not the wording of its type, decides which identifier it is: an 18-digit number is the same
person's whether the source calls the document 身份证, 居民身份证 or 港澳台居民居住证. python-stdnum's
`cn.ric` is not used: it refuses residence permits, the new foreign card and numbers older than their
county's code. Which kinds there are is said in `schemas.identity_documents`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from stdnum.iso7064 import mod_11_2

from credit.identity.organisations import is_placeholder
from credit.identity.text import squeeze, squeeze_number
from schemas.errors import UnusableError
from schemas.identity_documents import FOREIGN, OTHER, RESIDENT, UNSAID, DocumentKind, in_plain_characters, kind_of
from schemas.reasons import Reason

_EARLIEST_BIRTH = 1850
_CENTENARIANS = frozenset({"996", "997", "998", "999"})
_PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
    for code in (*codes, 71, 81, 82, 83)
)
_ABROAD = frozenset({"81", "82", "83"})

_EIGHTEEN = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_FIFTEEN = re.compile(r"[1-9]\d{14}", re.ASCII)
_OF_FIFTEEN = frozenset({RESIDENT, UNSAID})


@dataclass(frozen=True, slots=True)
class Document:
    """A personal document as read: type in the national wording, normal number, identifier."""

    id_type: str
    number: str
    identifier: str


def birth_of(number: str) -> date | None:
    """Read the birth date in an 18-character number; None when it holds no date since 1850."""
    if _EIGHTEEN.fullmatch(number) is None:
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year >= _EARLIEST_BIRTH else None


def is_citizen_number(number: str) -> bool:
    """Tell whether a squeezed 18-character number has a real birth date and the right check character."""
    return birth_of(number) is not None and bool(mod_11_2.is_valid(number))


def upgrade(number: str) -> str | None:
    """Give the 18-character form of a 15-digit number; None when it is not one.

    Sequences 996 to 999 were kept for people a hundred years old, so they mean the nineteenth century.
    """
    if _FIFTEEN.fullmatch(number) is None or number[:2] not in _PROVINCES:
        return None
    century = "18" if number[12:] in _CENTENARIANS else "19"
    body = f"{number[:6]}{century}{number[6:]}"
    whole = body + str(mod_11_2.calc_check_digit(body))
    return whole if birth_of(whole) else None


def read_document(id_type: str | None, id_no: str, today: date) -> Document:
    """Read a personal document as a source writes it.

    Raises UnusableError: PERSON_ID_CHECK for a wrong check character, PERSON_ID_FORM when the number cannot
    be one of that type, or its birth date is not a day of the calendar or lies after `today`.
    """
    number = squeeze_number(id_no)
    wording = in_plain_characters(squeeze(id_type or ""))
    kind = kind_of(wording)
    if is_placeholder(number):
        raise UnusableError(Reason.PERSON_ID_FORM, "id_no is a placeholder")
    if kind.of_citizens and _EIGHTEEN.fullmatch(number):
        return _read_eighteen(number, today)
    if (kind in _OF_FIFTEEN or (kind is OTHER and "身份证" in wording)) and (whole := upgrade(number)):
        return _citizen(whole)
    lasting = kind.lasting(number)
    if lasting is None:
        detail = "id_no does not have the form of its id_type" if wording else "id_type is missing"
        raise UnusableError(Reason.PERSON_ID_FORM, detail)
    return _read_unchecked(kind, wording, number, lasting)


def _read_eighteen(number: str, today: date) -> Document:
    if not mod_11_2.is_valid(number):
        raise UnusableError(Reason.PERSON_ID_CHECK, "the check character of id_no is wrong")
    born = birth_of(number)
    if born is None or born > today:
        raise UnusableError(Reason.PERSON_ID_FORM, "the birth date in id_no is not possible")
    return _citizen(number)


def _citizen(number: str) -> Document:
    kind, id_type = RESIDENT, RESIDENT.wording
    if number[0] == "9":
        kind, id_type = FOREIGN, FOREIGN.wording
    elif number[:2] in _ABROAD:
        id_type = f"{OTHER.wording}-港澳台居民居住证"
    return Document(id_type, number, f"{kind.code}:{number}")


def _read_unchecked(kind: DocumentKind, wording: str, number: str, lasting: str) -> Document:
    if kind is OTHER:
        name = wording.removeprefix(OTHER.wording)
        if not name:
            raise UnusableError(Reason.PERSON_ID_FORM, "id_type does not name the document")
        return Document(f"{OTHER.wording}-{name}", number, f"{kind.code}:{name}:{number}")
    return Document(kind.wording, number, f"{kind.code}:{lasting}")
