"""One message of each type about somebody of the town: who, what and when by chance, valid always."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from workers.demo.town import wording
from workers.demo.town.desk import CREDIT_OFFICE, HEALTH, INSURANCE, POLICE, Desk, Message

Party = dict[str, str]


class Head(NamedTuple):
    """What every decision about a party says: the organ, the series of its number, the day, and whom it is about."""

    organ: dict[str, str]
    series: str
    day: date
    party: Party


def commitment(desk: Desk, party: Party) -> Message:
    """Return a commitment that was signed."""
    day = desk.day()
    kind, content = desk.pick(wording.COMMITMENTS)
    due = {"due_on": (day + timedelta(days=desk.pick((60, 180, 365)))).isoformat()}
    data = {"commitment": kind, "state": "signed", "content": content, **(due if desk.chance(0.7) else {})}
    return common(desk, "credit.licensing.commitment", Head(HEALTH, "舞卫诺", day, party), data)


def registration(desk: Desk, party: Party, role: str, workplace: Party | None = None) -> Message:
    """Return an event in the registration of an institution, or of a practitioner and where they work."""
    events = ("registered", "changed", "changed", "verification_passed", "verification_passed")
    rare = ("verification_suspended", "closed", "revoked", "cancelled")
    data = {
        "event": desk.pick(rare if desk.chance(0.08) else events),
        "role": role,
        **({"workplace": workplace} if workplace else {}),
    }
    head = Head(HEALTH, wording.SERIES[role] + "登", desk.day(), party)
    return common(desk, "credit.licensing.registration", head, data)


def check(desk: Desk, party: Party, *, medical: bool) -> Message:
    """Return an inspection on site; those with a score have the lines of their list."""
    scored = "wugang-onsite" if medical else "public-place"
    scheme = desk.pick((scored, scored, "random", "routine", "complaint"))
    results = ("no_problem", "no_problem", "corrected_on_site", "ordered_to_correct", "case_filed", "uncooperative")
    data = {
        "scheme": scheme,
        "result": desk.pick(results),
        "inspectors": desk.pick((2, 2, 3)),
        **({"items": _items(desk)} if scheme == scored else {}),
    }
    return common(desk, "credit.inspection.check", Head(HEALTH, "舞卫检", desk.day(), party), data)


def measure(desk: Desk, party: Party) -> Message:
    """Return a coercive measure, levy or requisition."""
    kind, content, basis = desk.pick(wording.MEASURES)
    data = {"measure": kind, "content": content, "basis": basis}
    return common(desk, "credit.inspection.measure", Head(HEALTH, "舞卫强", desk.day(), party), data)


def points(desk: Desk, party: Party) -> Message:
    """Return points for a bad practice."""
    value, act = desk.pick(wording.POINTS)
    day = desk.day()
    data = {"points": value, "act": act, "cycle": day.year}
    return common(desk, "credit.inspection.points", Head(HEALTH, "舞卫记", day, party), data)


def conduct(desk: Desk, party: Party) -> Message:
    """Return a finding about conduct, or a score of the public-health service."""
    table = wording.PERSON_CONDUCTS if party["kind"] == "person" else wording.INSTITUTION_CONDUCTS
    kind, content = desk.pick(table)
    score = {"value": desk.random.randint(480, 990) / 10} if kind == "public_health_score" else {}
    data = {"conduct": kind, "content": content, **score}
    return common(desk, "credit.inspection.conduct", Head(HEALTH, "舞卫风", desk.day(), party), data)


def transfer(desk: Desk, party: Party, case: Message) -> Message:
    """Return the transfer to the police of the suspected crime in a penalty."""
    day = desk.after(case.time.date(), 1, 6)
    data = {"penalty_document_no": case.data["CF_WSH"]}
    return common(desk, "credit.inspection.transfer", Head(HEALTH, "舞卫移", day, party), data)


def agreement(desk: Desk, party: Party) -> Message:
    """Return a step in a service agreement of the health insurance."""
    day = desk.day()
    action = desk.pick(("interview", "suspended", "suspended", "terminated", "resumed"))
    until = {"until": (day + timedelta(days=desk.pick((30, 90, 180)))).isoformat()}
    data = {
        "action": action,
        "from": day.isoformat(),
        "content": desk.pick(wording.AGREEMENT_CONTENTS),
        **(until if action == "suspended" else {}),
    }
    return common(desk, "credit.insurance.agreement", Head(INSURANCE, "舞医保协", day, party), data)


def fraud(desk: Desk, party: Party, severity: str | None = None) -> Message:
    """Return a fraud on the insurance fund, of a severity where one is named."""
    severity, content, basis = desk.pick([each for each in wording.FRAUDS if severity in {None, each[0]}])
    most = 40_000_00 if severity == "general" else 900_000_00
    data = {
        "severity": severity,
        "amount_yuan": f"{desk.random.randint(500_00, most) / 100:.2f}",
        "content": content,
        "basis": basis,
    }
    return common(desk, "credit.insurance.fraud", Head(INSURANCE, "舞医保稽", desk.day(), party), data)


def insurance_points(desk: Desk, party: Party) -> Message:
    """Return points on a practitioner's payment qualification."""
    day = desk.day()
    data = {
        "points": desk.pick((1, 2, 3, 4, 6, 9, 12)),
        "responsibility": desk.pick(("general", "important", "primary")),
        "cycle": day.year,
    }
    return common(desk, "credit.insurance.points", Head(INSURANCE, "舞医保分", day, party), data)


