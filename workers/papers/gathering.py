"""Which papers can be made of the archive, and by what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pydantic import ValidationError

from schemas.papers import PaperKind
from schemas.papers.common import Paper
from workers.papers import listed, periods, records, results, sheets
from workers.papers.asked import Asked, Shelf
from workers.papers.given import DataRefused, explain

Maker = Callable[[Shelf, Asked], Iterator[Paper]]
"""Yields papers; raises NotGiven where it needs to know more, NothingFound where there is nothing to tell."""

MAKERS: Mapping[PaperKind, Maker] = {
    PaperKind.RESULT_LETTER: results.make_letters,
    PaperKind.DOWNGRADE_NOTICE: results.make_downgrades,
    PaperKind.REPAIR_NOTICE: records.make_repair_notice,
    PaperKind.REPAIR_CONFIRMATION: records.make_confirmation,
    PaperKind.CIRCULAR: results.make_circular,
    PaperKind.ONSITE_RESULTS: sheets.make_results,
    PaperKind.POSITIVE_CASES: sheets.make_cases,
    PaperKind.COMPREHENSIVE_FORM: sheets.make_form,
    PaperKind.BOARD: records.make_board,
    PaperKind.QR_SHEETS: records.make_sheets,
    PaperKind.RED_LIST: listed.lists_as(PaperKind.RED_LIST),
    PaperKind.BLACK_LIST: listed.lists_as(PaperKind.BLACK_LIST),
    PaperKind.ABNORMAL_LIST: listed.lists_as(PaperKind.ABNORMAL_LIST),
    PaperKind.GRADE_TABLE: results.make_table,
    PaperKind.CREDIT_REPORT: records.make_report,
    PaperKind.PERIOD_REPORT: periods.make_report,
    PaperKind.BULLETIN: periods.make_bulletin,
    PaperKind.LISTING_NOTICE: listed.make_notices,
}
"""What makes papers of each kind. Letters to sources are made of messages (`inquiries`)."""


def gather(kind: PaperKind, shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the papers of a kind of `MAKERS` that are asked for.

    Raises:
        DataRefused: what was asked for, or what the archive holds, cannot stand on a paper.
    """
    try:
        yield from MAKERS[kind](shelf, asked)
    except ValidationError as refused:
        unfit = DataRefused("\n".join(explain(refused)))
        unfit.add_note(f"《{kind.word}》所需的内容不能印制：")
        raise unfit from None  # the cause names what was given
