"""A list as a spreadsheet."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from workers.console.screens import Listing
from workers.letters import spell
from workers.papers import xlsx
from workers.papers.parts import Line, Table

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_xlsx(listing: Listing[Any], office: str, on: date) -> Response:
    """Return the rows of a list as XLSX, every cell a text; the file says where it was cut."""
    titles = tuple(column.title for column in listing.columns)
    rows = tuple(tuple(spell(cell.text) for cell in cells) for cells in listing.cells())
    table = Table(kind="table", caption=listing.title, columns=titles, widths=("auto",) * len(titles), rows=rows)
    title = f"{listing.title}（{on.isoformat()}，{len(rows)} 行{'，未列完' if listing.after else ''}）"
    head = Line(kind="title", text=title)
    body = xlsx.write((head, table), listing.title, office, on)
    return Response(body, media_type=_XLSX, headers={"Content-Disposition": 'attachment; filename="xinglin.xlsx"'})
