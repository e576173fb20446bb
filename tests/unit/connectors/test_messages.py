"""The rules of the messages other than the penalty, each by a change to a valid one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.party import PARTY_KINDS
from tests.installed import MODELS
from tests.unit.schemas.events import SAMPLES, sample

DUTY_OF_A_PERSON = "party is a person: a duty is done by a unit"


def fault(name: str, changes: dict[str, Any]) -> tuple[str, str]:
    event = sample(name)
    data = {key: item for key, item in (event["data"] | changes).items() if item is not None}
    with pytest.raises(ValidationError) as caught:
        MODELS[event["type"]].model_validate(data)
    error = caught.value.errors()[0]
    return error["type"], ".".join(map(str, error["loc"])) or error["msg"]


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("licensing/permit", {"XK_XKBH": ""}, ("conditional", "XK_WSH is required where XK_XKBH is blank")),
        ("licensing/permit", {"XK_YXQZI": "2026-04-06"}, ("date_order", "XK_YXQZI is before XK_YXQZ")),
        ("licensing/permit", {"XK_YXQZI": ""}, ("missing", "XK_YXQZI")),
        ("licensing/permit", {"XK_ZT": "0"}, ("literal_error", "XK_ZT")),
        ("licensing/permit", {"XK_XKLB": "审批"}, ("permit_kind", "XK_XKLB")),
        ("licensing/permit", {"XK_XDR_LB": "企业"}, ("literal_error", "XK_XDR_LB")),
        ("licensing/permit", {"XK_FRDB": ""}, ("conditional", "XK_FRDB is required for 法人及非法人组织")),
        ("licensing/permit", {"XK_XDR_SHXYM": "4" * 19}, ("string_too_long", "XK_XDR_SHXYM")),
        ("licensing/permit", {"XK_JDRQ": "2026/02/29"}, ("day_invalid", "XK_JDRQ")),
        ("licensing/commitment", {"due_on": "2026-04-07"}, ("date_order", "due_on is before occurred_on")),
        ("licensing/commitment", {"state": "open"}, ("literal_error", "state")),
        ("licensing/registration", {"event": "born"}, ("literal_error", "event")),
        ("licensing/registration", {"workplace": {"kind": "organisation"}}, ("missing", "workplace.name")),
        ("inspection/check", {"inspectors": 0}, ("greater_than_equal", "inspectors")),
        ("inspection/check", {"inspectors": 2.5}, ("int_type", "inspectors")),
        ("inspection/check", {"scheme": "secret"}, ("literal_error", "scheme")),
        ("inspection/measure", {"measure": "seizure"}, ("literal_error", "measure")),
        ("inspection/points", {"points": 0}, ("greater_than", "points")),
        ("inspection/points", {"cycle": "2026"}, ("int_type", "cycle")),
        ("inspection/conduct", {"value": None}, ("conditional", "value is required for public_health_score")),
        ("inspection/conduct", {"value": -1}, ("greater_than_equal", "value")),
        ("inspection/transfer", {"penalty_document_no": ""}, ("missing", "penalty_document_no")),
        ("insurance/agreement", {"until": "2026-04-16"}, ("date_order", "until is before from")),
        ("insurance/agreement", {"from": None}, ("missing", "from")),
        ("insurance/fraud", {"amount_yuan": "一万"}, ("amount_invalid", "amount_yuan")),
        ("insurance/fraud", {"severity": "minor"}, ("literal_error", "severity")),
        ("insurance/points", {"points": 13}, ("less_than_equal", "points")),
        ("security/offence", {"behaviour": "B7"}, ("literal_error", "behaviour")),
        ("security/offence", {"hospital": None}, ("missing", "hospital")),
        (
            "security/offence",
            {"party": {"kind": "organisation", "name": "甲"}},
            ("party_kind", "party is not a person"),
        ),
        ("office/listing", {"until": "2026-04-20"}, ("date_order", "until is before occurred_on")),
        ("office/listing", {"list_kind": "black"}, ("literal_error", "list_kind")),
        ("office/listing", {"basis": ""}, ("missing", "basis")),
        ("office/honour", {"until": "2026-04-20"}, ("date_order", "until is before occurred_on")),
        ("licensing/registration", {"level": "4"}, ("literal_error", "level")),
        ("licensing/registration", {"district": "41048"}, ("string_pattern_mismatch", "district")),
        ("licensing/registration", {"district": "４１０４８１"}, ("string_pattern_mismatch", "district")),
        ("licensing/registration", {"licensed_on": "2023-02-29"}, ("day_invalid", "licensed_on")),
        ("licensing/commitment", {"signed_at": "2026-04-08"}, ("instant_invalid", "signed_at")),
        ("licensing/filing", {"until": "2026-04-08"}, ("date_order", "until is before occurred_on")),
        ("public/complaint", {"rewarded": None}, ("missing", "rewarded")),
        ("public/complaint", {"matter": "noise"}, ("literal_error", "matter")),
        ("public/clue", {"state": "withdrawn"}, ("literal_error", "state")),
        ("public/rating", {"stars": 0}, ("greater_than_equal", "stars")),
        ("public/rating", {"stars": 6}, ("less_than_equal", "stars")),
        ("public/rating", {"stars": 4.5}, ("int_type", "stars")),
        ("desk/self_assessment", {"items": []}, ("too_short", "items")),
        ("desk/submission", {"state": "received"}, ("literal_error", "state")),
        ("desk/self_inspection", {"inspected_by": " "}, ("missing", "inspected_by")),
        ("association/finding", {"finding": "bad"}, ("literal_error", "finding")),
        ("office/ethics", {"year": "2025"}, ("int_type", "year")),
        ("office/undertaking", {"until": "2026-01-19"}, ("date_order", "until is before occurred_on")),
        ("office/liability_insurance", {"until": "2026-01-10"}, ("date_order", "until is before begin")),
        ("office/liability_insurance", {"document_no": "无"}, ("filler", "document_no")),
        ("office/safety_event", {"reported_on": "2026-04-17"}, ("date_order", "reported_on is before happened_on")),
        ("office/safety_event", {"level": "v"}, ("literal_error", "level")),
        ("office/board", {"missing": []}, ("conditional", "missing is required for incomplete")),
        ("office/board", {"state": "hung"}, ("excluded", "missing must be blank for hung")),
        ("office/board", {"missing": ["flag"]}, ("literal_error", "missing.0")),
        ("office/sign", {"grade": ""}, ("missing", "grade")),
        ("office/training", {"hours": 0}, ("greater_than", "hours")),
        ("office/duty", {"period": "2026-13"}, ("string_pattern_mismatch", "period")),
        ("office/duty", {"party": {"kind": "person", "name": "甲"}}, ("party_kind", DUTY_OF_A_PERSON)),
        ("office/review", {"decided_grade": None}, ("conditional", "decided_grade is required for adjusted")),
        ("office/review", {"decision": "confirmed"}, ("excluded", "decided_grade must be blank for confirmed")),
        ("office/review", {"reviewer": ""}, ("missing", "reviewer")),
        ("office/inspector", {"units": []}, ("too_short", "units")),
        ("office/inspector", {"interests": [{"name": "甲", "uscc": "123"}]}, ("uscc", "interests.0.uscc")),
        (
            "office/inspector",
            {"party": {"kind": "organisation", "name": "甲"}},
            ("party_kind", "party is not a person"),
        ),
        (
            "office/withdrawal",
            {"target": {"family": "f", "organ_code": "c"}},
            ("missing", "target.document_no"),
        ),
        ("office/withdrawal", {"reason": "mistake"}, ("literal_error", "reason")),
        ("office/objection", {"state": "granted"}, ("literal_error", "state")),
        ("office/repair", {"state": "upheld"}, ("literal_error", "state")),
        ("partner/receipt", {"at": "2026-04-25"}, ("instant_invalid", "at")),
        ("partner/receipt", {"measures": [{"code": "M01", "done": "yes"}]}, ("bool_type", "measures.0.done")),
        ("feed/result", {"row_id": " "}, ("missing", "document_no or row_id has to say which row is answered")),
        ("feed/result_by_number", {"document_no": "无"}, ("filler", "document_no")),
        ("feed/result_by_number", {"answered_at": "2026-04-25"}, ("instant_invalid", "answered_at")),
    ],
)
def test_what_breaks_a_rule_is_refused(name: str, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert fault(name, changes) == expected


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"marks": 16}, "marks"),
        ({"star": 3}, "literal_error"),
        ({"met": 1}, "bool_type"),
        ({"full_marks": "15"}, "float_type"),
        ({"code": "A2"}, "items"),
    ],
)
def test_the_lines_of_a_check_list(line: dict[str, Any], kind: str) -> None:
    first, second = sample("inspection/check")["data"]["items"]
    assert fault("inspection/check", {"items": [first | line, second]})[0] == kind


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("licensing/permit", {"XK_YXQZI": "2026-04-07"}),
        ("licensing/permit", {"XK_XKLB": "其他-备案"}),
        ("licensing/commitment", {"due_on": "2026-04-08"}),
        ("insurance/agreement", {"until": "2026-04-17"}),
        ("insurance/points", {"points": 12}),
        ("office/honour", {"until": "2099-12-31"}),
        ("office/liability_insurance", {"until": "2026-01-11"}),
        ("office/safety_event", {"reported_on": "2026-04-18"}),
        ("office/board", {"state": "hung", "missing": [], "qr_sheets": []}),
        ("office/board", {"state": "not_hung", "missing": []}),
        ("office/duty", {"period": "2026", "about": "91410481MA9TW3X02Q"}),
        ("office/review", {"decision": "rejected", "decided_grade": ""}),
        ("public/rating", {"stars": 5.0, "content": ""}),
        ("licensing/registration", {"level": None, "specialties": [], "district": ""}),
        ("licensing/commitment", {"reference": "无"}),
        ("inspection/points", {"unheard_of": {"deep": [1]}}),
    ],
)
def test_what_is_just_within_the_rules_passes(name: str, changes: dict[str, Any]) -> None:
    event = sample(name)
    MODELS[event["type"]].model_validate(event["data"] | changes)


def parties(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Each place in the data of a message where the name of a party stands."""
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        if name in {"CF_XDR_MC", "XK_XDR_MC"} or (name == "name" and value.get("kind") in PARTY_KINDS):
            yield value, name
        elif isinstance(item, dict | list):
            yield from parties(item)


def test_no_party_of_any_message_is_called_by_a_filler() -> None:
    found = set()
    for file in SAMPLES:
        event = json.loads(file.read_bytes())
        for holder, name in parties(event["data"]):
            before = holder[name]
            for filler in ("无", "／", "N/A"):
                holder[name] = filler
                with pytest.raises(ValidationError) as caught:
                    MODELS[event["type"]].model_validate(event["data"])
                assert [error["type"] for error in caught.value.errors()] == ["void"]
                assert caught.value.errors()[0]["loc"][-1] == name
            holder[name] = before
            found.add(event["type"])
    assert {"credit.licensing.permit.v1", "credit.office.honour.v1", "credit.public.complaint.v1"} <= found
    assert len(found) > 30
