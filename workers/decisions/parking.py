"""What a person, or a newly known identifier, does with parked messages: one or many, each call one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import Connection, Engine

from credit.access import foureyes
from credit.batch.arrival import Arrival, may_be_kept_under
from credit.batch.work import Work
from credit.identity import Viewer
from credit.record import places
from credit.record.merging import Outcome
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive, parked
from credit.store.engine import reading, undone, writing
from credit.store.parked import Mended, ParkedMessage
from credit.store.queries.content import read_bytes
from credit.store.queries.mends import Change, compare
from schemas.access import FourEyes
from schemas.errors import OutOfStep, PermanentError, TransientError
from schemas.reasons import Reason
from workers.decisions.parties import find_other_party
from workers.postings import read_type
from workers.reading import Reader, event_of, state
from workers.retry import briefly

_log = structlog.get_logger(__name__)

_AT_ONCE = 200
_FAILED = "Xinglin failed while replaying it; the log has the error"

DISCARDED, UNMENDED = "discarded", "unmended"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one parked message that was parked for the reason `was`.

    `outcome` is one of the ledger, "discarded", or "unmended" where a mend was refused and nothing was done. `reason`
    says why it stays parked, `detail` what was found; both are empty for what is parked no more.
    """

    parked_id: int
    message_key: str
    was: str
    outcome: str
    reason: str = ""
    detail: str = ""

    @property
    def closed(self) -> bool:
        """Whether the message is parked no more."""
        return self.outcome not in {Outcome.PARKED.value, UNMENDED}


@dataclass(frozen=True, slots=True)
class Mending:
    """How messages are mended: `edit` gives the new bytes for the old ones, or raises PermanentError.

    `other_party` is the reason why the mended message may be about another party; None where it may not.
    """

    edit: Callable[[bytes], bytes]
    other_party: str | None = None


