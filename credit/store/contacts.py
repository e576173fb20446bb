"""How those can be reached who complained by the public page: sealed, and shown to whoever answers them alone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from credit.record import places
from credit.record.rows import ContactRow
from credit.store import bulk
from credit.store.tables import contact
from credit.vault import Keyring


def keep(connection: Connection, rows: Iterable[ContactRow]) -> None:
    """Keep contacts; one that is known already stays."""
    bulk.insert_new(connection, contact, rows)


def read(connection: Connection, number: str, keyring: Keyring) -> str | None:
    """Return how somebody can be reached, by the number of the complaint; None where nothing was said.

    Raises:
        SealBroken: it cannot be opened with these keys.
    """
    sealed = connection.execute(select(contact.c.contact).where(contact.c.number == number)).scalar_one_or_none()
    return keyring.unseal(sealed, places.of_contact(number)).decode() if sealed is not None else None
