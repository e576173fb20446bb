"""Users of the broker: what each may do there, and whom none of them speaks for."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from credit.routing.admission import Gate
from credit.routing.routes import Routes
from credit.routing.topics import as_expression

_NOTHING = "^$"
_OWN_QUEUES = {"partner": "notice", "feed": "feed"}
"""What an agency or feed reads from, by the first part of its source."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a user of the broker may do, as RabbitMQ writes it: regular expressions, and nothing else is allowed.

    It publishes to the exchange `to` with the routing keys `topics`, and reads from the queues `reads`.
    """

    user: str
    to: str
    topics: str
    reads: str

    def commands(self, vhost: str) -> tuple[str, ...]:
        """Return the lines that give a user these permissions in a virtual host; the first asks for its password."""
        resources = ("-p", vhost, self.user, _NOTHING, _only([self.to]), self.reads)
        return (
            f"rabbitmqctl add_user {self.user}",
            f"rabbitmqctl set_permissions {shlex.join(resources)}",
            f"rabbitmqctl set_topic_permissions {shlex.join(('-p', vhost, self.user, self.to, self.topics, _NOTHING))}",
        )


@dataclass(frozen=True, slots=True)
class Unproven:
    """What the routes leave open: queues by which anybody sends as anybody, and senders whose messages all park."""

    open: tuple[str, ...]
    mute: tuple[str, ...]


def permit(routes: Routes) -> list[Permissions]:
    """Return what each user may do: publish what it is named for, and read what is for it, in order of name."""
    topics: defaultdict[str, set[str]] = defaultdict(set)
    queues: defaultdict[str, set[str]] = defaultdict(set)
    for queue, admission in routes.gate.admissions.items():
        for source, senders in admission.senders.items():
            family, _, name = source.removeprefix("/").partition("/")
            for user in frozenset[str]().union(*senders.values()):
                topics[user].update(routes.gate.bindings[queue])
                if name:
                    queues[user].add(f"{_OWN_QUEUES[family]}.{name}")
    return [
        Permissions(user, routes.exchange_in, as_expression(topics[user]), _only(queues[user]))
        for user in sorted(topics)
    ]


def find_unproven(gate: Gate) -> Unproven:
    """Return what neither a signature nor a user proves."""
    asked = {queue: admission for queue, admission in gate.admissions.items() if not admission.signed}
    return Unproven(
        open=tuple(queue for queue, admission in asked.items() if not admission.proven),
        mute=tuple(
            f"{source} {sender}"
            for admission in asked.values()
            if admission.proven
            for source, senders in admission.senders.items()
            for sender, users in senders.items()
            if not users
        ),
    )


def _only(names: Iterable[str]) -> str:
    listed = sorted(map(re.escape, names))
    return f"^({'|'.join(listed)})$" if listed else _NOTHING
