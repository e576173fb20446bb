"""A person's decisions about who is who: links between subjects, and claims of identifiers. Rows, never rewrites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from credit.batch.work import AliasKey, alias_key, name_alias, subject_of
from credit.identity import Identifier, IdKind, identify, name_key
from credit.record.rows import AliasRow
from credit.rules import Rules
from credit.store import identities
from credit.store.engine import reading, writing
from credit.store.tables import link as links
from schemas.errors import PermanentError, UnusableError
from schemas.party import Party
from workers.decisions import parking
from workers.runtime import Runtime


class Claimable(StrEnum):
    """Identifiers that can be claimed for a subject; `name` is a further name of a person."""

    LICENCE_NO = "licence_no"
    ORG_CODE = "org_code"
    CERTIFICATE_NO = "certificate_no"
    INSURER_CODE = "insurer_code"
    REGISTRATION_NO = "registration_no"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Link:
    """One decision that a subject carries on as another."""

    link_id: int
    subject_id: str
    continued_as: str
    linked_by: str
    linked_at: datetime
    note: str
    undone_by: str | None


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


def link(runtime: Runtime, before: str, after: str, said: tuple[str, str]) -> int:
    """Say that one subject carries on as another; `said` is (by whom, why). Returns the number of the link.

    Raises:
        PermanentError: both are the same, `before` has a successor already, or the link would close a circle.
    """
    rules = runtime.rules()
    by, why = said
    old, new = find_subject(before, rules), find_subject(after, rules)
    with writing(runtime.engine) as connection:
        return identities.add_link(connection, old, new, (by, why, rules.at.now))


def unlink(runtime: Runtime, number: int, by: str) -> None:
    """Undo a link.

    Raises:
        PermanentError: there is no such link in force.
    """
    with writing(runtime.engine) as connection:
        identities.undo_link(connection, number, by, runtime.clock())


def list_links(runtime: Runtime) -> list[Link]:
    """Return all links, undone ones too, oldest first."""
    columns = [links.c[name] for name in Link.__dataclass_fields__]
    with reading(runtime.engine) as connection:
        return [Link(*row) for row in connection.execute(select(*columns).order_by(links.c.link_id))]


def claim(runtime: Runtime, key: str, kind: Claimable, said: tuple[str, str]) -> int:
    """Claim an identifier for a subject and replay what waited for it; `said` is (value, by whom).

    Returns the number of parked messages that were applied.
    """
    rules = runtime.rules()
    value, by = said
    subject_id = find_subject(key, rules)
    found, normal = _key(subject_id, kind, value, rules)
    sealed = rules.vault.seal(normal.encode(), b"alias")
    row = AliasRow(found.kind, found.value_hash, subject_id, sealed, f"person:{by}", rules.at.now)
    with writing(runtime.engine) as connection:
        identities.add_claim(connection, row)
    return parking.replay_ready(runtime.engine, runtime.reader, rules)


def disclaim(runtime: Runtime, key: str, kind: Claimable, said: tuple[str, str]) -> None:
    """Undo a claim; `said` is (value, by whom). Records stay where they are; later messages no longer rest on it.

    Raises:
        PermanentError: there is no such claim in force.
    """
    rules = runtime.rules()
    value, by = said
    subject_id = find_subject(key, rules)
    found, _ = _key(subject_id, kind, value, rules)
    with writing(runtime.engine) as connection:
        identities.undo_claim(connection, found, subject_id, (by, rules.at.now))


def _key(subject_id: str, kind: Claimable, value: str, rules: Rules) -> tuple[AliasKey, str]:
    if kind is Claimable.NAME:
        return name_alias(subject_id, name_key(value), rules.vault), value
    party_kind = "person" if subject_id.startswith("P") else "organisation"
    party = Party.model_validate({"kind": party_kind, "name": "?", kind.value: value})
    for alias in identify(party).aliases:
        if alias.kind is IdKind(kind.value):
            return alias_key(Identifier(alias.kind, alias.value), rules.vault), alias.value
    raise PermanentError(f"{kind.value} cannot be claimed for this kind of subject")
