"""Everything that can be wrong with a message, once each, with the reason that it must be parked under."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from schemas.reasons import Reason
from workers.demo.town import facts, national, wording
from workers.demo.town.desk import CREDIT_OFFICE, Desk, Message, Sent
from workers.demo.town.people import outsider, person_id, uscc
from workers.demo.town.stories import Story

_DEPTH = 10_000
_MEBIBYTE = 1024 * 1024
_BORN_ON_NO_DAY = "41048119990229101X"
"""29 February of a common year, with the right check character."""


def tell(desk: Desk) -> list[Story]:
    """Return every bad message, with the good ones that it takes to see that it is bad."""
    alone = (_unreadable, _enveloped, _misstated, _dated, _misidentified, _unasked)
    together = (_other_name, _other_content, _shared_licence)
    return [*([sent] for make in alone for sent in make(desk)), *(make(desk) for make in together)]


def _unreadable(desk: Desk) -> Iterator[Sent]:
    good = _penalty(desk)
    event = good.event()
    text = json.dumps(event, ensure_ascii=False)
    fine = '"CF_NR_FK": '
    twice = text.replace(fine, f'{fine}"0.500000", {fine}')
    nan = text.replace(f'{fine}"{event["data"]["CF_NR_FK"]}"', f"{fine}NaN")
    deep = text.replace('"BZ": ""', f'"BZ": {"[" * _DEPTH}{"]" * _DEPTH}')
    yield Sent(text[: len(text) // 2].encode(), None, "bad: broken JSON", Reason.JSON_INVALID)
    yield Sent(text.encode("gbk"), None, "bad: GBK, not UTF-8", Reason.JSON_NOT_UTF8)
    yield Sent(text.encode("utf-16"), None, "bad: UTF-16, not UTF-8", Reason.JSON_NOT_UTF8)
    yield Sent(twice.encode(), good.type, "bad: duplicate key", Reason.JSON_DUPLICATE_KEY)
    yield Sent(nan.encode(), good.type, "bad: NaN", Reason.JSON_NOT_A_NUMBER)
    yield Sent(deep.encode(), good.type, "bad: nested 10,000 deep", Reason.JSON_TOO_DEEP)
    yield _altered(desk, "over 1 MiB", Reason.MESSAGE_TOO_LARGE, BZ="附件" * (_MEBIBYTE // 6 + 1))


def _enveloped(desk: Desk) -> Iterator[Sent]:
    good = _penalty(desk)
    anonymous = {name: value for name, value in good.event().items() if name != "sender"}
    body = json.dumps(anonymous, ensure_ascii=False).encode()
    stranger = uscc("11", "48109999")
    yield Sent(body, good.type, "bad: no sender", Reason.ENVELOPE_INVALID)
    yield _readdressed(desk, "unknown type", Reason.TYPE_UNKNOWN, type="credit.inspection.gossip.v1")
    yield _readdressed(desk, "unknown version", Reason.TYPE_VERSION, type="credit.inspection.penalty.v9")
    yield _readdressed(desk, "sender of no route", Reason.SENDER_UNKNOWN, sender=stranger)
    yield _readdressed(desk, "source of another queue", Reason.SOURCE_WRONG, source="/insurance")


def _misstated(desk: Desk) -> Iterator[Sent]:
    name = _penalty(desk).data["CF_XDR_MC"]
    yield _altered(desk, "document number missing", Reason.ITEM_MISSING, CF_WSH="")
    yield _altered(desk, "kind of penalty that does not exist", Reason.ITEM_INVALID, CF_CFLB="罚站")
    yield _altered(desk, "a fine without its amount", Reason.ITEM_CONDITIONAL, CF_NR_FK="")
    yield _altered(desk, "revocation without the licence", Reason.ITEM_CONDITIONAL, CF_CFLB="罚款；吊销许可证件")
    yield _altered(
        desk,
        "fine in yuan",
        Reason.FINE_IMPLAUSIBLE,
        CF_NR="警告，罚款人民币20000元",
        CF_NR_FK="20000.000000",
    )
    yield _altered(desk, "control character in a name", Reason.TEXT_FORBIDDEN, CF_XDR_MC=name + "\u0007")
    yield _altered(desk, "zero-width space in a name", Reason.TEXT_FORBIDDEN, CF_XDR_MC=f"{name[:3]}\u200b{name[3:]}")
    yield _altered(desk, "text turned around in a name", Reason.TEXT_FORBIDDEN, CF_XDR_MC=f"\u202e{name}")


def _dated(desk: Desk) -> Iterator[Sent]:
    before, after = desk.today - timedelta(days=400), desk.today + timedelta(days=40)
    impossible = f"{desk.today.year}/02/30"
    ahead = {
        "CF_JDRQ": national.slashed(after),
        "CF_YXQ": national.slashed(after + timedelta(days=365)),
        "CF_GSJZQ": "",
    }
    yield _altered(desk, "30 February", Reason.DATE_INVALID, CF_JDRQ=impossible)
    yield _altered(desk, "decided in the future", Reason.DATE_FUTURE, **ahead)
    yield _altered(desk, "end before begin", Reason.DATE_ORDER, CF_YXQ=national.slashed(before))


def _misidentified(desk: Desk) -> Iterator[Sent]:
    person = desk.town.citizens[0]
    column = "CF_XDR_SHXYM"
    number = {"kind": "person", "name": "示例人员", "id_type": "身份证"}
    mistyped = person.id_no[:-1] + ("1" if person.id_no[-1] != "1" else "2")
    place, clinic = desk.town.places[0], outsider(1)
    unnamed = {"kind": "organisation", "name": place.name}
    by_licence = {"kind": clinic.kind, "name": clinic.name, "licence_no": clinic.licence_no or ""}
    wrong = place.uscc[:-1] + ("0" if place.uscc[-1] != "0" else "1")
    yield _altered(desk, "check digit of a credit code", Reason.USCC_CHECK, **{column: wrong})
    yield _altered(desk, "17 zeros and X", Reason.USCC_PLACEHOLDER, **{column: "0" * 17 + "X"})
    yield _altered(desk, "18 zeros", Reason.USCC_PLACEHOLDER, **{column: "0" * 18})
    yield _altered(desk, "personal number as credit code", Reason.ID_WRONG_COLUMN, **{column: person.id_no})
    yield _about(desk, "check digit of a number", Reason.PERSON_ID_CHECK, number | {"id_no": mistyped})
    yield _about(desk, "born on no day", Reason.PERSON_ID_FORM, number | {"id_no": _BORN_ON_NO_DAY})
    yield _about(desk, "no identifier at all", Reason.ID_MISSING, unnamed)
    yield _about(desk, "licence number of nobody", Reason.ID_UNRESOLVED, by_licence)


def _unasked(desk: Desk) -> Iterator[Sent]:
    market = {"name": "舞钢市市场监督管理局", "code": "114104816428926969"}
    day = desk.days_ago(1, 5)
    receipt = {
        "notice_no": "XL0000000000000000-1",
        "agency": "market-regulation",
        "state": "executed",
        "at": f"{day}T10:00:00+08:00",
        "measures": [{"code": "M09", "done": True}],
    }
    answer = {"feed": "credit-china", "row_id": "0" * 32, "code": "0000"}
    received = desk.message("credit.partner.receipt", market, day, receipt)
    accepted = desk.message("credit.feed.result", CREDIT_OFFICE, day, answer)
    yield replace(received, source="/partner/market-regulation").send(
        "bad: receipt for no notice", Reason.RECEIPT_UNKNOWN
    )
    yield replace(accepted, source="/feed/credit-china").send("bad: answer to no row", Reason.FEED_ROW_UNKNOWN)


def _other_name(desk: Desk) -> Story:
    """Tell of a person, then the same number under another name."""
    person = desk.town.practitioners[0]
    party = {"kind": "person", "name": "苏重阳", "id_type": "身份证"}
    party["id_no"] = person_id(date(1977, 10, 21), "900")
    first = facts.registration(desk, party, "practitioner")
    second = facts.registration(desk, party | {"name": person.name}, "practitioner")
    return [first.send("practitioner"), second.send("bad: another name", Reason.NAME_MISMATCH)]


def _other_content(desk: Desk) -> Story:
    """Tell of a message, then another one under its id."""
    first, second = _penalty(desk), _penalty(desk)
    return [
        first.send("penalty"),
        replace(second, id=first.id).send("bad: message id used twice", Reason.MESSAGE_ID_REUSED),
    ]


def _shared_licence(desk: Desk) -> Story:
    """Tell of two clinics that claim one licence number, then a commitment of one of them, by that number only."""
    one, other = outsider(2), outsider(3)
    both = [facts.commitment(desk, who.party() | {"licence_no": one.licence_no or ""}) for who in (one, other)]
    which = {"kind": one.kind, "name": one.name, "licence_no": one.licence_no or ""}
    doubtful = facts.commitment(desk, which)
    return [
        *(claim.send("commitment") for claim in both),
        doubtful.send("bad: licence number of two", Reason.ID_AMBIGUOUS),
    ]


def _penalty(desk: Desk) -> Message:
    hospital = desk.town.medical[0]
    return national.penalty(desk, hospital, wording.UNQUALIFIED_STAFF, desk.days_ago(10, 90))


def _altered(desk: Desk, what: str, bad: Reason, **items: Any) -> Sent:
    good = _penalty(desk)
    return replace(good, data=good.data | items).send(f"bad: {what}", bad)


def _readdressed(desk: Desk, what: str, bad: Reason, **attributes: Any) -> Sent:
    return replace(_penalty(desk), **attributes).send(f"bad: {what}", bad)


def _about(desk: Desk, what: str, bad: Reason, party: dict[str, str]) -> Sent:
    return facts.points(desk, party).send(f"bad: {what}", bad)
