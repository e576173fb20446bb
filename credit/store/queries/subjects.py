"""Finding a subject 信用主体 by whatever identifier is at hand, with those it was known by before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select, union, union_all

from credit.batch.recognise import know
from credit.batch.work import follow_links
from credit.identity import Identity, IdKind, Viewer, identify
from credit.record import places
from credit.record.rows import SubjectRow
from credit.store.bulk import one_of
from credit.store.tables import alias, link, subject
from credit.vault import Keyring
from schemas.errors import PermanentError, UnusableError
from schemas.identity_documents import KINDS, OTHER, UNSAID
from schemas.party import Party

_CODES = tuple(kind.value for kind in IdKind if kind not in {IdKind.USCC, IdKind.PERSON, IdKind.NAME})
PERSON_ID = re.compile(r"P[0-9a-f]{31}")
"""The id of a person, which is the keyed hash of a number."""


def is_person(subject_id: str) -> bool:
    """Tell whether a subject is a natural person, by its id alone: what is about one is written in the log."""
    return PERSON_ID.fullmatch(subject_id) is not None


NOT_ON_FILE = (
    "no subject is on file under that key; give a USCC, a personal number, a licence number, an "
    "organisation code or a certificate number as it is written on the document"
)
"""What is said of a key that leads to nobody, or to nothing that the viewer may see."""


class SubjectUnknown(PermanentError):
    """No subject, or more than one, is known under that key."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A subject and all that were continued as it: their records belong to one archive."""

    current: str
    members: frozenset[str]


def find(connection: Connection, key: str, keyring: Keyring) -> Lineage:
    """Return the subject that a key means: a USCC, a number of a personal document, or any claimed identifier.

    A subject id as other listings print it is a key too. Where the key is a subject's own number, what others
    claim under the same digits does not count.

    Raises:
        SubjectUnknown: nothing is on file under the key, or several subjects are.
    """
    # What documents there are besides the usual ones takes a look at every subject: only where nothing else is found.
    family = _meet(connection, _readings(key), key, keyring) or _meet(
        connection, _further(connection, key), key, keyring
    )
    if not family:
        raise SubjectUnknown(NOT_ON_FILE)
    members = frozenset(row.subject_id for row in family)
    links = _read_links(connection, members)
    current = {follow_links(row.subject_id, links) for row in family if row.found}
    if len(current) > 1:
        raise SubjectUnknown(f"{len(current)} subjects claim that key; give a USCC or a personal number instead")
    return Lineage(current.pop(), members)


def find_claiming(connection: Connection, key: str, keyring: Keyring) -> frozenset[str]:
    """Return all subjects that a key may mean, and those joined with them by links; each look is by an index.

    Numbers of documents that only a few have are no such keys, unless their kind is said.
    """
    return frozenset(row.subject_id for row in _meet(connection, _readings(key), key, keyring))


def _meet(connection: Connection, parties: Iterable[Party], key: str, keyring: Keyring) -> Sequence[Row[Any]]:
    readings = [known for party in parties if (known := _know(party, keyring))]
    strong = {known.subject_id for known in readings if known.subject_id}
    strong |= {key} if PERSON_ID.fullmatch(key) else set()
    hashes = {value_hash for known in readings if not known.subject_id for value_hash in known.hashes}
    return connection.execute(_FAMILY, {"numbers": list(strong), "hashes": list(hashes)}).all()


def find_person(connection: Connection, key: str, keyring: Keyring) -> set[str]:
    """Return the persons on file whom a number of a document means, typed bare or as KIND:NUMBER, or a subject id."""
    parties = (*_documents(key), *_further(connection, key))
    numbers = {known for party in parties if (known := know_strong(party, keyring))}
    numbers |= {key} if PERSON_ID.fullmatch(key) else set()
    return set(connection.execute(_NUMBERED, {"numbers": list(numbers)}).scalars())


