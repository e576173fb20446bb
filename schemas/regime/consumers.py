"""consumers.yaml: who is sent which results of a regime, and for what use."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Closed, Code, Day, Name
from schemas.policy import Provision
from schemas.regime.when import Rule
from schemas.routing import Word


class Consumer(Rule):
    """A business line or partner that gets results. `uses` are what it needs them for, in Chinese.

    It gets the results of `scales` (of `grades` only, where named) and the entries and exits of `lists`. `receipt`:
    whether it has to confirm.
    """

    organ_code: Code | None = None
    scales: tuple[Word, ...] = ()
    grades: tuple[Word, ...] = ()
    lists: tuple[Word, ...] = ()
    uses: Annotated[tuple[Name, ...], Field(min_length=1)]
    receipt: bool = False


class ConsumersEdition(Provision):
    """The consumers from a day on."""

    effective_from: Day
    consumers: tuple[Consumer, ...]


class ConsumersFile(Closed):
    """policies/regimes/NAME/consumers.yaml."""

    editions: Annotated[tuple[ConsumersEdition, ...], Field(min_length=1)]
