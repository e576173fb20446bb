"""Which templates the rows of a feed are of, by its generation, the kind of row and the kind of party."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, get_args

from schemas.errors import ConfigurationError
from schemas.routing import FeedPlan, Generation
from schemas.sheets import Parties, Template, find_template

Templates = Callable[[], Mapping[str, Template]]
"""Returns each table of rows that is known, by name. To make them takes half a second, and few routings need them."""

_TYPES = {
    "penalty": "credit.inspection.penalty.v1",
    "permit": "credit.licensing.permit.v1",
    "check": "credit.inspection.check.v1",
}
_OURS = frozenset({"check"})
"""The kinds of row that no generation has a table for: they are written in our own template of their type."""

_TABLES: Mapping[str, tuple[tuple[str, str, Parties], ...]] = {
    "list": tuple(
        (name, f"credit.office.{of}.v1", about)
        for name, of in (("red", "honour"), ("black", "listing"))
        for about in get_args(Parties)
    ),
    "grade": (("grade", "credit.office.rating.v1", "organisation"),),
}
"""The tables that rows of lists and grades are of, each with the type of its messages, and about whom it is."""


class Needed(NamedTuple):
    """A template that rows of a feed are of, whatever lists and grades it shows."""

    kind: str
    about: Parties
    template: str


def find_tables(code: str, plan: FeedPlan, templates: Templates) -> dict[tuple[str, str], Template]:
    """Return the templates of lists and grades, by `red`, `black` or `grade` and the kind of party.

    Raises:
        ConfigurationError: there is none for a kind of row of the feed.
    """
    wanted = [each for kind in sorted(plan.kinds & _TABLES.keys()) for each in _TABLES[kind]]
    return {(name, about): _find(code, plan.generation, name, of, about, templates) for name, of, about in wanted}


def find_sheets(code: str, plan: FeedPlan, templates: Templates) -> dict[tuple[str, str], Template]:
    """Return the templates of an older generation than V2019, by kind of row and of party.

    Raises:
        ConfigurationError: there is none for a kind of row of the feed.
    """
    found: dict[tuple[str, str], Template] = {}
    for kind in sorted(plan.kinds & _TYPES.keys()) if plan.generation != "V2019" else ():
        for about in get_args(Parties):
            found[kind, about] = _find(code, _generation_of(kind, plan), kind, _TYPES[kind], about, templates)
    return found


def find_needed(plan: FeedPlan, templates: Templates) -> Iterator[Needed]:
    """Yield the templates that its rows of permits, penalties and inspections are of.

    Which of the tables of lists its rows are of is left to the lists.
    """
    of_persons = plan.kinds if plan.person_kinds is None else plan.person_kinds
    kinds: dict[Parties, frozenset[str]] = {"organisation": plan.kinds, "person": of_persons}
    for about, asked in kinds.items():
        for kind in sorted(asked & _TYPES.keys()):
            found = find_template(templates().values(), _TYPES[kind], _generation_of(kind, plan), about)
            if found is not None:
                yield Needed(kind, about, found.name)


def _generation_of(kind: str, plan: FeedPlan) -> Generation | None:
    return None if kind in _OURS else plan.generation


def _find(
    code: str, generation: Generation | None, kind: str, message_type: str, about: Parties, templates: Templates
) -> Template:
    found = find_template(templates().values(), message_type, generation, about)
    if found is None:
        lack = f"no connector has a template of generation {generation} for a {kind} of a {about}"
        raise ConfigurationError(f"routing.yaml: feed {code}: {lack}: name another generation")
    return found
