"""The licensing system: permits, commitments, registrations."""

from __future__ import annotations

from connectors.licensing.mapping import read_commitment, read_permit, read_registration
from connectors.licensing.messages import Commitment, Permit, Registration
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="licensing",
    source="/licensing",
    types=(
        MessageType("credit.licensing.permit.v1", Permit, read_permit),
        MessageType("credit.licensing.commitment.v1", Commitment, read_commitment),
        MessageType("credit.licensing.registration.v1", Registration, read_registration),
    ),
)
