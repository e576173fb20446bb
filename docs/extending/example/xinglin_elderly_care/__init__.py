"""Civil affairs: inspections of elderly-care institutions."""

from __future__ import annotations

from schemas.statement import Connector, MessageType
from xinglin_elderly_care.mapping import read_inspection
from xinglin_elderly_care.messages import ElderlyCareInspection

CONNECTOR = Connector(
    name="elderly-care",
    source="/civil-affairs",
    types=(MessageType("civil.elderly-care.inspection.v1", ElderlyCareInspection, read_inspection),),
)
