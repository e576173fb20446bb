"""What public security says: offences against medical order."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.messages.common import Common
from schemas.party import Party
from schemas.words import Words


class Offence(Common, title="涉医违法犯罪"):
    """An offence against medical order 涉医违法犯罪 (发改财金〔2018〕1399号): by a person, at a hospital.

    `B0` disrupts treatment in another way, such as by selling appointments; `B1` injures staff or destroys
    property; `B2` disturbs order; `B3` detains staff; `B4` insults or threatens them; `B5` carries weapons
    or dangerous goods; `B6` instigates or acts for others.
    """

    behaviour: Annotated[
        Literal["B0", "B1", "B2", "B3", "B4", "B5", "B6"],
        Words(
            {
                "B0": "以其他方式扰乱诊疗",
                "B1": "伤害医务人员、毁坏财物",
                "B2": "扰乱医疗秩序",
                "B3": "非法限制医务人员人身自由",
                "B4": "侮辱、恐吓医务人员",
                "B5": "携带管制器具或危险物品",
                "B6": "教唆他人或以受他人委托为名实施",
            }
        ),
    ] = Field(title="行为类型")
    sanction: Annotated[
        Literal["warning", "fine", "detention", "criminal"],
        Words({"warning": "警告", "fine": "罚款", "detention": "行政拘留", "criminal": "刑事处罚"}),
    ] = Field(title="处理")
    hospital: Party = Field(title="医疗机构")

    @model_validator(mode="after")
    def _check_parties(self) -> Self:
        if self.party.kind != "person":
            raise PydanticCustomError("party_kind", "party is not a person")
        return self
