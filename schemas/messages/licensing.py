"""What the licensing system says: permits, commitments, registrations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import NO_CONTROL, NO_HIDDEN, Code, Day, Name
from schemas.messages.common import Common, Content, require_order
from schemas.messages.national import (
    CounterpartyKind,
    IdNo,
    IdType,
    InstitutionNo,
    National,
    OrganName,
    OrgCode,
    Remark,
    Short,
    TaxNo,
    Uscc,
    refuse,
)
from schemas.party import Party

PERMIT_KINDS = frozenset({"普通", "特许", "认可", "核准", "登记", "其他"})


def _check_kind(value: str) -> str:
    if value not in PERMIT_KINDS and not value.startswith("其他-"):
        raise PydanticCustomError("permit_kind", "is not a kind of permit on the list, nor 其他-…")
    return value


class Permit(National):
    """A permit 行政许可: the 28 national items of generation V2019."""

    PREFIX: ClassVar[Literal["XK", "CF"]] = "XK"

    XK_XDR_MC: Name
    XK_XDR_LB: CounterpartyKind
    XK_XDR_SHXYM: Uscc | None = None
    XK_XDR_GSZC: Short | None = None
    XK_XDR_ZZJG: OrgCode | None = None
    XK_XDR_SWDJ: TaxNo | None = None
    XK_XDR_SYDW: InstitutionNo | None = None
    XK_XDR_SHZZ: Short | None = None
    XK_FRDB: Short | None = None
    XK_FR_ZJLX: IdType | None = None
    XK_FR_ZJHM: IdNo | None = None
    XK_XDR_ZJLX: IdType | None = None
    XK_XDR_ZJHM: IdNo | None = None
    XK_XKWS: Annotated[str, Field(max_length=200), NO_HIDDEN]
    XK_WSH: Code | None = None
    XK_XKLB: Annotated[str, Field(max_length=256), NO_HIDDEN, AfterValidator(_check_kind)]
    XK_XKZS: Annotated[str, Field(max_length=200), NO_HIDDEN] | None = None
    XK_XKBH: Code | None = None
    XK_NR: Annotated[str, Field(max_length=4000), NO_CONTROL]
    XK_JDRQ: Day
    XK_YXQZ: Day
    XK_YXQZI: Day
    XK_XKJG: OrganName
    XK_XKJGDM: Uscc
    XK_ZT: Literal["1", "2"]
    XK_LYDW: OrganName
    XK_LYDWDM: Uscc
    BZ: Remark | None = None

    @property
    def number(self) -> str:
        """The number of the decision, or that of the permit where the decision has none."""
        return self.XK_WSH or self.XK_XKBH or ""

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        refuse(self._problems())
        require_order("XK_YXQZ", "XK_YXQZI", (self.XK_YXQZ, self.XK_YXQZI))
        return self

    def _problems(self) -> Iterable[str]:
        yield from self.counterparty_problems()
        if not self.number:
            yield "XK_WSH is required where XK_XKBH is blank"


class Commitment(Common):
    """A credit commitment 信用承诺 and what became of it."""

    commitment: Literal["informed", "voluntary", "repair"]
    state: Literal["signed", "kept", "breached"]
    content: Content
    due_on: Day | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "due_on", (self.occurred_on, self.due_on))
        return self


class Registration(Common):
    """An event in the registration of an institution, practitioner, place or producer."""

    event: Literal[
        "registered",
        "changed",
        "verification_passed",
        "verification_suspended",
        "closed",
        "revoked",
        "cancelled",
    ]
    role: Literal[
        "institution",
        "practitioner",
        "public_place",
        "water_supplier",
        "disinfectant_producer",
        "tableware_disinfector",
    ]
    workplace: Party | None = None
