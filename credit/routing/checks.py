"""Mistakes of routing.yaml that its form alone cannot tell: unknown names, wrong codes, unlisted measures."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from credit.identity import check_organ_code
from credit.law.conditions import mistakes
from credit.law.law import Law
from credit.routing import frontends
from credit.routing.tables import Templates
from credit.routing.topics import takes
from schemas.documents import Document, Mistake, Place, Problem, refuse, suggest
from schemas.envelope import family_of
from schemas.errors import ConfigurationError, UnusableError
from schemas.policy import Condition, Measure
from schemas.routing import ORGANISER, REGISTRAR, Agency, Ground, MeasureOrder, Route, Routing
from schemas.statement import Model

_CITED_LAW = re.compile(r"《[^》]+》.*第.+条")


@dataclass(frozen=True, slots=True)
class _Order:
    """A measure that a ground asks of an agency, with what the rules about it need."""

    place: Place
    order: MeasureOrder
    ground: Ground
    agency: str


def find_problems(
    document: Document[Routing],
    law: Law,
    on: date,
    models: Mapping[str, Model],
    algorithms: Mapping[str, Callable[[bytes], Any]],
    templates: Templates,
) -> list[Problem]:
    """Return every problem of a routing file under the law of a day.

    `models` has the model of each type, `templates` what the tables of front-ends may be of.

    Raises:
        ConfigurationError: a file of senders has mistakes of its own, named by its lines.
    """
    routing = document.value
    folder = Path(document.path).parent
    found = [
        *_code_mistakes(("authority",), routing.authority),
        *_queue_mistakes(routing),
        *_route_mistakes(routing, folder),
        *_user_mistakes(routing, folder),
        *_voice_mistakes(routing),
        *_organ_mistakes(routing),
        *_key_mistakes(routing, algorithms),
        *_partner_mistakes(routing, law, on),
        *_feed_mistakes(routing),
        *_frontend_mistakes(routing),
        *frontends.find_mistakes(routing, templates),
        *_condition_mistakes(routing, models),
        *_ground_mistakes(routing, law, on),
    ]
    return [document.problem(place, text) for place, text in found]


def read_senders(path: Path) -> list[tuple[int, str]]:
    """Return the codes of a file of senders with their lines; blank lines and # remarks are skipped.

    Raises:
        ConfigurationError: the file cannot be read, or names what is no organ code.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: the senders cannot be read: {error}") from error
    written = [(number, line.partition("#")[0].strip()) for number, line in enumerate(lines, start=1)]
    codes = [(number, code) for number, code in written if code]
    refuse(str(path), [Problem(number, text) for number, code in codes for _, text in _code_mistakes((), code)])
    if not codes:
        raise ConfigurationError(f"{path}:1: names no sender, so the queue could take nothing")
    return codes


def name_senders(routing: Routing, route: Route, folder: Path) -> dict[str, frozenset[str]]:
    """Return the senders of each source of a route; `folder` is where the routing file lies.

    Raises:
        ConfigurationError: its file of senders cannot be used.
    """
    if route.family == "partner":
        return {f"/partner/{code}": frozenset({agency.organ_code}) for code, agency in routing.partners.items()}
    if route.family == "feed":
        return {f"/feed/{code}": frozenset(plan.senders) for code, plan in routing.feeds.items()}
    listed = route.senders or [code for _, code in read_senders(folder / str(route.senders_file))]
    return {route.source: frozenset(listed)}


def _code_mistakes(place: Place, code: str) -> Iterable[Mistake]:
    try:
        normal = check_organ_code(code)
    except UnusableError:
        yield place, f"'{code}' is not a unified social credit code: look for a wrong character"
        return
    if normal != code:
        yield place, f"'{code}' must be written '{normal}'"


