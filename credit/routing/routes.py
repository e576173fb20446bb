"""Routes: queues, feeds and agencies, and which agency is told of which ground with which measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from credit.law import files
from credit.law.law import Law
from credit.routing import admission, tables
from credit.routing.admission import Gate
from credit.routing.checks import find_problems
from credit.routing.grounds import Call, GroundMatch, find_matches, find_shared, make_calls
from credit.routing.tables import Templates
from schemas import documents
from schemas.frontends import FrontendPlan
from schemas.policy import Measure, Provision
from schemas.routing import (
    REGISTRAR,
    REGISTRIES,
    Agency,
    BellPlan,
    DeliveryPlan,
    FeedPlan,
    Followed,
    Generation,
    Ground,
    Queue,
    Routing,
    RowKind,
    Topology,
)
from schemas.sheets import DECISIVE, Template
from schemas.statement import Category, Fact, Model


@dataclass(frozen=True, slots=True)
class Feed:
    """A platform that is sent rows of some kinds of record, and of which of them about natural persons.

    `senders` send its answers. `deliver` is where a carrier brings the rows; None where the platform reads its queue.
    It shows `lists` and `grades` of regimes, as REGIME/NAME, and the results of inspections of some `schemes`. `sheets`
    are the templates of an older generation by which permits and penalties are written, by kind of row and of party;
    `tables` those of which rows of lists and grades are, by `red`, `black` or `grade` and the kind of party.
    """

    code: str
    name: str
    generation: Generation
    kinds: frozenset[RowKind]
    person_kinds: frozenset[RowKind]
    senders: tuple[str, ...] = ()
    deliver: DeliveryPlan | None = None
    lists: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    schemes: frozenset[str] = frozenset()
    sheets: Mapping[tuple[str, str], Template] = field(default_factory=dict)
    tables: Mapping[tuple[str, str], Template] = field(default_factory=dict)

    def write(self, kind: str, items: Mapping[str, Any], *, person: bool) -> dict[str, Any]:
        """Return items of generation V2019 in that of the feed; what it has no column for is left out."""
        template = self.sheets.get((kind, "person" if person else "organisation"))
        if template is None or template.write is None:
            return dict(items)
        own = {column.code for column in template.columns if not column.ours}
        return {code: text for code, text in template.write(items).values.items() if code in own}

    def find_opposite(self, kind: str, items: Mapping[str, Any], *, person: bool) -> str | None:
        """Return the item that its generation cannot hold and without which a row says the opposite, if any."""
        template = self.sheets.get((kind, "person" if person else "organisation"))
        if template is None or template.write is None:
            return None
        return min(DECISIVE.intersection(template.write(items).lost), default=None)

    def takes(self, fact: Fact) -> bool:
        """Tell whether it is sent rows of such a record about such a party."""
        if fact.category is Category.CHECK and fact.items.get("scheme") not in self.schemes:
            return False
        return fact.category.value in (self.person_kinds if fact.party.kind == "person" else self.kinds)


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes in force; see `load`. `inbound` are the queues to take messages from."""

    authority: str
    region: str | None
    topology: Topology
    exchange_in: str
    exchange_out: str
    inbound: tuple[str, ...]
    unsorted: str
    feeds: tuple[Feed, ...]
    partners: Mapping[str, Agency]
    grounds: Mapping[str, Ground]
    calls: Mapping[tuple[str, str], tuple[Call, ...]]
    shared_families: frozenset[str]
    gate: Gate
    bells: Mapping[str, BellPlan]
    regimes: Mapping[str, Followed]
    frontends: Mapping[str, FrontendPlan]
    organs: Mapping[str, str]
    """The codes of organs by the names that stand for them in rows of tables: those of the partners come first."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Return every source that may send, agencies and feeds among them, in order of name."""
        return tuple(sorted({source for each in self.gate.admissions.values() for source in each.senders}))

    @property
    def workers(self) -> tuple[str, ...]:
        """Return the kinds of workers that it takes besides those that are always there."""
        delivered = any(feed.deliver is not None for feed in self.feeds)
        return (*(("carrier",) if delivered else ()), *(("frontend",) if self.frontends else ()))

    @property
    def provisions(self) -> tuple[Provision, ...]:
        """What the grounds cite: their own source, and the rule by which the party has to be told first."""
        told_first = (each.told_first for each in self.grounds.values() if each.told_first is not None)
        return *self.grounds.values(), *told_first

    def grounds_for(self, fact: Fact, subject_id: str, *, sealed: bool = False) -> tuple[GroundMatch, ...]:
        """Return the notices that a fact calls for, in order of ground and agency.

        The agency that registers the subject is found by its code. An agency none of whose measures is for this fact
        is not told. A fact whose record is sealed calls only for those whose ground names the rule of the State that
        lets it be told.
        """
        calls = self.calls.get((fact.key.family, fact.party.kind), ())
        if sealed:
            calls = tuple(call for call in calls if call.tells_sealed)
        return find_matches(calls, fact, subject_id, self.partners) if calls else ()

    def shared_grounds(self, fact: Fact) -> Mapping[str, frozenset[str]]:
        """Return the grounds on which a record of another family may state what the fact states: see `record.deeds`.

        Each comes with the licences that the fact is about.
        """
        if fact.key.family not in self.shared_families:
            return {}
        return find_shared(self.calls.get((fact.key.family, fact.party.kind), ()), fact)


