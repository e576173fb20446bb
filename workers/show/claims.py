"""Claims of identifiers, as they are told."""

from __future__ import annotations

from collections.abc import Sequence


def tell_rivals(rivals: Sequence[str]) -> str:
    """Say who else has a claim to an identifier that was claimed just now; nothing where nobody has."""
    if not rivals:
        return ""
    whom = "、".join(rivals)
    return f"注意：这一标识也属于 {whom}，只凭它的报文无法确定当事人，将会挂起。请核对后取消其中一项，或关联两个主体。"
