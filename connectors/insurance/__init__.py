"""The health-insurance system: agreements, fraud, points."""

from __future__ import annotations

from connectors.insurance.mapping import read_agreement, read_fraud, read_points
from connectors.insurance.messages import Agreement, Fraud, InsurancePoints
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="insurance",
    source="/insurance",
    types=(
        MessageType("credit.insurance.agreement.v1", Agreement, read_agreement),
        MessageType("credit.insurance.fraud.v1", Fraud, read_fraud),
        MessageType("credit.insurance.points.v1", InsurancePoints, read_points),
    ),
)
