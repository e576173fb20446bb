"""The licensing system: permits, filings, commitments, registrations."""

from __future__ import annotations

from connectors.licensing.mapping import read_commitment, read_filing, read_permit, read_registration
from connectors.licensing.messages import Commitment, Filing, Permit, Registration
from connectors.licensing.sheets import SHEETS
from connectors.reading import named
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="licensing",
    source="/licensing",
    sheets=SHEETS,
    types=(
        MessageType("credit.licensing.permit.v1", Permit, read_permit),
        MessageType("credit.licensing.commitment.v1", Commitment, read_commitment),
        MessageType(
            "credit.licensing.registration.v1",
            Registration,
            read_registration,
            derived=named("workplace", "执业机构") | named("organiser", "举办单位"),
        ),
        MessageType("credit.licensing.filing.v1", Filing, read_filing),
    ),
)
