"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import accounts, discarding, log, me, mending, parked, proposals, queues, replaying
from workers.console.screens import Screen

SCREENS: tuple[Screen, ...] = (
    *discarding.SCREENS,
    *replaying.SCREENS,
    *mending.SCREENS,
    *parked.SCREENS,
    *queues.SCREENS,
    *proposals.SCREENS,
    *accounts.SCREENS,
    *log.SCREENS,
    *me.SCREENS,
)
