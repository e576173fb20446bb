"""Reading a delivery: bytes, envelope, sender, type, content; every failure becomes the reason it is parked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import structlog
from pydantic import ValidationError
from pydantic_core import to_json

from connectors.registry import Registry
from credit.batch.arrival import Arrival, Content, Failure, message_key, unreadable_key
from credit.identity import check_organ_code
from credit.law.law import Law
from credit.routing.routes import Routes
from schemas import wire
from schemas.envelope import Event
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import Act, Connector, Fact, MessageType

_log = structlog.get_logger(__name__)

CONTENT_TYPE = "content-type"
"""Name under which the content type is kept among the headers of a message."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What it takes to read a message; built once, used for every message."""

    registry: Registry
    routes: Routes
    law: Law

    def read(self, queue: str, body: bytes, headers: Mapping[str, object], today: date) -> Arrival:
        """Read one message; never raises. `headers` hold the content type under `content-type`."""
        kept = {name: _text(value) for name, value in headers.items() if _is_kept(name)}
        try:
            event = wire.decode(body, headers, kept.get(CONTENT_TYPE))
            # A message that may not be here at all must not take the place of another under its (source, id).
            self.routes.admit(queue, event, wire.canonical)
        except UnusableError as error:
            return _unreadable(queue, body, kept, Failure(error.reason, error.detail))
        except Exception:  # noqa: BLE001 - a message nobody foresaw is parked like the others
            _log.exception("reading_failed", queue=queue, digest=hashlib.sha256(body).hexdigest())
            return _unreadable(queue, body, kept, _internal("reading its envelope"))
        key, fingerprint = message_key(event.source, event.id), wire.fingerprint(event)
        read = self._read_content(event, key, today)
        if isinstance(read, Failure):
            return Arrival(key, fingerprint, queue, body, kept, failure=read)
        return Arrival(key, fingerprint, queue, body, kept, read)

    def _read_content(self, event: Event, key: str, today: date) -> Content | Failure:
        try:
            message_type = _check_source(event, *self.registry.find(event.type))
            message = wire.validate(event, message_type)
            statement = message_type.read(message, event.family)
            if isinstance(statement, Fact):
                check_organ_code(statement.key.organ_code)
                self.law.check(statement, today)
            elif isinstance(statement, Act):
                check_organ_code(statement.key.organ_code)
        except UnusableError as error:
            return Failure(error.reason, error.detail)
        except ValidationError as error:
            # Items that fit by themselves can be too long for what is made of them.
            refused = wire.refusal(error)
            return Failure(refused.reason, refused.detail)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("reading_failed", message=key)
            return _internal("reading its content")
        return Content(
            type=event.type,
            source=event.source,
            sender=event.sender,
            time=event.time,
            revision=event.revision,
            digest=hashlib.sha256(to_json(message)).digest(),
            statement=statement,
        )


def _check_source(event: Event, connector: Connector, message_type: MessageType) -> MessageType:
    if not f"{event.source}/".startswith(f"{connector.source}/"):
        raise UnusableError(Reason.SOURCE_WRONG, f"{event.type} comes from {connector.source}, not {event.source}")
    return message_type


def _unreadable(queue: str, body: bytes, headers: Mapping[str, str], failure: Failure) -> Arrival:
    digest = hashlib.sha256(body).digest()
    return Arrival(unreadable_key(queue, digest), digest, queue, body, headers, failure=failure)


def _internal(doing: str) -> Failure:
    return Failure(Reason.INTERNAL, f"Xinglin failed while {doing}; the log has the error")


def _is_kept(name: str) -> bool:
    return name == CONTENT_TYPE or name.lower().startswith(("cloudevents:", "cloudevents_"))


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
