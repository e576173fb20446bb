"""Who a message is about, who says it, and which business record it means."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.base import Code, Holds, Name, Sparse
from schemas.fillers import NO_FILLER, NO_VOID
from schemas.words import Words

PartyKind = Literal["organisation", "individual_business", "person"]
PARTY_KINDS: dict[str, str] = {
    "organisation": "法人和非法人组织",
    "individual_business": "个体工商户",
    "person": "自然人",
}
"""The words for the kinds of party."""

_HYPHENS = re.compile("[-‐‑‒–—―−]")
_YEAR = re.compile(r"[\[【〔〖(〈《{<]([0-9]{4})[\]】〕〗)〉》}>]")


class Organ(Sparse, title="机关"):
    """The authority that made the decision; `code` is its unified social credit code."""

    name: Name = Field(title="机关名称")
    code: Code = Field(title="机关统一社会信用代码")


Registration = Annotated[Code, Holds.REGISTRATION]
"""A code under which a party is registered, as written."""


PartyName = Annotated[Name, NO_VOID]
"""The name of a party; no subject is ever called 无."""


class Party(Sparse, title="当事人"):
    """A subject as the source names it, with whichever identifiers the source has.

    The values are as written: `credit.identity` normalises and checks them.
    """

    kind: Annotated[PartyKind, Words(PARTY_KINDS)] = Field(title="类别")
    name: PartyName = Field(title="名称")
    uscc: Registration | None = Field(default=None, title="统一社会信用代码")
    id_type: Code | None = Field(default=None, title="证件类型")
    id_no: Annotated[Code, Holds.PERSONAL_NUMBER] | None = Field(default=None, title="证件号码")
    licence_no: Registration | None = Field(default=None, title="执业许可证号")
    org_code: Registration | None = Field(default=None, title="组织机构代码")
    certificate_no: Registration | None = Field(default=None, title="资格证书号")
    insurer_code: Registration | None = Field(default=None, title="医保编码")
    registration_no: Registration | None = Field(default=None, title="登记号")


class RecordKey(NamedTuple):
    """Identity of a business record: type without version, code of the deciding organ, document number.

    `party_mark` tells apart the parties of a document that names many; it is empty where a document has one.
    """

    family: str
    organ_code: str
    document_no: str
    party_mark: str = ""


def record_key(family: str, organ_code: str, document_no: str, party_mark: str = "") -> RecordKey:
    """Return the key of a business record, the same for every way of writing its document number.

    Numbers come with 〔2026〕, [2026], 【2026】, 〈2026〉 or (2026), in full width or half, and with stray spaces. The
    key has no spaces, half-width letters, digits and brackets, and the year in 〔〕.
    """
    return RecordKey(family, squeeze_code(organ_code), squeeze_document_no(document_no), party_mark)


def squeeze_document_no(document_no: str) -> str:
    """Return the one form of every way of writing a document number; see `record_key`."""
    return _YEAR.sub(_bracket, _squeeze(document_no))


@lru_cache(maxsize=4096)
def squeeze_code(code: str) -> str:
    """Return the one form of every way of writing a code: half width, upper case, no spaces, no hyphens."""
    squeezed = _squeeze(code)
    bare = _HYPHENS.sub("", squeezed)
    # Again, as without spaces: what stood beside a hyphen may become one character.
    return (bare if bare == squeezed else _squeeze(bare)).upper()


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


class Target(Sparse, title="信用记录标识"):
    """The business record that an office message is about."""

    family: Annotated[Code, AfterValidator(_refuse_version)] = Field(title="业务类型")
    organ_code: Code = Field(title="决定机关代码")
    document_no: Annotated[Code, NO_FILLER] = Field(title="文书号")
    party_mark: Code | None = Field(default=None, title="当事人标识（文书列有多个当事人时）")

    @property
    def key(self) -> RecordKey:
        """The target as a record key."""
        return record_key(self.family, self.organ_code, self.document_no, squeeze_code(self.party_mark or "").lower())
