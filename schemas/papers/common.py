"""What papers share: their kinds, who is spoken of, and why something was decided."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Closed, Code, Day, Name, Text
from schemas.words import Worded


class PaperKind(Worded):
    """Every paper that an authority prints, sends or publishes."""

    RESULT_LETTER = "result-letter", "评价结果告知书"
    DOWNGRADE_NOTICE = "downgrade-notice", "等级降级通知书"
    REPAIR_NOTICE = "repair-notice", "信用修复告知书"
    REPAIR_CONFIRMATION = "repair-confirmation", "信用修复确认通知书"
    LISTING_NOTICE = "listing-notice", "列入名单事先告知书"
    SOURCE_INQUIRY = "source-inquiry", "信用信息核对函"
    CIRCULAR = "circular", "信用评价结果通报"
    ONSITE_RESULTS = "onsite-results", "现场评价结果一览表"
    POSITIVE_CASES = "positive-cases", "阳性个案一览表"
    COMPREHENSIVE_FORM = "comprehensive-form", "综合评定表"
    BOARD = "board", "信息公示栏"
    QR_SHEETS = "qr-sheets", "信用信息二维码"
    RED_LIST = "red-list", "守信红名单"
    BLACK_LIST = "black-list", "失信黑名单"
    ABNORMAL_LIST = "abnormal-list", "信用异常名单"
    GRADE_TABLE = "grade-table", "信用等级公示表"
    CREDIT_REPORT = "credit-report", "信用报告"
    PERIOD_REPORT = "period-report", "信用工作报告"
    BULLETIN = "bulletin", "信用工作简报"


class Office(Closed):
    """Who a paper comes from, and where its reader may turn."""

    name: Name
    department: Name | None = None
    address: Text | None = None
    telephone: Text | None = None
    supervisor: Name | None = None
    complaints: Text | None = None
    """Telephone for complaints."""


class Paper(Closed):
    """A paper: its number, where it has one, and the day on it.

    `title` takes the place of the one that the regime gives to papers of the kind.
    """

    title: Text | None = None
    number: Text | None = None
    issued_on: Day


class Person(Closed):
    """Somebody who works at an institution, as a board shows it."""

    name: Name
    title: Text
    certificate: Text | None = None
    scope: Text | None = None


class Addressee(Closed):
    """The subject of a paper; the code of a natural person is masked."""

    name: Name
    code: Code
    head: Name | None = None
    address: Text | None = None
    licence: Code | None = None
    category: Text | None = None


class Reference(Closed):
    """A record that something rests on: its number, its day, who made it, and what it is or says."""

    number: Text
    day: Day
    organ: Name | None = None
    content: Text | None = None


class Reason(Closed):
    """Why a result is what it is: what was found, what follows, by which clause and which records."""

    text: Text
    effect: Text | None = None
    clause: Text | None = None
    records: tuple[Reference, ...] = ()


class Amount(Closed):
    """A number with the name of what was counted; texts, so that 12/40 and 92.50 % have their place."""

    name: Text
    value: Text


class Section(Closed):
    """Part of a running text: its heading, if any, its paragraphs, and what is counted in it."""

    heading: Text | None = None
    paragraphs: tuple[Text, ...] = ()
    amounts: tuple[Amount, ...] = ()


Link = Annotated[str, Field(pattern=r"^https://[!-~]{1,180}$")]
"""The address behind a QR code."""
