"""Routing as a file: what routing.yaml may say. What only the law can tell is checked by `credit.routing.routes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Closed, Code, Name, Text
from schemas.party import PartyKind
from schemas.policy import Condition, Provision, Source

#: Names of agencies, feeds, grounds and keys: they become parts of queue names and routing keys.
Word = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=200)]
Binding = Annotated[str, Field(pattern=r"^([a-z0-9-]+|\*|#)(\.([a-z0-9-]+|\*|#))*$", max_length=200)]


class BrokerPlan(Closed):
    """Exchanges, and queues with their bindings; those of notices and feeds follow from agencies and feeds.

    `unsorted` has no binding: it takes, sent to it by name, what has no type to sort it by.
    """

    exchange_in: QueueName
    exchange_out: QueueName
    exchange_dead: QueueName
    queue_dead: QueueName
    unsorted: QueueName
    inbound: dict[QueueName, Annotated[tuple[Binding, ...], Field(min_length=1)]]
    outbound: dict[QueueName, Annotated[tuple[Binding, ...], Field(min_length=1)]]


class Route(Closed):
    """Who may send by a queue.

    A `source` that ends in `/*` stands for one source for each agency (`/partner/*`) or feed (`/feed/*`), and
    its senders are named there. Any other names its senders here: a list, or a file with one code a line.
    """

    source: Annotated[str, Field(pattern=r"^/[a-z0-9][a-z0-9-]*(/\*)?$")]
    senders: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    senders_file: Text | None = None
    signature: Literal["none", "demanded"]

    @property
    def family(self) -> str | None:
        """`partner` or `feed` where the route stands for one source each, else None."""
        return self.source[1:-2] if self.source.endswith("/*") else None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.family not in {None, "partner", "feed"}:
            raise PydanticCustomError("route", "only /partner/* and /feed/* stand for several sources")
        named = (self.senders is not None) + (self.senders_file is not None)
        if self.family and named:
            raise PydanticCustomError("route", "the senders of this source are those of its agencies or feeds")
        if not self.family and named != 1:
            raise PydanticCustomError("route", "needs either senders or senders_file")
        return self


class SigningKey(Closed):
    """A key that verifies a sender's signatures; `public_key` is the raw key in base64."""

    algorithm: str
    public_key: str
    sender: Code


class Agency(Closed):
    """A partner agency: its organ code, and the measures within its powers."""

    name: Name
    organ_code: Code
    powers: tuple[Code, ...]


class FeedPlan(Closed):
    """A platform that is sent rows, and who may send its results.

    `person_kinds` are the kinds of row that it is sent of natural persons; not given, it is sent the same as of others.
    """

    name: Name
    generation: Literal["V2019"]
    kinds: Annotated[frozenset[Literal["permit", "penalty"]], Field(min_length=1)]
    person_kinds: frozenset[Literal["permit", "penalty"]] | None = None
    senders: Annotated[tuple[Code, ...], Field(min_length=1)]


class MeasureOrder(Closed):
    """A measure that an agency is asked for: on what basis, and for which kinds of party if not for all."""

    code: Code
    basis: Annotated[Text, Field(min_length=1)]
    kinds: Annotated[frozenset[PartyKind], Field(min_length=1)] | None = None


class Ground(Provision):
    """A ground 认定依据 of joint punishment: it holds where any of its conditions does.

    `sealed_by_rule` names the rule of the State that lets the agencies of this ground be told of sealed records;
    without it they are told of none.
    """

    name: Name
    when: Annotated[tuple[Condition, ...], Field(min_length=1)]
    sealed_by_rule: Source | None = None
    party_kinds: Annotated[frozenset[PartyKind], Field(min_length=1)]
    agencies: Annotated[dict[str, Annotated[tuple[MeasureOrder, ...], Field(min_length=1)]], Field(min_length=1)]


class Routing(Closed):
    """routing.yaml. `authority` is the organ in whose name Xinglin sends, `region` the province whose rules hold."""

    authority: Code
    region: Word | None = None
    broker: BrokerPlan
    routes: dict[QueueName, Route]
    keys: dict[Word, SigningKey]
    partners: dict[Word, Agency]
    feeds: dict[Word, FeedPlan]
    grounds: dict[Word, Ground]


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue, and the topic keys by which it is bound to one exchange."""

    name: str
    exchange: str
    bindings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything a broker must have: durable topic exchanges, queues, and one place for dead letters."""

    exchanges: tuple[str, ...]
    queues: tuple[Queue, ...]
    dead_exchange: str
    dead_queue: str
