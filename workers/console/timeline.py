"""What happened to the records of a subject, in its order: message, record, notice, receipt, lift, and feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from credit.store.queries.archive import Archive, Message, Record
from credit.store.queries.feeds import Entry
from credit.store.queries.notices import Notice
from schemas.envelope import family_of
from schemas.record import Cause
from schemas.statement import ActKind
from schemas.states import NoticeState, Operation
from schemas.words import Tone, Worded
from workers.console.screens import Cell
from workers.show.names import Names
from workers.show.words import say, word


class Happened(Worded):
    """What happened."""

    MESSAGE = "message", "来报", Tone.PLAIN
    RECORD = "record", "入档", Tone.BUSY
    ACT = "act", "处理", Tone.GRAVE
    NOTICE = "notice", "发出通知", Tone.WAITING
    RECEIPT = "receipt", "回执", Tone.GOOD
    LIFT = "lift", "解除通知", Tone.LEAVING
    CONFIRMED = "confirmed", "确认解除", Tone.PAST
    FEED = "feed", "报送", Tone.BUSY
    ANSWER = "answer", "平台反馈", Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, what is said of it with where it leads to, and how long after what led to it."""

    at: datetime
    what: Happened
    said: Cell
    lag: str
    key: str


def tell(archive: Archive, names: Names, lead: Callable[[str], str]) -> list[Event]:
    """Return what happened, the last first; `lead` says where a record, by its id, is shown."""
    events = [event for record in archive.records for event in _tell(record, names, lead(record.row.record_id))]
    return sorted(events, key=lambda each: (each.at, each.key), reverse=True)


def _tell(record: Record, names: Names, path: str) -> Iterator[Event]:
    row = record.row
    for said in record.messages:
        told = f"{_name(said, record, names)}，报文 {said.message_key}"
        since = _after(said.event_time, said.received_at, "报文时间")
        yield Event(said.received_at, Happened.MESSAGE, Cell(told, path), since, f"m {said.message_key}")
    stated = min((said.received_at for said in record.messages), default=None)
    lag = _after(stated, row.known_at, "来报")
    yield Event(
        row.known_at, Happened.RECORD, Cell(f"{row.document_no}，{record.organ}", path), lag, f"r {row.record_id}"
    )
    for act in record.acts:
        state = names.vocabulary.state(act.row.family, act.row.act_state)
        told = f"{ActKind(act.row.kind).word}：{state}，{act.row.document_no}"
        lag = _after(act.stated_at, act.row.known_at, "报文时间")
        yield Event(act.row.known_at, Happened.ACT, Cell(told, path), lag, f"a {act.act_id}")
    for notice in record.notices:
        yield from _tell_notice(notice, names, row.known_at)
    for entry in record.feeds:
        yield from _tell_entry(entry, names, row.known_at)


def _name(said: Message, record: Record, names: Names) -> str:
    """Return what a message states: the record, or an act about it by its own title and number."""
    family = family_of(said.type) if said.type else record.row.family
    title = say(names.vocabulary.titles, family)
    if family == record.row.family:
        return f"{title} {record.row.document_no}"
    acts = [act.row for act in record.acts if act.row.family == family]
    stated = [row for row in acts if row.stated_by == said.message_key] or (acts if len(acts) == 1 else [])
    return f"{title} {stated[0].document_no}" if stated else f"{title}，关于 {record.row.document_no}"


def _tell_notice(notice: Notice, names: Names, known_at: datetime) -> Iterator[Event]:
    row = notice.row
    agency, path = say(names.agencies, row.agency), f"/notices/{row.notice_no}"

    def event(at: datetime, what: Happened, more: str, lag: str) -> Event:
        said = "，".join(part for part in (agency, row.notice_no, more) if part)
        return Event(at, what, Cell(said, path), lag, f"n {row.notice_no} {what.value}")

    if row.issued_at is not None:
        yield event(row.issued_at, Happened.NOTICE, "", _after(known_at, row.issued_at, "入档"))
    if row.replied_at is not None:
        answer = NoticeState(row.reply_state).word if row.reply_state else ""
        yield event(row.replied_at, Happened.RECEIPT, answer, _after(row.issued_at, row.replied_at, "通知"))
    if row.lifted_at is not None:
        why = f"因{word(Cause, row.lift_cause)}" if row.lift_cause else ""
        yield event(row.lifted_at, Happened.LIFT, why, _after(row.issued_at, row.lifted_at, "通知"))
    if row.lift_confirmed_at is not None:
        lag = _after(row.lifted_at, row.lift_confirmed_at, "解除通知")
        yield event(row.lift_confirmed_at, Happened.CONFIRMED, "", lag)


def _tell_entry(entry: Entry, names: Names, known_at: datetime) -> Iterator[Event]:
    row = entry.row
    feed, key = say(names.feeds, row.feed), f"f {row.row_id}"
    told = Cell(f"{feed}，{Operation(row.operation).word}，{entry.state.word}")
    yield Event(row.changed_at, Happened.FEED, told, _after(known_at, row.changed_at, "入档"), key)
    if row.result_at is not None:
        answer = f"{feed}，{row.result_code} {row.result_message or ''}".rstrip()
        lag = _after(row.changed_at, row.result_at, "报送")
        yield Event(row.result_at, Happened.ANSWER, Cell(answer), lag, f"{key} answer")


def _after(before: datetime | None, after: datetime, what: str) -> str:
    """Say how long after something it was; nothing where that is not known, or within the minute."""
    lag = after - before if before is not None else timedelta()
    if lag < timedelta(minutes=1):
        return ""
    hours, rest = divmod(int(lag.total_seconds()), 3600)
    long = f"{hours // 24} 天 {hours % 24} 小时" if hours >= 24 else f"{hours} 小时 {rest // 60} 分"
    return f"{what}后 {long}"
