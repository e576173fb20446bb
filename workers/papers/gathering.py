"""Which papers can be made of the archive, and by what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pydantic import ValidationError

from schemas.errors import PermanentError
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
    PaperKind.LISTING_NOTICE: listed.make_notices,
}
"""What makes papers of each kind. Letters to sources are made of messages (`inquiries`), all others of data alone."""


class OnlyOfData(PermanentError):
    """Papers of a kind hold what is in no archive: they are made of data that somebody gives."""


def gather(kind: PaperKind, shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the papers of a kind that are asked for.

    Raises:
        OnlyOfData: the archive does not hold what they say.
        DataRefused: what was asked for, or what the archive holds, cannot stand on a paper.
    """
    if kind not in MAKERS:
        error = OnlyOfData(f"{kind} is made of data alone: give --data")
        error.add_note(f"{kind.word}的内容不在档案中，请用 --data 提供数据。")
        raise error
    try:
        yield from MAKERS[kind](shelf, asked)
    except ValidationError as refused:
        unfit = DataRefused("\n".join(explain(refused)))
        unfit.add_note(f"《{kind.word}》所需的内容不能印制：")
        raise unfit from None  # the cause names what was given
