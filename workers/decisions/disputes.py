"""A source contradicts itself: what it said side by side, and a person's decision which content holds, or to ask it.

A decision is of one revision: a higher one of the source supersedes it. It can be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from credit.batch.arrival import Arrival
from credit.identity import Viewer
from credit.record.merging import Taken
from credit.record.rows import ActRow, Decision, RecordRow
from credit.rules import Rules
from credit.store import alerts, disputes, locks, splits, terms
from credit.store.engine import reading, writing
from credit.store.queries.disputes import Settlement, find_names, settlements_of
from credit.store.splits import KeptMessage
from credit.telling import cases
from schemas.alerts import AlertKind
from schemas.errors import PermanentError
from schemas.party import record_key
from schemas.statement import Act, Fact
from schemas.states import DisputeStep
from workers.decisions.anew import TakenUp, Told, owner_of, put_together, read_again, take_up, write_down
from workers.retry import briefly
from workers.runtime import Runtime

_LONGEST_WAIT = 366
"""So many days a source has to answer at most: a later day is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that says a content."""

    message_key: str
    event_time: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A content of a revision: by which messages it was said, and what it says, as the viewer sees it.

    `mark` tells it from the others. Of several `holds` says which one a person decided for, `shown` which one the
    archive shows, `dismissed` which were weighed and dismissed. `name` and `identifier` are of the party, empty for
    acts.
    """

    mark: str
    messages: tuple[Said, ...]
    holds: bool
    shown: bool
    dismissed: bool
    name: str
    identifier: str
    occurred_on: date
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dispute:
    """What was said of a record or act in the revision that it shows, with what persons decided of it so far."""

    record_id: str
    family: str
    organ_code: str
    organ: str
    document_no: str
    revision: int
    disputed: bool
    versions: tuple[Version, ...]
    settlements: tuple[Settlement, ...]

    @property
    def marks(self) -> frozenset[str]:
        """The marks of all contents."""
        return frozenset(version.mark for version in self.versions)

    @property
    def question(self) -> Settlement | None:
        """What the source was asked of this revision and has not answered; None where it is asked nothing."""
        return next((each for each in self.settlements if self.disputed and _asks(each, self.revision)), None)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision, or its undoing, led to; `number` is that of the decision."""

    number: int
    document_no: str
    told: Told


def read_disputes(runtime: Runtime, named: str, viewer: Viewer) -> list[Dispute]:
    """Return what was said of the records and acts of a number or id, of those that are said in more than one way.

    Raises:
        PermanentError: nothing is on file under it, or a message cannot be read any more.
    """
    rules = runtime.rules()
    with reading(runtime.engine) as connection:
        names = find_names(connection, named, record_key("", "", named).document_no)
        if not names:
            raise PermanentError("no record has that document number; write it as the decision does, or give its id")
        rows = splits.fetch_messages(connection, names)
        decided = settlements_of(connection, names)
        taken = disputes.in_force(connection, names)
        shown = splits.shown_by(connection, names)
    said = [(row, read_again(row, runtime, rules)) for row in rows]
    found = (
        _show(
            [each for each in said if each[0].record_id == name],
            shown[name],
            tuple(each for each in decided if each.record_id == name),
            taken,
            viewer,
        )
        for name in names
    )
    return [each for each in found if len(each.versions) > 1]


def _show(
    said: Sequence[tuple[KeptMessage, Arrival]],
    shown: splits.Shown,
    decided: tuple[Settlement, ...],
    taken: Mapping[tuple[str, int], Taken],
    viewer: Viewer,
) -> Dispute:
    revision, stated_by, disputed, document_no = shown
    here = [(row, arrival) for row, arrival in said if arrival.event and arrival.event.revision == revision]
    held = taken.get((here[0][0].record_id, revision)) if here else None
    by = next((arrival.digest for row, arrival in here if row.message_key == stated_by), b"")
    contents: dict[bytes, list[tuple[KeptMessage, Arrival]]] = {}
    for row, arrival in here:
        contents.setdefault(arrival.digest, []).append((row, arrival))
    statement = here[0][1].statement
    assert isinstance(statement, Fact | Act)
    return Dispute(
        here[0][0].record_id,
        statement.key.family,
        statement.key.organ_code,
        statement.organ.name,
        document_no,
        revision,
        disputed,
        tuple(_version(digest, each, held, by, viewer) for digest, each in contents.items()),
        decided,
    )


def _version(
    digest: bytes, said: Sequence[tuple[KeptMessage, Arrival]], held: Taken | None, shown: bytes, viewer: Viewer
) -> Version:
    arrival = said[0][1]
    statement = arrival.statement
    values: dict[str, Any]
    name = identifier = ""
    if isinstance(statement, Fact):
        name, identifier = viewer.text(statement.party.name), _number(arrival, statement, viewer)
        values = viewer.value(dict(statement.items))
    else:
        assert isinstance(statement, Act)
        values = {"state": statement.state, "target": statement.target.document_no}
    return Version(
        mark=digest.hex(),
        messages=tuple(
            Said(row.message_key, each.event.time, row.received_at) for row, each in said if each.event is not None
        ),
        holds=held is not None and digest == held.digest,
        shown=digest == shown,
        dismissed=held is not None and digest in held.dismissed,
        name=name,
        identifier=identifier,
        occurred_on=statement.occurred_on,
        values=values,
    )


def _number(arrival: Arrival, fact: Fact, viewer: Viewer) -> str:
    assert arrival.party is not None
    strong = arrival.party.strong
    number = strong.value if strong else next((alias.value for alias in arrival.party.aliases), "")
    return viewer.number(arrival.party.id_no or number) if fact.party.kind == "person" else number


def take(runtime: Runtime, message_key: str, decision: Decision, seen: Collection[str] | None = None) -> Decided:
    """Decide that what a message says holds, against all else that was said in the same revision.

    `seen` are the marks of the contents that the person has seen; None: those on file. Notices, rows of feeds and
    grades follow. What the source says later in that revision, and nobody weighed, opens the dispute again.

    Raises:
        PermanentError: there is no such message, its revision is not the one that shows, nothing contradicts it, what
            was said is no longer what was seen, it was taken already, or a message cannot be read any more.
    """
    return briefly()(_take, runtime, message_key, decision, seen)


def _take(runtime: Runtime, message_key: str, decision: Decision, seen: Collection[str] | None) -> Decided:
    rules = runtime.rules()
    with writing(runtime.engine) as connection:
        terms.confirm(connection, rules.at.now)
        name = splits.find_message(connection, message_key).record_id
        taken = take_up(connection, splits.family_of(connection, [name]), runtime, rules)
        # A person may have split the number while it was waited for the lock.
        chosen = next((arrival for row, arrival in taken.both() if row.message_key == message_key), None)
        contents = {row.message_key: arrival for row, arrival in taken.both() if row.record_id == name}
        if chosen is None or message_key not in contents:
            raise PermanentError("what that message states was split meanwhile; look again")
        row = _row(name, taken)
        if chosen.event is None or chosen.event.revision != row.revision:
            raise PermanentError(f"a higher revision shows: revision {row.revision}, which supersedes that message")
        digests = {each.digest for each in contents.values() if each.event and each.event.revision == row.revision}
        if len(digests) == 1:
            raise PermanentError("nothing contradicts that message in its revision: there is nothing to decide")
        if seen is not None and {digest.hex() for digest in digests} != set(seen):
            raise PermanentError("the source has said more meanwhile: look again at what it said")
        held = Taken(name, row.revision, chosen.digest, frozenset(digests - {chosen.digest}))
        if disputes.in_force(connection, [name]).get((name, row.revision)) == held:
            raise PermanentError("that content was taken already; `xinglin record disputes` says when")
        number = disputes.take(connection, held, message_key, decision)
        told = put_together(connection, taken, _names(taken, name))
        _follow_cases(connection, taken, name, decision, rules, undone=False)
        write_down(connection, taken)
        return Decided(number, row.document_no, told)


def ask(runtime: Runtime, named: str, due_on: date, decision: Decision) -> Decided:
    """Write down that the source of a disputed record is asked, and by when it is to answer; nothing is sent.

    The question is open until a higher revision comes, or a person decides.

    Raises:
        PermanentError: nothing of that number or id contradicts itself, several do, it was asked already, or the day
            has passed or is more than a year off.
    """
    return briefly()(_ask, runtime, named, due_on, decision)


def _ask(runtime: Runtime, named: str, due_on: date, decision: Decision) -> Decided:
    rules = runtime.rules()
    if not 0 <= (due_on - rules.at.today).days <= _LONGEST_WAIT:
        raise PermanentError(f"{due_on} has passed, or is more than a year off: name the day by which it is to answer")
    with writing(runtime.engine) as connection:
        terms.confirm(connection, rules.at.now)
        names = find_names(connection, named, record_key("", "", named).document_no)
        locks.hold(connection, names)
        shown = splits.shown_by(connection, names)
        disputed = [name for name, each in shown.items() if each.disputed]
        if not disputed:
            raise PermanentError("nothing of that number contradicts itself: there is nothing to ask")
        if len(disputed) > 1:
            raise PermanentError(f"several records of that number contradict themselves; give an id: {disputed}")
        [name] = disputed
        earlier = settlements_of(connection, [name])
        if any(_asks(each, shown[name].revision) for each in earlier):
            raise PermanentError("the source was asked already; `xinglin record disputes` says when")
        number = disputes.ask(connection, name, shown[name].revision, due_on, decision)
        return Decided(number, shown[name].document_no, Told(0, 0, 0))


def _asks(settlement: Settlement, revision: int) -> bool:
    return settlement.step is DisputeStep.ASKED and settlement.undone_by is None and settlement.revision == revision


def undo(runtime: Runtime, number: int, decision: Decision) -> Decided:
    """Undo a decision: the record is what it would be had it never been made, and so is what others are told.

    Raises:
        PermanentError: there is no such decision in force, or a message cannot be read any more.
    """
    return briefly()(_undo, runtime, number, decision)


def _undo(runtime: Runtime, number: int, decision: Decision) -> Decided:
    rules = runtime.rules()
    with writing(runtime.engine) as connection:
        terms.confirm(connection, rules.at.now)
        name, _, step = disputes.undo(connection, number, decision)
        if step is DisputeStep.ASKED:
            return Decided(number, splits.shown_by(connection, [name])[name].document_no, Told(0, 0, 0))
        taken = take_up(connection, splits.family_of(connection, [name]), runtime, rules)
        row = _row(name, taken)
        told = put_together(connection, taken, _names(taken, name))
        _follow_cases(connection, taken, name, decision, rules, undone=True)
        write_down(connection, taken)
        return Decided(number, row.document_no, told)


def _row(name: str, taken: TakenUp) -> RecordRow | ActRow:
    row = taken.work.records.get(name) or taken.work.acts.get(name)
    if row is None:
        raise PermanentError(f"{name}: no record or act of that id is on file")
    return row


def _names(taken: TakenUp, name: str) -> list[str]:
    """Return all that the messages which were taken up state."""
    return list(dict.fromkeys([name, *(row.record_id for row in taken.rows)]))


def _follow_cases(
    connection: Connection, taken: TakenUp, name: str, decision: Decision, rules: Rules, *, undone: bool
) -> None:
    """Close the cases that a decision has settled, and open those that its undoing has brought back."""
    row, now = _row(name, taken), rules.at.now
    key = row.key
    if row.disputed:
        taken.work.cases.append(cases.disputed(key, row.head, now))
    else:
        alerts.close_case(connection, AlertKind.RECORD_DISPUTED, name, decision)
    if isinstance(row, ActRow):
        return
    if len(_owners(taken, name)) == 1:
        alerts.close_case(connection, AlertKind.PARTY_DISPUTED, name, decision)
    elif undone:
        taken.work.cases.append(cases.party_disputed(key, row.head, now))


def _owners(taken: TakenUp, name: str) -> set[str]:
    """Return whom the messages about a record name, but for those that a person has dismissed."""
    held = taken.work.taken

    def dismissed(arrival: Arrival) -> bool:
        decided = held.get((name, arrival.event.revision)) if arrival.event else None
        return decided is not None and arrival.digest in decided.dismissed

    return {
        owner_of(arrival, taken.work)
        for row, arrival in taken.both()
        if row.record_id == name and not dismissed(arrival)
    }
