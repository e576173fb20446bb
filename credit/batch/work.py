"""The work of one batch: the rows of the archive that it needs, and what it puts in their place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from credit.batch.arrival import Arrival
from credit.batch.recognise import open_number
from credit.record.ids import document_id, record_id, row_id
from credit.record.merging import Taken
from credit.record.rows import (
    ActRow,
    AliasRow,
    CaseRow,
    DispatchRow,
    FeedRow,
    MessageRow,
    NoticeRow,
    ParkedRow,
    Part,
    ReceiptRow,
    RecordRow,
    SubjectRow,
)
from credit.rules import Rules
from schemas.party import RecordKey
from schemas.statement import Act, Fact, FeedResult, Receipt

R = TypeVar("R")


class Refused(NamedTuple):
    """A parked message that was not let in, and waits for the same to come as it should.

    `parked_id` is None of one that came in this very batch; `closed_as` is what became of it, None while it is open.
    """

    parked_id: int | None
    message_key: str
    closed_as: str | None = None


class Shelf(dict[str, R], Generic[R]):
    """The rows of one table as a batch sees them: those read, and in their place those put since.

    `wanted` are the keys to read; `changed` holds the last version of each row that was put, to be written at the
    end, `before` what was read in its place, and `new` the keys among them that were not there to be read. What was
    `dropped` is there, and is not seen.
    """

    __slots__ = ("before", "changed", "dropped", "new", "wanted")

    def __init__(self, rows: Iterable[tuple[str, R]] = ()) -> None:
        """Begin with these rows as read."""
        super().__init__(rows)
        self.wanted: set[str] = set()
        self.changed: dict[str, R] = {}
        self.before: dict[str, R] = {}
        self.new: set[str] = set()
        self.dropped: set[str] = set()

    def put(self, key: str, row: R) -> None:
        """Put a row in its place: later messages of the batch see it, and it is written at the end."""
        if key in self:
            self.before.setdefault(key, self[key])
        elif key not in self.dropped:
            self.new.add(key)
        self[key] = self.changed[key] = row

    def drop(self, key: str) -> R | None:
        """Take a row away, so that it can be put together anew; what is put then replaces it. None: there is none."""
        self.dropped.add(key)
        row = self.pop(key, None)
        if row is not None:
            self.before.setdefault(key, row)
        return row


@dataclass(slots=True)
class Work:
    """One batch under its rules. Read under locks, carried forward message by message, written in one transaction.

    `received` are the messages that came, `heard` those among them that the gate let in, by source. `parts` are
    what was split from a record, by its id. `taken` is what a person decided of a disputed record or act, by its id
    and the revision; it is read where a message of the batch may contradict what is on file. `claims` are the
    subjects that claim an identifier, by its hash; `disclaimed` those whose claim was undone. `facts` are the
    statements of this batch that a record shows, `touched` the records and acts that have to be settled, `deeds`
    the records that were found to state one deed, `parties` the records on file of each document that an act names
    without saying which party, by what the act names, `named_at` since when each is stated, by the time of
    messages. `unsound` the subjects under whose number nobody can be told anything. `refused` are the parked
    messages that wait for a repeat, by its mark, and `mendable` the numbers of those parked for their route, by
    their key; `answered` are the rows of the refused ones whose repeat came. `traces` are the traceparents of the
    messages that touched a record, by its id. `answered_numbers` are the numbers of documents that feeds answer
    without a row's id.
    """

    rules: Rules
    received: int = 0
    heard: Counter[str] = field(default_factory=Counter)
    messages: Shelf[MessageRow] = field(default_factory=Shelf)
    repeats: Counter[str] = field(default_factory=Counter)
    refused: dict[str, Refused] = field(default_factory=dict)
    mendable: dict[str, int] = field(default_factory=dict)
    answered: dict[int, MessageRow] = field(default_factory=dict)
    unparked: dict[int, MessageRow] = field(default_factory=dict)
    reparked: dict[int, ParkedRow] = field(default_factory=dict)
    parked: list[ParkedRow] = field(default_factory=list)
    subjects: Shelf[SubjectRow] = field(default_factory=Shelf)
    links: dict[str, str] = field(default_factory=dict)
    claims: dict[str, set[str]] = field(default_factory=dict)
    disclaimed: dict[str, set[str]] = field(default_factory=dict)
    aliases: list[AliasRow] = field(default_factory=list)
    records: Shelf[RecordRow] = field(default_factory=Shelf)
    facts: dict[str, Fact] = field(default_factory=dict)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    taken: dict[tuple[str, int], Taken] = field(default_factory=dict)
    acts: Shelf[ActRow] = field(default_factory=Shelf)
    acts_on: dict[str, set[str]] = field(default_factory=dict)
    parties: dict[str, set[str]] = field(default_factory=dict)
    named_at: dict[str, datetime] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    deeds: list[tuple[str, ...]] = field(default_factory=list)
    notices: Shelf[NoticeRow] = field(default_factory=Shelf)
    notices_of: dict[str, set[str]] = field(default_factory=dict)
    receipts: list[ReceiptRow] = field(default_factory=list)
    feed_rows: Shelf[FeedRow] = field(default_factory=Shelf)
    answered_numbers: set[str] = field(default_factory=set)
    dispatches: list[DispatchRow] = field(default_factory=list)
    cases: list[CaseRow] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict, repr=False)
    unsound: set[str] = field(default_factory=set)
    traces: dict[str, str] = field(default_factory=dict)
    _told: defaultdict[tuple[str, str], list[str]] | None = None

    def want(self, arrivals: Sequence[Arrival]) -> None:
        """Say what these messages need of the archive."""
        for arrival in arrivals:
            self.messages.wanted.update((arrival.key, arrival.own_key))
            match arrival.statement:
                case Fact(key=key):
                    self.records.wanted.update(_names_of(key))
                case Act(key=key, target=target):
                    self.records.wanted.update((record_id(key), record_id(target)))
                case Receipt(notice_no=number):
                    self.notices.wanted.add(number)
                case FeedResult() as result:
                    self._want_answered(result)
                case None:
                    pass
            if arrival.party is not None:
                for party in (arrival.party, *arrival.related):
                    if party.subject_id is not None:
                        self.subjects.wanted.add(party.subject_id)

    def _want_answered(self, result: FeedResult) -> None:
        if result.row_id is not None:
            self.feed_rows.wanted.add(result.row_id)
        elif result.document_no is not None:
            self.answered_numbers.add(result.document_no)

    def see_named(self, record: str, at: datetime) -> None:
        """Take in that a party of a document of many was named at a time."""
        self.named_at[record] = min(at, self.named_at.get(record, at))

    def parties_named(self) -> dict[str, dict[str, datetime]]:
        """Return `parties` with those of this batch, each since when; none of a document with a record of its own."""
        if not self.parties:
            return {}
        named = {name: set(known) for name, known in self.parties.items() if name not in self.records}
        for row in self.records.values():
            if row.record_id in self.named_at and (name := document_id(row.key)) in named:
                named[name].add(row.record_id)
        at = self.named_at
        return {name: {record: at[record] for record in records if record in at} for name, records in named.items()}

    def key_for(self, key: RecordKey, subject_id: str) -> RecordKey:
        """Return the key of the record that a fact about a subject states: that of the fact, or what was split from it.

        A subject is the one that it carries on: a later revision may name the party by its new code. A record that was
        kept when a document of many was still about one keeps its name.
        """
        if key.party_mark:
            name = document_id(key)
            # Of one that is put together anew, what it was before tells.
            former = self.records.get(name) or self.records.before.get(name)
            if former is not None and self._is_of(former.subject_id, subject_id):
                key = key._replace(party_mark="")
        parts = self.parts.get(record_id(key))
        if not parts:
            return key
        own = (part for part in parts if self._is_of(part.subject_id, subject_id))
        return next((key._replace(document_no=part.document_no) for part in own), key)

    def _is_of(self, one: str, other: str) -> bool:
        return follow_links(one, self.links) == follow_links(other, self.links)

    def trace_of(self, *records: str) -> str | None:
        """Return the trace of a message that touched one of these records; None where none was part of a trace."""
        if not self.traces:
            return None
        return next((trace for record in records if (trace := self.traces.get(record)) is not None), None)

    def see_act(self, act: ActRow) -> None:
        """Take in an act that is on file."""
        self.acts[act.record_id] = act
        self.acts_on.setdefault(act.target_id, set()).add(act.record_id)

    def put_act(self, act: ActRow) -> None:
        """Put an act, or its new version; what it acts upon, and acted upon before, has to be settled."""
        before = self.acts.get(act.record_id)
        if before is not None and before.target_id != act.target_id:
            self.acts_on[before.target_id].discard(act.record_id)
            self.touched.add(before.target_id)
        self.acts.put(act.record_id, act)
        self.acts_on.setdefault(act.target_id, set()).add(act.record_id)
        self.touched.add(act.target_id)

    def drop_act(self, name: str) -> ActRow | None:
        """Take an act away, so that it can be put together anew; what it acts upon has to be settled."""
        act = self.acts.drop(name)
        if act is not None:
            self.acts_on[act.target_id].discard(name)
            self.touched.add(act.target_id)
        return act

    def see_notice(self, notice: NoticeRow) -> None:
        """Take in a notice that is on file."""
        self.notices[notice.notice_no] = notice
        self.notices_of.setdefault(notice.record_id, set()).add(notice.notice_no)

    def put_notice(self, notice: NoticeRow) -> None:
        """Put a notice, or its new version."""
        self.notices.put(notice.notice_no, notice)
        self.notices_of.setdefault(notice.record_id, set()).add(notice.notice_no)

    def find_told(self, feed: str, document_no: str) -> list[FeedRow]:
        """Return the rows about documents of a number that a feed was told of, this batch included.

        Asked only when all that the batch says of records is settled.
        """
        if self._told is None:
            self._told = defaultdict(list)
            for row in self.feed_rows.values():
                about = self.records.get(row.record_id)
                if about is not None and row.version > 0:
                    self._told[row.feed, about.document_no].append(row.row_id)
        return [self.feed_rows[row] for row in self._told.get((feed, document_no), ())]

    def told_rows(self) -> list[FeedRow]:
        """Return the rows that their feeds are told something new of: not those that only began or ceased to wait."""
        before = self.feed_rows.before
        return [
            row
            for name, row in self.feed_rows.changed.items()
            if row.version != (before[name].version if name in before else 0)
        ]

    def number_of(self, subject_id: str) -> str:
        """Return a subject's number in clear: a USCC, or the number of a personal document.

        Opened at most once a batch, and never where the batch itself has just sealed it.

        Raises:
            NumberUnsound: what is on file does not open, or is the number of somebody else.
        """
        number = self.numbers.get(subject_id)
        if number is None:
            number = open_number(self.subjects[subject_id], self.rules.vault)
            self.numbers[subject_id] = number
        return number


def _names_of(key: RecordKey) -> tuple[str, ...]:
    """Return the ids that the record of a fact may have."""
    return (record_id(key), document_id(key)) if key.party_mark else (record_id(key),)


def follow_links(subject_id: str, links: dict[str, str]) -> str:
    """Return the subject that carries on the archive of another; itself where no link leads on."""
    seen = {subject_id}
    while (after := links.get(subject_id)) is not None and after not in seen:
        seen.add(after)
        subject_id = after
    return subject_id


def feed_rows_of(records: Iterable[str], feeds: Iterable[str]) -> list[str]:
    """Return the ids of the rows by which some feeds may show some records."""
    known = list(records)
    return [row_id(feed, record) for feed in feeds for record in known]
