"""Whom a message is about that was not taken in, as far as it says: for the log of who saw what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from connectors.registry import Registry
from credit.identity.masking import find_numbers
from credit.store.queries import subjects
from credit.store.queries.parked import Parked, read_said
from credit.vault import Keyring
from schemas.party import Party
from schemas.statement import Fact
from workers.reading import state

_CITIZENS = "身份证"


def find_of_parked(connection: Connection, registry: Registry, keyring: Keyring, row: Parked) -> set[str]:
    """Return the subject ids of those whom a parked message is about; the key of one that nobody can be found by."""
    said = read_said(connection, row.parked_id, keyring)
    named = _find_named(connection, registry, keyring, said.raw, json.loads(said.headers))
    return named | said.subjects or {row.message_key}


def find_of_proposal(
    connection: Connection, registry: Registry, keyring: Keyring, payload: Mapping[str, Any]
) -> set[str]:
    """Return whom a proposal is about: the subject of a fall, or those whom a message names that would be sent."""
    if "raw" in payload:
        return _find_named(connection, registry, keyring, payload["raw"].encode())
    return {payload["subject"]} if "subject" in payload else set()


def _find_named(
    connection: Connection,
    registry: Registry,
    keyring: Keyring,
    raw: bytes,
    headers: Mapping[str, object] = MappingProxyType({}),
) -> set[str]:
    """Return the subject ids of those whom a message names, on file or not, by anything but the name alone.

    Those are its parties, and wherever the numbers of citizens stand in it, their holders: a message that cannot be
    read has no party.
    """
    numbers = find_numbers(raw.decode(errors="replace"))
    named = [Party.model_construct(kind="person", name=each, id_type=_CITIZENS, id_no=each) for each in numbers]
    statement = state(registry, raw, headers)
    if isinstance(statement, Fact):
        named += [statement.party, *statement.related.values()]
    return subjects.find_parties(connection, named, keyring)
