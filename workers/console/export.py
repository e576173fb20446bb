"""What a browser is given as a file: a list as a spreadsheet, a paper as PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from starlette.responses import Response

from schemas.errors import PermanentError
from schemas.papers import Paper, PaperKind
from schemas.regime.papers import Format
from workers.console.asked import Incomplete
from workers.console.screens import Listing
from workers.letters import spell
from workers.papers import rules, writing, xlsx
from workers.papers.parts import Line, Table
from workers.papers.pdf import Press
from workers.settings import Settings

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


def as_pdf(kind: PaperKind, regime: str, paper: Paper, settings: Settings) -> Response:
    """Return a paper as a regime prints papers of its kind.

    Raises:
        PermanentError: the regime has none of the kind, or it cannot be set.
    """
    order = rules.open_desk(settings.policies, regime, kind).order(paper.issued_on)
    made = writing.make(Press(settings.policies, settings.fonts), order, paper, Format.PDF)
    return Response(
        made, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{kind}.pdf"'}
    )


@contextmanager
def printing() -> Iterator[None]:
    """Tell in Chinese why a paper cannot be made.

    Raises:
        Incomplete: for whatever is lacking.
    """
    try:
        yield
    except PermanentError as error:
        raise Incomplete("；".join(getattr(error, "__notes__", ())) or "这份文书不能印制，请核对所填内容。") from error
