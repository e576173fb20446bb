"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import (
    discarding,
    grading,
    mending,
    parked,
    partners,
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
    *partners.SCREENS,
    *grading.SCREENS,
    *supervision.SCREENS,
    *discarding.SCREENS,
    *replaying.SCREENS,
    *mending.SCREENS,
    *parked.SCREENS,
    *queues.SCREENS,
)
