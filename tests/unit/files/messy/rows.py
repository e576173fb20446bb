"""A row as it should be, and its headings: what cases change."""

from __future__ import annotations

from typing import Any

from tests.unit.files.seen import TITLES, Said, Seen

USCC = "91410481MA9K2F7Q0R"
CODES = ("CF_XDR_MC", "CF_XDR_SHXYM", "CF_WSH", "CF_CFLB", "CF_NR_FK", "CF_JDRQ", "CF_GSJZQ")
"""Of columns A to G."""
HEAD = [TITLES[code] for code in CODES]
PLAIN = {
    "CF_XDR_MC": "舞钢市口腔诊所",
    "CF_XDR_SHXYM": USCC,
    "CF_WSH": "豫舞卫医罚〔2026〕12号",
    "CF_CFLB": "警告；罚款",
    "CF_NR_FK": "0.2",
    "CF_JDRQ": "2026-01-05",
    "CF_GSJZQ": "2027-01-05",
}
ROW = [PLAIN[code] for code in CODES]


def row(**changes: Any) -> list[Any]:
    """The row with other cells: `row(CF_JDRQ="2026/1/5")`."""
    return [(PLAIN | changes)[code] for code in CODES]


def said(
    number: int,
    /,
    notes: dict[str, Said] | None = None,
    refusals: dict[str, Said] | None = None,
    **changes: str | None,
) -> Seen:
    values = {code: text for code, text in (PLAIN | changes).items() if text is not None}
    return Seen(number, values, notes or {}, refusals or {})
