"""Routes: who may send what by which queue, and which agency is told of which ground with which measures."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from credit.identity import check_organ_code
from credit.law import files
from credit.law.conditions import holds
from credit.law.law import Law
from credit.routing.checks import find_problems, read_senders
from credit.routing.topics import takes
from schemas import documents
from schemas.envelope import Event
from schemas.errors import UnusableError
from schemas.outgoing import NoticeMeasure
from schemas.policy import Condition, Measure
from schemas.reasons import Reason
from schemas.routing import Agency, FeedPlan, Ground, Queue, Routing, SigningKey, Topology
from schemas.statement import Fact, Model

_MOST_TYPES = 1024

Verify = Callable[[bytes, bytes], bool]
"""Tells whether a signature fits a message: `verify(signature, message)`."""


@dataclass(frozen=True, slots=True)
class Key:
    """A known signing key: whose it is, and how to verify with it."""

    algorithm: str
    sender: str
    verify: Verify


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may send by one queue: the senders of each source."""

    senders: Mapping[str, frozenset[str]]
    signed: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A platform that is sent rows of some kinds of record, and of which of them about natural persons."""

    code: str
    name: str
    generation: Literal["V2019"]
    kinds: frozenset[Literal["permit", "penalty"]]
    person_kinds: frozenset[Literal["permit", "penalty"]]

    def takes(self, fact: Fact) -> bool:
        """Tell whether it is sent rows of such a record about such a party."""
        return fact.category.value in (self.person_kinds if fact.party.kind == "person" else self.kinds)


@dataclass(frozen=True, slots=True)
class GroundMatch:
    """One notice that a fact calls for: on which ground, to which agency, with which measures.

    The measures have code, name and basis, as `schemas.outgoing.NoticeMeasure`.
    """

    ground: str
    agency: str
    measures: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """What a ground calls for about one kind of party where any of its conditions holds."""

    when: tuple[Condition, ...]
    matches: tuple[GroundMatch, ...]
    tells_sealed: bool = False


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes in force; see `load`. `inbound` are the queues to take messages from."""

    authority: str
    region: str | None
    topology: Topology
    exchange_in: str
    exchange_out: str
    inbound: tuple[str, ...]
    unsorted: str
    feeds: tuple[Feed, ...]
    partners: Mapping[str, Agency]
    grounds: Mapping[str, Ground]
    calls: Mapping[tuple[str, str], tuple[Call, ...]]
    admissions: Mapping[str, Admission]
    keys: Mapping[str, Key]
    _homes: dict[str, str | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The queue of each type that was asked for; a memory, not a fact."""

    def admit(self, queue: str, event: Event, canonical: Callable[[Event], bytes]) -> None:
        """Refuse a message that its sender may not send by this queue.

        `canonical` gives the bytes that a signature covers; it is called only where one is demanded.

        Raises:
            UnusableError: TYPE_UNKNOWN for a type that no queue takes; SOURCE_WRONG for a type or source of
                another queue; SENDER_UNKNOWN; SIGNATURE_MISSING; SIGNATURE_INVALID.
        """
        self._check_type(queue, event.type)
        admission = self.admissions[queue]
        senders = admission.senders.get(event.source)
        if senders is None:
            known = ", ".join(sorted(admission.senders))
            raise UnusableError(Reason.SOURCE_WRONG, f"source: {queue} takes messages of {known} only")
        if event.sender not in senders:
            raise UnusableError(Reason.SENDER_UNKNOWN, f"sender: {_spell(event.sender)} may not send by {queue}")
        if admission.signed:
            self._check_signature(event, canonical)

    def _check_type(self, queue: str, message_type: str) -> None:
        home = self.queue_for(message_type)
        if home is None:
            raise UnusableError(Reason.TYPE_UNKNOWN, "type: no queue takes messages of this type")
        if home != queue:
            raise UnusableError(Reason.SOURCE_WRONG, f"type: messages of this type come by {home}, not by {queue}")

    def _check_signature(self, event: Event, canonical: Callable[[Event], bytes]) -> None:
        missing = [name for name in ("sigalg", "keyid", "sig") if getattr(event, name) is None]
        if missing:
            raise UnusableError(Reason.SIGNATURE_MISSING, f"{missing[0]}: missing, this queue demands a signature")
        key = self.keys.get(event.keyid or "")
        if key is None or key.sender != event.sender:
            raise UnusableError(Reason.SIGNATURE_INVALID, "keyid: not a key of this sender")
        if key.algorithm != event.sigalg:
            raise UnusableError(Reason.SIGNATURE_INVALID, f"sigalg: this key signs with {key.algorithm}")
        try:
            signature = base64.b64decode(event.sig or "", validate=True)
        except ValueError:
            raise UnusableError(Reason.SIGNATURE_INVALID, "sig: not base64") from None
        if not key.verify(signature, canonical(event)):
            raise UnusableError(Reason.SIGNATURE_INVALID, "sig: does not fit the message")

    def queue_for(self, message_type: str) -> str | None:
        """Return the inbound queue that a type is routed to; None when no binding takes it."""
        if message_type not in self._homes:
            taking = (queue.name for queue in self._inbound_queues() if takes(queue.bindings, message_type))
            found = next(taking, None)
            if len(self._homes) >= _MOST_TYPES:  # senders can make up any number of types
                return found
            self._homes[message_type] = found
        return self._homes[message_type]

    def _inbound_queues(self) -> Iterator[Queue]:
        return (queue for queue in self.topology.queues if queue.name in self.admissions)

    def grounds_for(self, fact: Fact, *, sealed: bool = False) -> tuple[GroundMatch, ...]:
        """Return the notices that a fact calls for, in order of ground and agency.

        An agency none of whose measures is for this kind of party is not told. A fact whose record is sealed calls
        only for those whose ground names the rule of the State that lets it be told.
        """
        found: tuple[GroundMatch, ...] = ()
        for call in self.calls.get((fact.key.family, fact.party.kind), ()):
            for condition in call.when:
                if (call.tells_sealed or not sealed) and holds(condition, fact):
                    found += call.matches
                    break
        return found


def load(path: Path, law: Law, on: date, models: Mapping[str, Model]) -> Routes:
    """Read routing.yaml and check it against the law of a day; grounds may speak of the types of `models`.

    Raises:
        ConfigurationError: the file cannot be read, or has mistakes: each is named with its file and line.
    """
    document = files.read(path, Routing)
    documents.refuse(document.path, find_problems(document, law, on, models, ALGORITHMS))
    routing = document.value
    measures = ((code, law.measure(code, on)) for code in law.measures)
    return Routes(
        authority=routing.authority,
        region=routing.region,
        topology=_topology(routing),
        exchange_in=routing.broker.exchange_in,
        exchange_out=routing.broker.exchange_out,
        inbound=(*routing.broker.inbound, routing.broker.unsorted),
        unsorted=routing.broker.unsorted,
        feeds=tuple(_feed(code, plan) for code, plan in sorted(routing.feeds.items())),
        partners=routing.partners,
        grounds=dict(sorted(routing.grounds.items())),
        calls=_calls(routing.grounds, {code: measure.name for code, measure in measures if measure is not None}),
        admissions={queue: _admission(routing, queue, path) for queue in routing.broker.inbound},
        keys={code: _key(plan) for code, plan in routing.keys.items()},
    )


def find_unconfirmed(routes: Routes, law: Law, on: date) -> list[Measure]:
    """Return the measures that grounds ask for and whose clause nobody of the authority confirmed, in order of code."""
    orders = (order for ground in routes.grounds.values() for orders in ground.agencies.values() for order in orders)
    measures = (law.measure(code, on) for code in sorted({order.code for order in orders}))
    unsure = law.unconfirmed()
    return [measure for measure in measures if measure is not None and str(measure.source) in unsure]


def _feed(code: str, plan: FeedPlan) -> Feed:
    of_persons = plan.kinds if plan.person_kinds is None else plan.person_kinds
    return Feed(code, plan.name, plan.generation, plan.kinds, of_persons)


def _calls(grounds: Mapping[str, Ground], names: Mapping[str, str]) -> Mapping[tuple[str, str], tuple[Call, ...]]:
    """Return what to look through for each family of messages and kind of party, in order of ground and agency.

    Most families have nothing to look through, and most messages are of those.
    """
    calls: dict[tuple[str, str], tuple[Call, ...]] = {}
    for code, ground in sorted(grounds.items()):
        for family in sorted({condition.family for condition in ground.when}):
            when = tuple(condition for condition in ground.when if condition.family == family)
            for kind in sorted(ground.party_kinds):
                matches = (_match(code, ground, agency, kind, names) for agency in sorted(ground.agencies))
                told = tuple(match for match in matches if match.measures)
                call = Call(when, told, tells_sealed=ground.sealed_by_rule is not None)
                calls[family, kind] = (*calls.get((family, kind), ()), call)
    return calls


def _match(code: str, ground: Ground, agency: str, kind: str, names: Mapping[str, str]) -> GroundMatch:
    measures = tuple(
        NoticeMeasure(code=order.code, name=names[order.code], basis=order.basis).model_dump()
        for order in sorted(ground.agencies[agency], key=lambda order: order.code)
        if order.kinds is None or kind in order.kinds
    )
    return GroundMatch(code, agency, measures)


def _topology(routing: Routing) -> Topology:
    plan = routing.broker
    told = [f"notice.{agency}" for agency in sorted(routing.partners)]
    told += [f"feed.{feed}" for feed in sorted(routing.feeds)]
    queues = [Queue(name, plan.exchange_in, bindings) for name, bindings in plan.inbound.items()]
    queues.append(Queue(plan.unsorted, plan.exchange_in, ()))
    queues += [Queue(name, plan.exchange_out, bindings) for name, bindings in plan.outbound.items()]
    queues += [Queue(name, plan.exchange_out, (name,)) for name in told]
    return Topology((plan.exchange_in, plan.exchange_out), tuple(queues), plan.exchange_dead, plan.queue_dead)


def _admission(routing: Routing, queue: str, path: Path) -> Admission:
    route = routing.routes[queue]
    signed = route.signature == "demanded"
    if route.family == "partner":
        codes = {code: frozenset({agency.organ_code}) for code, agency in routing.partners.items()}
    elif route.family == "feed":
        codes = {code: frozenset(plan.senders) for code, plan in routing.feeds.items()}
    else:
        listed = route.senders or [code for _, code in read_senders(path.parent / str(route.senders_file))]
        return Admission({route.source: frozenset(listed)}, signed)
    return Admission({f"/{route.family}/{code}": senders for code, senders in codes.items()}, signed)


def _spell(sender: str) -> str:
    # Whatever is no organ code might be anything, an identity number too, and is not repeated.
    try:
        return check_organ_code(sender)
    except UnusableError:
        return "something that is not an organ code"


def _ed25519(raw: bytes) -> Verify:
    public = Ed25519PublicKey.from_public_bytes(raw)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


ALGORITHMS: Mapping[str, Callable[[bytes], Verify]] = {"ed25519": _ed25519}
"""Signature algorithms by name: from a raw public key (ValueError when it is none) to its verification."""


def _key(plan: SigningKey) -> Key:
    return Key(plan.algorithm, plan.sender, ALGORITHMS[plan.algorithm](base64.b64decode(plan.public_key)))
