"""Which subject a message is about, and what it claims about that subject's identifiers.

A USCC or a personal number decides by itself. Other identifiers decide only through claims that messages made or
a person entered; the claims are rows that can be undone. What cannot be decided is parked, never guessed.
"""

from __future__ import annotations

from credit.batch.arrival import Content
from credit.batch.work import AliasKey, Changes, Entry, Known, Snapshot, name_alias
from credit.record.rows import AliasRow, SubjectRow
from credit.vault import Keyring
from schemas.errors import UnusableError
from schemas.reasons import Reason


class Unresolved(UnusableError):
    """No subject is known for the identifiers of a message yet; it is tried again when one of them is claimed."""

    def __init__(self, detail: str, waits_for: tuple[str, ...]) -> None:
        """Keep the hashes of the identifiers that would decide."""
        super().__init__(Reason.ID_UNRESOLVED, detail)
        self.waits_for = waits_for


def resolve(party: Known, snapshot: Snapshot, vault: Keyring) -> str:
    """Return the id of the subject that a party is.

    Raises:
        Unresolved: only identifiers that nobody has claimed yet.
        UnusableError: identifiers of several subjects, or a person's number under another name.
    """
    subject_id = party.subject_id or _by_alias(party, snapshot)
    if party.identity.kind == "person":
        _agree_on_name(party, subject_id, snapshot, vault)
    return subject_id


def _by_alias(party: Known, snapshot: Snapshot) -> str:
    claimants = {subject for key, _ in party.aliases for subject in snapshot.aliases.get(key, ())}
    owners = {snapshot.owner(subject) for subject in claimants}
    kinds = ", ".join(key.kind for key, _ in party.aliases)
    if not owners:
        detail = f"nobody has claimed the {kinds} of this party; there is no USCC or personal number"
        raise Unresolved(detail, tuple(key.value_hash for key, _ in party.aliases))
    if len(owners) > 1:
        raise UnusableError(Reason.ID_AMBIGUOUS, f"the {kinds} of this party belong to {len(owners)} subjects")
    # Only where it has to be: a record that a link has moved would stay where it is when the link is undone.
    return claimants.pop() if len(claimants) == 1 else owners.pop()


def _agree_on_name(party: Known, subject_id: str, snapshot: Snapshot, vault: Keyring) -> None:
    on_file = snapshot.subjects.get(subject_id)
    if on_file is None or on_file.name_key == party.identity.name_key:
        return
    accepted = name_alias(subject_id, party.identity.name_key, vault)
    if subject_id not in snapshot.aliases.get(accepted, ()):
        raise UnusableError(Reason.NAME_MISMATCH, "the number is on file under another name")


def claim(entry: Entry, subject_id: str, snapshot: Snapshot, changes: Changes, vault: Keyring) -> None:
    """Write down the subject and the identifiers that a message claims for it and for related parties."""
    assert entry.party is not None
    assert entry.arrival.content is not None
    content = entry.arrival.content
    by = entry.arrival.key
    _claim_party(entry.party, subject_id, (content, by), (snapshot, changes), vault)
    for other in entry.related:
        if other.subject_id is not None:
            _claim_party(other, other.subject_id, (content, by), (snapshot, changes), vault)


def _claim_party(
    party: Known, subject_id: str, said: tuple[Content, str], work: tuple[Snapshot, Changes], vault: Keyring
) -> None:
    snapshot, changes = work
    content, by = said
    _meet(party, subject_id, content, work, vault)
    for key, identifier in party.aliases:
        owners = snapshot.aliases.setdefault(key, set())
        if subject_id not in owners and (key, subject_id) not in snapshot.disclaimed:
            owners.add(subject_id)
            value = vault.seal(identifier.value.encode(), b"alias")
            row = AliasRow(key.kind, key.value_hash, subject_id, value, by, content.time)
            changes.aliases[AliasKey(key.kind, key.value_hash), subject_id] = row


def _meet(party: Known, subject_id: str, content: Content, work: tuple[Snapshot, Changes], vault: Keyring) -> None:
    """Put a subject on file when it is met for the first time; the name of that message is the name on file."""
    snapshot, changes = work
    identity = party.identity
    if subject_id in snapshot.subjects or identity.strong is None:
        return
    row = SubjectRow(
        subject_id=subject_id,
        kind=identity.kind,
        name=identity.name,
        name_key=identity.name_key,
        id_type=identity.id_type,
        identifier=vault.seal((identity.id_no or identity.strong.value).encode(), b"subject"),
        since=content.time,
    )
    snapshot.subjects[subject_id] = changes.subjects[subject_id] = row
