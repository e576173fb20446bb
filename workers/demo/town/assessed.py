"""A year of assessment: the registrations, sheets and findings by which the town's institutions are rated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from workers.demo.town import facts, national, people, wording
from workers.demo.town.desk import HEALTH, Desk, Message, Sent
from workers.demo.town.facts import Head
from workers.demo.town.people import REGION, Institution, Person

_LINES = (
    ("A01", "执业", 20, 2),
    ("A02", "执业", 20, 1),
    ("A03", "执业", 20, 0),
    ("B01", "妇幼保健", 15, 1),
    ("B02", "妇幼保健", 15, 0),
    ("C01", "传染病", 25, 2),
    ("C02", "传染病", 25, 0),
    ("D01", "综合管理", 30, 1),
    ("D02", "综合管理", 30, 0),
)
"""Code, section, full marks and star of the lines of the on-site table that the town uses."""


class _Sheet(NamedTuple):
    """What an institution loses on which line, which lines do not apply, and how many inspectors came."""

    lost: dict[str, str]
    unmet: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    inspectors: int = 2


_SHEETS = (
    _Sheet({"A03": "2", "D02": "4"}),  # 97.00
    _Sheet({"A03": "5", "C02": "5", "D02": "4"}),  # 93.00
    _Sheet({"B02": "5", "D02": "5"}),  # 95.00
    _Sheet({"D02": "20"}),  # 90.00: excellent by itself, and no room for it
    _Sheet({"D02": "20.01"}),  # 90.00 by rounding
    _Sheet({"D02": "20.02"}),  # 89.99
    _Sheet({"A03": "10", "C02": "15", "D02": "20"}, left_out=("B01", "B02")),
    _Sheet({"C01": "25"}, unmet=("C01",)),  # a double star
    _Sheet({"D01": "3"}, unmet=("D01",)),  # a single star
    _Sheet({"A02": "12", "A03": "20", "C02": "25", "D02": "30"}),  # below 60
    _Sheet({"D02": "6"}, inspectors=1),  # held
)


def year_of_assessment(seed: int, today: date) -> list[Sent]:
    """Return the messages of last year about every medical institution of the town, the same for the same arguments.

    Among them are one of each kind that a grade goes by: scores at the bounds, stars, one penalty and two, a breach of
    professional ethics, an institution without a sheet and one whose sheet is held.
    """
    desk = Desk(seed, today, after_number=900)
    return [message.send(message.word) for message in _tell(desk, today.year - 1)]


def _tell(desk: Desk, year: int) -> Iterator[Message]:
    for number, one in enumerate(desk.town.medical):
        yield _registered(desk, one, number)
        if number != _UNVISITED:
            yield _check(desk, one, year, _SHEETS[number % len(_SHEETS)])
    for number, make in _EVENTS.items():
        yield from make(desk, desk.town.medical[number], year)
    for duty in _DONE:
        yield _report(desk, duty, year)
    for number, inspector in enumerate(people.inspectors()):
        # The first has an interest in the first institution, and is not sent there.
        yield _inspector(desk, inspector, year, desk.town.medical[:1] if number == 0 else ())


_UNVISITED = 20


def _registered(desk: Desk, one: Institution, number: int) -> Message:
    day = date(1996 + number, 3, 1) + timedelta(days=11 * number)
    data = {
        "event": "registered",
        "role": "institution",
        "level": ("tertiary", "secondary", "primary", "ungraded")[min(number // 4, 3)],
        "district": REGION,
        "licensed_on": day.isoformat(),
    }
    return _about(desk, "credit.licensing.registration", one, "舞卫医登", day, data)


def _check(desk: Desk, one: Institution, year: int, sheet: _Sheet) -> Message:
    day = date(year, 9, 1) + timedelta(days=desk.random.randrange(40))
    data = {
        "scheme": "wugang-onsite",
        "result": "corrected_on_site" if sheet.lost else "no_problem",
        "inspectors": sheet.inspectors,
        "items": [_line(sheet, *line) for line in _LINES],
    }
    return _about(desk, "credit.inspection.check", one, "舞卫检", day, data)


def _line(sheet: _Sheet, code: str, section: str, full: int, star: int) -> dict[str, Any]:
    applicable = code not in sheet.left_out
    lost = float(sheet.lost.get(code, "0"))
    return {
        "code": code,
        "section": section,
        "full_marks": full,
        "marks": round(full - lost, 2) if applicable else 0,
        "applicable": applicable,
        "star": star,
        "met": code not in sheet.unmet,
    }


def _penalties(desk: Desk, one: Institution, year: int) -> Iterator[Message]:
    yield national.penalty(desk, one, wording.CASES[one.role][0], date(year, 12, 28))
    yield national.penalty(desk, one, wording.CASES[one.role][1], date(year, 12, 30))


def _penalty(desk: Desk, one: Institution, year: int) -> Iterator[Message]:
    yield national.penalty(desk, one, wording.CASES[one.role][0], date(year, 12, 29))


def _breach(desk: Desk, one: Institution, year: int) -> Iterator[Message]:
    data = {"conduct": "kickback", "content": "收受供应商回扣，由监督办公室查实。"}
    yield _about(desk, "credit.inspection.conduct", one, "舞卫风", date(year, 6, 18), data)


def _suspended(desk: Desk, one: Institution, year: int) -> Iterator[Message]:
    data = {"event": "verification_suspended", "role": "institution"}
    yield _about(desk, "credit.licensing.registration", one, "舞卫医登", date(year, 7, 3), data)


_EVENTS: dict[int, Callable[[Desk, Institution, int], Iterator[Message]]] = {
    2: _breach,
    11: _penalty,
    13: _penalties,
    17: _suspended,
}


_DONE = (
    "self-assessment",
    "onsite",
    "deliver-accidents",
    "deliver-suspensions",
    "deliver-public-health",
    "deliver-disease-control",
    "deliver-maternal-care",
)
"""The duties of last year that were done; the rest of them is missed."""


def _report(desk: Desk, duty: str, year: int) -> Message:
    data = {"regime": "wugang", "duty": duty, "period": str(year), "state": "done"}
    unit = {"kind": "organisation", "name": HEALTH["name"], "uscc": HEALTH["code"]}
    return facts.common(desk, "credit.office.duty", Head(HEALTH, "舞卫履", date(year, 9, 29), unit), data)


def _inspector(desk: Desk, one: Person, year: int, interests: Sequence[Institution]) -> Message:
    data = {
        "state": "active",
        "units": ["舞钢市卫生计生监督所"],
        "interests": [{"name": each.name, "uscc": each.uscc} for each in interests],
        "certificate_no": one.certificate_no,
    }
    head = Head(HEALTH, "舞卫执", date(year, 1, 8), {"kind": "person", "name": one.name, **_number(one)})
    return facts.common(desk, "credit.office.inspector", head, data)


def _number(one: Person) -> dict[str, str]:
    return {"id_type": one.id_type, "id_no": one.id_no}


def _about(desk: Desk, family: str, one: Institution, series: str, day: date, data: dict[str, Any]) -> Message:
    return facts.common(desk, family, Head(HEALTH, series, day, one.party()), data)
