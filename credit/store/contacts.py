"""How those can be reached who complained by the public page: sealed, and shown to whoever answers them alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection, delete, select

from credit.record import places
from credit.record.rows import ContactRow, RecordRow
from credit.rules import Rules
from credit.store import bulk
from credit.store.tables import contact, record
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


_FAMILY, _OPEN = "credit.public.complaint", "received"


def forget_answered(connection: Connection, rules: Rules) -> int:
    """Remove the contacts of complaints that were answered, or withdrawn, longer ago than the law lets them be kept.

    A complaint that is still open, or was parked, keeps its contact. Returns how many were removed.
    """
    before = rules.at.now - timedelta(days=rules.law.deadlines.contact_kept.days)
    columns = (record.c[name] for name in RecordRow._fields)
    asked = select(*columns).join(contact, contact.c.number == record.c.document_no)
    # Only what was sent so long ago can have been answered so long ago.
    old = asked.where(contact.c.sent_at < before, record.c.family == _FAMILY, record.c.event_time < before)
    rows = (RecordRow(*row) for row in connection.execute(old))
    answered = [row.document_no for row in rows if row.stated.items["state"] != _OPEN]
    for number in answered:
        connection.execute(delete(contact).where(contact.c.number == number))
    return len(answered)
