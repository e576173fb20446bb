"""Messages for the outbox: composed from the archive's rows, sealed, each in its stream.

A message id is made of what the message is about, so that a second attempt to say the same thing is caught by the
outbox instead of being sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from credit.batch import Rules
from credit.feeds import Shown
from credit.keys import record_id
from credit.routes import Feed
from credit.rows import DispatchRow, FeedRow, NoticeRow, SubjectRow
from credit.unify import Head
from schemas import wire
from schemas.base import Frozen
from schemas.outgoing import (
    AlertRaised,
    FeedRows,
    NoticeIssued,
    NoticeLifted,
    NoticeMeasure,
    NoticeRecord,
    Row,
)
from schemas.party import Party, RecordKey
from schemas.record import Cause
from schemas.statement import Fact

SOURCE = "/xinglin"


def notice_issued(notice: NoticeRow, subject: SubjectRow, fact: Fact, rules: Rules) -> DispatchRow:
    """Compose the notice with the full identifier: the agency must find its subject."""
    record = NoticeRecord(
        family=fact.key.family,
        organ=fact.organ.name,
        document_no=fact.key.document_no,
        occurred_on=fact.occurred_on,
    )
    message = NoticeIssued(
        notice_no=notice.notice_no,
        agency=notice.agency,
        party=_party(subject, fact.party.name, rules),
        ground=notice.ground,
        records=(record,),
        measures=tuple(NoticeMeasure(**measure) for measure in json.loads(notice.measures)),
        begin=notice.from_on,
        until=notice.until_on,
        reply_by=notice.reply_by,
    )
    return _notice(notice, "issued", message, rules)


def notice_lifted(notice: NoticeRow, rules: Rules) -> DispatchRow:
    """Compose the lifting of a notice."""
    assert notice.lift_cause is not None
    assert notice.lifted_at is not None
    message = NoticeLifted(
        notice_no=notice.notice_no,
        agency=notice.agency,
        cause=Cause(notice.lift_cause),
        at=notice.lifted_at,
    )
    return _notice(notice, "lifted", message, rules)


def _notice(notice: NoticeRow, what: str, message: Frozen, rules: Rules) -> DispatchRow:
    return _compose(
        message,
        (f"credit.notice.{what}.v1", f"{notice.notice_no}:{what}"),
        (f"notice.{notice.agency}", f"notice:{notice.record_id}:{notice.ground}:{notice.agency}"),
        rules,
    )


def feed_rows(row: FeedRow, shown: Shown | None, feed: Feed, rules: Rules) -> DispatchRow:
    """Compose the operation that brings a feed's row up to date; a withdrawal names the row only."""
    items = dict(shown.items) if shown else {}
    message = FeedRows(
        feed=feed.code,
        generation=feed.generation,
        kind=row.kind,
        operation=row.operation,
        rows=(Row(row_id=row.row_id, **items),),
    )
    return _compose(
        message,
        ("credit.feed.rows.v1", feed_message_id(row)),
        (f"feed.{feed.code}", f"feed:{row.row_id}"),
        rules,
    )


def feed_message_id(row: FeedRow) -> str:
    """Return the id of the message that carries the present version of a feed row."""
    return f"{row.row_id}:{row.version}"


def notice_overdue(notice: NoticeRow, rules: Rules) -> DispatchRow:
    """Alert the operators that an agency owes a reply."""
    what, due = ("notice", notice.reply_by) if notice.in_force else ("lift", notice.lift_reply_by)
    detail = f"{notice.agency} 尚未就通知 {notice.notice_no} 的{'送达' if what == 'notice' else '解除'}作出回执"
    return _alert(f"{what}-overdue", notice.notice_no, due, detail, rules)


def feed_late(row: FeedRow, rules: Rules) -> DispatchRow:
    """Alert the operators that a feed has not taken a row by its deadline."""
    detail = f"{row.feed} 的数据行 {row.row_id}（第 {row.version} 版，{row.operation}）已过期限"
    return _alert("feed-late", feed_message_id(row), row.due_on, detail, rules)


def feed_refused(row: FeedRow, rules: Rules) -> DispatchRow:
    """Alert the operators that a feed refused a row."""
    detail = f"{row.feed} 退回数据行 {row.row_id}：{row.result_code} {row.result_message or ''}".rstrip()
    return _alert("feed-refused", f"{feed_message_id(row)}:{row.result_code}", row.due_on, detail, rules)


def disputed(key: RecordKey, head: Head, rules: Rules) -> DispatchRow:
    """Alert the operators that a source contradicts itself about a record."""
    detail = f"{key.document_no} 第 {head.revision} 版先后内容不同，请向来源单位核实"
    return _alert("record-disputed", f"{record_id(key)}:{head.revision}", None, detail, rules)


def calendar_uncovered(due: date, rules: Rules) -> DispatchRow:
    """Alert the operators that deadlines were computed beyond the known holiday calendar."""
    detail = f"节假日安排未覆盖 {due.year} 年，期限按无节假日推算，请补录节假日表"
    return _alert("calendar-uncovered", str(due.year), due, detail, rules)


def _alert(kind: str, about: str, due: date | None, detail: str, rules: Rules) -> DispatchRow:
    message = AlertRaised(alert=kind, subject=about, due=due, detail=detail)
    return _compose(
        message,
        ("credit.alert.raised.v1", f"{kind}:{about}"),
        (f"alert.{kind}", f"alert:{kind}:{about}"),
        rules,
    )


def _compose(message: Frozen, named: tuple[str, str], routed: tuple[str, str], rules: Rules) -> DispatchRow:
    message_type, message_id = named
    routing_key, stream = routed
    event = wire.compose(
        message,
        message_type=message_type,
        message_id=message_id,
        source=SOURCE,
        sender=rules.routes.authority,
        time=rules.at.now,
    )
    body = rules.vault.seal(wire.encode(event), b"outbox")
    return DispatchRow(message_id, message_type, routing_key, stream, body, rules.at.now)


def _party(subject: SubjectRow, name: str, rules: Rules) -> Party:
    number = rules.vault.unseal(subject.identifier, b"subject").decode()
    if subject.kind == "person":
        return Party(kind="person", name=name, id_type=subject.id_type, id_no=number)
    return Party(kind=subject.kind, name=name, uscc=number)


def person_number(subject: SubjectRow, rules: Rules) -> str | None:
    """Return a person's number in clear; None for an organisation."""
    if subject.kind != "person":
        return None
    return rules.vault.unseal(subject.identifier, b"subject").decode()


def headers_text(headers: Mapping[str, str]) -> str:
    """Return transport headers as the JSON text that the inbox keeps."""
    return json.dumps(dict(headers), ensure_ascii=False, sort_keys=True)
