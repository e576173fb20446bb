"""Messages of a small town: few documents, about which much is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.model.reference import Event, Key

_SAMPLES = Path(__file__).parents[2] / "connectors"

HEALTH = "11410481983690064T"
OFFICE = {"name": "舞钢市社会信用体系建设办公室", "code": "11410481685969382K"}
HOSPITAL = {"kind": "organisation", "name": "舞钢市样本人民医院", "uscc": "124104814170481228"}
LICENCE = "41704812241048111A1001"
MORNING = datetime.fromisoformat("2026-05-20T01:00:00+00:00")

SOURCES = {
    "inspection": ("/inspection", HEALTH),
    "licensing": ("/licensing", HEALTH),
    "security": ("/security", "11410481684874525W"),
    "insurance": ("/insurance", "114104810267735464"),
    "office": ("/office", OFFICE["code"]),
}


def _sample(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((_SAMPLES / name).read_bytes())["data"]
    return data


_PENALTY = _sample("inspection/samples/penalty.json") | {
    "CF_GSJZQ": "",
    "CF_JDRQ": "2026/05/18",
    "CF_YXQ": "2027/05/18",
}
_MINOR = {"CF_CFLB": "警告", "CF_NR": "警告", "CF_NR_FK": "0.000000"}
_FINE = {"CF_CFLB": "罚款", "CF_NR": "罚款人民币20000元", "CF_NR_FK": "2.000000"}
_SMALL_FINE = {"CF_CFLB": "罚款", "CF_NR": "罚款人民币1500元", "CF_NR_FK": "0.150000"}
_REVOKED = {"CF_CFLB": "吊销许可证件", "CF_NR": "吊销许可证", "CF_NR_FK": "0.000000", "CF_NR_ZKDX": "卫生许可证"}
_OFFENCE = _sample("security/samples/offence.json") | {
    "document_no": "舞公行罚决字〔2026〕71号",
    "occurred_on": "2026-05-17",
}
_FRAUD = _sample("insurance/samples/fraud.json") | {"occurred_on": "2026-05-16", "party": HOSPITAL}
_RENAMED = HOSPITAL | {"name": "舞钢市样本医院"}
_BY_LICENCE = {"kind": "organisation", "name": HOSPITAL["name"], "licence_no": LICENCE}
_PERMIT = _sample("licensing/samples/permit.json") | {
    "XK_WSH": "舞卫许〔2026〕1号",
    "XK_JDRQ": "2026/04/07",
    "XK_YXQZ": "2026/04/07",
    "XK_YXQZI": "2026/06/20",
}
_HONOUR = _sample("office/samples/honour.json") | {"until": "2026/06/20"}
_REGISTRATION = {
    "organ": {"name": "舞钢市卫生健康委员会", "code": HEALTH},
    "document_no": "舞卫医登〔2026〕1号",
    "party": HOSPITAL | {"licence_no": LICENCE},
    "occurred_on": "2026-05-10",
    "event": "registered",
    "role": "institution",
}
_REVOCATION = _REGISTRATION | {
    "document_no": "舞卫注〔2026〕9号",
    "party": {"kind": "individual_business", "name": "舞钢市样本美发店", "uscc": "92410481MA9TK8C741"},
    "occurred_on": "2026-05-18",
    "event": "revoked",
    "role": "public_place",
}
"""What the penalty revokes, as an event of the register."""
_WORDINGS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "inspection.penalty": (
        _PENALTY | _FINE,
        _PENALTY | _MINOR,
        _PENALTY | _SMALL_FINE,
        _PENALTY | _REVOKED,
        _PENALTY | _FINE | {"conduct": "unlicensed_practice"},
        _PENALTY | _REVOKED | {"conduct": "unlicensed_practice", "CF_XDR_MC": "舞钢市样本理发店"},
        _PENALTY | _FINE | {"CF_GSJZQ": "2026/06/20", "conduct": "unlicensed_practice"},
        _PENALTY | _FINE | {"extra_note": "收到"},
    ),
    "security.offence": (_OFFENCE | {"sanction": "criminal"}, _OFFENCE, _OFFENCE | {"behaviour": "B3"}),
    "insurance.fraud": (
        _FRAUD | {"severity": "serious"},
        _FRAUD,
        _FRAUD | {"severity": "serious", "party": _RENAMED},
        _FRAUD | {"severity": "serious", "party": _BY_LICENCE},
    ),
    "licensing.permit": (_PERMIT, _PERMIT | {"XK_YXQZI": "2027/06/20"}),
    "licensing.registration": (
        _REGISTRATION,
        _REGISTRATION | {"party": HOSPITAL},
        _REVOCATION,
        _REVOCATION,
        _REVOCATION | {"event": "closed"},
    ),
    "office.honour": (_HONOUR,),
}
FACTS: Mapping[str, Key] = {
    "inspection.penalty": ("credit.inspection.penalty", HEALTH, _PENALTY["CF_WSH"]),
    "security.offence": ("credit.security.offence", SOURCES["security"][1], _OFFENCE["document_no"]),
    "insurance.fraud": ("credit.insurance.fraud", SOURCES["insurance"][1], _FRAUD["document_no"]),
    "licensing.permit": ("credit.licensing.permit", HEALTH, "舞卫许〔2026〕1号"),
    "licensing.registration": ("credit.licensing.registration", HEALTH, "舞卫注〔2026〕9号"),
    "office.honour": ("credit.office.honour", OFFICE["code"], _HONOUR["document_no"]),
}
ACT_STATES = {
    "withdrawal": ("revoked", "entered_in_error"),
    "objection": ("filed", "upheld", "rejected"),
    "repair": ("applied", "accepted", "granted", "refused"),
    "told": ("answered", "waived"),
}
"""A withdrawal's state is called its reason."""
_ACTS = [(f"credit.office.{name}", OFFICE["code"], f"舞信{name}〔2026〕{n}号") for name in ACT_STATES for n in (1, 2)]

