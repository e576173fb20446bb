"""What papers say: one model for each kind, of which a template may use all and nothing else.

Numbers of persons are masked before a paper is made of a model; what is not known is absent, never a blank text.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.papers.common import Paper, PaperKind
from schemas.papers.display import Board, QrSheets
from schemas.papers.inquiry import SourceInquiry
from schemas.papers.lists import GradeTable, Listing, OnsiteResults, PositiveCases
from schemas.papers.notices import (
    DowngradeNotice,
    ListingNotice,
    RepairConfirmation,
    RepairNotice,
    ResultLetter,
)
from schemas.papers.reports import Bulletin, Circular, ComprehensiveForm, CreditReport, PeriodReport

MODELS: Mapping[PaperKind, type[Paper]] = {
    PaperKind.RESULT_LETTER: ResultLetter,
    PaperKind.DOWNGRADE_NOTICE: DowngradeNotice,
    PaperKind.REPAIR_NOTICE: RepairNotice,
    PaperKind.REPAIR_CONFIRMATION: RepairConfirmation,
    PaperKind.LISTING_NOTICE: ListingNotice,
    PaperKind.SOURCE_INQUIRY: SourceInquiry,
    PaperKind.CIRCULAR: Circular,
    PaperKind.ONSITE_RESULTS: OnsiteResults,
    PaperKind.POSITIVE_CASES: PositiveCases,
    PaperKind.COMPREHENSIVE_FORM: ComprehensiveForm,
    PaperKind.BOARD: Board,
    PaperKind.QR_SHEETS: QrSheets,
    PaperKind.RED_LIST: Listing,
    PaperKind.BLACK_LIST: Listing,
    PaperKind.ABNORMAL_LIST: Listing,
    PaperKind.GRADE_TABLE: GradeTable,
    PaperKind.CREDIT_REPORT: CreditReport,
    PaperKind.PERIOD_REPORT: PeriodReport,
    PaperKind.BULLETIN: Bulletin,
}
"""The model of each kind."""

__all__ = ["MODELS", "Paper", "PaperKind"]
