"""What another policy would change: every subject whose grade moves, with the reasons that came and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from credit.grading.result import Reason, Result


class Turn(NamedTuple):
    """From which grade to which; None: not assessed, or not covered."""

    before: str | None
    after: str | None

    @property
    def moved(self) -> bool:
        """Whether the grade is another one."""
        return self.before != self.after


class Mover(NamedTuple):
    """A subject whose grade is another under the new policy."""

    subject_id: str
    turn: Turn
    went: tuple[Reason, ...]
    came: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How many subjects go from which grade to which on a scale, and who moves, in the order of their ids."""

    scale: str
    turns: Mapping[Turn, int]
    movers: tuple[Mover, ...]


def compare(scale: str, before: Iterable[Result], after: Iterable[Result]) -> Difference:
    """Compare the results of two policies on a scale for the same subjects and year."""
    old = {result.subject_id: result for result in before}
    new = {result.subject_id: result for result in after}
    turns: Counter[Turn] = Counter()
    movers: list[Mover] = []
    for subject in sorted(old.keys() | new.keys()):
        one, other = old.get(subject), new.get(subject)
        turn = Turn(one.grade if one else None, other.grade if other else None)
        turns[turn] += 1
        if turn.moved:
            movers.append(Mover(subject, turn, _without(one, other), _without(other, one)))
    return Difference(scale, dict(turns), tuple(movers))


def _without(these: Result | None, those: Result | None) -> tuple[Reason, ...]:
    """Return the reasons of a result that another one does not have; a reason with other records is another."""
    known = {(each.rule, each.effect, each.records) for each in those.reasons} if those else set()
    return tuple(each for each in these.reasons if (each.rule, each.effect, each.records) not in known) if these else ()
