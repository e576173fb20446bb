"""Hiding personal numbers from people who need not see them."""

from __future__ import annotations

import re

from credit.identity.people import is_citizen_number, upgrade
from credit.identity.text import X_ALIKE, squeeze_number

# A cheap net; what it catches is judged by date and check character. Inside longer numbers, hex digests and
# codes nothing is caught, full-width digits and the usual grouping are.
_CANDIDATE = re.compile(
    rf"""(?<![0-9A-Za-z]) [1-9１-９]\d{{5}} [\ -]?
    (?: \d{{8}} [\ -]? \d{{3}} [\ -]? [\dx{re.escape(X_ALIKE)}Ｘｘⅹ] | \d{{6}} [\ -]? \d{{3}} )
    (?![0-9A-Za-z])""",
    re.VERBOSE,
)


def mask_number(id_no: str) -> str:
    """Hide the middle of a number: an 18-character one keeps 6 and 4 characters, others at most 2 and 2.

    Of a number that is not 18 characters long never more than half is shown.
    """
    head, tail = (6, 4) if len(id_no) == 18 else (min(2, len(id_no) // 4),) * 2
    hidden = len(id_no) - head - tail
    return id_no[:head] + "*" * hidden + id_no[head + hidden :]


def mask_text(text: str) -> str:
    """Mask every citizen number, of 18 characters or 15 digits, in running text.

    Numbers without a real birth date or with a wrong check character stay, so unified social credit codes do,
    except the rare one that is a faultless citizen number too: in a log one mask too many is the lesser harm.
    """
    return _CANDIDATE.sub(_mask_match, text)


def _mask_match(match: re.Match[str]) -> str:
    number = squeeze_number(match[0])
    return mask_number(number) if is_citizen_number(number) or upgrade(number) else match[0]