Transaction = Callable[[Engine], AbstractContextManager[Connection]]
"""Opens a transaction: one that is committed, or for a dry run one that is not."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where parked messages are worked off: with whose decision, None where nobody asked, and by which rules.

    `of_two` is what that person cannot send alone, and so cannot mend.
    """

    engine: Engine
    reader: Reader
    rules: Callable[[], Rules]
    decision: Decision | None
    transaction: Transaction = writing
    of_two: frozenset[FourEyes] = foureyes.NOTHING

    def replay(self, numbers: Collection[int]) -> list[Verdict]:
        """Read messages again as they are and take in what is right by now, in the order of receipt.

        Those that are parked no more, or that another process holds, have no verdict. When the rules fail on some, they
        are halved until the one at fault waits for a person under `internal.error`.
        """
        return [verdict for taken in self.take_again(numbers) for verdict in taken.tell()]

    def take_again(self, numbers: Collection[int]) -> list[Taken]:
        """Do as `replay` and return what was taken in together."""
        return self._take_again(sorted(numbers), self._read_as_kept)

    def mend(self, numbers: Collection[int], mending: Mending) -> list[Verdict]:
        """Put mended bytes in place of the parked ones and do as `replay`.

        A message keeps its identity: source and id stay, and whom it is about. What would not is left as it is, and
        where the person is known, so is what takes two of them, and what would become a message of another type.
        """

        def read(connection: Connection, rows: Sequence[ParkedMessage], rules: Rules) -> _Again:
            return self._read_as_mended(connection, rows, rules, mending)

        return [verdict for taken in self._take_again(sorted(numbers), read) for verdict in taken.tell()]

    def read(self, number: int) -> bytes:
        """Return the bytes of one open message.

        Raises:
            NotParked: there is none of that number, or it is closed, or another process holds it.
        """
        with undone(self.engine) as connection:
            return _open(parked.fetch_one(connection, number), self.rules())

    def preview(self, number: int, mending: Mending, viewer: Viewer) -> tuple[Change, ...]:
        """Return what mending would change in one message, as a viewer sees it; nothing is done.

        What may be about a sealed record is shown without its values.

        Raises:
            NotParked: there is none of that number, or it is closed.
            PermanentError: it cannot be mended so.
        """
        before = self.read(number)
        changes = compare(before, mending.edit(before), viewer)
        if self.reader.law.may_seal(None, read_bytes(before, viewer)):
            return tuple(replace(change, before=None, after=None) for change in changes)
        return changes

    def discard(self, numbers: Collection[int]) -> list[Verdict]:
        """Close messages without applying them."""
        return briefly()(self._discard, sorted(numbers))

    def _discard(self, numbers: Sequence[int]) -> list[Verdict]:
        assert self.decision is not None
        with self.transaction(self.engine) as connection:
            rows = parked.fetch(connection, numbers)
            parked.discard(connection, rows, self.decision)
        return [Verdict(row.parked_id, row.message_key, row.reason, DISCARDED) for row in rows]

    def _take_again(self, numbers: Sequence[int], read: _ReadAgain) -> list[Taken]:
        try:
            return [briefly()(self._take_together, numbers, read)]
        except (OutOfStep, TransientError):
            raise
        except Exception:  # noqa: BLE001 - one message the rules fail on must not hold up the others
            _log.exception("replay_failed", messages=len(numbers), first=numbers[0])
            if len(numbers) > 1:
                middle = len(numbers) // 2
                halves = (numbers[:middle], numbers[middle:])
                return [taken for half in halves for taken in self._take_again(half, read)]
            return [self._give_up(numbers[0])]

    def _take_together(self, numbers: Sequence[int], read: _ReadAgain) -> Taken:
        rules = self.rules()
        with self.transaction(self.engine) as connection:
            rows = parked.fetch(connection, numbers)
            again = read(connection, rows, rules)
            return Taken(rows, archive.take_in_within(connection, again.arrivals, rules), again.refused)

    def _give_up(self, number: int) -> Taken:
        with self.transaction(self.engine) as connection:
            rows = parked.fetch(connection, [number])
            parked.fail(connection, number, _FAILED)
            if self.decision is not None:
                parked.note(connection, [number], "replay", self.decision)
        return Taken(rows, None)

    def _read_as_kept(self, connection: Connection, rows: Sequence[ParkedMessage], rules: Rules) -> _Again:
        if self.decision is not None:
            parked.note(connection, [row.parked_id for row in rows], "replay", self.decision)
        arrivals = self._read(rows, [_open(row, rules) for row in rows], rules)
        return _Again([_come_back(row, arrival) for row, arrival in zip(rows, arrivals, strict=True)])

    def _read_as_mended(
        self, connection: Connection, rows: Sequence[ParkedMessage], rules: Rules, mending: Mending
    ) -> _Again:
        assert self.decision is not None
        first, why = parked.fetch_first(connection, rows, rules.vault), self.decision.why
        again, mended = _Again([]), []
        for row in rows:
            before = _open(row, rules)
            try:
                raw = mending.edit(before)
                (after,) = self._read([row], [raw], rules)
                _refuse_other(row, after)
                self._check_type(row, first.get(row.parked_id, before), raw)
                added = self._check_party(row, first.get(row.parked_id, before), raw, mending)
            except PermanentError as error:
                again.refused[row.parked_id] = str(error)
                continue
            sealed = rules.vault.seal(raw, places.of_message(row.message_key))
            mended.append(Mended(row, sealed, after.fingerprint, why + added))
            again.arrivals.append(_come_back(row, after))
        parked.mend(connection, mended, self.decision, rules.vault)
        return again

    def _check_type(self, row: ParkedMessage, first: bytes, raw: bytes) -> None:
        """Refuse a known person what he could not send alone, and a message of another type than what came."""
        if not self.of_two:
            return
        headers = json.loads(row.headers)
        if any(find_of_two(each, headers, self.of_two) for each in (first, raw)):
            raise PermanentError("a message of this type takes two persons: propose to discard it, and enter it anew")
        was, now = event_of(first, headers), event_of(raw, headers)
        known = self.reader.registry.entries
        if was and now and was.type in known and was.family != now.family:
            raise PermanentError(f"the mended message is of another type: it should be {was.type}, not {now.type}")

    def _check_party(self, row: ParkedMessage, first: bytes, raw: bytes, mending: Mending) -> str:
        """Refuse what is about another party unless that is meant; return what the history says of that.

        It is compared with what came: two mends must not do together what neither may do alone.
        """
        headers = json.loads(row.headers)
        changed = find_other_party(first, raw, lambda body: state(self.reader.registry, body, headers))
        if not changed:
            return ""
        if mending.other_party is None:
            raise PermanentError(
                f"the mended message is about another party: {', '.join(changed)} changed; if that is right, say why "
                "with --other-party"
            )
        return f"；改为另一当事人：{mending.other_party}"

    def _read(self, rows: Sequence[ParkedMessage], bodies: Sequence[bytes], rules: Rules) -> list[Arrival]:
        """Read bytes as they came; those that had no type to sort them by, by the queue of the type they have now."""
        arrivals = [
            Arrival(_find_queue(row.queue, raw, rules), raw, json.loads(row.headers))
            for row, raw in zip(rows, bodies, strict=True)
        ]
        self.reader.read_all(arrivals, rules.at.today)
        return arrivals