def know_strong(party: Party, keyring: Keyring) -> str | None:
    """Return the subject id of a party; None where it has no strong identifier, or a wrong one."""
    known = _know(party, keyring)
    return known.subject_id if known else None


def find_parties(connection: Connection, parties: Sequence[Party], keyring: Keyring) -> set[str]:
    """Return the subjects that parties are: by numbers of their own, on file or not, or by what is claimed on file."""
    strong = {known for party in parties if (known := know_strong(party, keyring))}
    return strong | {row.subject_id for row in _meet(connection, parties, "", keyring)}


_NUMBERED = select(subject.c.subject_id).where(one_of(subject.c.subject_id, "numbers"))
_FURTHER = select(subject.c.id_type).where(subject.c.id_type.startswith(OTHER.wording)).distinct()


def _readings(key: str) -> Iterator[Party]:
    """Return the parties that have the key as one of their identifiers, whichever it may be."""
    yield Party.model_construct(kind="organisation", name=key, uscc=key)
    yield from _documents(key)
    for column in _CODES:
        yield Party.model_construct(None, kind="organisation", name=key, **{column: key})


def _documents(key: str) -> Iterator[Party]:
    """Return the persons who have a number by each usual kind of document; KIND:NUMBER says which kind it is."""
    wording, colon, number = key.replace("：", ":").partition(":")
    if colon:
        yield Party.model_construct(kind="person", name=key, id_type=wording, id_no=number)
        return
    for wording in (UNSAID.wording, *(kind.wording for kind in KINDS)):
        yield Party.model_construct(kind="person", name=key, id_type=wording, id_no=key)


def _further(connection: Connection, key: str) -> Iterator[Party]:
    """Return those who have it by a further kind on file, which has its name from the messages that brought it."""
    for wording in connection.execute(_FURTHER).scalars():
        yield Party.model_construct(kind="person", name=key, id_type=wording, id_no=key)


def _know(party: Party, keyring: Keyring) -> Identity | None:
    try:
        return know(identify(party), keyring)
    except UnusableError:
        return None


def _select_family() -> Select[Any]:
    """Return the statement for the subjects found and all that links in force join with them, in either direction."""
    numbered = select(subject.c.subject_id).where(one_of(subject.c.subject_id, "numbers")).cte("numbered")
    claimed = (
        select(subject.c.subject_id)
        .join(alias, alias.c.subject_id == subject.c.subject_id)
        .where(one_of(alias.c.value_hash, "hashes"), alias.c.undone_at.is_(None), ~select(numbered).exists())
    )
    found = union(select(numbered.c.subject_id), claimed).cte("found")
    in_force = link.c.undone_at.is_(None)
    joined = union_all(
        select(link.c.subject_id.label("one"), link.c.continued_as.label("other")).where(in_force),
        select(link.c.continued_as, link.c.subject_id).where(in_force),
    ).subquery()
    family = select(found.c.subject_id).cte("family", recursive=True)
    family = family.union(select(joined.c.other).join(family, joined.c.one == family.c.subject_id))
    return select(family.c.subject_id, family.c.subject_id.in_(select(found.c.subject_id)).label("found"))


_FAMILY = _select_family()
_LINKS = select(link.c.subject_id, link.c.continued_as).where(
    one_of(link.c.subject_id, "subjects"), link.c.undone_at.is_(None)
)


def _read_links(connection: Connection, members: frozenset[str]) -> dict[str, str]:
    # A link joins two: where there is one member there is none.
    if len(members) == 1:
        return {}
    return {row.subject_id: row.continued_as for row in connection.execute(_LINKS, {"subjects": list(members)})}


def show_identifier(row: SubjectRow, keyring: Keyring, viewer: Viewer) -> str:
    """Return a subject's identifier as a viewer sees it: a USCC is public, a personal number is not."""
    if row.kind != "person":
        return row.subject_id
    return viewer.number(keyring.unseal(row.identifier, places.of_identifier(row.subject_id)).decode())
