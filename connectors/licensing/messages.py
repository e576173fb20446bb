"""What the licensing system says: permits, filings, commitments, registrations."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import NO_CONTROL, NO_HIDDEN, Code, Day, End, Instant, Name, is_absent
from schemas.fillers import FILLER_IS_BLANK, is_filler
from schemas.forms import is_other, read_other
from schemas.messages.common import Common, Content, Matter, require_order
from schemas.messages.national import (
    CounterpartyKind,
    National,
    OptionalIdNo,
    OptionalIdType,
    OptionalInstitutionNo,
    OptionalNo,
    OptionalOrgCode,
    OptionalTaxNo,
    OptionalUscc,
    OrganName,
    Remark,
    Short,
    Uscc,
    refuse,
)
from schemas.party import Party, PartyName
from schemas.words import Words

OptionalReference = Annotated[Code | None, FILLER_IS_BLANK]

District = Annotated[str, Field(pattern="^[0-9]{6}$")]
"""A code of an administrative division 行政区划代码 (GB/T 2260): six digits."""

PERMIT_KINDS = frozenset({"普通", "特许", "认可", "核准", "登记", "其他"})


def _check_kind(value: str) -> str:
    kind = read_other(value).strip()
    if kind not in PERMIT_KINDS and not is_other(kind):
        near = [known for known in sorted(PERMIT_KINDS) if known in kind and known != "其他"]
        advice = f"is {near[0]} meant? If not, write it as 其他-…" if len(near) == 1 else "write it as 其他-…"
        raise PydanticCustomError("permit_kind", "is not a kind of permit on the list; {advice}", {"advice": advice})
    return kind


class Permit(National, title="行政许可"):
    """A permit 行政许可: the 28 national items of generation V2019."""

    PREFIX: ClassVar[Literal["XK", "CF"]] = "XK"

    XK_XDR_MC: PartyName = Field(title="行政相对人名称")
    XK_XDR_LB: CounterpartyKind = Field(title="行政相对人类别")
    XK_XDR_SHXYM: OptionalUscc = Field(default=None, title="统一社会信用代码")
    XK_XDR_GSZC: OptionalNo = Field(default=None, title="工商注册号")
    XK_XDR_ZZJG: OptionalOrgCode = Field(default=None, title="组织机构代码")
    XK_XDR_SWDJ: OptionalTaxNo = Field(default=None, title="税务登记号")
    XK_XDR_SYDW: OptionalInstitutionNo = Field(default=None, title="事业单位证书号")
    XK_XDR_SHZZ: OptionalNo = Field(default=None, title="社会组织登记证号")
    XK_FRDB: Short | None = Field(default=None, title="法定代表人")
    XK_FR_ZJLX: OptionalIdType = Field(default=None, title="法定代表人证件类型")
    XK_FR_ZJHM: OptionalIdNo = Field(default=None, title="法定代表人证件号码")
    XK_XDR_ZJLX: OptionalIdType = Field(default=None, title="自然人证件类型")
    XK_XDR_ZJHM: OptionalIdNo = Field(default=None, title="自然人证件号码")
    XK_XKWS: Annotated[str, Field(max_length=200), NO_HIDDEN] = Field(title="许可决定文书名称")
    XK_WSH: Code | None = Field(default=None, title="许可决定文书号")
    XK_XKLB: Annotated[str, Field(max_length=256), NO_HIDDEN, AfterValidator(_check_kind)] = Field(title="许可类别")
    XK_XKZS: Annotated[str, Field(max_length=200), NO_HIDDEN] | None = Field(default=None, title="许可证书名称")
    XK_XKBH: Code | None = Field(default=None, title="许可编号")
    XK_NR: Annotated[str, Field(max_length=4000), NO_CONTROL] = Field(title="许可内容")
    XK_JDRQ: Day = Field(title="许可决定日期")
    XK_YXQZ: Day = Field(title="有效期自")
    XK_YXQZI: End = Field(title="有效期至")
    XK_XKJG: OrganName = Field(title="许可机关")
    XK_XKJGDM: Uscc = Field(title="许可机关代码")
    XK_ZT: Annotated[Literal["1", "2"], Words({"1": "有效", "2": "无效"})] = Field(title="当前状态")
    XK_LYDW: OrganName = Field(title="数据来源单位")
    XK_LYDWDM: Uscc = Field(title="数据来源单位代码")
    BZ: Remark | None = Field(default=None, title="备注")

    @property
    def number(self) -> str:
        """The number of the decision, or that of the permit where the decision has none; a filler is none."""
        return next((number for number in (self.XK_WSH, self.XK_XKBH) if number and not is_filler(number)), "")

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        refuse(self._problems())
        if not self.number:
            raise PydanticCustomError("filler", "XK_WSH and XK_XKBH are fillers: one must be the number itself")
        require_order("XK_YXQZ", "XK_YXQZI", self.XK_YXQZ, self.XK_YXQZI)
        return self

    def _problems(self) -> list[str]:
        missing = [] if self.XK_WSH or self.XK_XKBH else ["XK_WSH is required where XK_XKBH is blank"]
        return self.counterparty_problems() + missing


class Commitment(Common, title="信用承诺"):
    """A credit commitment 信用承诺 and what became of it.

    `signer` is the legal representative who signed it, `reference` the document number of the permit or filing at which
    it was given.
    """

    commitment: Annotated[
        Literal["informed", "voluntary", "repair"],
        Words({"informed": "证明事项告知承诺", "voluntary": "主动承诺", "repair": "信用修复承诺"}),
    ] = Field(title="承诺类型")
    state: Annotated[
        Literal["signed", "kept", "breached"], Words({"signed": "已签署", "kept": "已履行", "breached": "违背"})
    ] = Field(title="承诺状态")
    content: Content = Field(title="内容")
    due_on: End | None = Field(default=None, title="履行期限")
    signer: Name | None = Field(default=None, exclude_if=is_absent, title="签署人")
    signed_at: Instant | None = Field(default=None, exclude_if=is_absent, title="签署时间")
    reference: OptionalReference = Field(default=None, exclude_if=is_absent, title="所涉许可或备案文书号")
    matter: Matter | None = Field(default=None, exclude_if=is_absent, title="承诺事项")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "due_on", self.occurred_on, self.due_on)
        return self


class Registration(Common, title="登记"):
    """An event in the registration of an institution, practitioner, place or producer.

    What it says of level, district, specialties, organiser and licence holds from its day on; what it leaves out stays
    as it was said before.
    """

    event: Annotated[
        Literal[
            "registered", "changed", "verification_passed", "verification_suspended", "closed", "revoked", "cancelled"
        ],
        Words(
            {
                "registered": "注册",
                "changed": "变更",
                "verification_passed": "校验合格",
                "verification_suspended": "暂缓校验",
                "closed": "停业",
                "revoked": "吊销",
                "cancelled": "注销",
            }
        ),
    ] = Field(title="登记事项")
    role: Annotated[
        Literal[
            "institution",
            "practitioner",
            "public_place",
            "water_supplier",
            "disinfectant_producer",
            "tableware_disinfector",
        ],
        Words(
            {
                "institution": "医疗机构",
                "practitioner": "医务人员",
                "public_place": "公共场所",
                "water_supplier": "供水单位",
                "disinfectant_producer": "消毒产品生产企业",
                "tableware_disinfector": "餐具集中消毒单位",
            }
        ),
    ] = Field(title="主体类型")
    profession: (
        Annotated[
            Literal["physician", "nurse", "village_doctor"],
            Words({"physician": "医师", "nurse": "护士", "village_doctor": "乡村医生"}),
        ]
        | None
    ) = Field(default=None, title="执业类别")
    workplace: Party | None = Field(default=None, title="执业机构")
    level: (
        Annotated[
            Literal["primary", "secondary", "tertiary", "ungraded"],
            Words({"primary": "一级", "secondary": "二级", "tertiary": "三级", "ungraded": "未定级"}),
        ]
        | None
    ) = Field(default=None, exclude_if=is_absent, title="机构级别")
    district: District | None = Field(default=None, exclude_if=is_absent, title="行政区划代码")
    specialties: Annotated[tuple[Code, ...], Field(max_length=200)] = Field(
        default=(), exclude_if=is_absent, title="诊疗科目"
    )
    organiser: Party | None = Field(default=None, exclude_if=is_absent, title="举办单位")
    licensed_on: Day | None = Field(default=None, exclude_if=is_absent, title="发证日期")


class Filing(Common, title="备案"):
    """A matter was filed 备案 with the authority, which needs no permit for it."""

    matter: Matter = Field(title="备案事项")
    content: Content = Field(title="内容")
    until: End | None = Field(default=None, title="有效期至")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        require_order("occurred_on", "until", self.occurred_on, self.until)
        return self
