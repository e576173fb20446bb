"""Draws 双随机: subjects and inspectors by hashed tickets, so that a draw can be repeated and proved by anybody.

Everything that a draw depends on is its `Ballot` and a seed. The ticket of whoever takes part is the SHA-256 of seed,
number of the draw and id, a line each; the lowest tickets are drawn. So neither the order in which they were read nor
the database matters, and nobody can tell the outcome before the seed is known.

Who must be inspected whatever the draw says takes part all the same: the share of a grade is drawn from all of it, and
the chance of each is the same whatever is held against the others. Who is drawn and must be inspected is visited once,
as drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import ceil
from secrets import SystemRandom
from typing import Any, NamedTuple

import orjson

from credit.grading.known import Known
from credit.grading.when import covers, holding
from schemas.errors import PermanentError
from schemas.regime.supervision import Draw
from schemas.words import Tone, Worded

_SEED_DIGITS = 24
_NO_SHARE = Decimal(0)


class TooFewInspectors(PermanentError):
    """A visit needs more inspectors than there are without an interest; `missing` says how many."""

    def __init__(self, missing: int, subject_id: str, needed: int) -> None:
        """Keep how many are missing for the visit that lacks the most."""
        super().__init__(
            f"{needed} inspectors are needed for each visit, and {missing} are missing for {subject_id}: "
            "the others are away or have an interest; register more inspectors, or have those who are away come back"
        )
        self.missing = missing
        self.subject_id = subject_id
        self.needed = needed


class Why(Worded):
    """Why a subject is visited."""

    DRAWN = "drawn", "随机抽中"
    ALWAYS = "always", "必查", Tone.WAITING
    LIST = "list", "名单必查", Tone.GRAVE


class Entrant(NamedTuple):
    """A subject that takes part. `rules` and `lists` are those by which it must be inspected whatever is drawn."""

    subject_id: str
    code: str
    grade: str | None = None
    rules: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


class Inspector(NamedTuple):
    """A person who can be sent. `interests` are the codes of whom it must not be sent to: its workplaces among them."""

    inspector_id: str
    interests: tuple[str, ...] = ()


class Ballot(NamedTuple):
    """All that a draw depends on besides its seed.

    `shares` are by grade, `other` is the share of every other grade and of those without one; `together` inspectors
    go on each visit.
    """

    number: str
    shares: Mapping[str, Decimal]
    other: Decimal
    together: int
    entrants: tuple[Entrant, ...]
    inspectors: tuple[Inspector, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the ballot, the same in whatever order its parts were read."""
        return sha256(dump(self)).hexdigest()


class Lot(NamedTuple):
    """What was drawn of one grade: of how many, by which share, how many; and how many more must be inspected."""

    grade: str | None
    population: int
    share: Decimal
    drawn: int
    besides: int


class Visit(NamedTuple):
    """A subject to inspect, and who goes there."""

    subject_id: str
    grade: str | None
    why: Why
    inspectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a draw came to: visits in the order of their tickets, and the lots that prove the shares."""

    visits: tuple[Visit, ...]
    lots: tuple[Lot, ...]


def make_seed() -> str:
    """Return a fresh seed of decimal digits from the system's source of randomness."""
    return str(SystemRandom().randrange(10**_SEED_DIGITS)).zfill(_SEED_DIGITS)


def ticket(seed: str, number: str, *ids: str) -> str:
    """Return the ticket of an id in a draw: hexadecimal SHA-256 of the lines seed, number and id.

    For an inspector the ids are the subject and itself: who goes with whom is drawn anew for each visit.
    """
    return sha256("\n".join((seed, number, *ids)).encode()).hexdigest()


def enter(draw: Draw, known: Known, grade: str | None, lists: Collection[str], year: int) -> Entrant | None:
    """Return how a subject takes part in a draw for a year, by its grade and the lists it is on; None: it does not."""
    if not covers(draw.subjects, known.who):
        return None
    return Entrant(
        known.subject_id,
        known.code,
        grade if draw.scale is not None else None,
        tuple(rule.id for rule, _ in holding(draw.always, known, year)),
        tuple(each for each in draw.lists if each in lists),
    )


def fill(draw: Draw, number: str, entrants: Iterable[Entrant], inspectors: Iterable[Inspector]) -> Ballot:
    """Return the ballot of a draw, its parts in the order of their ids."""
    return Ballot(
        number,
        dict(sorted(draw.shares.items())),
        draw.other or _NO_SHARE,
        draw.inspectors,
        tuple(sorted(entrants)),
        tuple(sorted(Inspector(each, tuple(sorted(of))) for each, of in inspectors)),
    )


