"""Whatever leaves is as the published contract says, whichever rule composed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from credit.batch.settle import settle
from credit.batch.work import Work
from credit.record.rows import AlertRow
from credit.telling import alerts
from schemas.outgoing import OUTGOING
from tests.builders import (
    NOON,
    Archive,
    arrive,
    carry_on,
    notice_to,
    offence,
    penalty,
    person,
    record_of,
    rules,
    told,
    withdrawal,
)
from tests.unit.schemas.events import GENERATED

FUNDS = "限制申请财政性资金项目"


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((GENERATED / f"{name}.json").read_text(encoding="utf-8")))


def check(message: Mapping[str, Any]) -> None:
    """The envelope and the data are valid, and nothing is said that the contract has no name for."""
    schema("envelope").validate(message)
    schema(message["type"]).validate(message["data"])
    read = OUTGOING[message["type"]].model_validate(message["data"])
    named = read.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert _shape(named) == _shape(message["data"])


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else type(value)


def stories() -> dict[str, Work]:
    """Everything that a record makes Xinglin say, by what happened."""
    archive = Archive()
    unlicensed = penalty("2", items={"conduct": "unlicensed_practice"})
    of_person = penalty("3", party=person(), items={"CF_XDR_ZJHM": ""})
    found = {
        "an offence": archive.take(arrive(offence(), "1")),
        "its withdrawal": archive.take(arrive(withdrawal(offence()), "3")),
        "a penalty": archive.take(arrive(penalty(), "4")),
        "of a person": archive.take(arrive(of_person, "5")),
        "its revision": archive.take(arrive(penalty(items={"CF_NR": "罚款三千元"}), "6", revision=2)),
        "the row withdrawn": archive.take(arrive(withdrawal(penalty(), "舞撤〔2026〕2号"), "7")),
        "an unlicensed clinic": archive.take(arrive(unlicensed, "8")),
    }
    alert = AlertRow(7, "notice-overdue", "finance", "ticket", NOON, NOON, 2, NOON, "2 件通知逾期未反馈", '["XL01-1"]')
    watched = Work(rules())
    watched.dispatches += [alerts.tell_raised(alert, rules()), alerts.tell_ended(alert, rules())]
    return found | {"an alert": watched}


@pytest.mark.parametrize("happened", stories())
def test_what_leaves_is_what_the_contract_says(happened: str) -> None:
    messages = told(stories()[happened])
    assert messages
    for message in messages:
        check(message)


def test_every_kind_of_message_but_those_of_assessment_is_among_them() -> None:
    messages = [message for changes in stories().values() for message in told(changes)]
    of_assessment = {"credit.assessment.published.v1", "credit.assessment.listed.v1"}
    assert {message["type"] for message in messages} == set(OUTGOING) - of_assessment
    rows = {message["data"]["operation"] for message in messages if message["type"] == "credit.feed.rows.v1"}
    assert rows == {"publish", "update", "withdraw"}
    notices = [message["data"] for message in messages if message["type"] == "credit.notice.issued.v1"]
    assert {notice["party"]["kind"] for notice in notices} == {"person", "organisation"}


def test_a_notice_says_what_was_decided() -> None:
    message = next(one for one in told(stories()["an offence"]) if one["data"]["agency"] == "finance")
    assert message["data"] == {
        "notice_no": notice_to("finance", offence()),
        "agency": "finance",
        "party": {"kind": "person", "name": "王某", "id_type": "身份证", "id_no": "11010519491231002X"},
        "ground": "grave-harm-to-medical-order",
        "records": [
            {
                "family": "credit.security.offence",
                "organ": "舞钢市公安局",
                "document_no": "舞公行罚决字〔2026〕1号",
                "occurred_on": "2026-05-18",
            }
        ],
        "measures": [
            {
                "code": "M06",
                "name": message["data"]["measures"][0]["name"],
                "basis": "发改财金〔2018〕1399号，限制补贴性资金支持",
            }
        ],
        "from": "2026-05-18",
        "until": "2029-05-18",
        "reply_by": "2026-06-15",
    }


@pytest.mark.parametrize(
    "beyond",
    [offence("ﷺ" * 20), penalty(items={"CF_NR_FK": 2})],
    ids=["a number that grows when it is written out", "an item that is not text"],
)
def test_what_the_contract_has_no_room_for_does_not_leave(beyond: Any) -> None:
    with pytest.raises(ValidationError):
        Archive().take(arrive(beyond))


@pytest.mark.parametrize("of", [offence(), penalty("2", items={"conduct": "unlicensed_practice"})])
def test_a_record_looked_at_again_calls_for_the_same(of: Any) -> None:
    archive = Archive()
    assert archive.take(arrive(of)).dispatches
    before = archive.work.records[record_of(of)]
    again = carry_on(archive.work, rules())  # what is looked at now is the fact as it was stored
    settle([record_of(of)], again)
    assert again.dispatches == []
    assert again.records[record_of(of)] == before
