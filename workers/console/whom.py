"""Whom a message is about that was not taken in, as far as it says: for the log of who saw what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection

from credit.identity.masking import find_numbers
from credit.store.queries import subjects
from schemas.party import Party
from schemas.statement import Fact
from workers.runtime import Runtime

_CITIZENS = "身份证"


def find_parties(
    connection: Connection, runtime: Runtime, raw: bytes, headers: Mapping[str, object] = MappingProxyType({})
) -> set[str]:
    """Return the subject ids of those whom a message names, on file or not, by anything but the name alone.

    Those are its parties, and wherever the numbers of citizens stand in it, their holders: a message that cannot be
    read has no party.
    """
    numbers = find_numbers(raw.decode(errors="replace"))
    named = [Party.model_construct(kind="person", name=each, id_type=_CITIZENS, id_no=each) for each in numbers]
    statement = runtime.reader.state(raw, headers)
    if isinstance(statement, Fact):
        named += [statement.party, *statement.related.values()]
    return subjects.find_parties(connection, named, runtime.keyring)
