"""What a message says, once a connector has read it: a fact, an act about one, a receipt or a feed's answer.

A connector turns a validated message into exactly one of these; the rules know nothing else of the outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas.base import Frozen
from schemas.party import Organ, Party, RecordKey
from schemas.sheets import Template
from schemas.states import NoticeState
from schemas.words import Worded


class Category(Worded):
    """What kind of administrative act or event a record is."""

    PERMIT = "permit", "行政许可"
    COMMITMENT = "commitment", "信用承诺"
    REGISTRATION = "registration", "登记"
    CHECK = "check", "行政检查"
    PENALTY = "penalty", "行政处罚"
    COERCION = "coercion", "行政强制"
    LEVY = "levy", "行政征收"
    REQUISITION = "requisition", "行政征用"
    POINTS = "points", "不良记分"
    CONDUCT = "conduct", "行为认定"
    TRANSFER = "transfer", "案件移送"
    AGREEMENT = "agreement", "医保协议"
    FRAUD = "fraud", "欺诈骗保"
    OFFENCE = "offence", "涉医违法犯罪"
    HONOUR = "honour", "表彰"
    LISTING = "listing", "列入名单"
    RATING = "rating", "行业评定"
    FILING = "filing", "备案"
    VOICE = "voice", "社会监督"
    DECLARATION = "declaration", "自主申报"
    ASSOCIATION = "association", "行业协会信息"
    UPKEEP = "upkeep", "日常管理"
    WORK = "work", "履职管理"


_OF_MANY = frozenset({Category.HONOUR.value, Category.LISTING.value})
"""By the last word of the family."""


def names_many(family: str) -> bool:
    """Tell whether a document of a family names many parties, each of which has a record of its own."""
    return family.rpartition(".")[2] in _OF_MANY


class Fact(NamedTuple):
    """A business record as one message states it.

    `items` is the content that the archive shows and a feed may carry: JSON values, never an identity number
    of a person. `valid_until` is the last day on which the fact holds by itself (a permit's or honour's end);
    `publicity_until` the end of publicity that the source asks for. `related` are other parties whose
    identifiers the message asserts (a workplace, the hospital of an offence), each by the name of its item.
    """

    key: RecordKey
    organ: Organ
    party: Party
    category: Category
    occurred_on: date
    items: Mapping[str, Any]
    valid_from: date | None = None
    valid_until: date | None = None
    publicity_until: date | None = None
    related: Mapping[str, Party] = MappingProxyType({})


class ActKind(Worded):
    """What an office message does to the record it targets."""

    WITHDRAWAL = "withdrawal", "撤销"
    OBJECTION = "objection", "异议"
    REPAIR = "repair", "修复"
    TOLD = "told", "告知"
    REPAIR_NOTICE = "repair_notice", "信用修复告知"


class Act(NamedTuple):
    """Something an authority decided about a business record; itself a business record with revisions.

    `state` is the contract's word: the reason of a withdrawal, or the state of an objection, repair or telling.
    """

    key: RecordKey
    organ: Organ
    kind: ActKind
    target: RecordKey
    state: str
    occurred_on: date


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What an agency says it did about one measure."""

    code: str
    done: bool
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """An agency's answer to a notice."""

    notice_no: str
    agency: str
    state: NoticeState
    at: datetime
    measures: tuple[MeasureReport, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FeedResult:
    """A feed's answer to a row; `0000` means accepted.

    The row is named by its id, by the number of its document in its one form, or by both. `at` is when the feed
    answered; None where that is the time of the message.
    """

    feed: str
    row_id: str | None
    code: str
    message: str | None = None
    document_no: str | None = None
    at: datetime | None = None


Statement = Fact | Act | Receipt | FeedResult


Model = type[Frozen]


@dataclass(frozen=True, slots=True)
class MessageType:
    """One type that a connector reads: its model and the function that turns a valid one into a statement."""

    type: str
    model: Model
    read: Callable[[Any, str], Statement]
    """Called as `read(message, family)`; raises `UnusableError` for what a model cannot say."""
    derived: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The items that `read` makes and the model does not have, each with its Chinese title."""


@dataclass(frozen=True, slots=True)
class Connector:
    """What one outside system sends: the declaration that a connector folder exports."""

    name: str
    source: str
    """The CloudEvents source, or its first part where each sender has its own (`/partner`)."""
    types: tuple[MessageType, ...] = field(default=())
    sheets: tuple[Template, ...] = ()
    """The templates of others whose rows are its messages; each type has one of our own besides."""