def hold(ballot: Ballot, seed: str) -> Outcome:
    """Hold a draw: the same ballot and seed give the same visits.

    Raises:
        TooFewInspectors: some visit has fewer inspectors without an interest than go together.
    """
    chosen: list[tuple[str, Entrant, Why]] = []
    lots = []
    for grade, group in _by_grade(ballot.entrants):
        share = ballot.shares.get(grade, ballot.other) if grade is not None else ballot.other
        tickets = sorted((ticket(seed, ballot.number, each.subject_id), each) for each in group)
        drawn = count(share, len(group))
        besides = [(key, each, _must(each)) for key, each in tickets[drawn:] if each.rules or each.lists]
        chosen += [(key, each, Why.DRAWN) for key, each in tickets[:drawn]]
        chosen += besides
        lots.append(Lot(grade, len(group), share, drawn, len(besides)))
    chosen.sort(key=lambda one: one[:2])
    sent = _send(ballot, seed, [entrant for _, entrant, _ in chosen])
    visits = tuple(
        Visit(each.subject_id, each.grade, why, team) for (_, each, why), team in zip(chosen, sent, strict=True)
    )
    return Outcome(visits, tuple(lots))


def count(share: Decimal, of: int) -> int:
    """Return how many a share of so many is, rounded up."""
    return ceil(Fraction(share) * of)


def replace(ballot: Ballot, seed: str, visits: Iterable[Visit], visit: Visit, gone: Collection[str]) -> str:
    """Return who goes instead of somebody who cannot: of those with the fewest visits the one with the lowest ticket.

    `gone` are all who cannot go on this visit, those replaced before among them. Nobody comes twice.

    Raises:
        TooFewInspectors: nobody is left who has no interest.
    """
    load = Counter(each for one in visits for each in one.inspectors)
    entrant = next(each for each in ballot.entrants if each.subject_id == visit.subject_id)
    free = [each for each in ballot.inspectors if each.inspector_id not in {*gone, *visit.inspectors}]
    able = _rank(ballot, seed, entrant, free, load)
    if not able:
        raise TooFewInspectors(1, entrant.subject_id, ballot.together)
    return able[0]


def _by_grade(entrants: Iterable[Entrant]) -> Iterator[tuple[str | None, list[Entrant]]]:
    groups: dict[str | None, list[Entrant]] = {}
    for each in entrants:
        groups.setdefault(each.grade, []).append(each)
    return iter(sorted(groups.items(), key=lambda group: (group[0] is None, group[0] or "")))


def _must(entrant: Entrant) -> Why:
    return Why.ALWAYS if entrant.rules else Why.LIST


def _send(ballot: Ballot, seed: str, entrants: Sequence[Entrant]) -> list[tuple[str, ...]]:
    """Return who goes to each subject: those with the fewest visits so far, among them the lowest tickets."""
    _refuse_too_few(ballot, entrants)
    load: Counter[str] = Counter()
    teams = []
    for entrant in entrants:
        team = tuple(_rank(ballot, seed, entrant, ballot.inspectors, load)[: ballot.together])
        load.update(team)
        teams.append(team)
    return teams


def _rank(
    ballot: Ballot, seed: str, entrant: Entrant, inspectors: Iterable[Inspector], load: Mapping[str, int]
) -> list[str]:
    able = [each.inspector_id for each in inspectors if not is_interested(each, entrant)]
    return sorted(able, key=lambda each: (load.get(each, 0), ticket(seed, ballot.number, entrant.subject_id, each)))


def is_interested(inspector: Inspector, entrant: Entrant) -> bool:
    """Tell whether an inspector has an interest in a subject, which it may be itself."""
    return entrant.subject_id == inspector.inspector_id or any(
        each in inspector.interests for each in (entrant.code, entrant.subject_id)
    )


def _refuse_too_few(ballot: Ballot, entrants: Iterable[Entrant]) -> None:
    short = [
        (ballot.together - able, entrant.subject_id)
        for entrant in entrants
        if (able := sum(not is_interested(each, entrant) for each in ballot.inspectors)) < ballot.together
    ]
    if short:
        missing, subject_id = max(short)
        raise TooFewInspectors(missing, subject_id, ballot.together)


def dump(ballot: Ballot) -> bytes:
    """Return a ballot as JSON, the same bytes for the same ballot; decimals are texts."""
    kept = ballot._asdict() | {
        "shares": {grade: str(share) for grade, share in ballot.shares.items()},
        "other": str(ballot.other),
        "entrants": [each._asdict() for each in sorted(ballot.entrants)],
        "inspectors": [each._asdict() for each in sorted(ballot.inspectors)],
    }
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def load(text: bytes) -> Ballot:
    """Return the ballot of its JSON."""
    kept: dict[str, Any] = orjson.loads(text)
    return Ballot(
        kept["number"],
        {grade: Decimal(share) for grade, share in kept["shares"].items()},
        Decimal(kept["other"]),
        kept["together"],
        tuple(_entrant(each) for each in kept["entrants"]),
        tuple(Inspector(each["inspector_id"], tuple(each["interests"])) for each in kept["inspectors"]),
    )


def _entrant(kept: Mapping[str, Any]) -> Entrant:
    return Entrant(**{**kept, "rules": tuple(kept["rules"]), "lists": tuple(kept["lists"])})
