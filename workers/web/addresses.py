"""Whom an address stands for, where attempts and requests are counted."""

from __future__ import annotations

import ipaddress


def group(address: str) -> str:
    """Return whom an address stands for: of the newer kind a subscriber has a whole network of them."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False))