def _queue_mistakes(routing: Routing) -> Iterable[Mistake]:
    plan = routing.broker
    for queue in plan.inbound.keys() - routing.routes.keys():
        yield ("broker", "inbound", queue), "no entry under routes says who may send by this queue"
    derived = {f"notice.{agency}" for agency in routing.partners} | {f"feed.{feed}" for feed in routing.feeds}
    taken = Counter([*plan.inbound, *plan.outbound, *derived, plan.queue_dead, plan.unsorted])
    for part in ("inbound", "outbound"):
        for queue in getattr(plan, part):
            if taken[queue] > 1:
                yield ("broker", part, queue), "this name is already that of another queue"
    if len({plan.exchange_in, plan.exchange_out, plan.exchange_dead}) < 3:
        yield ("broker",), "exchange_in, exchange_out and exchange_dead must be three"
    if plan.queue_dead == plan.unsorted:
        yield ("broker", "unsorted"), "this name is already that of another queue"


def _route_mistakes(routing: Routing, folder: Path) -> Iterable[Mistake]:
    for queue, route in routing.routes.items():
        if queue not in routing.broker.inbound:
            known = suggest(queue, routing.broker.inbound)
            yield ("routes", queue), f"unknown queue '{queue}', it is not under broker.inbound{known}"
        yield from _sender_mistakes(("routes", queue), route, folder)


def _sender_mistakes(place: Place, route: Route, folder: Path) -> Iterable[Mistake]:
    for index, code in enumerate(route.senders or ()):
        yield from _code_mistakes((*place, "senders", index), code)
    if route.senders_file is not None:
        file = folder / route.senders_file
        if file.is_file():
            read_senders(file)
        else:
            yield (*place, "senders_file"), f"there is no file {file}"


def _user_mistakes(routing: Routing, folder: Path) -> Iterable[Mistake]:
    """Return what no user can send as: a source of no route, a sender that its route does not admit."""
    readable = [each for each in routing.routes.values() if not each.senders_file or _is_there(each, folder)]
    unread = {route.source for route in routing.routes.values()} - {route.source for route in readable}
    known = {source: codes for route in readable for source, codes in name_senders(routing, route, folder).items()}
    for user, sources in routing.users.items():
        for source, codes in sources.items():
            place: Place = ("users", user, source)
            if source not in known:
                if source not in unread:
                    yield place, f"no route has the source '{source}'{suggest(source, known)}"
                continue
            for index, code in enumerate(() if codes == "all" else codes):
                if code not in known[source]:
                    yield (*place, index), f"'{code}' is no sender of {source}, so nobody can send as it"


def _is_there(route: Route, folder: Path) -> bool:
    return (folder / str(route.senders_file)).is_file()


def _voice_mistakes(routing: Routing) -> Iterable[Mistake]:
    parts: list[tuple[Place, Mapping[str, Iterable[str] | str]]] = [(("voices",), routing.voices)]
    parts += [(("offices", kind.value), organs) for kind, organs in routing.offices.items()]
    for place, organs in parts:
        for code, others in organs.items():
            yield from _code_mistakes((*place, code), code)
            for index, other in enumerate(() if isinstance(others, str) else others):
                yield from _code_mistakes((*place, code, index), other)


def _organ_mistakes(routing: Routing) -> Iterable[Mistake]:
    partners = {agency.name: agency.organ_code for agency in routing.partners.values()}
    for name, code in routing.organs.items():
        yield from _code_mistakes(("organs", name), code)
        if partners.get(name, code) != code:
            yield ("organs", name), f"is the name of a partner, whose code is {partners[name]}"


def _key_mistakes(routing: Routing, algorithms: Mapping[str, Callable[[bytes], Any]]) -> Iterable[Mistake]:
    for name, key in routing.keys.items():
        yield from _code_mistakes(("keys", name, "sender"), key.sender)
        if key.algorithm not in algorithms:
            known = suggest(key.algorithm, algorithms)
            yield ("keys", name, "algorithm"), f"unknown algorithm '{key.algorithm}'{known}"
            continue
        try:
            algorithms[key.algorithm](base64.b64decode(key.public_key, validate=True))
        except ValueError:
            yield ("keys", name, "public_key"), f"is not the base64 of a raw {key.algorithm} public key"