def load(path: Path, law: Law, on: date, models: Mapping[str, Model], templates: Templates = dict) -> Routes:
    """Read routing.yaml and check it against the law of a day.

    Grounds may speak of the types of `models`, tables of front-end databases and feeds of older generations have the
    columns of `templates`, which are asked for only where there are any.

    Raises:
        ConfigurationError: the file cannot be read, or has mistakes: each is named with its file and line.
    """
    document = files.read(path, Routing)
    documents.refuse(document.path, find_problems(document, law, on, models, admission.ALGORITHMS, templates))
    routing = document.value
    measures = ((code, law.measure(code, on)) for code in law.measures)
    calls = make_calls(routing.grounds, {code: measure.name for code, measure in measures if measure is not None})
    return Routes(
        authority=routing.authority,
        region=routing.region,
        topology=_topology(routing),
        exchange_in=routing.broker.exchange_in,
        exchange_out=routing.broker.exchange_out,
        inbound=(*routing.broker.inbound, routing.broker.unsorted),
        unsorted=routing.broker.unsorted,
        feeds=tuple(_feed(code, plan, templates) for code, plan in sorted(routing.feeds.items())),
        partners=routing.partners,
        grounds=dict(sorted(routing.grounds.items())),
        calls=calls,
        shared_families=frozenset(
            family for found in calls.values() for call in found if call.shared for family in call.families
        ),
        gate=admission.build(routing, path.parent),
        bells=routing.alerts,
        regimes=routing.regimes,
        frontends=routing.frontends,
        organs={agency.name: agency.organ_code for agency in routing.partners.values()} | routing.organs,
    )


def find_unconfirmed(routes: Routes, law: Law, on: date) -> list[Measure]:
    """Return the measures that grounds ask for and whose clause nobody of the authority confirmed, in order of code."""
    orders = (order for ground in routes.grounds.values() for orders in ground.agencies.values() for order in orders)
    measures = (law.measure(code, on) for code in sorted({order.code for order in orders}))
    unsure = law.unconfirmed()
    return [measure for measure in measures if measure is not None and str(measure.source) in unsure]


def find_unregistered(routes: Routes) -> Mapping[str, tuple[str, ...]]:
    """Return the registries that no partner is, with the first characters of their codes; where a ground asks for one.

    Of a party that one of them registers no registrar is told.
    """
    if not any(REGISTRAR in ground.agencies for ground in routes.grounds.values()):
        return {}
    known = {prefix for agency in routes.partners.values() for prefix in agency.registers}
    left = {
        registry: tuple(each for each in prefixes if each not in known) for registry, prefixes in REGISTRIES.items()
    }
    return {registry: prefixes for registry, prefixes in left.items() if prefixes}


def _feed(code: str, plan: FeedPlan, templates: Templates) -> Feed:
    of_persons = plan.kinds if plan.person_kinds is None else plan.person_kinds
    return Feed(
        code=code,
        name=plan.name,
        generation=plan.generation,
        kinds=plan.kinds,
        person_kinds=of_persons,
        senders=plan.senders,
        deliver=plan.deliver,
        lists=frozenset(plan.lists),
        grades=frozenset(plan.grades),
        schemes=frozenset(plan.checks.schemes) if plan.checks is not None else frozenset(),
        sheets=tables.find_sheets(code, plan, templates),
        tables=tables.find_tables(code, plan, templates),
    )


def _topology(routing: Routing) -> Topology:
    plan = routing.broker
    told = [f"notice.{agency}" for agency in sorted(routing.partners)]
    told += [f"feed.{feed}" for feed in sorted(routing.feeds)]
    queues = [Queue(name, plan.exchange_in, bindings) for name, bindings in plan.inbound.items()]
    queues.append(Queue(plan.unsorted, plan.exchange_in, ()))
    queues += [Queue(name, plan.exchange_out, bindings) for name, bindings in plan.outbound.items()]
    queues += [Queue(name, plan.exchange_out, (name,)) for name in told]
    return Topology((plan.exchange_in, plan.exchange_out), tuple(queues), plan.exchange_dead, plan.queue_dead)
