"""The credit office: honours, listings, withdrawals, objections, repair, and that a party was told."""

from __future__ import annotations

from connectors.office.mapping import read_honour, read_listing, read_objection, read_repair, read_told, read_withdrawal
from connectors.office.messages import Honour, Listing, Objection, Repair, Told, Withdrawal
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="office",
    source="/office",
    types=(
        MessageType("credit.office.honour.v1", Honour, read_honour),
        MessageType("credit.office.listing.v1", Listing, read_listing),
        MessageType("credit.office.withdrawal.v1", Withdrawal, read_withdrawal),
        MessageType("credit.office.objection.v1", Objection, read_objection),
        MessageType("credit.office.repair.v1", Repair, read_repair),
        MessageType("credit.office.told.v1", Told, read_told),
    ),
)
