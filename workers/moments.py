"""Moments as people type them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from workers.runtime import SHANGHAI

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_moment(text: str, *, whole_days: int = 0) -> datetime:
    """Return a moment of Asia/Shanghai; of a day alone its beginning, so many days later.

    Raises:
        ValueError: the text is neither a day nor a moment.
    """
    found = datetime.fromisoformat(text)
    moment = found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    return moment + timedelta(days=whole_days) if _DAY.fullmatch(text) else moment
