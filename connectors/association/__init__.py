"""Associations of the trade: what they found about somebody."""

from __future__ import annotations

from connectors.association.mapping import read_finding
from connectors.association.messages import Finding
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="association",
    source="/association",
    types=(MessageType("credit.association.finding.v1", Finding, read_finding),),
)
