"""The messages that are measured with: the demonstration's mix, in as many towns as it takes.

Each town has its own institutions and people and 400 messages about them, so nearly every message is a new
fact, as in a city and unlike in a demonstration that is run again and again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from credit.routing.routes import Routes
from tests.bench import alone
from workers.broker import Delivery
from workers.demo.town import day, people
from workers.demo.town.desk import Desk, Sent
from workers.demo.town.people import Institution, Person, Town
from workers.postings import Posting

A_TOWN = 400
_TOGETHER = 20
_BIRTH_DAYS = 15_000
#: One in so many messages is damaged where damage is asked for.
_DAMAGED = 50


class _TownDesk(Desk):
    """A desk whose document numbers no other town has."""

    def number(self, series: str, day: date) -> str:
        """Return the next number of a series, with the town before it."""
        return Desk.number(self, series, day).replace("〕", f"〕{self.seed:05d}")


def postings(first_town: int, count: int, today: date) -> list[Posting]:
    """Return `count` messages about the towns from `first_town` on, those of twenty towns mixed at random."""
    return [Posting(sent.body, sent.routing_type) for sent in islice(_mixed(first_town, today), count)]


def deliveries(routes: Routes, postings: Iterable[Posting]) -> list[Delivery]:
    """Return messages as a consumer gives them, each in its queue."""
    found = []
    for tag, posting in enumerate(postings, start=1):
        queue = routes.gate.queue_for(str(posting.type))
        assert queue is not None
        found.append(alone.deliver(queue, posting.body, tag))
    return found


def damaged(whole: Sequence[Delivery]) -> list[Delivery]:
    """Return the messages, one in fifty of them damaged: cut off, without a sender, or with an item missing."""
    ways = (_cut, _without_sender, _without_item)
    return [
        replace(one, body=ways[place // _DAMAGED % len(ways)](one.body)) if place % _DAMAGED == 0 else one
        for place, one in enumerate(whole, start=1)
    ]


def _cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _without_sender(body: bytes) -> bytes:
    event = json.loads(body)
    del event["sender"]
    return json.dumps(event, ensure_ascii=False).encode()


def _without_item(body: bytes) -> bytes:
    event = json.loads(body)
    del event["data"][min(event["data"])]
    return json.dumps(event, ensure_ascii=False).encode()


def towns_of(count: int) -> int:
    """Return how many towns so many messages are about, rounded up to those that are mixed together."""
    return -(-count // (A_TOWN * _TOGETHER)) * _TOGETHER


def _mixed(first_town: int, today: date) -> Iterator[Sent]:
    """Give the messages of each town in its order."""
    town = first_town
    while True:
        told = [iter(_tell(number, today)) for number in range(town, town + _TOGETHER)]
        turns = [number for number in range(_TOGETHER) for _ in range(A_TOWN)]
        random.Random(town).shuffle(turns)
        yield from (next(told[turn]) for turn in turns)
        town += _TOGETHER


def _tell(number: int, today: date) -> list[Sent]:
    desk = _TownDesk(number, today)
    desk.town = _town(number)
    return day._mingle(desk, day._tell(desk, A_TOWN))


def _town(number: int) -> Town:
    known = people.town()
    moved = {one: _move_institution(one, number * 40 + place) for place, one in enumerate(known.institutions)}
    persons = (*known.practitioners, *known.citizens)
    people_of = [_move_person(one, number * 80 + place, moved) for place, one in enumerate(persons)]
    return Town(
        medical=tuple(moved[one] for one in known.medical),
        places=tuple(moved[one] for one in known.places),
        producers=tuple(moved[one] for one in known.producers),
        practitioners=tuple(people_of[: len(known.practitioners)]),
        citizens=tuple(people_of[len(known.practitioners) :]),
    )


def _move_institution(one: Institution, index: int) -> Institution:
    code = people.uscc(one.uscc[:2], f"{index:08d}")
    return replace(
        one,
        uscc=code,
        licence_no=one.licence_no and code[8:17] + one.licence_no[9:],
        insurer_code=one.insurer_code and f"{one.insurer_code[:7]}{index:07d}",
    )


def _move_person(one: Person, index: int, moved: dict[Institution, Institution]) -> Person:
    birth = date(1958, 1, 1) + timedelta(days=index % _BIRTH_DAYS)
    numbered = one.id_type == "身份证"
    return replace(
        one,
        id_type="身份证" if numbered else "护照号",
        id_no=people.person_id(birth, f"{index // _BIRTH_DAYS + 1:03d}") if numbered else f"EX{index:07d}",
        certificate_no=one.certificate_no and f"{one.certificate_no[:6]}{index:09d}",
        insurer_code=one.insurer_code and f"{one.insurer_code[:7]}{index:07d}",
        workplace=moved[one.workplace] if one.workplace else None,
    )
