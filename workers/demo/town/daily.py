"""What the town's authorities send every day: one message each, about somebody by chance."""

from __future__ import annotations

from collections.abc import Callable

from workers.demo.town import facts, national, wording
from workers.demo.town.desk import Desk, Message
from workers.demo.town.facts import Party
from workers.demo.town.people import Person, Subject

Maker = Callable[[Desk], Message]


def permit(desk: Desk) -> Message:
    """Return a permit for an institution, or a practitioner's registration as one."""
    if desk.chance(0.2):
        return national.permit(desk, desk.pick(desk.town.practitioners))
    return national.permit(desk, desk.pick(desk.town.institutions))


def commitment(desk: Desk) -> Message:
    """Return a commitment."""
    return facts.commitment(desk, desk.pick(desk.town.institutions).party())


def registration(desk: Desk) -> Message:
    """Return the registration of an institution."""
    one = desk.pick(desk.town.institutions)
    return facts.registration(desk, one.party(), one.role)


def practitioner(desk: Desk) -> Message:
    """Return the registration of a practitioner at a workplace."""
    return employed(desk, desk.pick(desk.town.practitioners))


def check(desk: Desk) -> Message:
    """Return an inspection on site."""
    return checked(desk, _inspected(desk))


def penalty(desk: Desk) -> Message:
    """Return a penalty of somebody for something that they can do."""
    town = desk.town
    groups: tuple[tuple[Subject, ...], ...] = (
        *(town.medical, town.medical, town.places),
        *(town.producers, town.practitioners),
    )
    subject = desk.pick(desk.pick(groups))
    return national.penalty(desk, subject, desk.pick(wording.CASES[subject.role]))


def unlicensed(desk: Desk) -> Message:
    """Return a penalty of somebody who practises without a licence."""
    return national.penalty(desk, desk.pick(desk.town.citizens), wording.UNLICENSED)


def measure(desk: Desk) -> Message:
    """Return a coercive measure, levy or requisition."""
    return facts.measure(desk, desk.pick(desk.town.institutions).party())


def points(desk: Desk) -> Message:
    """Return points for a bad practice of an institution or practitioner."""
    return facts.points(desk, desk.pick(desk.town.carers).party())


def conduct(desk: Desk) -> Message:
    """Return a finding about the conduct of an institution or practitioner."""
    return facts.conduct(desk, desk.pick(desk.town.carers).party())


def agreement(desk: Desk) -> Message:
    """Return a step in an insurance agreement."""
    return facts.agreement(desk, desk.pick(desk.town.medical).party())


def fraud(desk: Desk) -> Message:
    """Return a fraud on the insurance fund."""
    return facts.fraud(desk, desk.pick(desk.town.medical).party())


def insurance_points(desk: Desk) -> Message:
    """Return points on a payment qualification."""
    return facts.insurance_points(desk, desk.pick(desk.town.practitioners).party())


def offence(desk: Desk) -> Message:
    """Return an offence against medical order."""
    hospital = desk.pick(desk.town.medical).party()
    return facts.offence(desk, desk.pick(desk.town.citizens).party(), hospital)


def honour(desk: Desk) -> Message:
    """Return an honour."""
    return facts.honour(desk, desk.pick(desk.town.carers).party())


WEIGHTS: dict[Maker, int] = {
    permit: 10,
    commitment: 5,
    registration: 5,
    practitioner: 8,
    check: 14,
    penalty: 8,
    unlicensed: 2,
    measure: 3,
    points: 5,
    conduct: 4,
    agreement: 4,
    fraud: 3,
    insurance_points: 4,
    offence: 4,
    honour: 4,
}
"""Every kind, and how often it comes."""


def employed(desk: Desk, one: Person) -> Message:
    """Return the registration of a practitioner at a workplace."""
    assert one.workplace is not None
    return facts.registration(desk, one.party(), "practitioner", one.workplace.party())


def checked(desk: Desk, party: Party) -> Message:
    """Return a check of a party by the list of its kind."""
    return facts.check(desk, party, medical="licence_no" in party)


def _inspected(desk: Desk) -> Party:
    return desk.pick(desk.town.medical + desk.town.places).party()
