"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import (
    confirming,
    deciding,
    entry,
    mending,
    parked,
    queues,
    replaying,
    reviews,
    tables,
    watching,
)
from workers.console.screens import Screen

SCREENS: tuple[Screen, ...] = (
    *confirming.SCREENS,
    *replaying.SCREENS,
    *mending.SCREENS,
    *parked.SCREENS,
    *entry.SCREENS,
    *tables.SCREENS,
    *deciding.SCREENS,
    *reviews.SCREENS,
    *watching.SCREENS,
    *queues.SCREENS,
)
