"""Where each sealed value belongs: table, column and row. A value opens only in the place that it was sealed for."""

from __future__ import annotations

from credit.vault import place


def of_message(message_key: str) -> bytes:
    """Return the place of a message's bytes in the inbox."""
    return place("message", "raw", message_key)


def of_former_message(event_id: int) -> bytes:
    """Return the place of the bytes that a mended message had before, in the history of its parking."""
    return place("parked_event", "raw", str(event_id))


def of_identifier(subject_id: str) -> bytes:
    """Return the place of a subject's number."""
    return place("subject", "identifier", subject_id)


def of_alias(value_hash: str, kind: str, subject_id: str) -> bytes:
    """Return the place of an identifier that is claimed for a subject."""
    return place("alias", "value", value_hash, kind, subject_id)


def of_dispatch(message_id: str) -> bytes:
    """Return the place of a message in the outbox."""
    return place("outbox", "body", message_id)


def of_keymark(mark: str) -> bytes:
    """Return the place of the word that proves which keys are those of an archive."""
    return place("keymark", "sealed", mark)


def of_contact(number: str) -> bytes:
    """Return the place of how somebody who complained can be reached."""
    return place("contact", "contact", number)


def of_report(name: str) -> bytes:
    """Return the place of a report that waits to be fetched, by the name that follows from its code."""
    return place("report", "sealed", name)


def of_sent(form: str) -> bytes:
    """Return the place of what somebody sent by the public page, by the digest of its form."""
    return place("inbox", "sealed", form)
