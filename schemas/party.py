"""Who a message is about, who says it, and which business record it means."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from schemas.base import Code, Name, Sparse

PartyKind = Literal["organisation", "individual_business", "person"]
PARTY_KINDS: dict[str, str] = {
    "organisation": "法人和非法人组织",
    "individual_business": "个体工商户",
    "person": "自然人",
}
"""The words for the kinds of party."""

_YEAR = re.compile(r"[\[【〔〖(]([0-9]{4})[\]】〕〗)]")


class Organ(Sparse):
    """The authority that made the decision; `code` is its unified social credit code."""

    name: Name
    code: Code


class Party(Sparse):
    """A subject as the source names it, with whichever identifiers the source has.

    The values are as written: `credit.identity` normalises and checks them.
    """

    kind: PartyKind
    name: Name
    uscc: Code | None = None
    id_type: Code | None = None
    id_no: Code | None = None
    licence_no: Code | None = None
    org_code: Code | None = None
    certificate_no: Code | None = None
    insurer_code: Code | None = None
    registration_no: Code | None = None


class RecordKey(NamedTuple):
    """Identity of a business record: type without version, code of the deciding organ, document number."""

    family: str
    organ_code: str
    document_no: str


def record_key(family: str, organ_code: str, document_no: str) -> RecordKey:
    """Return the key of a business record, the same for every way of writing its document number.

    Numbers come with 〔2026〕, [2026], 【2026】 or (2026), in full width or half, and with stray spaces. The
    key has no spaces, half-width letters, digits and brackets, and the year in 〔〕.
    """
    return RecordKey(family, _squeeze(organ_code).upper(), _YEAR.sub(_bracket, _squeeze(document_no)))


def _bracket(year: re.Match[str]) -> str:
    # A function: a template with a group is parsed again at every call.
    return f"〔{year[1]}〕"


def _squeeze(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    words = folded.split()
    # Again: without the space between them, a letter and the mark after it become one character.
    return folded if words == [folded] else unicodedata.normalize("NFKC", "".join(words))


def _refuse_version(family: str) -> str:
    name, _, version = family.rpartition(".v")
    if name and version.isdecimal():
        raise PydanticCustomError("family_form", "is a message type: a family has no version at its end")
    return family


class Target(Sparse):
    """The business record that an office message is about."""

    family: Annotated[Code, AfterValidator(_refuse_version)]
    organ_code: Code
    document_no: Code

    @property
    def key(self) -> RecordKey:
        """The target as a record key."""
        return record_key(self.family, self.organ_code, self.document_no)
