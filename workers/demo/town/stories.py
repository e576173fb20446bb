"""Messages that belong together, in the order they arrive.

Whatever a story needs to be understood is in it: a party known by its licence number only comes with the
permit that says whose number it is. So any set of whole stories ends in the same archive in every order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from workers.demo.town import daily, facts, national, wording
from workers.demo.town.daily import Maker
from workers.demo.town.desk import Desk, Message, Sent
from workers.demo.town.facts import Party
from workers.demo.town.people import Institution, Subject

Story = list[Sent]
Teller = Callable[[Desk], Story]

_ANY: tuple[Maker, ...] = (
    daily.penalty,
    daily.penalty,
    daily.permit,
    daily.points,
    daily.conduct,
    daily.fraud,
    daily.offence,
)


def alone(make: Maker, desk: Desk) -> Story:
    """Tell of one message that belongs to no other."""
    message = make(desk)
    return [message.send(message.word)]


def transferred(desk: Desk) -> Story:
    """Tell of a penalty for a suspected crime, and its transfer to the police."""
    person = desk.pick(desk.town.citizens)
    case = national.penalty(desk, person, wording.UNLICENSED_AGAIN)
    handed_over = facts.transfer(desk, person.party(), case)
    return [case.send("penalty: suspected crime"), handed_over.send("transfer")]


def long_ago(desk: Desk) -> Story:
    """Tell of a penalty whose publicity ended by itself long ago."""
    one = desk.pick(desk.town.places)
    act = desk.pick(wording.CASES[one.role])
    case = national.penalty(desk, one, act, desk.days_ago(1500, 2200))
    return [case.send("penalty: long expired")]


def repeated(desk: Desk) -> Story:
    """Tell of the same message delivered twice or three times."""
    message = _any(desk)
    return [message.send(message.word), *[message.send("repeat")] * desk.pick((1, 1, 2))]


def sent_again(desk: Desk) -> Story:
    """Tell of the same content under a new message id."""
    message = _any(desk)
    return [message.send(message.word), desk.again(message).send("same content, new id")]


def kept_commitment(desk: Desk) -> Story:
    """Tell of a commitment, and what became of it."""
    signed = facts.commitment(desk, desk.pick(desk.town.institutions).party())
    state = desk.pick(("kept", "kept", "breached"))
    return [signed.send("commitment"), desk.revise(signed, state=state).send(f"revision: {state}")]


def rectified(desk: Desk) -> Story:
    """Tell of a check in three revisions."""
    first = facts.check(desk, desk.pick(desk.town.places).party(), medical=False)
    second = desk.revise(first, result="ordered_to_correct", inspectors=4)
    third = desk.revise(second, result="corrected_on_site")
    return [first.send("check"), second.send("revision 2"), third.send("revision 3")]


def late_revision(desk: Desk) -> Story:
    """Tell of a corrected penalty that arrives before the one it corrects."""
    first = daily.penalty(desk)
    corrected = desk.revise(first, CF_SY=first.data["CF_SY"] + "（文书更正）", BZ="更正违法事实")
    return [corrected.send("revision 2"), first.send("late revision")]


def conflict(desk: Desk) -> Story:
    """Tell of two contents of one revision."""
    first = daily.penalty(desk)
    other = desk.again(first, CF_SY=first.data["CF_SY"] + "，当事人拒绝签字")
    return [first.send("penalty"), other.send("conflict")]


def withdrawn(desk: Desk) -> Story:
    """Tell of a penalty, and its withdrawal."""
    case = daily.penalty(desk)
    return [case.send("penalty"), facts.withdrawal(desk, case).send("withdrawal")]


def told_and_withdrawn(desk: Desk) -> Story:
    """Tell of a penalty that agencies are told of, and its withdrawal."""
    case = national.penalty(desk, desk.pick(desk.town.citizens), wording.UNLICENSED, desk.days_ago(205, 375))
    return [case.send("penalty: unlicensed"), facts.withdrawal(desk, case).send("withdrawal")]


def withdrawn_early(desk: Desk) -> Story:
    """Tell of a withdrawal that arrives before what it withdraws."""
    case = _any(desk)
    return [facts.withdrawal(desk, case).send("early withdrawal"), case.send(f"{case.word}, withdrawn already")]


def objected(desk: Desk) -> Story:
    """Tell of an objection that is open."""
    case = daily.penalty(desk)
    return [case.send("penalty"), facts.objection(desk, case).send("objection filed")]


def objection_upheld(desk: Desk) -> Story:
    """Tell of an objection that was right."""
    return _answered(desk, "upheld")


def objection_rejected(desk: Desk) -> Story:
    """Tell of an objection that was wrong."""
    return _answered(desk, "rejected")


def repaired(desk: Desk) -> Story:
    """Tell of a penalty whose repair was applied for, accepted and granted."""
    case, applied, accepted, granted = _repair(desk)
    return [
        case.send("penalty"),
        applied.send("repair applied for"),
        accepted.send("repair accepted"),
        granted.send("repair granted"),
    ]


def repair_withdrawn(desk: Desk) -> Story:
    """Tell of a granted repair that is withdrawn, so that the penalty counts again."""
    case, *_, granted = _repair(desk)
    undone = facts.withdrawal(desk, granted)
    return [case.send("penalty"), granted.send("repair granted"), undone.send("withdrawal of a repair")]


def told_first(desk: Desk) -> Story:
    """Tell of a fraud, and that its party was told and heard before the agencies are."""
    case = facts.fraud(desk, desk.pick(desk.town.medical).party(), "serious")
    served = facts.telling(desk, case)
    return [case.send("fraud"), served.send("party told"), desk.revise(served, state="answered").send("party heard")]


def told_just_now(desk: Desk) -> Story:
    """Tell of a fraud whose party was not told yet: the notices are prepared and wait."""
    return [facts.fraud(desk, desk.pick(desk.town.medical).party(), "serious").send("fraud: not told yet")]


def revoked_twice(desk: Desk) -> Story:
    """Tell of a revocation that comes as a penalty and as an event of the register: agencies are told once."""
    one = desk.pick([one for one in desk.town.medical if one.kind == "organisation"])
    case = national.penalty(desk, one, wording.REVOKED)
    return [case.send("penalty: revoked"), facts.revocation(desk, one.party(), case).send("registration: the same")]


def licence_known(desk: Desk) -> Story:
    """Tell of a permit, then a check of an institution by its licence number only."""
    return list(reversed(licence_unknown(desk)))


def licence_unknown(desk: Desk) -> Story:
    """Tell of a check of an institution by its licence number only, before the permit that says whose it is."""
    one = desk.pick(desk.town.medical)
    party = _only(one, licence_no=one.licence_no)
    granted = national.permit(desk, one)
    return [daily.checked(desk, party).send("check: licence number only"), granted.send("permit")]


def old_organisation_code(desk: Desk) -> Story:
    """Tell of a hospital by its old organisation code, in its own column and in that of the credit code."""
    one = desk.pick([one for one in desk.town.medical if one.kind == "organisation"])
    hyphened = f"{one.org_code[:8]}-{one.org_code[8]}"
    case = national.penalty(desk, replace(one, uscc=one.org_code), wording.UNQUALIFIED_STAFF)
    return [
        facts.points(desk, _only(one, org_code=hyphened)).send("points: old organisation code only"),
        case.send("penalty: old organisation code only"),
        national.permit(desk, one).send("permit"),
    ]


def insurer_code(desk: Desk) -> Story:
    """Tell of a hospital and a doctor by the codes of the health insurance only."""
    doctor = desk.pick(desk.town.practitioners)
    hospital = desk.pick(desk.town.medical)
    return [
        facts.fraud(desk, _only(hospital, insurer_code=hospital.insurer_code)).send("fraud: insurer code only"),
        facts.agreement(desk, hospital.party()).send("agreement"),
        facts.insurance_points(desk, _only(doctor, insurer_code=doctor.insurer_code)).send(
            "insurance points: insurer code only"
        ),
        facts.insurance_points(desk, doctor.party()).send("insurance points"),
    ]


def certificate(desk: Desk) -> Story:
    """Tell of a practitioner by the number of the certificate only."""
    one = desk.pick(desk.town.practitioners)
    known = daily.employed(desk, one)
    found = facts.conduct(desk, _only(one, certificate_no=one.certificate_no))
    return [known.send("practitioner"), found.send("conduct: certificate number only")]


def lower_case(desk: Desk) -> Story:
    """Tell of codes in lower case."""
    one = desk.pick(desk.town.places)
    written = replace(one, uscc=one.uscc.lower())
    return [national.permit(desk, written).send("permit: lower-case code")]


def full_width(desk: Desk) -> Story:
    """Tell of codes and numbers in full width."""
    one, person = desk.pick(desk.town.medical), desk.pick(desk.town.citizens)
    written = replace(one, uscc=_widen(one.uscc))
    case = national.penalty(desk, replace(person, id_no=_widen(person.id_no)), wording.UNLICENSED)
    return [
        facts.honour(desk, written.party()).send("honour: full-width code"),
        case.send("penalty: full-width number"),
    ]


def old_number(desk: Desk) -> Story:
    """Tell of a person by the number of fifteen digits."""
    person = desk.pick([one for one in desk.town.citizens if one.id_type == "身份证"])
    party = replace(person, id_no=person.old_no).party()
    return [facts.offence(desk, party, desk.pick(desk.town.medical).party()).send("offence: 15-digit number")]


WEIGHTS: dict[Teller, int] = {
    **{partial(alone, make): weight for make, weight in daily.WEIGHTS.items()},
    transferred: 1,
    long_ago: 1,
    repeated: 4,
    sent_again: 2,
    kept_commitment: 2,
    rectified: 1,
    late_revision: 2,
    conflict: 1,
    withdrawn: 2,
    told_and_withdrawn: 2,
    withdrawn_early: 2,
    objected: 1,
    objection_upheld: 1,
    objection_rejected: 1,
    repaired: 1,
    repair_withdrawn: 1,
    told_first: 1,
    told_just_now: 1,
    revoked_twice: 1,
    licence_known: 1,
    licence_unknown: 1,
    old_organisation_code: 1,
    insurer_code: 1,
    certificate: 1,
    lower_case: 1,
    full_width: 1,
    old_number: 1,
}
"""Every story, and how often it is told."""


def _any(desk: Desk) -> Message:
    return desk.pick(_ANY)(desk)


def _answered(desk: Desk, state: str) -> Story:
    case = daily.penalty(desk)
    filed = facts.objection(desk, case)
    answer = _advance(desk, filed, state)
    return [case.send("penalty"), filed.send("objection filed"), answer.send(f"objection {state}")]


def _repair(desk: Desk) -> tuple[Message, Message, Message, Message]:
    case = national.penalty(desk, desk.pick(desk.town.medical), wording.UNQUALIFIED_STAFF, desk.days_ago(150, 300))
    applied = facts.repair(desk, case)
    accepted = _advance(desk, applied, "accepted")
    return case, applied, accepted, _advance(desk, accepted, "granted")


def _advance(desk: Desk, act: Message, state: str) -> Message:
    step = desk.revise(act, state=state)
    return replace(step, data=step.data | {"occurred_on": step.time.date().isoformat()})


def _only(one: Subject, **known: str | None) -> Party:
    kind = one.kind if isinstance(one, Institution) else "person"
    return {"kind": kind, "name": one.name, **{key: value for key, value in known.items() if value}}


def _widen(code: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in code)