@dataclass(frozen=True, slots=True)
class _Again:
    """Parked messages as they were read again, and those left as they are, with what speaks against them."""

    arrivals: list[Arrival]
    refused: dict[int, str] = field(default_factory=dict)


_ReadAgain = Callable[[Connection, Sequence[ParkedMessage], Rules], _Again]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in together; `work` is None where the rules failed on it."""

    rows: Sequence[ParkedMessage]
    work: Work | None
    refused: dict[int, str] = field(default_factory=dict)

    def tell(self) -> list[Verdict]:
        """Return what came of each message, in their order."""
        return [self._judge(row) for row in self.rows]

    def _judge(self, row: ParkedMessage) -> Verdict:
        number, was = row.parked_id, Verdict(row.parked_id, row.message_key, row.reason, Outcome.PARKED.value)
        if self.work is None:
            return replace(was, reason=Reason.INTERNAL.value, detail=_FAILED)
        if number in self.refused:
            return replace(was, outcome=UNMENDED, reason=row.reason, detail=self.refused[number])
        if number in self.work.unparked:
            return replace(was, outcome=self.work.unparked[number].outcome)
        again = self.work.reparked[number]
        return replace(was, reason=again.reason, detail=again.detail)


def find_of_two(
    raw: bytes, headers: Mapping[str, object], of_two: frozenset[FourEyes] = foureyes.OF_TWO
) -> FourEyes | None:
    """Return which of the things that take two persons a message does; None for none, or where it cannot be read."""
    event = event_of(raw, headers) if of_two else None
    return foureyes.of_message(event.type, event.data, of_two) if event is not None else None


def replay_ready(engine: Engine, reader: Reader, rules: Rules) -> int:
    """Replay messages that waited for an identifier which is known by now; return how many came out of parking."""
    desk, applied = Desk(engine, reader, lambda: rules, None), 0
    while True:
        with reading(engine) as connection:
            ready = parked.find_ready(connection, _AT_ONCE)
        works = [taken.work for taken in desk.take_again(ready)] if ready else []
        done = sum(len(work.unparked) for work in works if work)
        applied += done
        # What was replayed may claim what others wait for.
        more = len(ready) == _AT_ONCE or any(work.aliases for work in works if work)
        if done == 0 or not more:
            return applied


def _open(row: ParkedMessage, rules: Rules) -> bytes:
    return rules.vault.unseal(row.raw, places.of_message(row.message_key))


def _find_queue(queue: str, raw: bytes, rules: Rules) -> str:
    if queue != rules.routes.unsorted:
        return queue
    posting_type = read_type(raw)
    return (rules.routes.gate.queue_for(posting_type) if posting_type else None) or queue


def _come_back(row: ParkedMessage, arrival: Arrival) -> Arrival:
    back = replace(arrival, key=row.message_key, parked_id=row.parked_id)
    if arrival.refused and arrival.failure and row.message_key == arrival.own_key:
        # It was let in once, and has the place of its source and id: a repeat finds it there, not by a mark.
        back.failure, back.refused = replace(arrival.failure, waits_for=()), False
    return back


def _refuse_other(before: ParkedMessage, after: Arrival) -> None:
    if not may_be_kept_under(before.message_key, after.own_key):
        raise PermanentError(
            f"the mended file is another message: it should be {before.message_key}, not {after.own_key}"
        )
