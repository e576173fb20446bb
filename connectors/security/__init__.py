"""Public security: offences against medical order."""

from __future__ import annotations

from connectors.reading import named
from connectors.security.mapping import read_offence
from connectors.security.messages import Offence
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="security",
    source="/security",
    types=(MessageType("credit.security.offence.v1", Offence, read_offence, derived=named("hospital", "医疗机构")),),
)
