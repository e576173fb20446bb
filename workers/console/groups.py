"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import closing, discarding, mending, parked, queues, replaying
from workers.console.screens import Screen

SCREENS: tuple[Screen, ...] = (
    *discarding.SCREENS,
    *replaying.SCREENS,
    *mending.SCREENS,
    *parked.SCREENS,
    *closing.SCREENS,
    *queues.SCREENS,
)
