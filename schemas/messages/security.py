"""What public security says: offences against medical order."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from schemas.messages.common import Common
from schemas.party import Party


class Offence(Common):
    """An offence against medical order 涉医违法犯罪 (发改财金〔2018〕1399号): by a person, at a hospital.

    `B0` disrupts treatment in another way, such as by selling appointments; `B1` injures staff or destroys
    property; `B2` disturbs order; `B3` detains staff; `B4` insults or threatens them; `B5` carries weapons
    or dangerous goods; `B6` instigates or acts for others.
    """

    behaviour: Literal["B0", "B1", "B2", "B3", "B4", "B5", "B6"]
    sanction: Literal["warning", "fine", "detention", "criminal"]
    hospital: Party

    @model_validator(mode="after")
    def _check_parties(self) -> Self:
        if self.party.kind != "person":
            raise PydanticCustomError("party_kind", "party is not a person")
        return self
