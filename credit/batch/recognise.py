"""Recognising the parties of messages: their identifiers checked and hashed, as the archive knows them."""

from __future__ import annotations

from collections.abc import Sequence

from credit.batch.arrival import Arrival, Failure
from credit.identity import Identifier, Identity, IdKind, identify
from credit.rules import Rules
from credit.vault import Keyring
from schemas.errors import UnusableError
from schemas.statement import Fact


def recognise(arrivals: Sequence[Arrival], rules: Rules) -> None:
    """Add the parties to the messages that state facts; what cannot be recognised gets its failure."""
    today, vault = rules.at.today, rules.vault
    for arrival in arrivals:
        fact = arrival.statement
        if arrival.failure is None and isinstance(fact, Fact):
            try:
                arrival.party = know(identify(fact.party, today), vault)
                if fact.related:
                    arrival.related = tuple([know(identify(other, today), vault) for other in fact.related])
            except UnusableError as error:
                arrival.failure = Failure(error.reason, error.detail)


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


def alias_hash(alias: Identifier, vault: Keyring) -> str:
    """Return the keyed hash under which the archive finds an identifier; its kind is in it."""
    return vault.lookup(f"{alias.kind.value}:{alias.value}")


def name_hash(subject_id: str, name_key: str, vault: Keyring) -> str:
    """Return the keyed hash of a further name that a person decided belongs to a subject."""
    return vault.lookup(f"{IdKind.NAME.value}:{subject_id}:{name_key}")
