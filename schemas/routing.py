"""Routing as a file: what routing.yaml may say. What only the law can tell is checked by `credit.routing.routes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.alerts import Urgency
from schemas.base import Closed, Code, Name, Text
from schemas.frontends import FrontendPlan
from schemas.outgoing import LiftedBy
from schemas.party import PartyKind
from schemas.policy import Condition, Provision, Source
from schemas.statement import ActKind

#: Names of agencies, feeds, grounds and keys: they become parts of queue names and routing keys.
Word = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=200)]
Binding = Annotated[str, Field(pattern=r"^([a-z0-9-]+|\*|#)(\.([a-z0-9-]+|\*|#))*$", max_length=200)]


Codes = Annotated[tuple[Code, ...], Field(min_length=1)]
"""Codes of organs."""
#: Users of the broker. They stand in commands and in regular expressions.
UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
SourceName = Annotated[str, Field(pattern=r"^/[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?$")]
"""The source of messages, as their envelope names it."""


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
    Who sends is proven by the signature where one is demanded, else by the broker's user; `user_id: none` lets in what
    nothing proves.
    """

    source: Annotated[str, Field(pattern=r"^/[a-z0-9][a-z0-9-]*(/\*)?$")]
    senders: Codes | None = None
    senders_file: Text | None = None
    signature: Literal["none", "demanded"]
    user_id: Literal["none", "demanded"] = "demanded"

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


class Followed(Closed):
    """How a regime is followed: from which year on. What its document asks of the years before is no duty."""

    from_year: Annotated[int, Field(ge=1949, le=2199)]


class SigningKey(Closed):
    """A key that verifies a sender's signatures; `public_key` is the raw key in base64."""

    algorithm: str
    public_key: str
    sender: Code


#: The first two characters of a unified social credit code: who registered its holder (GB 32100).
Registry = Annotated[str, Field(pattern=r"^[1-9A-HJ-NP-RT-UW-Y][0-9A-HJ-NP-RT-UW-Y]$")]

REGISTRIES = {
    "机构编制": ("11", "12", "13", "19"),
    "民政": ("51", "52", "53", "59"),
    "市场监管": ("91", "92", "93"),
    "军队": ("A1",),
}
"""Who registers the parties that a health authority meets, and how their codes begin (GB 32100-2015, appendix A)."""

REGISTRAR = "registrar"
"""What a ground says instead of an agency's name: the agency that registers the party, whichever that is."""

ORGANISER = "organiser"
"""What a ground says instead of an agency's name: the agency that runs the party itself, if one does (举办单位)."""


class Agency(Closed):
    """A partner agency: its organ code, and the measures within its powers.

    `registers` are the parties that it registers, by how their codes begin; `runs` the codes of the institutions that
    it runs itself, as the army, the police or a school does.
    """

    name: Name
    organ_code: Code
    powers: tuple[Code, ...]
    registers: tuple[Registry, ...] = ()
    runs: tuple[Code, ...] = ()


Generation = Literal["V2016", "V2018", "V2019"]
"""A generation of the national items 双公示."""
RowKind = Literal["permit", "penalty", "check", "list", "grade"]
"""What a row of a feed is of."""
InRegime = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$", max_length=129)]
"""A list or a scale of a regime, as REGIME/NAME."""
Folder = Annotated[str, Field(pattern=r"^/.*[^/]$", max_length=400)]
"""A folder, from the root."""


class FolderPlan(Closed):
    """A feed that is delivered as files: the folder that they are put in, and the one that answers are laid in."""

    path: Folder
    format: Literal["xlsx", "csv"]
    answers: Folder | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.answers == self.path:
            raise PydanticCustomError("folder", "answers need a folder of their own: files of rows lie in path")
        return self


class TablePlan(Closed):
    """A feed that is delivered to the tables of a front-end database 前置库: its name under frontends."""

    frontend: Word


class DeliveryPlan(Closed):
    """Where a carrier brings the rows of a feed, instead of the platform reading them from its queue."""

    folder: FolderPlan | None = None
    table: TablePlan | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.folder is None) == (self.table is None):
            raise PydanticCustomError("deliver", "needs one of folder and table")
        return self


class ChecksShown(Provision):
    """The results of which inspections a platform shows: those of some schemes 检查方式, and by which rule."""

    schemes: Annotated[tuple[Code, ...], Field(min_length=1)]


class FeedPlan(Closed):
    """A platform that is sent rows, in which generation of the national items, and who may send its results.

    `person_kinds` are the kinds of row that it is sent of natural persons; not given, it is sent the same as of others.
    The kind `list` is of the `lists` of regimes that are named, `grade` of the official results on the scales that
    `grades` names, `check` of the inspections of `checks`.
    Without `deliver` the platform reads the rows from the queue of the feed.
    """

    name: Name
    generation: Generation
    kinds: Annotated[frozenset[RowKind], Field(min_length=1)]
    person_kinds: frozenset[RowKind] | None = None
    senders: Codes
    lists: tuple[InRegime, ...] = ()
    grades: tuple[InRegime, ...] = ()
    checks: ChecksShown | None = None
    deliver: DeliveryPlan | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for kind, named in (("list", self.lists), ("grade", self.grades), ("check", self.checks)):
            if (kind in self.kinds) != bool(named):
                raise PydanticCustomError("feed", "the kind {kind} and {kind}s go together", {"kind": kind})
            if named and self.generation != "V2016":
                raise PydanticCustomError("feed", "rows of the kind {kind} are of generation V2016", {"kind": kind})
        return self


