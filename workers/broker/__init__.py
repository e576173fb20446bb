"""The broker: where messages come from and go to.

Two implementations keep the same promises and pass the same tests: RabbitMQ, and an embedded one in a SQLite
file for a machine without servers.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from credit.vault import Keyring
from schemas.errors import ConfigurationError
from schemas.routing import Queue, Topology
from workers.broker.embedded import KombuBroker
from workers.broker.rabbit import RabbitBroker
from workers.broker.seam import (
    TAKE_BYTES,
    Broker,
    BrokerLost,
    Consumer,
    Delivery,
    Depth,
    Fate,
    Look,
    Outgoing,
    Publisher,
)

__all__ = [
    "TAKE_BYTES",
    "Broker",
    "BrokerLost",
    "Consumer",
    "Delivery",
    "Depth",
    "Fate",
    "Look",
    "Outgoing",
    "Publisher",
    "Queue",
    "Topology",
    "connect",
]

_SCHEMES: dict[str, Callable[[str, Keyring], Broker]] = {
    "embedded": KombuBroker.at,
    "amqp": lambda url, _keyring: RabbitBroker.at(url),
    "amqps": lambda url, _keyring: RabbitBroker.at(url),
}


def connect(url: str, keyring: Keyring) -> Broker:
    """Return the broker at `url`: `embedded:///absolute/file.sqlite`, `amqp://…` or `amqps://…`.

    What lies in the file of an embedded broker is sealed with the keys. Nothing is opened before it is needed.
    Raises `ConfigurationError` for any other URL; as a URL may hold a password, the message names its scheme only.
    """
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in _SCHEMES:
        near = get_close_matches(scheme, _SCHEMES, n=1)
        hint = f"did you mean {near[0]}://?" if near else f"use one of {', '.join(s + '://' for s in _SCHEMES)}"
        raise ConfigurationError(f"the broker URL has the unknown scheme {scheme!r}: {hint}")
    return _SCHEMES[scheme](url, keyring)
