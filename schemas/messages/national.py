"""What permits and penalties of the national templates (双公示, generation V2019) have in common.

The items keep their codes as field names. An optional item may be left out or blank.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from schemas import identity_documents
from schemas.base import NO_CONTROL, NO_HIDDEN, Holds, Sparse
from schemas.fillers import FILLER_IS_BLANK, WORD_IS_BLANK
from schemas.forms import is_other, read_other
from schemas.party import Party, PartyKind

CounterpartyKind = Literal["法人及非法人组织", "自然人", "个体工商户"]

KINDS: dict[str, PartyKind] = {
    "法人及非法人组织": "organisation",
    "自然人": "person",
    "个体工商户": "individual_business",
}


def _check_id_type(value: str) -> str:
    kind = identity_documents.in_plain_characters(read_other(value).strip())
    if not (is_other(kind) if kind.startswith("其他") else identity_documents.is_national(kind)):
        meant = identity_documents.kind_of("".join(kind.split()).upper())
        advice = meant.wording if meant in identity_documents.KINDS else "其他-…"
        raise PydanticCustomError(
            "id_type", "is not a kind of identity document on the list; write it as {advice}", {"advice": advice}
        )
    return kind


def _drop_blanks(value: Any) -> Any:
    # Columns of a fixed width come filled up with blanks, and a code with blanks in it is the same code.
    return "".join(value.split()) if isinstance(value, str) else value


_NO_BLANKS = BeforeValidator(_drop_blanks)

Uscc = Annotated[str, Field(max_length=18), Holds.REGISTRATION, NO_HIDDEN, _NO_BLANKS]
OrgCode = Annotated[str, Field(max_length=9), Holds.REGISTRATION, NO_HIDDEN, _NO_BLANKS]
TaxNo = Annotated[str, Field(max_length=15), Holds.REGISTRATION, NO_HIDDEN, _NO_BLANKS]
InstitutionNo = Annotated[str, Field(max_length=12), Holds.REGISTRATION, NO_HIDDEN, _NO_BLANKS]
RegistrationNo = Annotated[str, Field(max_length=50), Holds.REGISTRATION, NO_HIDDEN]
Short = Annotated[str, Field(max_length=50), NO_HIDDEN]
IdNo = Annotated[str, Field(max_length=64), Holds.PERSONAL_NUMBER, NO_HIDDEN]
IdType = Annotated[str, Field(max_length=64), NO_HIDDEN, AfterValidator(_check_id_type)]
OrganName = Annotated[str, Field(max_length=255), NO_HIDDEN]
Remark = Annotated[str, Field(max_length=4000), NO_CONTROL]

OptionalUscc = Annotated[Uscc | None, FILLER_IS_BLANK]
OptionalOrgCode = Annotated[OrgCode | None, FILLER_IS_BLANK]
OptionalTaxNo = Annotated[TaxNo | None, FILLER_IS_BLANK]
OptionalInstitutionNo = Annotated[InstitutionNo | None, FILLER_IS_BLANK]
OptionalNo = Annotated[RegistrationNo | None, FILLER_IS_BLANK]
OptionalIdNo = Annotated[IdNo | None, FILLER_IS_BLANK]
OptionalIdType = Annotated[IdType | None, WORD_IS_BLANK]

_PERSON_COLUMNS = {"id_type": "ZJLX", "id_no": "ZJHM"}
_ORGANISATION_COLUMNS = {"uscc": "SHXYM", "org_code": "ZZJG", "registration_no": "GSZC"}
"""The columns of a party, and the items of the counterparty that they come from."""

_CODES = ("SHXYM", "GSZC", "ZZJG", "SWDJ", "SYDW", "SHZZ")


class National(Sparse):
    """A row of the national templates; `PREFIX` begins the codes of its items."""

    PREFIX: ClassVar[Literal["XK", "CF"]]

    def counterparty(self, licence_no: str | None = None) -> Party:
        """Return the counterparty 行政相对人; the codes are those of its kind, as written."""
        values, prefix = vars(self), f"{self.PREFIX}_XDR_"
        kind = KINDS[values[prefix + "LB"]]
        columns = _PERSON_COLUMNS if kind == "person" else _ORGANISATION_COLUMNS
        identifiers = {column: values[prefix + item] for column, item in columns.items()}
        # Not checked a second time: what the items allow, a party allows.
        return Party.model_construct(kind=kind, name=values[prefix + "MC"], licence_no=licence_no, **identifiers)

    def counterparty_problems(self) -> list[str]:
        """Return what the kind of counterparty demands or excludes and the items do not respect."""
        values = vars(self)
        kind = values[f"{self.PREFIX}_XDR_LB"]
        order = _ORDERS[self.PREFIX, kind]
        problems = [f"{item} is required for {kind}" for item in order.demanded if values[item] is None]
        problems += [f"{item} must be blank for {kind}" for item in order.excluded if values[item] is not None]
        return problems


class _Order(NamedTuple):
    """What a kind of counterparty demands and excludes, as codes of items."""

    demanded: tuple[str, ...]
    excluded: tuple[str, ...] = ()


_ORDERS = {
    (prefix, kind): _Order(*(tuple(f"{prefix}_{item}" for item in items) for items in order))
    for kind, order in {
        "自然人": (("XDR_ZJLX", "XDR_ZJHM"), tuple(f"XDR_{code}" for code in _CODES)),
        "法人及非法人组织": (("XDR_SHXYM", "FRDB"), ()),
        "个体工商户": (("XDR_SHXYM",), ()),
    }.items()
    for prefix in ("XK", "CF")
}
"""By what the items begin with and the kind of counterparty."""


def refuse(problems: list[str]) -> None:
    """Raise `conditional` with every problem, if there is one; `excluded` where items only have to be emptied."""
    if problems:
        kind: Literal["conditional", "excluded"] = "conditional"
        if all("must be blank" in problem for problem in problems):
            kind = "excluded"
        raise PydanticCustomError(kind, "{problems}", {"problems": "; ".join(problems)})
