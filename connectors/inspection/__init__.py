"""The inspection system: checks, penalties, measures, points, conduct, cases handed to the police."""

from __future__ import annotations

from connectors.inspection.mapping import (
    read_check,
    read_conduct,
    read_measure,
    read_penalty,
    read_points,
    read_transfer,
)
from connectors.inspection.messages import Check, Conduct, Measure, Penalty, Points, Transfer
from connectors.inspection.sheets import SHEETS
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="inspection",
    source="/inspection",
    sheets=SHEETS,
    types=(
        MessageType("credit.inspection.check.v1", Check, read_check),
        MessageType("credit.inspection.penalty.v1", Penalty, read_penalty, derived={"penalty_kinds": "处罚种类"}),
        MessageType("credit.inspection.measure.v1", Measure, read_measure),
        MessageType("credit.inspection.points.v1", Points, read_points),
        MessageType("credit.inspection.conduct.v1", Conduct, read_conduct),
        MessageType("credit.inspection.transfer.v1", Transfer, read_transfer),
    ),
)
