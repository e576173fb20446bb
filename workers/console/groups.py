"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import (
<<<<<<< HEAD
    accounts,
=======
>>>>>>> mending
    closing,
    confirming,
    contacts,
    deciding,
    entry,
    grading,
    log,
    me,
    mending,
    parked,
    partners,
<<<<<<< HEAD
    proposals,
=======
>>>>>>> mending
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
    *entry.SCREENS,
    *contacts.SCREENS,
<<<<<<< HEAD
    *parked.SCREENS,
    *mending.SCREENS,
    *replaying.SCREENS,
=======
    *entry.SCREENS,
    *tables.SCREENS,
    *replaying.SCREENS,
    *mending.SCREENS,
    *parked.SCREENS,
    *watching.SCREENS,
>>>>>>> mending
    *queues.SCREENS,
    *accounts.SCREENS,
    *log.SCREENS,
    *proposals.SCREENS,
    *confirming.SCREENS,
    *deciding.SCREENS,
    *me.SCREENS,
    *reviews.SCREENS,
    *tables.SCREENS,
    *watching.SCREENS,
)
