"""What the public sent, from the inbox of the projection onto the queue of the public: a message like any other.

The message has the same id and the same bytes each time, so that one that is sent twice is one. Only when the broker
has it, and the contact is sealed in the archive, it leaves the inbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError
from sqlalchemy import Engine

from credit.record import places
from credit.record.rows import ContactRow, SubjectRow
from credit.routing.routes import Routes
from credit.rules import Rules
from credit.store import contacts
from credit.store.engine import reading, writing
from credit.store.queries.archive import read_subjects
from credit.store.showing import waiting
from credit.store.showing import writing as projection
from credit.store.showing.rows import InboxRow
from credit.store.showing.writing import digest_of
from credit.vault import SealBroken, open_box
from schemas import wire
from schemas.errors import TransientError
from schemas.showing import Sent
from workers.broker import Broker, Fate, Outgoing

_log = structlog.get_logger(__name__)

_AT_ONCE = 100
_DEADLINE_SECONDS = 5.0
_CONTENT_TYPE = "application/cloudevents+json"
_SOURCE = "/public"
_SHANGHAI = ZoneInfo("Asia/Shanghai")


class Counter(Protocol):
    """Where what was sent is handed in: the routes, the broker, and in whose name."""

    @property
    def routes(self) -> Routes:
        """The routes in force."""

    @property
    def broker(self) -> Broker:
        """The broker."""

    @property
    def authority(self) -> str:
        """The name of the authority."""


class _Opened(NamedTuple):
    """Something that was sent, as it is read, and the row that it came in."""

    row: InboxRow
    sent: Sent


class Receiver:
    """Any number may run. What two of them bring in twice is one message."""

    def __init__(self, engine: Engine, inbox: Engine, rules: Callable[[], Rules], counter: Counter) -> None:
        """Keep what a step needs; the publisher of the broker is opened when something was sent."""
        self._engine = engine
        self._inbox = inbox
        self._rules = rules
        self._counter = counter

    def step(self) -> bool:
        """Bring in what was sent first; tell whether there was anything.

        What does not open, or is about nobody who has a page, is dropped and logged: anybody who got at the page's
        user could have put it there.

        Raises:
            TransientError: broker or database failed; the next step does the same again.
        """
        with reading(self._inbox) as connection:
            rows = projection.read_inbox(connection, _AT_ONCE)
        if not rows:
            return False
        opened = [each for row in rows if (each := self._open(row)) is not None]
        with reading(self._engine) as connection:
            subjects = waiting.find_by_codes(connection, {each.sent.code for each in opened})
            parties = {row.subject_id: row for row in read_subjects(connection, subjects.values())}
        about = {code: parties[subject] for code, subject in subjects.items() if subject in parties}
        known = [each for each in opened if each.sent.code in about]
        self._keep_contacts(known)
        self._send(self._compose(known, about))
        with writing(self._inbox) as connection:
            projection.clear_inbox(connection, [row.form for row in rows])
        _log.info("received", messages=len(known), dropped=len(rows) - len(known))
        return True

    def _open(self, row: InboxRow) -> _Opened | None:
        """Return what was sent; None for what the page cannot have put there."""
        with suppress(SealBroken, ValidationError):
            plain = open_box(self._rules().vault, row.sealed, places.of_sent(row.form))
            sent = Sent.model_validate_json(plain)
            return _Opened(row, sent) if digest_of(sent.number) == row.form else None
        return None

    def _keep_contacts(self, sent: Iterable[_Opened]) -> None:
        vault = self._rules().vault
        rows = [
            ContactRow(number, vault.seal(each.sent.contact.encode(), places.of_contact(number)), each.row.sent_at)
            for each in sent
            if each.sent.contact and (number := each.sent.number)
        ]
        if rows:
            with writing(self._engine) as connection:
                contacts.keep(connection, rows)

    def _compose(self, sent: Iterable[_Opened], about: Mapping[str, SubjectRow]) -> Iterator[Outgoing]:
        for row, each in sent:
            kind, body = _state(each)
            party = about[each.code]
            data = {
                "organ": {"name": self._counter.authority, "code": self._counter.routes.authority},
                "document_no": each.number,
                "party": {"kind": party.kind, "name": party.name, "uscc": party.subject_id},
                "occurred_on": row.sent_at.astimezone(_SHANGHAI).date(),
                **body,
            }
            message = wire.compose(
                data,
                message_type=kind,
                message_id=f"page-{each.number}",
                source=_SOURCE,
                sender=self._counter.routes.authority,
                time=row.sent_at,
            )
            yield Outgoing(f"page-{each.number}", self._counter.routes.exchange_in, kind, message, _CONTENT_TYPE, {})

    def _send(self, messages: Iterable[Outgoing]) -> None:
        batch = {each.message_id: each for each in messages}
        if not batch:
            return
        publisher = self._counter.broker.publisher()
        try:
            fates = publisher.publish(list(batch.values()), _DEADLINE_SECONDS)
        finally:
            publisher.close()
        if lost := [name for name in batch if fates.get(name) is not Fate.CONFIRMED]:
            raise TransientError(f"the broker did not take {len(lost)} messages of the public")


def _state(sent: Sent) -> tuple[str, dict[str, object]]:
    """Return the type of the message that something is, and what it says."""
    if sent.stars:
        said = {"content": sent.content} if sent.content else {}
        return "credit.public.rating.v1", {"stars": sent.stars, **said}
    complaint = {"channel": "qr_code", "matter": sent.matter, "rewarded": False, "state": "received"}
    return "credit.public.complaint.v1", {**complaint, "content": sent.content}
