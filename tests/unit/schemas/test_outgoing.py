from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.outgoing import AssessmentPublished, FeedRows, NoticeIssued, NoticeLifted
from schemas.record import Cause

NOTICE: dict[str, Any] = {
    "notice_no": "N-1",
    "agency": "market-regulation",
    "party": {"kind": "person", "name": "样本人员", "id_type": "身份证", "id_no": "41048120000229101X"},
    "ground": "grave-harm-to-medical-order",
    "records": [
        {
            "family": "credit.security.offence",
            "organ": "舞钢市公安局",
            "document_no": "舞公(治)行罚决字〔2026〕71号",
            "occurred_on": "2026-04-20",
        }
    ],
    "measures": [{"code": "M01", "name": "限制登记为事业单位法定代表人", "basis": "《…》第一条"}],
    "from": "2026-04-22",
    "reply_by": "2026-05-08",
}


def test_a_notice_leaves_as_the_contract_says() -> None:
    notice = NoticeIssued.model_validate(NOTICE)
    assert notice.begin == date(2026, 4, 22)
    assert notice.model_dump(mode="json", by_alias=True, exclude_none=True) == NOTICE


@pytest.mark.parametrize("item", ["records", "measures"])
def test_a_notice_rests_on_something_and_asks_for_something(item: str) -> None:
    with pytest.raises(ValidationError):
        NoticeIssued.model_validate(NOTICE | {item: []})


def test_a_lift_names_its_cause() -> None:
    lift = NoticeLifted(notice_no="N-1", agency="a", cause=Cause.REPAIRED, at=datetime(2026, 7, 1, tzinfo=UTC))
    assert lift.model_dump(mode="json")["cause"] == "repaired"


def test_rows_carry_the_national_items_as_text() -> None:
    head = {"feed": "credit-china", "generation": "V2019", "kind": "penalty", "operation": "publish"}
    rows = FeedRows.model_validate(head | {"rows": [{"row_id": "R1", "CF_WSH": "甲", "CF_NR_FK": "2.000000"}]})
    assert rows.model_dump(mode="json")["rows"] == [{"row_id": "R1", "CF_WSH": "甲", "CF_NR_FK": "2.000000"}]
    with pytest.raises(ValidationError):
        FeedRows.model_validate(head | {"rows": [{"row_id": "R1", "CF_NR_FK": 2}]})


def test_an_assessment_names_rule_record_and_effect() -> None:
    target = {"family": "credit.inspection.penalty", "organ_code": "C", "document_no": "D"}
    sent = {
        "party": {"kind": "organisation", "name": "甲", "uscc": "91410481MA9TW3X02Q"},
        "regime": "wugang",
        "year": 2026,
        "grade": "B",
        "reasons": [{"rule": "penalty", "record": target, "effect": "-5"}],
        "supervision": "常规监管",
    }
    published = AssessmentPublished.model_validate(sent)
    assert published.model_dump(mode="json", by_alias=True, exclude_none=True) == sent
