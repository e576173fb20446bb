"""Admission: who may send what by which queue, with which signature, and for which organs."""

from __future__ import annotations

import base64
import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from credit.identity import check_organ_code, mask_number
from credit.routing.checks import name_senders
from credit.routing.topics import takes
from schemas.envelope import Event
from schemas.errors import ConfigurationError, UnusableError
from schemas.party import squeeze_code
from schemas.reasons import Reason
from schemas.routing import Routing, SigningKey
from schemas.statement import Act, ActKind, Fact, Statement

_MOST_TYPES = 1024
_FEW = 3
_ACTS = tuple(f"credit.office.{kind.value}" for kind in ActKind)
"""Families whose records are acts themselves."""

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
    """Who may send by one queue: the senders of each source, and the users of the broker that speak as each.

    A message is `signed`, else its user proves the sender; neither is asked for where it is not `proven`.
    """

    senders: Mapping[str, Mapping[str, frozenset[str]]]
    signed: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """What comes in passes here; see `build`. `admissions` are by queue, and so are the `bindings` that take types."""

    bindings: Mapping[str, tuple[str, ...]]
    admissions: Mapping[str, Admission]
    keys: Mapping[str, Key]
    voices: Mapping[str, frozenset[str]]
    """The organs that a sender speaks for besides itself."""
    offices: Mapping[ActKind, Mapping[str, frozenset[str] | None]]
    """The organs that act on the records of others, and of which: None stands for all."""
    _homes: dict[str, str | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The queue of each type that was asked for; a memory, not a fact."""

    def admit(self, queue: str, event: Event, user: str | None, canonical: Callable[[Event], bytes]) -> None:
        """Refuse a message that its sender may not send by this queue.

        `user` is the broker's user that sent it, "" where the broker vouches for nobody, and None where nothing is to
        be asked: it is fed in by whoever runs Xinglin, or came before users were recorded. `canonical` gives the bytes
        that a signature covers; it is called only where one is demanded.

        Raises:
            UnusableError: TYPE_UNKNOWN for a type that no queue takes; SOURCE_WRONG for a type or source of
                another queue; SENDER_UNKNOWN; SIGNATURE_MISSING; SIGNATURE_INVALID; SENDER_UNPROVEN, and then nothing
                else is wrong.
        """
        self._check_type(queue, event.type)
        admission = self.admissions[queue]
        senders = admission.senders.get(event.source)
        if senders is None:
            known = ", ".join(sorted(admission.senders))
            raise UnusableError(Reason.SOURCE_WRONG, f"source: {queue} takes messages of {known} only")
        users = senders.get(event.sender)
        if users is None:
            raise UnusableError(
                Reason.SENDER_UNKNOWN,
                f"sender: {_spell(event.sender)} may not send by {queue}; {_expect(event.sender, senders)}",
            )
        if admission.signed:
            self._check_signature(event, canonical)
        elif user is not None and user not in users and admission.proven:
            said = f"{user} does not send as {event.sender} at {event.source}" if user else "missing, nobody is proven"
            raise UnusableError(Reason.SENDER_UNPROVEN, f"user-id: {said}; see users in routing.yaml")

    def check_speaker(self, sender: str, statement: Statement) -> None:
        """Refuse a statement in the name of an organ that its sender does not speak for, or on a record of another.

        An act is on the record of the organ that its target names: an act on an act is on one of the organ that
        decided that act. Receipts and results have no organ: they are of the agency or feed that is their source.

        Raises:
            UnusableError: ORGAN_FOREIGN; RECORD_FOREIGN.
        """
        if not isinstance(statement, Fact | Act):
            return
        organ, speaker = statement.key.organ_code, squeeze_code(sender)
        if organ != speaker and organ not in self.voices.get(speaker, ()):
            detail = f"{_spell(sender)} does not speak for {_spell(organ)}: see voices in routing.yaml"
            raise UnusableError(Reason.ORGAN_FOREIGN, detail)
        if isinstance(statement, Act) and not self._may_act(organ, speaker, statement):
            target = _spell(statement.target.organ_code)
            detail = f"{_spell(organ)} may not act on a record of {target}: see offices in routing.yaml"
            raise UnusableError(Reason.RECORD_FOREIGN, detail)

    def _may_act(self, organ: str, speaker: str, act: Act) -> bool:
        owner = act.target.organ_code
        if owner in {organ, speaker} or owner in self.voices.get(speaker, ()):
            return True
        offices = self.offices.get(act.kind, {})
        if organ not in offices or act.target.family.startswith(_ACTS):
            return False  # what an organ decided about a record is its own to take back
        over = offices[organ]
        return over is None or owner in over

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

    def feed_senders(self) -> dict[str, str]:
        """Return in whose name each feed answers: of several senders the one whose code comes first."""
        known = (each.senders.items() for each in self.admissions.values())
        named = (source for sources in known for source in sources)
        return {source.removeprefix("/feed/"): min(codes) for source, codes in named if source.startswith("/feed/")}

    def queue_for(self, message_type: str) -> str | None:
        """Return the inbound queue that a type is routed to; None when no binding takes it."""
        if message_type not in self._homes:
            taking = (queue for queue, bindings in self.bindings.items() if takes(bindings, message_type))
            found = next(taking, None)
            if len(self._homes) >= _MOST_TYPES:  # senders can make up any number of types
                return found
            self._homes[message_type] = found
        return self._homes[message_type]


def build(routing: Routing, folder: Path) -> Gate:
    """Return the gate of a routing file without mistakes, which lies in `folder`."""
    return Gate(
        bindings=routing.broker.inbound,
        admissions={queue: _admission(routing, queue, folder) for queue in routing.broker.inbound},
        keys={code: _key(plan) for code, plan in routing.keys.items()},
        voices={code: frozenset(organs) for code, organs in routing.voices.items()},
        offices={
            kind: {code: None if over == "all" else frozenset(over) for code, over in organs.items()}
            for kind, organs in routing.offices.items()
        },
    )


def _admission(routing: Routing, queue: str, folder: Path) -> Admission:
    route = routing.routes[queue]
    senders = {
        source: {code: _users_of(source, code, routing) for code in sorted(codes)}
        for source, codes in name_senders(routing, route, folder).items()
    }
    return Admission(senders, signed=route.signature == "demanded", proven=route.user_id == "demanded")


def _users_of(source: str, sender: str, routing: Routing) -> frozenset[str]:
    spoken = {user: sources.get(source, ()) for user, sources in routing.users.items()}
    return frozenset(user for user, codes in spoken.items() if codes == "all" or sender in codes)


def _spell(sender: str) -> str:
    # Whatever is no organ code might be anything, an identity number too: its middle is hidden.
    try:
        return check_organ_code(sender)
    except UnusableError:
        return f"{mask_number(squeeze_code(sender))}, which is not an organ code,"


def _expect(sender: str, permitted: Collection[str]) -> str:
    """Say which senders may: all where they are few, else the one that is most like what came."""
    if len(permitted) <= _FEW:
        return f"expected: {', '.join(sorted(permitted))}"
    near = difflib.get_close_matches(squeeze_code(sender), sorted(permitted), n=1)
    return f"is {near[0]} meant? {len(permitted)} may" if near else f"{len(permitted)} others may"


def _ed25519(raw: bytes) -> Verify:
    public = Ed25519PublicKey.from_public_bytes(raw)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


def _sm2(raw: bytes) -> Verify:
    try:
        import gmssl_pyx as gmssl  # noqa: PLC0415 - the extra sm2, which few need
    except ImportError:
        raise ConfigurationError("signatures by SM2 need a package: pip install -r requirements-sm2.txt") from None
    unusable = (gmssl.InvalidValueError, gmssl.GmsslInnerError)
    try:
        gmssl.sm2_encrypt(raw, b"x")  # finds out whether the key is a point of the curve
    except unusable:
        raise ValueError("no public key") from None

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            return bool(gmssl.sm2_verify(raw, message, signature))
        except unusable:
            return False

    return verify


ALGORITHMS: Mapping[str, Callable[[bytes], Verify]] = {"ed25519": _ed25519, "sm2": _sm2}
"""Signature algorithms by name: from a raw public key (ValueError when it is none) to its verification.

A key of SM2 (GB/T 32918) is x and y, 64 bytes. Its signatures are in DER, by SM3, of the signer 1234567812345678.
"""


def _key(plan: SigningKey) -> Key:
    return Key(plan.algorithm, plan.sender, ALGORITHMS[plan.algorithm](base64.b64decode(plan.public_key)))