revisions = st.sampled_from([1, 1, 1, 2, 3])
times = st.builds(
    lambda minutes, hours: (
        (MORNING + timedelta(minutes=minutes)).astimezone(timezone(timedelta(hours=hours))).isoformat()
    ),
    st.integers(0, 3),
    st.sampled_from([0, 8, -5]),
)


def _envelope(kind: str, data: Any, revision: int, time: str) -> dict[str, Any]:
    source, sender = SOURCES[kind.partition(".")[0]]
    return {
        "specversion": "1.0",
        "source": source,
        "type": f"credit.{kind}.v1",
        "time": time,
        "sender": sender,
        "revision": revision,
        "data": data,
    }


facts = st.sampled_from(sorted(_WORDINGS)).flatmap(
    lambda kind: st.builds(_envelope, st.just(kind), st.sampled_from(_WORDINGS[kind]), revisions, times)
)
"""Facts without the id of their message."""


@st.composite
def acts(draw: st.DrawFn) -> dict[str, Any]:
    """An act without the id of its message: about a fact or, where it is no repair, an act as well."""
    name = draw(st.sampled_from(["withdrawal", "withdrawal", "objection", "repair", "told"]))
    family, _, number = draw(st.sampled_from([act for act in _ACTS if name in act[0]]))
    targets = [*FACTS.values(), *(_ACTS * (name not in {"repair", "told"}))]
    target = draw(st.sampled_from([each for each in targets if each[2] != number]))
    state = draw(st.sampled_from(ACT_STATES[name]))
    # Only the organ of a record withdraws it, and tells its party; the credit office objects and repairs for all.
    organ = {"name": "作出决定的机关", "code": target[1]} if name in {"withdrawal", "told"} else OFFICE
    data = {
        "target": {"family": target[0], "organ_code": target[1], "document_no": target[2]},
        "organ": organ,
        "document_no": number,
        "occurred_on": draw(st.sampled_from(["2026-05-21", "2026-05-22"])),
        "reason" if name == "withdrawal" else "state": state,
    }
    if name == "told":
        data["served_on"] = data["occurred_on"]
    return _envelope(family.removeprefix("credit."), data, draw(revisions), draw(times)) | {"sender": organ["code"]}


def answer(kind: str, source: tuple[str, str], time: str, data: Mapping[str, Any]) -> Event:
    """A receipt or a feed's result without the id of its message; `source` is that and the sender."""
    return {
        "specversion": "1.0",
        "source": source[0],
        "type": f"credit.{kind}.v1",
        "time": time,
        "sender": source[1],
        "revision": 1,
        "data": data,
    }
