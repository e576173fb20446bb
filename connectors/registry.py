"""Which message types this installation reads: collected from the entry-point group `xinglin.connectors`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import Distribution, entry_points
from types import MappingProxyType

from connectors.own_sheets import make_template
from connectors.vocabulary import Vocabulary, collect, find_gaps
from schemas.envelope import family_of
from schemas.errors import ConfigurationError, UnusableError
from schemas.reasons import Reason
from schemas.sheets import Template
from schemas.statement import Connector, MessageType, Model

GROUP = "xinglin.connectors"


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """Every type that can be read, with the connector that reads it."""

    entries: Mapping[str, tuple[Connector, MessageType]]

    def models(self) -> dict[str, Model]:
        """Return the model of each type."""
        return {name: message_type.model for name, (_, message_type) in self.entries.items()}

    def vocabulary(self) -> Vocabulary:
        """Return what officials read for the items of every type."""
        return collect(message_type for _, message_type in self.entries.values())

    def templates(self) -> Mapping[str, Template]:
        """Return every template by its name: those of the connectors, and one of our own for each other type.

        Ours are made when they are asked for, once: most programs need none of them.
        """
        return _templates_of(self)

    def families(self) -> dict[str, str]:
        """Return the families of the types that are read, each with its title."""
        titles = self.vocabulary().titles
        return {family_of(name): titles[family_of(name)] for name in self.entries}

    def check_family(self, family: str) -> None:
        """Refuse what is the family of no type that is read: an act about it would wait for ever.

        Raises:
            UnusableError: ITEM_INVALID.
        """
        known = _families_of(self)
        if family not in known:
            near = difflib.get_close_matches(family, known, n=1)
            advice = f"is {near[0]} meant?" if near else "is its connector installed?"
            raise UnusableError(Reason.ITEM_INVALID, f"target.family: is the family of no type; {advice}")

    def find(self, message_type: str) -> tuple[Connector, MessageType]:
        """Return who reads a type; raises `UnusableError` where nobody does, or not in this version."""
        entry = self.entries.get(message_type)
        if entry is not None:
            return entry
        versions = sorted(known for known in self.entries if family_of(known) == family_of(message_type))
        if versions:
            detail = f"type {message_type}: this version is not supported, only {', '.join(versions)}"
            raise UnusableError(Reason.TYPE_VERSION, detail)
        near = difflib.get_close_matches(message_type, self.entries, n=1)
        advice = f"is {near[0]} meant?" if near else "is its connector installed?"
        raise UnusableError(Reason.TYPE_UNKNOWN, f"type {message_type} is not registered: {advice}")


class Templates(Mapping[str, Template]):
    """The templates by name: those that are declared, and those that are made of the model of a type at first sight."""

    def __init__(self, declared: Mapping[str, Template], ours: Mapping[str, MessageType], registry: Registry) -> None:
        """Take what is declared, the types with a template of our own, and where their families have titles."""
        self._known = dict(declared)
        self._ours = ours
        self._registry = registry

    def __getitem__(self, name: str) -> Template:
        if name not in self._known:
            self._known[name] = make_template(self._ours[name], self._families)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    @cached_property
    def _families(self) -> Mapping[str, str]:
        return self._registry.families()

    def _names(self) -> Mapping[str, None]:
        # Those of others first, whichever were asked for before.
        return dict.fromkeys((*(name for name in self._known if name not in self._ours), *self._ours))


@lru_cache(maxsize=4)
def _families_of(registry: Registry) -> frozenset[str]:
    return frozenset(map(family_of, registry.entries))


@lru_cache(maxsize=4)
def _templates_of(registry: Registry) -> Templates:
    connectors = {connector.name: connector for connector, _ in registry.entries.values()}
    declared = {sheet.name: sheet for connector in connectors.values() for sheet in connector.sheets}
    covered = {sheet.type for sheet in declared.values() if sheet.generation == "V2019"}
    ours = {name: one for name, (_, one) in registry.entries.items() if name not in covered | declared.keys()}
    return Templates(declared, ours, registry)


@dataclass(frozen=True, slots=True)
class Found:
    """A connector and the distribution that brought it."""

    connector: Connector
    distribution: str


def load() -> Registry:
    """Return the registry of what is installed; raises `ConfigurationError` for what cannot be used."""
    return build(_find_connectors())


def build(found: Iterable[Found]) -> Registry:
    """Return the registry of these connectors.

    Raises:
        ConfigurationError: two read the same type, or have templates of one name; a type has no version; a model has
            a field without a title or a value without a word. It says where, and what to do.
    """
    entries: dict[str, tuple[Connector, MessageType]] = {}
    owners: dict[str, str] = {}
    sheets: dict[str, str] = {}
    for one in found:
        for message_type in one.connector.types:
            name = message_type.type
            if name in owners:
                first = f"connector {entries[name][0].name} of {owners[name]}"
                second = f"connector {one.connector.name} of {one.distribution}"
                raise ConfigurationError(f"type {name} is claimed by {first} and by {second}: uninstall one")
            _check_name(name, one)
            _check_words(message_type, one)
            owners[name] = one.distribution
            entries[name] = (one.connector, message_type)
        _check_sheets(one, sheets)
    return Registry(MappingProxyType(entries))


def _find_connectors() -> Iterable[Found]:
    names: dict[Distribution, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        distribution = "an unknown distribution"
        if point.dist is not None:
            if point.dist not in names:  # it is read from a file
                names[point.dist] = point.dist.name
            distribution = names[point.dist]
        place = f"entry point {point.name} = {point.value} of {distribution}"
        try:
            connector = point.load()
        except Exception as error:  # a third party's module may fail in any way when it is imported
            raise ConfigurationError(f"{place} cannot be loaded: {error!r}; mend or uninstall it") from error
        if not isinstance(connector, Connector):
            raise ConfigurationError(f"{place} is a {type(connector).__name__}, not a schemas.statement.Connector")
        yield Found(connector, distribution)


def _check_name(name: str, found: Found) -> None:
    family, _, version = name.rpartition(".v")
    if not family or not version.isdecimal():
        raise ConfigurationError(
            f"connector {found.connector.name} of {found.distribution}: type {name} does not end in its "
            "version, as in credit.office.honour.v1"
        )


def _check_sheets(found: Found, sheets: dict[str, str]) -> None:
    """Enter the names of the templates of a connector, each with the distribution that brought it."""
    for sheet in found.connector.sheets:
        if sheet.name in sheets:
            raise ConfigurationError(
                f"template {sheet.name} is declared by {sheets[sheet.name]} and by connector {found.connector.name} of "
                f"{found.distribution}: rename one"
            )
        sheets[sheet.name] = found.distribution


def _check_words(message_type: MessageType, found: Found) -> None:
    gaps = list(find_gaps(message_type.model))
    if gaps:
        place = f"connector {found.connector.name} of {found.distribution}: type {message_type.type}"
        raise ConfigurationError(f"{place} cannot be shown to officials: {'; '.join(gaps)}")
