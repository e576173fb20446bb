"""Who a party is: identifiers in their normal form, checked, and never shown in full where people look on.

Implements GB 32100-2015 (unified social credit code), GB 11714 (organisation code), GB 11643-1999 (citizen
number) and the forms of the other personal documents, of licence numbers and of practitioners' codes. Pure:
nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

from credit.identity.masking import is_plainly_code, mask_number, mask_text
from credit.identity.organisations import check_organ_code
from credit.identity.parties import Identifier, Identity, IdKind, identify
from credit.identity.text import name_key
from credit.identity.viewing import IN_FULL, MASKED, Viewer

__all__ = [
    "IN_FULL",
    "MASKED",
    "IdKind",
    "Identifier",
    "Identity",
    "Viewer",
    "check_organ_code",
    "identify",
    "is_plainly_code",
    "mask_number",
    "mask_text",
    "name_key",
]
