"""Which subject a message is about, and what it claims about that subject's identifiers.

A USCC or a personal number decides by itself. Other identifiers decide only through claims that messages made or
a person entered; the claims are rows that can be undone. What cannot be decided is parked, never guessed.
"""

from __future__ import annotations

from datetime import datetime

from credit.batch.arrival import Arrival
from credit.batch.recognise import name_hash
from credit.batch.work import Work, follow_links
from credit.identity import Identity
from credit.record import places
from credit.record.rows import AliasRow, SubjectRow
from schemas.errors import UnusableError
from schemas.reasons import Reason


class Unresolved(UnusableError):
    """No subject is known for the identifiers of a message yet; it is tried again when one of them is claimed."""

    def __init__(self, detail: str, waits_for: tuple[str, ...], reason: Reason = Reason.ID_UNRESOLVED) -> None:
        """Keep the hashes of the identifiers, or of the further name, that would decide."""
        super().__init__(reason, detail)
        self.waits_for = waits_for


def resolve(party: Identity, work: Work) -> str:
    """Return the id of the subject that a party is.

    Raises:
        Unresolved: only identifiers that nobody has claimed yet.
        UnusableError: identifiers of several subjects, or a person's number under another name.
    """
    subject_id = party.subject_id or _by_alias(party, work)
    if party.kind == "person":
        _agree_on_name(party, subject_id, work)
    return subject_id


def _by_alias(party: Identity, work: Work) -> str:
    claimants = {subject for value_hash in party.hashes for subject in work.claims.get(value_hash, ())}
    owners = {follow_links(subject, work.links) for subject in claimants}
    kinds = ", ".join(alias.kind for alias in party.aliases)
    if not owners:
        detail = f"nobody has claimed the {kinds} of this party; there is no USCC or personal number"
        raise Unresolved(detail, party.hashes)
    if len(owners) > 1:
        raise UnusableError(Reason.ID_AMBIGUOUS, f"the {kinds} of this party belong to {len(owners)} subjects")
    # Only where it has to be: a record that a link has moved would stay where it is when the link is undone.
    return claimants.pop() if len(claimants) == 1 else owners.pop()


def _agree_on_name(party: Identity, subject_id: str, work: Work) -> None:
    on_file = work.subjects.get(subject_id)
    if on_file is None or on_file.name_key == party.name_key:
        return
    further = name_hash(subject_id, party.name_key, work.rules.vault)
    if subject_id not in work.claims.get(further, ()):
        # Not the name itself: details are in logs.
        advice = f'xinglin identity claim {subject_id} name "NAME IN THE MESSAGE" --by WHO --why WHY'
        detail = f"the number is on file under another name; if both are the same person's: {advice}"
        raise Unresolved(detail, (further,), Reason.NAME_MISMATCH)


def claim(arrival: Arrival, subject_id: str, work: Work) -> None:
    """Write down the subject and the identifiers that a message claims for it and for related parties."""
    assert arrival.party is not None
    assert arrival.event is not None
    _claim(arrival.party, subject_id, arrival.key, arrival.event.time, work)
    for other in arrival.related:
        if other.subject_id is not None:
            _claim(other, other.subject_id, arrival.key, arrival.event.time, work)


def _claim(party: Identity, subject_id: str, by: str, at: datetime, work: Work) -> None:
    if party.strong is not None and subject_id not in work.subjects:
        _meet(party, subject_id, at, work)
    for value_hash, alias in zip(party.hashes, party.aliases, strict=True):
        owners = work.claims.setdefault(value_hash, set())
        if subject_id not in owners and subject_id not in work.disclaimed.get(value_hash, ()):
            owners.add(subject_id)
            belongs = places.of_alias(value_hash, alias.kind.value, subject_id)
            sealed = work.rules.vault.seal(alias.value.encode(), belongs)
            work.aliases.append(AliasRow(alias.kind.value, value_hash, subject_id, sealed, by, at))


def _meet(party: Identity, subject_id: str, at: datetime, work: Work) -> None:
    """Put a subject on file when it is met for the first time; the name of that message is the name on file."""
    assert party.strong is not None
    number = party.id_no or party.strong.value
    work.numbers[subject_id] = number
    work.subjects.put(
        subject_id,
        SubjectRow(
            subject_id=subject_id,
            kind=party.kind,
            name=party.name,
            name_key=party.name_key,
            id_type=party.id_type,
            identifier=work.rules.vault.seal(number.encode(), places.of_identifier(subject_id)),
            since=at,
        ),
    )