_Months = Annotated[int, Field(ge=1, le=1200)]


class Term(Closed):
    """The term of a measure, counted from the day of the decision: `months`, or a range that the decision fixes.

    Of a range the last day is read from an item of the fact. What the decision says is kept within the range; where
    it says nothing, the shortest is taken: nobody is restricted for longer than the law surely says.
    """

    months: _Months | None = None
    item: Code | None = None
    min_months: _Months | None = None
    max_months: _Months | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        range_of = (self.item, self.min_months, self.max_months)
        if self.months is not None and any(part is not None for part in range_of):
            raise PydanticCustomError("term", "is either months, or an item with min_months and max_months")
        if self.months is None and any(part is None for part in range_of):
            raise PydanticCustomError("term", "needs months, or an item with min_months and max_months")
        if self.min_months and self.max_months and self.min_months > self.max_months:
            raise PydanticCustomError("term", "min_months is longer than max_months")
        return self


class MeasureOrder(Closed):
    """A measure that an agency is asked for, and on what basis.

    `kinds` limits it to some kinds of party, `when` to facts that meet one of the conditions; of several orders of one
    measure the first that fits is asked for. Without a `term` it holds for as long as the record is public.
    `lifted_by` says whether a granted repair ends it, or only the withdrawal of the decision, as with a ban that a
    statute lays down; a withdrawal ends every measure.
    """

    code: Code
    basis: Annotated[Text, Field(min_length=1)]
    kinds: Annotated[frozenset[PartyKind], Field(min_length=1)] | None = None
    when: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None
    term: Term | None = None
    lifted_by: LiftedBy = "repair"


class Ground(Provision):
    """A ground 认定依据 of joint punishment: it holds where any of its conditions does.

    `told_first` is the rule by which the party has to be told before any agency is. `sealed_by_rule` names the rule of
    the State that lets the agencies of this ground be told of sealed records; without it they are told of none.
    `licences` are those that the ground may be about, each by the conditions that say so: of one organ and day, what is
    about different licences was done twice.
    """

    name: Name
    told_first: Provision | None = None
    when: Annotated[tuple[Condition, ...], Field(min_length=1)]
    sealed_by_rule: Source | None = None
    licences: dict[Name, Annotated[tuple[Condition, ...], Field(min_length=1)]] = Field(default_factory=dict)
    party_kinds: Annotated[frozenset[PartyKind], Field(min_length=1)]
    agencies: Annotated[dict[str, Annotated[tuple[MeasureOrder, ...], Field(min_length=1)]], Field(min_length=1)]


SecretName = Annotated[str, Field(pattern=r"^XINGLIN_BELL_[A-Z0-9_]+$", max_length=100)]
"""A variable of the environment with what is secret of a bell. Of no other: passwords are sent nowhere."""


class BellPlan(Closed):
    """Where alerts ring besides their queue: a file of JSON lines, or a webhook that takes each by POST.

    The address of a webhook stands here, or in the variable `webhook_from` where a part of it is secret; the token of
    `token_from` goes with each call. `least` is how urgent an alert is at least that rings. With `alive` the webhook
    is told each minute that the scheduler is alive.
    """

    file: Annotated[str, Field(pattern=r"^/.*[^/]$", max_length=400)] | None = None
    webhook: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$", max_length=400)] | None = None
    webhook_from: SecretName | None = None
    token_from: SecretName | None = None
    least: Urgency = Urgency.TICKET
    alive: bool = False

    @model_validator(mode="after")
    def _agree(self) -> Self:
        places = (self.file, self.webhook, self.webhook_from)
        if sum(place is not None for place in places) != 1:
            raise PydanticCustomError("bell", "needs one of file, webhook and webhook_from")
        if self.file is not None and (self.token_from is not None or self.alive):
            raise PydanticCustomError("bell", "token_from and alive are for webhooks")
        return self


class Routing(Closed):
    """routing.yaml. `authority` is the organ in whose name Xinglin sends, `region` the province whose rules hold.

    `users` are the users of the broker, with the sources that each sends as, and there as which senders: a list, or
    `all`. `voices` are senders with the organs that each speaks for besides itself. `offices` says by kind of act which
    organs act on the records of others, and of which: a list, or `all`. `alerts` are the bells that alerts ring.
    `regimes` are the folders of policies/regimes by which subjects are assessed, and from which year on. `frontends`
    are the front-end databases 前置库 whose tables are read and filled. `organs` are the codes of organs by names that
    stand in rows of tables, besides those of the partners: by a former or a short name too.
    """

    authority: Code
    region: Word | None = None
    broker: BrokerPlan
    routes: dict[QueueName, Route]
    users: dict[UserName, Annotated[dict[SourceName, Codes | Literal["all"]], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    voices: dict[Code, Codes] = Field(default_factory=dict)
    offices: dict[ActKind, dict[Code, Codes | Literal["all"]]] = Field(default_factory=dict)
    keys: dict[Word, SigningKey]
    partners: dict[Word, Agency]
    feeds: dict[Word, FeedPlan]
    grounds: dict[Word, Ground]
    alerts: dict[Word, BellPlan] = Field(default_factory=dict)
    regimes: dict[Word, Followed] = Field(default_factory=dict)
    frontends: dict[Word, FrontendPlan] = Field(default_factory=dict)
    organs: dict[Name, Code] = Field(default_factory=dict)


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
