"""Messages for the outbox: composed from the archive's rows, sealed, each in its stream.

A message id is made of what the message is about, so that a second attempt to say the same thing is caught by the
outbox instead of being sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from pydantic import TypeAdapter

from credit.batch import Rules
from credit.feeds import Shown
from credit.keys import record_id
from credit.routes import Feed
from credit.rows import DispatchRow, FeedRow, NoticeRow, SubjectRow
from credit.unify import Head
from schemas import wire
from schemas.outgoing import AlertRaised, NoticeRecord
from schemas.party import Party, RecordKey
from schemas.statement import Fact

SOURCE = "/xinglin"

_ITEMS = TypeAdapter(dict[str, str])
"""What a connector calls national items is text, or it does not leave."""


@dataclass(frozen=True, slots=True)
class Case:
    """Whom and what the notices of a record are about, as the contract has it."""

    party: Mapping[str, Any]
    record: Mapping[str, Any]


def case(subject: SubjectRow, fact: Fact, rules: Rules) -> Case:
    """Return what all notices of a record say, with the full identifier: the agency must find its subject."""
    record = NoticeRecord(
        family=fact.key.family,
        organ=fact.organ.name,
        document_no=fact.key.document_no,
        occurred_on=fact.occurred_on,
    )
    return Case(_party(subject, fact.party.name, rules).model_dump(exclude_none=True), record.model_dump())


def notice_issued(notice: NoticeRow, about: Case, rules: Rules) -> DispatchRow:
    """Compose the notice: `schemas.outgoing.NoticeIssued`."""
    message = {
        "notice_no": notice.notice_no,
        "agency": notice.agency,
        "party": about.party,
        "ground": notice.ground,
        "records": [about.record],
        "measures": orjson.Fragment(notice.measures),
        "from": notice.from_on,
        "reply_by": notice.reply_by,
    }
    if notice.until_on is not None:
        message["until"] = notice.until_on
    return _notice(notice, "issued", message, rules)


def notice_lifted(notice: NoticeRow, rules: Rules) -> DispatchRow:
    """Compose the lifting of a notice: `schemas.outgoing.NoticeLifted`."""
    message = {
        "notice_no": notice.notice_no,
        "agency": notice.agency,
        "cause": notice.lift_cause,
        "at": notice.lifted_at,
    }
    return _notice(notice, "lifted", message, rules)


def _notice(notice: NoticeRow, what: str, message: Mapping[str, Any], rules: Rules) -> DispatchRow:
    return _compose(
        message,
        (f"credit.notice.{what}.v1", f"{notice.notice_no}:{what}"),
        (f"notice.{notice.agency}", f"notice:{notice.record_id}:{notice.ground}:{notice.agency}"),
        rules,
    )


def feed_rows(row: FeedRow, shown: Shown | None, feed: Feed, rules: Rules) -> DispatchRow:
    """Compose the operation that brings a feed's row up to date: `schemas.outgoing.FeedRows`.

    A withdrawal names the row only.
    """
    items = _ITEMS.validate_python(shown.items) if shown else {}
    message = {
        "feed": feed.code,
        "generation": feed.generation,
        "kind": row.kind,
        "operation": row.operation,
        "rows": [{"row_id": row.row_id, **items}],
    }
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
        message.model_dump(exclude_none=True),
        ("credit.alert.raised.v1", f"{kind}:{about}"),
        (f"alert.{kind}", f"alert:{kind}:{about}"),
        rules,
    )


def _compose(message: Mapping[str, Any], named: tuple[str, str], routed: tuple[str, str], rules: Rules) -> DispatchRow:
    message_type, message_id = named
    routing_key, stream = routed
    body = wire.compose(
        message,
        message_type=message_type,
        message_id=message_id,
        source=SOURCE,
        sender=rules.routes.authority,
        time=rules.at.now,
    )
    return DispatchRow(message_id, message_type, routing_key, stream, rules.vault.seal(body, b"outbox"), rules.at.now)


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
    return orjson.dumps(headers, option=orjson.OPT_SORT_KEYS).decode()
