"""Generated traffic: the ordinary messages of a city, and a sample day with everything that goes wrong."""

from __future__ import annotations

from datetime import date

from workers.demo.town import faults, stories
from workers.demo.town.desk import Desk, Sent
from workers.demo.town.stories import Story

__all__ = ["Sent", "ordinary", "sample_day"]

_ORDINARY = 360


def ordinary(seed: int, count: int, today: date) -> list[Sent]:
    """Return `count` valid messages of every type but receipts and feed results, the same for the same arguments.

    Among them are revisions, repeats, conflicts, withdrawals, objections and repairs, late and early ones, and
    parties known by other identifiers than usual; a hundred messages have each of these. None is parked
    for good: what a message lacks, another one in the set says. So every order of them ends in the same
    archive. No day in them is later than `today`, except ends of periods.
    """
    desk = Desk(seed, today)
    return _mingle(desk, _tell(desk, count))


def sample_day(seed: int, today: date) -> list[Sent]:
    """Return some 400 messages for the demonstration: ordinary ones and one or more of every bad kind.

    Receipts and feed results in it answer nothing that was ever sent.
    """
    desk = Desk(seed, today)
    return _mingle(desk, [*_tell(desk, _ORDINARY), *faults.tell(desk)])


def _tell(desk: Desk, count: int) -> list[Story]:
    """Return whole stories of `count` messages together: each story once, then by weight."""
    tellers, weights = list(stories.WEIGHTS), list(stories.WEIGHTS.values())
    first = iter(tellers)
    told: list[Story] = []
    while count:
        tell = next(first, None) or desk.random.choices(tellers, weights)[0]
        story = tell(desk)
        if len(story) <= count:
            told.append(story)
            count -= len(story)
    return told


def _mingle(desk: Desk, told: list[Story]) -> list[Sent]:
    """Return the messages of all stories mixed at random, those of one story in its order."""
    slots = [(slot, sent) for story in told for slot, sent in zip(_slots(desk, len(story)), story, strict=True)]
    return [sent for _, sent in sorted(slots, key=lambda pair: pair[0])]


def _slots(desk: Desk, count: int) -> list[float]:
    return sorted(desk.random.random() for _ in range(count))
