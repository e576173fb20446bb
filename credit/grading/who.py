"""Who a subject is, as its registrations and permits say: roles, licences, level, district, organiser, workplaces.

Derived anew each time: the records have their source, both times and their revisions, and nothing else is kept. The
order in which records came does not matter: by their day, then the time of their messages, the later one says what is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from credit.grading.licences import Licence, Role, beside, role_of
from credit.grading.sayings import REGISTRATION, Place, Saying, Source, place_of
from credit.grading.stays import Stay, Stays


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
