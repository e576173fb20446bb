"""A person's decisions about who is who: links between subjects, and claims of identifiers. Rows, never rewrites."""

from __future__ import annotations

from credit.batch.recognise import alias_hash, name_hash, subject_of
from credit.identity import Identifier, IdKind, identify, name_key
from credit.record import places
from credit.record.rows import AliasRow, Decision
from credit.rules import Rules
from credit.store import identities
from credit.store.engine import writing
from schemas.errors import PermanentError, UnusableError
from schemas.party import Party
from workers.decisions import parking
from workers.runtime import Runtime

CLAIMABLE = tuple(kind for kind in IdKind if kind not in {IdKind.USCC, IdKind.PERSON})
"""Identifiers that can be claimed for a subject: all but those that make one; a name is a further name of a person."""


def find_subject(key: str, rules: Rules) -> str:
    """Return the subject id of a USCC or personal number as typed.

    Raises:
        PermanentError: the text is neither.
    """
    trials = (Party(kind="organisation", name="?", uscc=key), Party(kind="person", name="?", id_no=key))
    for party in trials:
        try:
            strong = identify(party).strong
        except UnusableError:
            continue
        if strong is not None:
            return subject_of(strong, rules.vault)
    raise PermanentError("that is neither a unified social credit code nor a personal number; check its digits")


def link(runtime: Runtime, before: str, after: str, by: str, why: str) -> int:
    """Say that one subject carries on as another. Returns the number of the link.

    Raises:
        PermanentError: both are the same, `before` has a successor already, or the link would close a circle.
    """
    rules = runtime.rules()
    old, new = find_subject(before, rules), find_subject(after, rules)
    with writing(runtime.engine) as connection:
        return identities.add_link(connection, old, new, Decision(by, why, rules.at.now))


def unlink(runtime: Runtime, number: int, by: str) -> None:
    """Undo a link.

    Raises:
        PermanentError: there is no such link in force.
    """
    with writing(runtime.engine) as connection:
        identities.undo_link(connection, number, by, runtime.clock())


def claim(runtime: Runtime, key: str, kind: IdKind, value: str, by: str) -> int:
    """Claim an identifier for a subject and replay what waited for it.

    Returns the number of parked messages that were applied.
    """
    rules = runtime.rules()
    row = _claim(find_subject(key, rules), kind, value, by, rules)
    with writing(runtime.engine) as connection:
        identities.add_claim(connection, row)
    return parking.replay_ready(runtime.engine, runtime.reader, rules)


def disclaim(runtime: Runtime, key: str, kind: IdKind, value: str, by: str) -> None:
    """Undo a claim. Records stay where they are; later messages no longer rest on it.

    Raises:
        PermanentError: there is no such claim in force.
    """
    rules = runtime.rules()
    row = _claim(find_subject(key, rules), kind, value, by, rules)
    with writing(runtime.engine) as connection:
        identities.undo_claim(connection, row.value_hash, row.subject_id, by, rules.at.now)


def _claim(subject_id: str, kind: IdKind, value: str, by: str, rules: Rules) -> AliasRow:
    """Return a person's claim as a row.

    Raises:
        PermanentError: this kind of subject cannot have such an identifier.
    """
    if kind is IdKind.NAME:
        value_hash, normal = name_hash(subject_id, name_key(value), rules.vault), value
    else:
        alias = _read_identifier(subject_id, kind, value)
        value_hash, normal = alias_hash(alias, rules.vault), alias.value
    sealed = rules.vault.seal(normal.encode(), places.of_alias(value_hash, kind.value, subject_id))
    return AliasRow(kind.value, value_hash, subject_id, sealed, f"person:{by}", rules.at.now)


def _read_identifier(subject_id: str, kind: IdKind, value: str) -> Identifier:
    party_kind = "person" if subject_id.startswith("P") else "organisation"
    party = Party.model_validate({"kind": party_kind, "name": "?", kind.value: value})
    found = next((alias for alias in identify(party).aliases if alias.kind is kind), None)
    if found is None:
        raise PermanentError(f"{kind.value} cannot be claimed for this kind of subject")
    return found
