"""From a partner agency's message to a receipt."""

from __future__ import annotations

from connectors.partner.messages import NoticeReceipt
from schemas.statement import MeasureReport, Receipt


def read_receipt(message: NoticeReceipt, _family: str) -> Receipt:
    """Read an agency's answer to a notice."""
    return Receipt(
        notice_no=message.notice_no,
        agency=message.agency,
        state=message.state,
        at=message.at,
        measures=tuple(MeasureReport(one.code, one.done, one.remark) for one in message.measures),
        reason=message.reason,
    )
