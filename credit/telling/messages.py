"""Messages for the outbox: composed from the archive's rows, sealed, each in its stream.

A message id is made of what the message is about, so that a second attempt to say the same thing is caught by the
outbox instead of being sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from credit.record.rows import DispatchRow, FeedRow, NoticeRow, SubjectRow
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.telling.feeds import Shown
from schemas import wire
from schemas.outgoing import NoticeRecord
from schemas.party import Party
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
    return compose(
        message,
        Label(
            type=f"credit.notice.{what}.v1",
            message_id=f"{notice.notice_no}:{what}",
            routing_key=f"notice.{notice.agency}",
            stream=f"notice:{notice.record_id}:{notice.ground}:{notice.agency}",
        ),
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
    return compose(
        message,
        Label("credit.feed.rows.v1", feed_message_id(row), f"feed.{feed.code}", f"feed:{row.row_id}"),
        rules,
    )


def feed_message_id(row: FeedRow) -> str:
    """Return the id of the message that carries the present version of a feed row."""
    return f"{row.row_id}:{row.version}"


class Label(NamedTuple):
    """What stands outside on a message: its type and id, where it goes, and the stream that it keeps its place in."""

    type: str
    message_id: str
    routing_key: str
    stream: str


def compose(message: Mapping[str, Any], label: Label, rules: Rules) -> DispatchRow:
    """Return a message for the outbox, sealed."""
    body = wire.compose(
        message,
        message_type=label.type,
        message_id=label.message_id,
        source=SOURCE,
        sender=rules.routes.authority,
        time=rules.at.now,
    )
    return DispatchRow(
        label.message_id, label.type, label.routing_key, label.stream, rules.vault.seal(body, b"outbox"), rules.at.now
    )


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
