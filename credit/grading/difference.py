"""What another policy would change: whose grade moves, and who comes on a list or leaves it, with the reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from credit.grading.result import Reason, Result, load
from credit.grading.rows import EntryRow


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


class Seat(NamedTuple):
    """A subject's place on a list: of which year, 0 for a list without years; on which level; and by what, in Chinese.

    Who is to be told first has it too: whether that was done no policy says.
    """

    subject_id: str
    year: int
    tier: str | None
    because: str


@dataclass(frozen=True, slots=True)
class Turnover:
    """Who comes on a list and who leaves it, in the order of their ids; another level is another place."""

    list_id: str
    stay: int
    went: tuple[Seat, ...]
    came: tuple[Seat, ...]

    @property
    def moved(self) -> int:
        """How many places would be given or taken."""
        return len(self.went) + len(self.came)


class Turnovers:
    """What another policy would change of lists, gathered subject by subject."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._stay: Counter[str] = Counter()
        self._went: defaultdict[str, list[Seat]] = defaultdict(list)
        self._came: defaultdict[str, list[Seat]] = defaultdict(list)

    def add(self, before: Iterable[EntryRow], after: Iterable[EntryRow]) -> None:
        """Add one subject, by its entries under either policy."""
        old, new = _seat(before), _seat(after)
        self._stay.update(key[0] for key in old.keys() & new.keys())
        for key in sorted(old.keys() - new.keys()):
            self._went[key[0]].append(old[key])
        for key in sorted(new.keys() - old.keys()):
            self._came[key[0]].append(new[key])

    def found(self) -> tuple[Turnover, ...]:
        """Return what was gathered, by the ids of the lists."""
        names = sorted(self._stay.keys() | self._went.keys() | self._came.keys())
        return tuple(
            Turnover(name, self._stay[name], tuple(self._went.get(name, ())), tuple(self._came.get(name, ())))
            for name in names
        )


def _seat(rows: Iterable[EntryRow]) -> dict[tuple[str, int, str], Seat]:
    return {
        (row.list_id, row.year, row.tier or ""): Seat(
            row.subject_id, row.year, row.tier, "；".join(reason.effect for reason in load(row.reasons))
        )
        for row in rows
    }