def offence(desk: Desk, party: Party, hospital: Party) -> Message:
    """Return an offence against medical order."""
    data = {
        "behaviour": f"B{desk.random.randrange(7)}",
        "sanction": desk.pick(("warning", "fine", "detention", "detention", "criminal")),
        "hospital": hospital,
    }
    head = Head(POLICE, "舞公(治)行罚决字", desk.day(), party)
    return common(desk, "credit.security.offence", head, data)


def honour(desk: Desk, party: Party) -> Message:
    """Return an honour."""
    day = desk.day()
    data = {
        "title": desk.pick(wording.HONOURS),
        "level": desk.pick(("county", "county", "city", "province", "national")),
        **({"until": (day + timedelta(days=730)).isoformat()} if desk.chance(0.6) else {}),
    }
    return common(desk, "credit.office.honour", Head(CREDIT_OFFICE, "舞信荣", day, party), data)


def withdrawal(desk: Desk, target: Message) -> Message:
    """Return the withdrawal of a record by the organ that made it."""
    organ = target.data.get("organ", HEALTH)
    reason = desk.pick(("revoked", "unlawful", "void", "entered_in_error"))
    return _act(desk, "credit.office.withdrawal", organ, "撤", target, {"reason": reason})


def objection(desk: Desk, target: Message) -> Message:
    """Return an objection that was filed."""
    return _act(desk, "credit.office.objection", CREDIT_OFFICE, "舞信异", target, {"state": "filed"})


def repair(desk: Desk, target: Message) -> Message:
    """Return an application for repair."""
    return _act(desk, "credit.office.repair", CREDIT_OFFICE, "舞信修", target, {"state": "applied"})


def telling(desk: Desk, target: Message) -> Message:
    """Return that the party of a record was told by the organ that decided, and may still answer."""
    organ = target.data.get("organ", HEALTH)
    message = _act(desk, "credit.office.told", organ, "告", target, {"state": "served"})
    return replace(message, data=message.data | {"served_on": message.data["occurred_on"]})


def revocation(desk: Desk, party: Party, penalty: Message) -> Message:
    """Return the event of the register that follows from a penalty, on its day."""
    day = date.fromisoformat(penalty.data["CF_JDRQ"].replace("/", "-"))
    data = {"event": "revoked", "role": "institution"}
    return common(desk, "credit.licensing.registration", Head(HEALTH, "舞卫注", day, party), data)


def common(desk: Desk, family: str, head: Head, data: dict[str, Any]) -> Message:
    """Return a message about a party with the head that all of them share."""
    common = {
        "organ": head.organ,
        "document_no": desk.number(head.series, head.day),
        "party": head.party,
        "occurred_on": head.day.isoformat(),
    }
    return desk.message(family, head.organ, head.day, common | data)


def _act(desk: Desk, family: str, organ: dict[str, str], series: str, target: Message, data: dict[str, Any]) -> Message:
    day = desk.after(target.time.date(), 3, 120)
    common = {
        "target": target.target,
        "organ": organ,
        "document_no": desk.number(series, day),
        "occurred_on": day.isoformat(),
    }
    return desk.message(family, organ, day, common | data)


def _items(desk: Desk) -> list[dict[str, Any]]:
    lines = []
    for code, full_marks, star in wording.CHECK_ITEMS:
        applicable, met = desk.chance(0.92), desk.chance(0.9)
        earned = full_marks if met else desk.random.randrange(full_marks)
        lines.append(
            {
                "code": code,
                "full_marks": full_marks,
                "marks": earned if applicable else 0,
                "applicable": applicable,
                "star": star,
                "met": met or not applicable,
            }
        )
    return lines
