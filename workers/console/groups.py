"""All screens of the console; a new group of them is added here."""

from __future__ import annotations

from workers.console.pages import queues
from workers.console.screens import Screen

SCREENS: tuple[Screen, ...] = (*queues.SCREENS,)