def _partner_mistakes(routing: Routing, law: Law, on: date) -> Iterable[Mistake]:
    owners: dict[str, str] = {}
    for word, what in ((REGISTRAR, "registers"), (ORGANISER, "runs")):
        if word in routing.partners:
            yield ("partners", word), f"this word stands for the agency that {what} a party; take another name"
    for name, agency in routing.partners.items():
        yield from _code_mistakes(("partners", name, "organ_code"), agency.organ_code)
        owner = owners.setdefault(agency.organ_code, name)
        if owner != name:
            yield ("partners", name, "organ_code"), f"this is already the code of '{owner}'"
        for index, code in enumerate(agency.powers):
            if law.measure(code, on) is None:
                yield ("partners", name, "powers", index), _unlisted(code, law, on)
    yield from _charge_mistakes(routing.partners)


def _charge_mistakes(partners: Mapping[str, Agency]) -> Iterable[Mistake]:
    """Return of the parties that partners register or run those that two of them claim, and codes that are none."""
    registrars: dict[str, str] = {}
    organisers: dict[str, str] = {}
    for name, agency in partners.items():
        for index, registry in enumerate(agency.registers):
            before = registrars.setdefault(registry, name)
            if before != name:
                yield ("partners", name, "registers", index), f"parties of '{registry}' are registered by '{before}'"
        for index, code in enumerate(agency.runs):
            yield from _code_mistakes(("partners", name, "runs", index), code)
            before = organisers.setdefault(code, name)
            if before != name:
                yield ("partners", name, "runs", index), f"this institution is already run by '{before}'"


def _unlisted(code: str, law: Law, on: date) -> str:
    if code in law.measures:
        return f"measure {code} is not in force on {on}"
    return f"unknown measure '{code}'{suggest(code, law.measures)}"


def _feed_mistakes(routing: Routing) -> Iterable[Mistake]:
    for name, feed in routing.feeds.items():
        for kind in sorted((feed.person_kinds or frozenset()) - feed.kinds):
            yield ("feeds", name, "person_kinds"), f"'{kind}' is not among the kinds of this feed"
        for index, code in enumerate(feed.senders):
            yield from _code_mistakes(("feeds", name, "senders", index), code)


def _condition_mistakes(routing: Routing, models: Mapping[str, Model]) -> Iterable[Mistake]:
    bindings = tuple(binding for queue in routing.broker.inbound.values() for binding in queue)
    for name, ground in routing.grounds.items():
        for index, condition in enumerate(ground.when):
            at: Place = ("grounds", name, "when", index)
            yield from _unmet(condition, at, models)
            types = [each for each in models if family_of(each) == condition.family]
            if types and not any(takes(bindings, each) for each in types):
                yield (*at, "family"), f"no queue takes messages of '{condition.family}': bind one for its types"
        for licence, conditions in ground.licences.items():
            for index, condition in enumerate(conditions):
                yield from _part_of(ground, condition, ("grounds", name, "licences", licence, index), models)
        for agency, orders in ground.agencies.items():
            for index, order in enumerate(orders):
                yield from _order_conditions(("grounds", name, "agencies", agency, index), order, ground, models)


def _unmet(condition: Condition, at: Place, models: Mapping[str, Model]) -> Iterable[Mistake]:
    return (((*at, *where), text) for where, text in mistakes(condition, models))


def _part_of(ground: Ground, condition: Condition, at: Place, models: Mapping[str, Model]) -> Iterable[Mistake]:
    """Return what keeps a condition on part of a ground from holding."""
    yield from _unmet(condition, at, models)
    if condition.family not in {each.family for each in ground.when}:
        yield (*at, "family"), f"the ground has no condition on '{condition.family}'"


