"""Who a subject is, as its registrations and permits say: roles, licences, level, district, organiser, workplaces.

Derived anew each time: the records have their source, both times and their revisions, and nothing else is kept. The
order in which records came does not matter: by their day, then the time of their messages, the later one says what is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from credit.grading.licences import Licence, Role, beside, ran_out_after, role_of
from credit.grading.sayings import REGISTRATION, Place, Saying, Source, day_of, place_of
from credit.grading.stays import ENDS, Stay, Stays


class Attributes(NamedTuple):
    """Who a subject is.

    `roles` are those that it is licensed for, or, where it is licensed for none, those that it ever had. `licensed`
    says whether anything is in force, `licensed_on` is the earliest licence date of the roles in force, or of all where
    none is. `sources` says by the name of an attribute which record says so; licences and stays have theirs themselves.
    """

    roles: frozenset[str] = frozenset()
    level: str | None = None
    district: str | None = None
    specialties: frozenset[str] = frozenset()
    licensed: bool = False
    licensed_on: date | None = None
    profession: str | None = None
    organiser: Place | None = None
    licences: tuple[Licence, ...] = ()
    stays: tuple[Stay, ...] = ()
    sources: Mapping[str, Source] = MappingProxyType({})


_NOBODY = Attributes()


def describe(sayings: Iterable[Saying]) -> Attributes:
    """Return who a subject is by its registrations and permits, in whatever order they come."""
    ordered = list(sayings)
    if len(ordered) > 1:
        ordered.sort(key=_turn)
    if not ordered:
        return _NOBODY  # as most whom facts are about
    said, stays = _Said({}, {}), Stays()
    roles: dict[str, Role] = {}
    others: list[Licence] = []
    for saying in ordered:
        items, source = saying.fact.items, saying.source
        registered = saying.fact.family == REGISTRATION
        role = items.get("role") if registered else role_of(saying)
        if registered:
            said.hear(items, source)
        if role is None:
            others += [] if registered else [beside(saying, source)]
            continue
        held = roles.get(role) or roles.setdefault(role, Role(role, source))
        if registered:
            held.register(items, source, goes_on=role == "practitioner" and stays.hear(items, source))
        else:
            held.permit(saying, source)
    return _sum_up(said, stays, [role.licence() for role in roles.values()] + others)


def _turn(saying: Saying) -> Any:
    return saying.turn


class History(NamedTuple):
    """Everything that was said of who a subject is, in the order in which it holds; `now` is what it comes to."""

    now: Attributes
    sayings: tuple[Saying, ...]

    def on(self, day: date) -> Attributes:
        """Return who the subject was at the end of a day, by what is known now."""
        for saying in self.sayings:
            if saying.fact.occurred_on > day or ran_out_after(saying, day):
                return describe(said_of(self.sayings, day))
        return self.now


def recall(now: Attributes, sayings: Iterable[Saying]) -> History | None:
    """Return the history behind who a subject is; None where nothing was said of it."""
    ordered = tuple(sayings)
    if len(ordered) > 1:
        ordered = tuple(sorted(ordered, key=_turn))
    return History(now, ordered) if ordered else None


def said_of(sayings: Sequence[Saying], day: date) -> list[Saying]:
    """Return what is said of who a subject was at the end of a day; `sayings` are all of them, in their order.

    What was said until then, with the permits that ran out later. Of a role that was spoken of only later, the first
    saying, if it is of a licence that was there: one that it dates so, that it confirms, changes or ends. Where no role
    is known so, what was said first is all that there is: facts of then tell whether the subject was there.
    """
    heard = [_as_of(saying, day) for saying in sayings if saying.fact.occurred_on <= day]
    roles = {_role_of(saying) for saying in heard} - {None}
    first: dict[str, Saying] = {}
    for saying in sayings:
        role = _role_of(saying)
        if role is not None and role not in roles:
            first.setdefault(role, saying)
    older = [saying for saying in first.values() if _was_there(saying, day)]
    return heard + [_before(saying) for saying in (older if roles or older else first.values())]


def _role_of(saying: Saying) -> str | None:
    return saying.fact.items.get("role") if saying.fact.family == REGISTRATION else role_of(saying)


def _as_of(saying: Saying, day: date) -> Saying:
    return saying._replace(counts=True) if ran_out_after(saying, day) else saying


def _was_there(saying: Saying, day: date) -> bool:
    """Tell whether the first saying of a role, of after the day, is of a licence that was there by then."""
    items = saying.fact.items
    since = day_of(items.get("licensed_on"))
    if saying.fact.family != REGISTRATION:
        return False
    return since <= day if since is not None else items.get("event") != "registered"


def _before(saying: Saying) -> Saying:
    """Return what an end says of the time before it: that there was what it ended."""
    items = saying.fact.items
    if items.get("event") not in ENDS:
        return saying
    return saying._replace(fact=saying.fact._replace(items={**items, "event": None}))


_PLAIN = ("level", "district", "profession")


class _Said(NamedTuple):
    """What was said last of each attribute, and by which record."""

    values: dict[str, Any]
    sources: dict[str, Source]

    def hear(self, items: Mapping[str, Any], source: Source) -> None:
        """Take over what a registration says; what it leaves out stays as it was."""
        told = {name: value for name in _PLAIN if (value := items.get(name))}
        if items.get("specialties"):
            told["specialties"] = frozenset(items["specialties"])
        organiser = place_of(items, "organiser")
        if organiser is not None:
            told["organiser"] = organiser
        self.values.update(told)
        self.sources.update(dict.fromkeys(told, source))


def _sum_up(said: _Said, stays: Stays, licences: Sequence[Licence]) -> Attributes:
    # Done for every subject of a close: lists, which take less time than generators.
    in_force = [licence for licence in licences if licence.in_force]
    shown = [licence for licence in in_force if licence.role] or [licence for licence in licences if licence.role]
    dated = [licence for licence in shown if licence.since is not None]
    first = min(dated, key=_since) if dated else None
    values, sources = said
    if first is not None and first.since_source is not None:
        sources["licensed_on"] = first.since_source
    return Attributes(
        roles=frozenset([licence.role for licence in shown if licence.role]),
        level=values.get("level"),
        district=values.get("district"),
        specialties=values.get("specialties", _NOTHING),
        licensed=bool(in_force),
        licensed_on=first.since if first is not None else None,
        profession=values.get("profession"),
        organiser=values.get("organiser"),
        licences=tuple(licences),
        stays=tuple(stays.all),
        sources=sources,
    )


_NOTHING: frozenset[str] = frozenset()


def _since(licence: Licence) -> date:
    return licence.since or date.max
