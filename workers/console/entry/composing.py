"""What was typed in a form as a message: checked as intake will check it, and sent to the queue of its type.

The id of the message follows from the form: the same form, sent twice, is one message.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from connectors.vocabulary import Item
from credit.access import foureyes
from schemas.access import FourEyes
from schemas.reasons import HINTS
from schemas.statement import MessageType
from workers import drain
from workers.console.entry.forms import Field, read_fields
from workers.postings import Posting
from workers.runtime import Runtime
from workers.show.detail import NO_ITEMS, say_detail

_FORM = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{24}")
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Entry:
    """A type that may be entered: its title, and the source and senders of its queue.

    `families` are the titles of the families of records, one of which it names where it is about a record.
    """

    type: str
    title: str
    queue: str
    source: str
    senders: frozenset[str]
    model: MessageType
    families: Mapping[str, str]

    def fields(self) -> list[Field]:
        """Return the fields of its form."""
        return read_fields(self.model.model, self.families)


def find_entries(runtime: Runtime, organs: frozenset[str] | None) -> dict[str, Entry]:
    """Return what may be entered for some organs, None for all, by type: what their queues take unsigned.

    A fall of a grade is reviewed where it is shown, and nowhere else.
    """
    reader, found = runtime.reader, {}
    titles = reader.registry.families()
    gate = reader.routes.gate
    for name, (connector, message_type) in reader.registry.entries.items():
        queue = gate.queue_for(name)
        admission = gate.admissions.get(queue) if queue is not None else None
        if queue is None or admission is None or admission.signed or foureyes.of_message(name, {}) is FourEyes.REVIEW:
            continue
        senders = frozenset(admission.senders.get(connector.source, {}))
        allowed = senders if organs is None else senders & organs
        if allowed:
            title = titles[name.rpartition(".v")[0]]
            found[name] = Entry(name, title, queue, connector.source, allowed, message_type, titles)
    return found


def new_form(now: datetime) -> str:
    """Return the id of a form that is opened now."""
    return f"{now.astimezone(UTC):{_STAMP}}-{secrets.token_hex(12)}"


def is_form(text: str) -> bool:
    """Tell whether a text is the id of a form, which begins with a moment."""
    try:
        return _FORM.fullmatch(text) is not None and _opened_at(text) is not None
    except ValueError:
        return False


def _opened_at(form: str) -> datetime:
    return datetime.strptime(form.partition("-")[0], _STAMP).replace(tzinfo=UTC)


def message_id(form: str) -> str:
    """Return the id of the message that a form becomes."""
    return f"entry-{form}"


def compose(entry: Entry, form: str, sender: str, data: Mapping[str, Any], revision: int | None = None) -> bytes:
    """Return the message that a form becomes; without a revision it is the first of its record."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": message_id(form),
        "source": entry.source,
        "type": entry.type,
        "time": _opened_at(form).isoformat(),
        "sender": sender,
        "datacontenttype": "application/json",
        "data": data,
    }
    if revision is not None:
        event["revision"] = revision
    return json.dumps(event, ensure_ascii=False).encode()


def check(entry: Entry, data: Mapping[str, Any], items: Mapping[str, Item]) -> dict[str, str]:
    """Return what is wrong with which value, in Chinese, by the name of its field; "" for what is of no single one."""
    try:
        entry.model.model.model_validate(dict(data))
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for each in error.errors(include_url=False, include_context=False, include_input=False):
            name = ".".join(str(part) for part in each["loc"] if part not in {"function-after", "function-before"})
            wrong.setdefault(name, say_detail(each["msg"], items))
        return wrong
    return {}


def foresee(runtime: Runtime, entry: Entry, raw: bytes) -> str | None:
    """Return why intake would park a message, in Chinese; None where nothing of it by itself speaks against it."""
    failure = runtime.reader.read(entry.queue, raw, {}, runtime.rules().at.today).failure
    if failure is None:
        return None
    return f"{HINTS[failure.reason]}（{say_detail(failure.detail, NO_ITEMS)}）"


def send(runtime: Runtime, entry: Entry, raw: bytes) -> None:
    """Send a message to its queue; when this returns the broker has it.

    Raises:
        TransientError: the broker was lost, or did not take it.
        PermanentError: no queue takes it.
    """
    runtime.broker.declare(runtime.reader.routes.topology)
    drain.send(runtime, [Posting(raw, entry.type)], lambda _: None)
