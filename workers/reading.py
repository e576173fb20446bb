"""Reading deliveries: bytes, envelope, sender, type, content; every failure becomes the reason a message is parked for.

A batch is worked off step by step, not message by message: the code of one step stays in the processor's caches. So
steps are short.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import structlog
from pydantic import ValidationError
from pydantic_core import to_json

from connectors.registry import Registry
from credit.batch.arrival import USER_ID, Arrival, Failure, Restated, message_key, unreadable_key
from credit.grading.regime import Regime
from credit.identity import check_organ_code, mask_text
from credit.identity.hiding import Hidden, hide, hide_items
from credit.law.law import Law
from credit.routing.routes import Routes
from schemas import wire
from schemas.base import Frozen
from schemas.envelope import Event
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import Act, Connector, Fact, MessageType, Statement
from schemas.tracing import TRACEPARENT

_log = structlog.get_logger(__name__)

CONTENT_TYPE = "content-type"
"""Name under which the content type is kept among the headers of a message."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What it takes to read messages, and the regimes that are followed; built once, used for every batch."""

    registry: Registry
    routes: Routes
    law: Law
    regimes: Mapping[str, Regime] = field(default_factory=dict)

    def read(self, queue: str, body: bytes, headers: Mapping[str, object], today: date) -> Arrival:
        """Read one message; never raises. `headers` hold the content type under `content-type`.

        They hold under `user-id` what the broker says of its sender; nothing is asked where they do not.
        """
        arrival = Arrival(queue, body, headers)
        self.read_all([arrival], today)
        return arrival

    def read_all(self, arrivals: Sequence[Arrival], today: date) -> None:
        """Open, validate and map the messages of a batch, as of a day in Asia/Shanghai; never raises."""
        for arrival in arrivals:
            self._open(arrival)
        messages = [self._validate(arrival) for arrival in arrivals]
        hidden = [
            None if message is None else self._hide(arrival, message, today)
            for arrival, message in zip(arrivals, messages, strict=True)
        ]
        for arrival, each in zip(arrivals, hidden, strict=True):
            if each is not None:
                self._map(arrival, each)
        for arrival in arrivals:
            if arrival.statement is not None:
                self._check(arrival, arrival.statement, today)

    def _open(self, arrival: Arrival) -> None:
        came = arrival.headers
        arrival.headers = {name: _text(value) for name, value in came.items() if _is_kept(name)}
        content_type = arrival.headers.get(CONTENT_TYPE)
        try:
            event = wire.decode(arrival.raw, came, str(content_type) if content_type is not None else None)
            arrival.key = message_key(mask_text(event.source), mask_text(event.id))
            arrival.fingerprint = wire.fingerprint(event)
            self._admit(arrival, event)
        except UnusableError as error:
            _leave_closed(arrival, Failure(error.reason, error.detail))
        except Exception:  # noqa: BLE001 - a message nobody foresaw is parked like the others
            digest = hashlib.sha256(arrival.raw).hexdigest()
            _log.exception("reading_failed", queue=arrival.queue, digest=digest)
            _leave_closed(arrival, _internal("reading its envelope"))

    def _admit(self, arrival: Arrival, event: Event) -> None:
        user = arrival.headers.get(USER_ID)
        try:
            self.routes.gate.admit(arrival.queue, event, None if user is None else str(user), wire.canonical)
        except UnusableError as error:
            # A message that may not be here at all must not take the place of another under its (source, id).
            arrival.refuse(Failure(error.reason, error.detail))
            with suppress(UnusableError):
                # Whatever else is written there might be anything, an identity number too: one in thirty of these is
                # by its check character a code.
                check_organ_code(event.sender)
                self.registry.find(event.type)
                if mask_text(event.sender) == event.sender:
                    arrival.event = event
        else:
            arrival.event = event

    def _validate(self, arrival: Arrival) -> Frozen | None:
        event = arrival.event
        if event is None or arrival.refused:
            return None
        try:
            return wire.validate(event, _check_source(event, *self.registry.find(event.type)))
        except UnusableError as error:
            arrival.failure = Failure(error.reason, error.detail)
        except Exception:  # noqa: BLE001 - as above
            arrival.failure = _fail(arrival)
        return None

    def _hide(self, arrival: Arrival, message: Frozen, today: date) -> Hidden | None:
        assert arrival.event is not None
        with _failing(arrival):
            self.law.check_order(arrival.event.revision, arrival.event.time, today)
            arrival.digest = _digest(message)
            return hide(message)
        return None

    def _map(self, arrival: Arrival, hidden: Hidden) -> None:
        assert arrival.event is not None
        with _failing(arrival):
            _, message_type = self.registry.find(arrival.event.type)
            statement = message_type.read(hidden.message, arrival.event.family)
            if isinstance(statement, Fact):
                statement = statement._replace(items=hide_items(statement.items, hidden.numbers))
            arrival.statement = statement

    def _check(self, arrival: Arrival, statement: Statement, today: date) -> None:
        assert arrival.event is not None
        arrival.statement = None
        with _failing(arrival):
            if isinstance(statement, Fact):
                _refuse_masked(statement)
                check_organ_code(statement.key.organ_code)
                self.law.check(statement, today)
            elif isinstance(statement, Act):
                check_organ_code(statement.key.organ_code)
                check_organ_code(statement.target.organ_code)
                self.registry.check_family(statement.target.family)
            self.routes.gate.check_speaker(arrival.event.sender, statement)
            arrival.statement = statement


