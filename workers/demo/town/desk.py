"""What every message of a generated set shares: its envelope, its days, its numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import count
from random import Random
from typing import Any, TypeVar

from schemas.reasons import Reason
from workers.demo.town.people import Town, town

T = TypeVar("T")

HEALTH = {"name": "舞钢市卫生健康委员会", "code": "11410481983690064T"}
INSURANCE = {"name": "舞钢市医疗保障局", "code": "114104810267735464"}
POLICE = {"name": "舞钢市公安局", "code": "11410481684874525W"}
CREDIT_OFFICE = {"name": "舞钢市社会信用体系建设办公室", "code": "11410481685969382K"}

_CHINA = timezone(timedelta(hours=8))
_NATIONAL_KEYS = {
    "credit.inspection.penalty": ("CF_CFJGDM", "CF_WSH"),
    "credit.licensing.permit": ("XK_XKJGDM", "XK_WSH"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message on its way to the broker.

    `body` is a CloudEvent in structured mode, or what should have been one. `routing_type` is the type to
    route it by, None where it cannot be known. `label` says in English what the message is there to show.
    `bad` is the reason that it must be parked under, None when it must not be parked.
    """

    body: bytes
    routing_type: str | None
    label: str
    bad: Reason | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message before it is written down."""

    id: str
    source: str
    type: str
    time: datetime
    sender: str
    data: dict[str, Any]
    revision: int = 1

    @property
    def family(self) -> str:
        """The type without its version."""
        return self.type.rpartition(".v")[0]

    @property
    def word(self) -> str:
        """The last word of the family, such as penalty."""
        return self.family.rpartition(".")[2]

    @property
    def target(self) -> dict[str, str]:
        """The business record that the message states, as an office message names it."""
        if self.family in _NATIONAL_KEYS:
            organ_code, document_no = (self.data[item] for item in _NATIONAL_KEYS[self.family])
        else:
            organ_code, document_no = self.data["organ"]["code"], self.data["document_no"]
        return {"family": self.family, "organ_code": organ_code, "document_no": document_no}

    def event(self) -> dict[str, Any]:
        """Return the message as the JSON value of a CloudEvent."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": self.time.isoformat(),
            "datacontenttype": "application/json",
            "sender": self.sender,
            **({"revision": self.revision} if self.revision > 1 else {}),
            "data": self.data,
        }

    def send(self, label: str, bad: Reason | None = None) -> Sent:
        """Write the message down."""
        body = json.dumps(self.event(), ensure_ascii=False).encode()
        return Sent(body, self.type, label, bad)


@dataclass(slots=True)
class Desk:
    """Hands out chance, days, document numbers and message ids to one generated set.

    Two desks of the same seed and day hand out the same. No day is after yesterday. Document numbers begin after
    `after_number`, so that the sets of two desks do not share any.
    """

    seed: int
    today: date
    after_number: int = 0
    random: Random = field(init=False)
    town: Town = field(init=False)
    _ids: count[int] = field(init=False)
    _numbers: dict[tuple[str, int], int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Start every count anew."""
        self.random = Random(self.seed)  # noqa: S311 - the same messages for the same seed, no secret
        self.town = town()
        self._ids = count(1)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        """Return true in that share of calls."""
        return self.random.random() < share

    def day(self) -> date:
        """Return a working day, as a rule of the last ten months, now and then one of four to six years ago."""
        oldest, newest = (1500, 2200) if self.chance(0.05) else (4, 300)
        return self.days_ago(oldest, newest)

    def days_ago(self, least: int, most: int) -> date:
        """Return a weekday so many days before today, or up to two more."""
        day = self.today - timedelta(days=self.random.randint(least, most))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def after(self, day: date, least: int, most: int) -> date:
        """Return a day that many days later, yesterday at the latest."""
        return min(day + timedelta(days=self.random.randint(least, most)), self.today - timedelta(days=1))

    def number(self, series: str, day: date) -> str:
        """Return the next document number of a series in the year of a day, such as 舞卫医罚〔2026〕12号."""
        key = (series, day.year)
        self._numbers[key] = self._numbers.get(key, self.after_number) + 1
        return f"{series}〔{day.year}〕{self._numbers[key]}号"

    def message(self, family: str, organ: dict[str, str], day: date, data: dict[str, Any]) -> Message:
        """Return a message about a day, sent by an organ on that day or up to three days later."""
        return Message(
            id=self._next_id(),
            source="/" + family.split(".")[1],
            type=f"{family}.v1",
            time=self._moment(self.after(day, 0, 3)),
            sender=organ["code"],
            data=data,
        )

    def again(self, message: Message, **changes: Any) -> Message:
        """Return what the message says, with changes to its data, under a new id and a later time."""
        later = self.after(message.time.date(), 0, 5)
        return replace(
            message,
            id=self._next_id(),
            time=max(self._moment(later), message.time + timedelta(minutes=1)),
            data=message.data | changes,
        )

    def revise(self, message: Message, **changes: Any) -> Message:
        """Return the next revision of the record that a message states."""
        return replace(self.again(message, **changes), revision=message.revision + 1)

    def _next_id(self) -> str:
        return f"demo-{self.seed}-{next(self._ids):06d}"

    def _moment(self, day: date) -> datetime:
        seconds = self.random.randrange(8 * 3600, 18 * 3600)
        return datetime.combine(day, time(), _CHINA) + timedelta(seconds=seconds)
