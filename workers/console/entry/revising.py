"""A record, or an act about one, stated anew: begun from what its message says now, sent as its next revision.

The numbers of persons are masked in the form. What is left as it was shown is taken from the message again when the
form is saved: no browser ever has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from credit.identity import MASKED
from credit.identity.masking import is_persons
from credit.identity.organisations import is_uscc
from credit.record.ids import record_id
from credit.record.rows import ActRow, RecordRow
from credit.store.queries.archive import Record
from credit.store.queries.arrivals import Kept, read_kept
from credit.store.queries.content import mask_leaves
from schemas import wire
from schemas.errors import UnusableError
from schemas.statement import Act, Fact
from workers.console.entry.composing import Entry, find_entries
from workers.console.entry.forms import REVISION, Field, write_typed
from workers.decisions.retyping import mark
from workers.reading import CONTENT_TYPE, state
from workers.runtime import Runtime

SUBJECT, RECORD, VERSION = "again.subject", "again.record", "again.version"
"""The hidden fields of a form that states something anew: whose, which, and by which message it was opened."""

Typed = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Former:
    """What a form states anew: a record or an act as the message says it that holds now.

    `key` is the record that this message names, `version` the mark of its bytes.
    """

    record_id: str
    document_no: str
    revision: int
    type: str
    sender: str
    data: Mapping[str, Any]
    key: str | None
    version: str


def rows_of(record: Record) -> list[RecordRow | ActRow]:
    """Return a record and the acts about it."""
    rows: list[RecordRow | ActRow] = [record.row]
    rows += [each.row for each in record.acts]
    return rows


def read_formers(connection: Connection, runtime: Runtime, rows: Iterable[RecordRow | ActRow]) -> list[Former]:
    """Return of some records and acts those that the desk can state anew: what a form could have sent."""
    wanted, entries = list(rows), find_entries(runtime, None)
    kept = read_kept(connection, {row.stated_by for row in wanted}, runtime.keyring)
    found = (_read(runtime, entries, row, kept.get(row.stated_by)) for row in wanted)
    return [each for each in found if each is not None]


def _read(runtime: Runtime, entries: Mapping[str, Entry], row: RecordRow | ActRow, kept: Kept | None) -> Former | None:
    entry = entries.get(kept.type or "") if kept is not None else None
    if kept is None or entry is None or kept.sender not in entry.senders:
        return None
    headers = json.loads(kept.headers)
    try:
        event = wire.decode(kept.raw, headers, headers.get(CONTENT_TYPE))
    except UnusableError:
        return None
    return Former(
        row.record_id,
        row.document_no,
        row.revision,
        entry.type,
        kept.sender,
        event.data,
        find_key(runtime, kept.raw, headers),
        mark(kept.raw, runtime.keyring),
    )


def find_key(runtime: Runtime, raw: bytes, headers: Mapping[str, object]) -> str | None:
    """Return the record or act that a message names; None where it cannot be read."""
    statement = state(runtime.reader.registry, raw, headers)
    return record_id(statement.key) if isinstance(statement, Fact | Act) else None


def begin(former: Former, subject_id: str, entry: Entry) -> Typed:
    """Return what a form begins with that states something anew."""
    return _hide(entry.fields(), former) | {
        "sender": [former.sender],
        REVISION.name: [str(former.revision + 1)],
        SUBJECT: [subject_id],
        RECORD: [former.record_id],
        VERSION: [former.version],
    }


def unmask(fields: Sequence[Field], typed: Typed, former: Former) -> tuple[Typed, list[str]]:
    """Put what is hidden back where it was left as it was shown; and return where it was typed over in part only."""
    shown, real = _hide(fields, former), write_typed(fields, former.data)
    hidden = [name for name, texts in shown.items() if texts != real[name]]
    same = {name for name in hidden if _bare(typed.get(name, ())) == _bare(shown[name])}
    partly = [name for name in hidden if name not in same and any("*" in text for text in typed.get(name, ()))]
    return dict(typed) | {name: real[name] for name in same}, partly


def _hide(fields: Sequence[Field], former: Former) -> dict[str, list[str]]:
    """Return what the form shows: masked as generously as a message, but for what proves itself an organisation's."""
    masked, real = write_typed(fields, mask_leaves(former.data, MASKED)), write_typed(fields, former.data)
    return {name: texts if all(map(_is_code, texts)) else masked[name] for name, texts in real.items()}


def _is_code(text: str) -> bool:
    return is_uscc(text) and not is_persons(text)


def _bare(texts: Sequence[str]) -> list[str]:
    return [text.replace("\r\n", "\n").strip() for text in texts]
