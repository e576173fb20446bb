"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import (
    accounts,
    closing,
    contacts,
    deciding,
    entry,
    grading,
    log,
    me,
    mending,
    parked,
    parked_one,
    partners,
    proposals,
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
    *search.SCREENS,
    *subject.SCREENS,
    *grading.SCREENS,
    *closing.SCREENS,
    *supervision.SCREENS,
    *partners.SCREENS,
    *entry.SCREENS,
    *contacts.SCREENS,
    *parked.SCREENS,
    *parked_one.SCREENS,
    *mending.SCREENS,
    *replaying.SCREENS,
    *queues.SCREENS,
    *accounts.SCREENS,
    *log.SCREENS,
    *proposals.SCREENS,
    *deciding.SCREENS,
    *me.SCREENS,
    *reviews.SCREENS,
    *tables.SCREENS,
    *watching.SCREENS,
)