def _order_conditions(at: Place, order: MeasureOrder, ground: Ground, models: Mapping[str, Model]) -> Iterable[Mistake]:
    """Return what keeps the conditions of an order from holding, and its term from being read."""
    for index, condition in enumerate(order.when or ()):
        yield from _part_of(ground, condition, (*at, "when", index), models)
    families = {condition.family for condition in ground.when}
    item = order.term.item if order.term else None
    if item is not None:
        read = {condition.family for condition in order.when or ()} or families
        lacking = [list(mistakes(Condition(family=each, contains={item: ()}), models)) for each in sorted(read)]
        if all(lacking):
            yield (*at, "term", "item"), lacking[0][0][1]


def _ground_mistakes(routing: Routing, law: Law, on: date) -> Iterable[Mistake]:
    for name, ground in routing.grounds.items():
        for agency, orders in ground.agencies.items():
            place: Place = ("grounds", name, "agencies", agency)
            asked_of = _asked_of(agency, routing)
            if not asked_of:
                yield place, _nobody(agency, routing)
                continue
            for index, order in enumerate(orders):
                asked = _Order((*place, index), order, ground, agency)
                yield from _order_mistakes(asked, asked_of, law, on)
                if any(_overlap(order, other, ground) for other in orders[:index]):
                    yield (
                        (*place, index, "code"),
                        f"measure {order.code} is named twice for the same kind of party",
                    )


def _asked_of(agency: str, routing: Routing) -> Mapping[str, Agency]:
    """Return the partners that a name under `agencies` stands for."""
    if agency == REGISTRAR:
        return {name: each for name, each in routing.partners.items() if each.registers}
    if agency == ORGANISER:
        return {name: each for name, each in routing.partners.items() if each.runs}
    return {agency: routing.partners[agency]} if agency in routing.partners else {}


def _nobody(agency: str, routing: Routing) -> str:
    if agency == REGISTRAR:
        return "no partner says by 'registers' whom it registers, so this would reach nobody"
    if agency == ORGANISER:
        return "no partner says by 'runs' which institutions it runs, so this would reach nobody"
    return f"unknown agency '{agency}'{suggest(agency, (*routing.partners, REGISTRAR, ORGANISER))}"


def _overlap(order: MeasureOrder, other: MeasureOrder, ground: Ground) -> bool:
    # An earlier order with a condition leaves what does not meet it to the later one.
    if other.when is not None:
        return False
    kinds = order.kinds or ground.party_kinds
    return order.code == other.code and not kinds.isdisjoint(other.kinds or ground.party_kinds)


def _order_mistakes(asked: _Order, asked_of: Mapping[str, Agency], law: Law, on: date) -> Iterable[Mistake]:
    code = asked.order.code
    measure = law.measure(code, on)
    if measure is None:
        yield (*asked.place, "code"), _unlisted(code, law, on)
        return
    for name, agency in asked_of.items():
        if code not in agency.powers:
            powers = ", ".join(sorted(agency.powers)) or "none"
            yield (*asked.place, "code"), f"measure {code} is not among the powers of '{name}' ({powers})"
    if measure.measure_class == 1 and not _CITED_LAW.search(asked.order.basis):
        text = f"{code} takes a right away: name the law and its article, as in 《…法》第…条"
        yield (*asked.place, "basis"), text
    yield from _kind_mistakes(asked, measure)


def _kind_mistakes(asked: _Order, measure: Measure) -> Iterable[Mistake]:
    order, ground = asked.order, asked.ground
    foreign = (order.kinds or frozenset()) - ground.party_kinds
    if foreign:
        yield (*asked.place, "kinds"), f"the ground is not for {', '.join(sorted(foreign))}"
    unfit = (order.kinds or ground.party_kinds) - measure.target_kinds
    if unfit:
        text = f"measure {order.code} {measure.name} is not for {', '.join(sorted(unfit))}"
        yield (*asked.place, "code"), f"{text}; limit it with kinds"


def _frontend_mistakes(routing: Routing) -> Iterable[Mistake]:
    for name, plan in routing.frontends.items():
        yield from _code_mistakes(("frontends", name, "sender"), plan.sender)
