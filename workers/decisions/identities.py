"""A person's decisions about who is who: links between subjects, and claims of identifiers. Rows, never rewrites."""

from __future__ import annotations

from pydantic import ValidationError

from credit.batch.recognise import alias_hash, name_hash
from credit.identity import Identifier, IdKind, identify, name_key
from credit.record import places
from credit.record.rows import AliasRow, Decision
from credit.store import identities
from credit.store.engine import reading, writing
from credit.store.queries import subjects
from credit.store.queries.subjects import know_strong
from credit.vault import Keyring
from schemas.errors import PermanentError
from schemas.party import Party
from workers.decisions import parking
from workers.runtime import Runtime

CLAIMABLE = tuple(kind for kind in IdKind if kind not in {IdKind.USCC, IdKind.PERSON})
"""Identifiers that can be claimed for a subject: all but those that make one; a name is a further name of a person."""


def find_subject(runtime: Runtime, key: str) -> str:
    """Return the subject id of a USCC, or of a number of any kind of personal document, as typed.

    A number is its holder's by itself where it proves itself, else where exactly one kind of document has it on file.
    A document of a further kind may be typed with its name, 军官证:南字第1234567号; a subject id counts as well.

    Raises:
        PermanentError: the text is none of these, or is on file under several kinds of document.
    """
    vault = runtime.keyring
    for party in (_party("organisation", "uscc", key), _party("person", "id_no", key)):
        known = know_strong(party, vault)
        if known is not None:
            return known
    with reading(runtime.engine) as connection:
        found = subjects.find_person(connection, key, vault)
    if len(found) > 1:
        raise PermanentError("several kinds of document have that number; type it as KIND:NUMBER, 护照号:… for one")
    if not found:
        raise PermanentError(
            "that is neither a unified social credit code nor a number of a personal document on file; "
            "check its digits, or type it with its kind: 军官证:…"
        )
    return found.pop()


def link(runtime: Runtime, before: str, after: str, decision: Decision) -> int:
    """Say that one subject carries on as another. Returns the number of the link.

    Raises:
        PermanentError: both are the same, `before` has a successor already, or the link would close a circle.
    """
    old, new = find_subject(runtime, before), find_subject(runtime, after)
    with writing(runtime.engine) as connection:
        return identities.add_link(connection, old, new, decision)


def unlink(runtime: Runtime, number: int, decision: Decision) -> tuple[str, str]:
    """Undo a link, and return between which subjects it was.

    Raises:
        PermanentError: there is no such link in force.
    """
    with writing(runtime.engine) as connection:
        return identities.undo_link(connection, number, decision)


def claim(runtime: Runtime, key: str, kind: IdKind, value: str, decision: Decision) -> int:
    """Claim an identifier for a subject and replay what waited for it.

    Returns the number of parked messages that were applied.
    """
    rules = runtime.rules()
    row = _claim(find_subject(runtime, key), kind, value, decision, runtime.keyring)
    with writing(runtime.engine) as connection:
        identities.add_claim(connection, row, decision)
    return parking.replay_ready(runtime.engine, runtime.reader, rules)


def find_rivals(runtime: Runtime, key: str, kind: IdKind, value: str) -> list[str]:
    """Return who else has a claim to an identifier: a message that has nothing else is of one of them, and parks."""
    subject_id = find_subject(runtime, key)
    value_hash, _ = _hash(subject_id, kind, value, runtime.keyring)
    with reading(runtime.engine) as connection:
        return identities.find_rivals(connection, value_hash, subject_id)


def disclaim(runtime: Runtime, key: str, kind: IdKind, value: str, decision: Decision) -> None:
    """Undo a claim. Records stay where they are; later messages no longer rest on it.

    Raises:
        PermanentError: there is no such claim in force.
    """
    row = _claim(find_subject(runtime, key), kind, value, decision, runtime.keyring)
    with writing(runtime.engine) as connection:
        identities.undo_claim(connection, row.value_hash, row.subject_id, decision)


def _claim(subject_id: str, kind: IdKind, value: str, decision: Decision, vault: Keyring) -> AliasRow:
    """Return a person's claim as a row.

    Raises:
        PermanentError: this kind of subject cannot have such an identifier.
    """
    value_hash, normal = _hash(subject_id, kind, value, vault)
    sealed = vault.seal(normal.encode(), places.of_alias(value_hash, kind.value, subject_id))
    return AliasRow(kind.value, value_hash, subject_id, sealed, f"person:{decision.by}", decision.at)


def _hash(subject_id: str, kind: IdKind, value: str, vault: Keyring) -> tuple[str, str]:
    """Return by which hash an identifier is found, and its normal form."""
    if kind is IdKind.NAME:
        return name_hash(subject_id, name_key(value), vault), value
    alias = _read_identifier(subject_id, kind, value)
    return alias_hash(alias, vault), alias.value


def _read_identifier(subject_id: str, kind: IdKind, value: str) -> Identifier:
    party_kind = "person" if subject_id.startswith("P") else "organisation"
    party = _party(party_kind, kind.value, value)
    found = next((alias for alias in identify(party).aliases if alias.kind is kind), None)
    if found is None:
        raise PermanentError(f"{kind.value} cannot be claimed for this kind of subject")
    return found


def _party(kind: str, item: str, typed: str) -> Party:
    """Return a party with the one identifier that somebody typed.

    Raises:
        PermanentError: no identifier has such characters, or such a length. What was typed is not repeated.
    """
    try:
        return Party.model_validate({"kind": kind, "name": "当事人", item: typed})
    except ValidationError:
        raise PermanentError(
            f"{item} is blank, too long or holds a character that does not print: type it again"
        ) from None
