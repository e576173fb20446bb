"""What a person, or a newly known identifier, does with parked messages. Each call is one transaction a message."""

from __future__ import annotations

import json
from dataclasses import replace

import structlog
from sqlalchemy import Connection, Engine

from credit.batch.arrival import Arrival, may_be_kept_under
from credit.batch.work import Work
from credit.record import places
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive, parked
from credit.store.engine import reading, writing
from credit.store.parked import ParkedMessage
from schemas.errors import OutOfStep, PermanentError, TransientError
from workers.postings import read_type
from workers.reading import Reader
from workers.retry import briefly

_log = structlog.get_logger(__name__)

_AT_ONCE = 200


def replay_ready(engine: Engine, reader: Reader, rules: Rules) -> int:
    """Replay messages that waited for an identifier which is known by now; return how many came out of parking."""
    applied = 0
    while True:
        with reading(engine) as connection:
            ready = parked.find_ready(connection, _AT_ONCE)
        replayed = _replay_batch(engine, ready, reader, rules) if ready else []
        done = sum(len(work.unparked) for work in replayed)
        applied += done
        # What was replayed may claim what others wait for.
        more = len(ready) == _AT_ONCE or any(work.aliases for work in replayed)
        if done == 0 or not more:
            return applied


def _replay_batch(engine: Engine, parked_ids: list[int], reader: Reader, rules: Rules) -> list[Work]:
    """Replay some; when the rules fail on them, halve them until the one at fault waits for a person instead."""
    try:
        return [_replay_together(engine, parked_ids, reader, rules)]
    except (OutOfStep, TransientError):
        raise
    except Exception:  # noqa: BLE001 - one message the rules fail on must not hold up the others
        _log.exception("replay_failed", messages=len(parked_ids), first=parked_ids[0])
        if len(parked_ids) > 1:
            middle = len(parked_ids) // 2
            halves = (parked_ids[:middle], parked_ids[middle:])
            return [work for half in halves for work in _replay_batch(engine, half, reader, rules)]
        with writing(engine) as connection:
            parked.fail(connection, parked_ids[0], "Xinglin failed while replaying it; the log has the error")
        return []


def _replay_together(engine: Engine, parked_ids: list[int], reader: Reader, rules: Rules) -> Work:
    with writing(engine) as connection:
        arrivals = [_read_again(row, reader, rules) for row in parked.fetch(connection, parked_ids)]
        return archive.take_in_within(connection, arrivals, rules)


def replay(engine: Engine, parked_id: int, by: str, reader: Reader, rules: Rules) -> str | None:
    """Read a parked message again, as a person asked; return None when it was applied, else why it stays parked.

    Raises:
        NotParked: there is none of that number, or it is closed.
    """
    return briefly()(_replay, engine, parked_id, by, reader, rules)


def _replay(engine: Engine, parked_id: int, by: str, reader: Reader, rules: Rules) -> str | None:
    with writing(engine) as connection:
        row = parked.fetch_one(connection, parked_id)
        parked.note(connection, parked_id, "replay", Decision(by, "", rules.at.now))
        return _apply(connection, row, reader, rules)


def mend(engine: Engine, parked_id: int, raw: bytes, decision: Decision, reader: Reader, rules: Rules) -> str | None:
    """Put mended bytes in place of the parked ones and read them; return None when applied, else why not.

    A message keeps its identity: the mended one must carry the same source and id.

    Raises:
        NotParked: there is none of that number, or it is closed.
        PermanentError: the mended bytes are another message.
    """
    return briefly()(_mend, engine, parked_id, raw, decision, reader, rules)


def _mend(engine: Engine, parked_id: int, raw: bytes, decision: Decision, reader: Reader, rules: Rules) -> str | None:
    with writing(engine) as connection:
        before = parked.fetch_one(connection, parked_id)
        after = _read(before, raw, reader, rules)
        _refuse_other(before, after)
        sealed = rules.vault.seal(raw, places.of_message(before.message_key))
        parked.mend(connection, before, sealed, after.fingerprint, decision, rules.vault)
        return _apply(connection, replace(before, raw=sealed), reader, rules)


def _refuse_other(before: ParkedMessage, after: Arrival) -> None:
    if not may_be_kept_under(before.message_key, after.key):
        raise PermanentError(f"the mended file is another message: it should be {before.message_key}, not {after.key}")


def _apply(connection: Connection, row: ParkedMessage, reader: Reader, rules: Rules) -> str | None:
    arrival = _read_again(row, reader, rules)
    work = archive.take_in_within(connection, [arrival], rules)
    again = work.reparked.get(row.parked_id)
    return f"{again.reason}: {again.detail}" if again else None


def _read_again(row: ParkedMessage, reader: Reader, rules: Rules) -> Arrival:
    raw = rules.vault.unseal(row.raw, places.of_message(row.message_key))
    return replace(_read(row, raw, reader, rules), key=row.message_key, parked_id=row.parked_id)


def _read(row: ParkedMessage, raw: bytes, reader: Reader, rules: Rules) -> Arrival:
    """Read bytes as they came; those that had no type to sort them by, by the queue of the type they have now."""
    queue = row.queue
    if queue == rules.routes.unsorted:
        posting_type = read_type(raw)
        queue = (rules.routes.gate.queue_for(posting_type) if posting_type else None) or queue
    return reader.read(queue, raw, json.loads(row.headers), rules.at.today)


def discard(engine: Engine, parked_id: int, decision: Decision) -> None:
    """Close a parked message without applying it.

    Raises:
        NotParked: there is none of that number, or it is closed.
    """
    with writing(engine) as connection:
        parked.discard(connection, parked_id, decision)
