"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import (
    accounts,
    closing,
    contacts,
    deciding,
    disputing,
    entry,
    grading,
    log,
    me,
    mending,
    parked,
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
    *mending.SCREENS,
    *replaying.SCREENS,
    *queues.SCREENS,
    *accounts.SCREENS,
    *log.SCREENS,
    *proposals.SCREENS,
    *deciding.SCREENS,
    *disputing.SCREENS,
    *me.SCREENS,
    *reviews.SCREENS,
    *tables.SCREENS,
    *watching.SCREENS,
)
