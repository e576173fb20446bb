"""Partner agencies: receipts for notices. Each sends as `/partner/CODE`."""

from __future__ import annotations

from connectors.partner.mapping import read_receipt
from connectors.partner.messages import NoticeReceipt
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="partner",
    source="/partner",
    types=(MessageType("credit.partner.receipt.v1", NoticeReceipt, read_receipt),),
)
