"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import (
    accounts,
    closing,
    contacts,
    discarding,
    grading,
    log,
    me,
    mending,
    parked,
    partners,
    proposals,
    queues,
    replaying,
    search,
    subject,
    supervision,
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
    *contacts.SCREENS,
    *parked.SCREENS,
    *mending.SCREENS,
    *replaying.SCREENS,
    *discarding.SCREENS,
    *queues.SCREENS,
    *proposals.SCREENS,
    *accounts.SCREENS,
    *log.SCREENS,
    *me.SCREENS,
)
