"""Recognising the parties of messages: their identifiers checked and hashed, as the archive knows them."""

from __future__ import annotations

from collections.abc import Sequence

from credit.batch.arrival import Arrival, Failure
from credit.identity import Identifier, Identity, IdKind, identify
from credit.record import places
from credit.record.rows import SubjectRow
from credit.rules import Rules
from credit.vault import Keyring, SealBroken
from schemas.errors import PermanentError, UnusableError
from schemas.party import Party
from schemas.reasons import Reason
from schemas.statement import Fact


class NumberUnsound(PermanentError):
    """The sealed number on file is not that of its subject: nobody may be told anything under it."""


def recognise(arrivals: Sequence[Arrival], rules: Rules) -> None:
    """Add the parties to the messages that state facts; what cannot be recognised gets its failure."""
    today, vault = rules.at.today, rules.vault
    for arrival in arrivals:
        fact = arrival.statement
        if arrival.failure is None and isinstance(fact, Fact):
            try:
                arrival.party = know(identify(fact.party, today), vault)
            except UnusableError as error:
                where = "party: " if fact.related else ""
                arrival.failure = Failure(error.reason, f"{where}{error.detail}")
            else:
                if fact.related:
                    _recognise_related(arrival, fact, rules)


_NAMED_ONLY = frozenset({Reason.ID_MISSING, Reason.USCC_PLACEHOLDER})
"""Why a related party has nothing but its name."""


def _recognise_related(arrival: Arrival, fact: Fact, rules: Rules) -> None:
    """Add the related parties that can be identified; the others stay in the record's items, by name.

    What is written and wrong is a failure all the same: it says which party is meant.
    """
    known: list[Identity] = []
    for item, party in fact.related.items():
        try:
            known.append(know(identify(party, rules.at.today), rules.vault))
        except UnusableError as error:
            if error.reason not in _NAMED_ONLY:
                arrival.failure = Failure(error.reason, f"{item}: {error.detail}")
                return
    arrival.related = tuple(known)


def know(identity: Identity, vault: Keyring) -> Identity:
    """Return an identity with its identifiers hashed, and with its subject's id if it has a strong one."""
    return identity._replace(
        subject_id=subject_of(identity.strong, vault) if identity.strong else None,
        hashes=tuple([alias_hash(alias, vault) for alias in identity.aliases]),
    )


def subject_of(strong: Identifier, vault: Keyring) -> str:
    """Return the subject id of a USCC, which is itself, or of a personal number: a keyed hash."""
    if strong.kind is IdKind.USCC:
        return strong.value
    return "P" + vault.lookup(f"{strong.kind.value}:{strong.value}")[:31]


def open_number(subject: SubjectRow, vault: Keyring) -> str:
    """Return a subject's number in clear: a USCC, or the number of a personal document.

    Raises:
        NumberUnsound: what is on file does not open, or is not the number that the subject's id was made from.
    """
    try:
        number = vault.unseal(subject.identifier, places.of_identifier(subject.subject_id)).decode()
    except SealBroken as error:
        raise NumberUnsound(f"{subject.subject_id}: {error}") from None
    if not _owns(subject, number, vault):
        raise NumberUnsound(f"{subject.subject_id}: the number on file is that of another subject")
    return number


def _owns(subject: SubjectRow, number: str, vault: Keyring) -> bool:
    if subject.kind != "person":
        return number == subject.subject_id
    party = Party.model_construct(kind="person", name=subject.name, id_type=subject.id_type, id_no=number)
    try:
        strong = identify(party).strong
    except UnusableError:
        return False
    return strong is not None and subject_of(strong, vault) == subject.subject_id


def alias_hash(alias: Identifier, vault: Keyring) -> str:
    """Return the keyed hash under which the archive finds an identifier; its kind is in it."""
    return vault.lookup(f"{alias.kind.value}:{alias.value}")


def name_hash(subject_id: str, name_key: str, vault: Keyring) -> str:
    """Return the keyed hash of a further name that a person decided belongs to a subject."""
    return vault.lookup(f"{IdKind.NAME.value}:{subject_id}:{name_key}")
