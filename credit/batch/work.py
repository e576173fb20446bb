"""One batch of messages between the store and the rules: what is needed of the archive, and what changes in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from credit.batch.arrival import Arrival, Failure, variant_key
from credit.identity import Identifier, Identity, identify
from credit.record.ids import record_id, row_id
from credit.record.merging import Head
from credit.record.rows import (
    ActRow,
    AliasRow,
    DispatchRow,
    FeedRow,
    MessageRow,
    NoticeRow,
    ParkedRow,
    ReceiptRow,
    RecordRow,
    SubjectRow,
)
from credit.rules import Rules
from credit.vault import Keyring
from schemas.errors import UnusableError
from schemas.statement import Act, Fact, FeedResult, Receipt

NAME = "name"
"""The kind of a claim that a person goes by a further name."""


class AliasKey(NamedTuple):
    """An identifier as the store finds it. `kind` is `NAME` for a further name of a person."""

    kind: str
    value_hash: str


class Known(NamedTuple):
    """A party with its identifiers hashed: `subject_id` is set where the party has a USCC or personal number."""

    identity: Identity
    subject_id: str | None
    aliases: tuple[tuple[AliasKey, Identifier], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An arrival with its party recognised, or with the failure that parks it."""

    arrival: Arrival
    party: Known | None = None
    related: tuple[Known, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What a batch needs of the archive; all sets are of keys. `locks` orders concurrent batches."""

    messages: frozenset[str]
    records: frozenset[str]
    subjects: frozenset[str]
    aliases: frozenset[AliasKey]
    notices: frozenset[str]
    feed_rows: frozenset[str]
    persons: frozenset[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as merged so far; `fact` is None where it is the stored one."""

    head: Head
    subject_id: str
    known_at: datetime
    fact: Fact | None


@dataclass(slots=True)
class Snapshot:
    """The part of the archive that a batch needs, read under its locks and carried forward while planning.

    Mutable on purpose: later messages of a batch see what earlier ones did.
    """

    messages: dict[str, MessageRow] = field(default_factory=dict)
    records: dict[str, RecordRow] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    acts: dict[str, ActRow] = field(default_factory=dict)
    acts_on: dict[str, set[str]] = field(default_factory=dict)
    subjects: dict[str, SubjectRow] = field(default_factory=dict)
    aliases: dict[AliasKey, set[str]] = field(default_factory=dict)
    disclaimed: set[tuple[AliasKey, str]] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    notices: dict[str, NoticeRow] = field(default_factory=dict)
    notices_of: dict[str, set[str]] = field(default_factory=dict)
    feed_rows: dict[str, FeedRow] = field(default_factory=dict)

    def stated(self, record_id: str) -> Draft | None:
        """Return what is stated of a record so far; None when nothing is."""
        if record_id in self.drafts:
            return self.drafts[record_id]
        row = self.records.get(record_id)
        return Draft(row.head, row.subject_id, row.known_at, None) if row else None

    def put_act(self, act: ActRow) -> str | None:
        """Take an act in, or its new version; return the record it targeted before, if that was another."""
        before = self.acts.get(act.record_id)
        self.acts[act.record_id] = act
        self.acts_on.setdefault(act.target_id, set()).add(act.record_id)
        if before is None or before.target_id == act.target_id:
            return None
        self.acts_on[before.target_id].discard(act.record_id)
        return before.target_id

    def put_notice(self, notice: NoticeRow) -> None:
        """Take a notice in, or its new version."""
        self.notices[notice.notice_no] = notice
        self.notices_of.setdefault(notice.record_id, set()).add(notice.notice_no)

    def owner(self, subject_id: str) -> str:
        """Follow the links from a previous identifier to the subject that carries on its archive."""
        seen = {subject_id}
        while (after := self.links.get(subject_id)) is not None and after not in seen:
            seen.add(after)
            subject_id = after
        return subject_id


@dataclass(slots=True)
class Changes:
    """What a batch writes, in one transaction. Dictionaries hold the last version of each row."""

    received: int = 0
    messages: dict[str, MessageRow] = field(default_factory=dict)
    repeats: dict[str, int] = field(default_factory=dict)
    unparked: dict[int, MessageRow] = field(default_factory=dict)
    reparked: dict[int, ParkedRow] = field(default_factory=dict)
    parked: list[ParkedRow] = field(default_factory=list)
    subjects: dict[str, SubjectRow] = field(default_factory=dict)
    aliases: dict[tuple[AliasKey, str], AliasRow] = field(default_factory=dict)
    records: dict[str, RecordRow] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    acts: dict[str, ActRow] = field(default_factory=dict)
    notices: dict[str, NoticeRow] = field(default_factory=dict)
    receipts: list[ReceiptRow] = field(default_factory=list)
    feed_rows: dict[str, FeedRow] = field(default_factory=dict)
    dispatches: list[DispatchRow] = field(default_factory=list)


def enter(arrivals: Sequence[Arrival], rules: Rules) -> list[Entry]:
    """Recognise the parties of a batch; what cannot be recognised carries its failure."""
    return [_enter(arrival, rules) for arrival in arrivals]


def _enter(arrival: Arrival, rules: Rules) -> Entry:
    if arrival.content is None:
        return Entry(arrival, failure=arrival.failure)
    statement = arrival.content.statement
    if not isinstance(statement, Fact):
        return Entry(arrival)
    try:
        party = know(identify(statement.party, rules.at.today), rules.vault)
        related = tuple(know(identify(other, rules.at.today), rules.vault) for other in statement.related)
    except UnusableError as error:
        return Entry(arrival, failure=Failure(error.reason, error.detail))
    return Entry(arrival, party, related)


def know(identity: Identity, vault: Keyring) -> Known:
    """Hash the identifiers of a party: an organisation's subject id is its USCC, a person's a keyed hash."""
    aliases = tuple((alias_key(alias, vault), alias) for alias in identity.aliases)
    return Known(identity, subject_of(identity.strong, vault) if identity.strong else None, aliases)


def subject_of(strong: Identifier, vault: Keyring) -> str:
    """Return the subject id of a USCC or a personal number."""
    if strong.kind.value == "uscc":
        return strong.value
    return "P" + vault.lookup(f"{strong.kind.value}:{strong.value}")[:31]


def alias_key(alias: Identifier, vault: Keyring) -> AliasKey:
    """Return the key under which the store finds an identifier."""
    kind = alias.kind.value
    return AliasKey(kind, vault.lookup(f"{kind}:{alias.value}"))


def name_alias(subject_id: str, name_key: str, vault: Keyring) -> AliasKey:
    """Return the key of a further name that a person decided belongs to a subject."""
    return AliasKey(NAME, vault.lookup(f"name:{subject_id}:{name_key}"))


def variant(arrival: Arrival) -> str:
    """Return the key under which a message is kept whose id was used before for another content."""
    return variant_key(arrival.key, arrival.fingerprint)


def need(entries: Iterable[Entry]) -> Need:
    """Collect what a batch needs of the archive."""
    messages: set[str] = set()
    records: set[str] = set()
    notices: set[str] = set()
    feed_rows: set[str] = set()
    parties: list[Known] = []
    for entry in entries:
        messages.add(entry.arrival.key)
        messages.add(variant(entry.arrival))
        if entry.party:
            parties.append(entry.party)
            parties += entry.related
        statement = entry.arrival.content.statement if entry.arrival.content else None
        match statement:
            case Fact(key=key):
                records.add(record_id(key))
            case Act(key=key, target=target):
                records |= {record_id(key), record_id(target)}
            case Receipt(notice_no=number):
                notices.add(number)
            case FeedResult(row_id=row):
                feed_rows.add(row)
            case None:
                pass
    persons = {party.subject_id for party in parties if party.subject_id and party.identity.kind == "person"}
    return Need(
        messages=frozenset(messages),
        records=frozenset(records),
        subjects=frozenset(party.subject_id for party in parties if party.subject_id),
        aliases=frozenset(key for party in parties for key, _ in party.aliases),
        notices=frozenset(notices),
        feed_rows=frozenset(feed_rows),
        persons=frozenset(persons),
    )


def feed_rows_of(records: Iterable[str], feeds: Iterable[str]) -> Mapping[str, str]:
    """Return row id -> record id for every feed that may show the records."""
    known = list(records)
    return {row_id(feed, record): record for feed in feeds for record in known}
