"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import (
    closing,
    confirming,
    contacts,
    deciding,
    entry,
    grading,
    mending,
    parked,
    partners,
    queues,
    replaying,
    reviews,
    search,
    subject,
    supervision,
    tables,
    watching,
    work,
)
from workers.console.screens import Screen

SCREENS: tuple[Screen, ...] = (
    *work.SCREENS,
    *confirming.SCREENS,
    *search.SCREENS,
    *subject.SCREENS,
    *deciding.SCREENS,
    *grading.SCREENS,
    *reviews.SCREENS,
    *closing.SCREENS,
    *supervision.SCREENS,
    *partners.SCREENS,
    *contacts.SCREENS,
    *entry.SCREENS,
    *tables.SCREENS,
    *replaying.SCREENS,
    *mending.SCREENS,
    *parked.SCREENS,
    *watching.SCREENS,
    *queues.SCREENS,
)