@contextmanager
def _failing(arrival: Arrival) -> Iterator[None]:
    """Let a step of a message fail: that is what the message is parked for."""
    try:
        yield
    except UnusableError as error:
        arrival.failure = Failure(error.reason, error.detail)
    except ValidationError as error:
        # Items that fit by themselves can be too long for what is made of them.
        refused = wire.refusal(error)
        arrival.failure = Failure(refused.reason, refused.detail)
    except Exception:  # noqa: BLE001 - as above
        arrival.failure = _fail(arrival)


def restate(registry: Registry, body: bytes, headers: Mapping[str, object]) -> Restated:
    """Say what a message that is kept says; never raises.

    Nobody asks whether it may be here: routes and law may be others than on the day it came.
    """
    event = digest = None
    content_type = headers.get(CONTENT_TYPE)
    with suppress(UnusableError):
        event = wire.decode(body, headers, str(content_type) if content_type is not None else None)
        digest = _digest(wire.validate(event, registry.find(event.type)[1]))
    return Restated(wire.fingerprint(event) if event is not None else None, digest)


def state(registry: Registry, body: bytes, headers: Mapping[str, object]) -> Statement | None:
    """Return what a message says, whether or not it may be here; None where it cannot be read. Never raises."""
    content_type = headers.get(CONTENT_TYPE)
    with suppress(UnusableError, ValidationError):
        event = wire.decode(body, headers, str(content_type) if content_type is not None else None)
        _, message_type = registry.find(event.type)
        hidden, _ = hide(wire.validate(event, message_type))
        return message_type.read(hidden, event.family)
    return None


def event_of(body: bytes, headers: Mapping[str, object]) -> Event | None:
    """Return the event that a message is, of whatever type; None where its envelope cannot be read. Never raises."""
    content_type = headers.get(CONTENT_TYPE)
    with suppress(UnusableError):
        return wire.decode(body, headers, str(content_type) if content_type is not None else None)
    return None


def _digest(message: Frozen) -> bytes:
    return hashlib.sha256(to_json(message)).digest()


def _refuse_masked(fact: Fact) -> None:
    # What is masked in a certificate's number is the same for many persons.
    if "****" in fact.key.document_no:
        raise UnusableError(Reason.ID_WRONG_COLUMN, "the document number holds the identity number of a person")


def _check_source(event: Event, connector: Connector, message_type: MessageType) -> MessageType:
    if not f"{event.source}/".startswith(f"{connector.source}/"):
        raise UnusableError(Reason.SOURCE_WRONG, f"{event.type} comes from {connector.source}, not {event.source}")
    return message_type


def _leave_closed(arrival: Arrival, failure: Failure) -> None:
    digest = hashlib.sha256(arrival.raw).digest()
    arrival.key, arrival.fingerprint, arrival.failure = unreadable_key(arrival.queue, digest), digest, failure


def _fail(arrival: Arrival) -> Failure:
    _log.exception("reading_failed", message=arrival.key)
    return _internal("reading its content")


def _internal(doing: str) -> Failure:
    return Failure(Reason.INTERNAL, f"Xinglin failed while {doing}; the log has the error")


def _is_kept(name: str) -> bool:
    return name in {CONTENT_TYPE, USER_ID, TRACEPARENT} or name.lower().startswith(("cloudevents:", "cloudevents_"))


def _text(value: object) -> str:
    # Headers are kept as they are shown.
    return _mask(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


_mask = lru_cache(maxsize=256)(mask_text)
"""For what is nearly always the same: content types and users."""
