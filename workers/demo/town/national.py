"""Permits and penalties in the national templates (双公示, generation V2019)."""

from __future__ import annotations

from datetime import date, timedelta

from workers.demo.town import wording
from workers.demo.town.desk import HEALTH, Desk, Message
from workers.demo.town.people import Institution, Person, Subject
from workers.demo.town.wording import Case


def permit(desk: Desk, subject: Subject) -> Message:
    """Return a permit; that of a medical institution carries its licence number."""
    title, certificate, content = wording.PERMITS[subject.role]
    day = desk.day()
    number = desk.number(wording.SERIES[subject.role] + "许", day)
    data = {
        **_counterparty("XK", subject),
        "XK_XKWS": title,
        "XK_WSH": number,
        "XK_XKLB": "普通",
        "XK_XKZS": certificate,
        "XK_XKBH": _certificate(subject) or f"舞卫证字{number}",
        "XK_NR": content,
        "XK_JDRQ": slashed(day),
        "XK_YXQZ": slashed(day),
        "XK_YXQZI": desk.pick((slashed(day + timedelta(days=4 * 365)), "2099/12/31")),
        "XK_XKJG": HEALTH["name"],
        "XK_XKJGDM": HEALTH["code"],
        "XK_ZT": "1",
        "XK_LYDW": HEALTH["name"],
        "XK_LYDWDM": HEALTH["code"],
        "BZ": "",
    }
    return desk.message("credit.licensing.permit", HEALTH, day, data)


def penalty(desk: Desk, subject: Subject, case: Case, day: date | None = None) -> Message:
    """Return a penalty in a case, decided on `day` or on one by chance."""
    day = day or desk.day()
    fine, confiscated = desk.pick(case.fines), desk.pick(case.confiscated)
    end = slashed(day + timedelta(days=365))
    data = {
        **_counterparty("CF", subject),
        "CF_WSH": desk.number(wording.SERIES[subject.role] + "罚", day),
        "CF_WFXW": case.act,
        "CF_SY": case.finding,
        "CF_YJ": case.basis,
        "CF_CFLB": case.kinds,
        "CF_NR": _decision(case, fine, confiscated),
        "CF_NR_FK": _wan(fine),
        "CF_NR_WFFF": _wan(confiscated),
        "CF_NR_ZKDX": _revoked(subject) if "吊销" in case.kinds else "",
        "CF_JDRQ": slashed(day),
        "CF_YXQ": end,
        "CF_GSJZQ": desk.pick((end, "", slashed(day + timedelta(days=3 * 365)))),
        "CF_CFJG": HEALTH["name"],
        "CF_CFJGDM": HEALTH["code"],
        "CF_SJLY": HEALTH["name"],
        "CF_SJLYDM": HEALTH["code"],
        "BZ": "",
        "summary_procedure": case.summary_procedure,
        "suspected_crime": case.suspected_crime,
        "conduct": case.conduct,
    }
    return desk.message("credit.inspection.penalty", HEALTH, day, data)


def _counterparty(prefix: str, subject: Subject) -> dict[str, str]:
    codes = ("XDR_SHXYM", "XDR_GSZC", "XDR_ZZJG", "XDR_SWDJ", "XDR_SYDW", "XDR_SHZZ")
    people = ("FRDB", "FR_ZJLX", "FR_ZJHM", "XDR_ZJLX", "XDR_ZJHM")
    values = dict.fromkeys((*codes, *people), "")
    if isinstance(subject, Person):
        kind = "自然人"
        values |= {"XDR_ZJLX": subject.id_type, "XDR_ZJHM": subject.id_no}
    else:
        kind = "个体工商户" if subject.kind == "individual_business" else "法人及非法人组织"
        values |= {"XDR_SHXYM": subject.uscc, "FRDB": subject.head}
    values = {"XDR_MC": subject.name, "XDR_LB": kind} | values
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _decision(case: Case, fine: int, confiscated: int) -> str:
    parts = []
    for kind in case.kinds.split("；"):
        amount = {"罚款": f"人民币{fine}元", "没收违法所得": f"{confiscated}元"}.get(kind, "")
        parts.append(kind + amount)
    return "，".join(parts)


def _revoked(subject: Subject) -> str:
    return f"{wording.PERMITS[subject.role][1]} {_certificate(subject) or ''}".strip()


def _certificate(subject: Subject) -> str | None:
    return subject.licence_no if isinstance(subject, Institution) else subject.certificate_no


def _wan(yuan: int) -> str:
    return f"{yuan / 10000:.6f}" if yuan else ""


def slashed(day: date) -> str:
    """Write a day as the national templates do."""
    return f"{day:%Y/%m/%d}"
