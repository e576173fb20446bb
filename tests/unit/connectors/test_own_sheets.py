"""Templates of our own: made from the models, and of every type a row that says what the message says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.own_sheets import GROUPS
from schemas.sheets import REVISION, Column, Context, Kind
from tests.unit.schemas.events import SAMPLES

REGISTRY = registry.load()
TEMPLATES = REGISTRY.templates()
CONTEXT = Context("11410481983690064T")


def column(name: str, code: str) -> Column:
    return next(one for one in TEMPLATES[name].columns if one.code == code)


def there_and_back(data: dict[str, Any], name: str) -> Any:
    template = TEMPLATES[name]
    assert template.write is not None
    told = template.write(data)
    assert told.lost == ()
    return template.read(told.values, CONTEXT)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_a_sample_says_a_row_says_too(path: Path) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    name = event["type"]
    if name not in TEMPLATES:
        assert any(one.type == name and one.generation == "V2019" for one in TEMPLATES.values())
        return
    stated = there_and_back(event["data"], name)
    model = REGISTRY.models()[name]
    assert stated.type == name
    assert model.model_validate(stated.data) == model.model_validate(event["data"])


def test_every_type_has_a_template() -> None:
    assert {one.type for one in TEMPLATES.values()} == set(REGISTRY.entries)


def test_items_of_items_are_columns_by_their_path() -> None:
    name = column("credit.office.honour.v1", "organ.name")
    assert (name.title, name.kind, name.required) == ("决定机关·名称", Kind.TEXT, True)
    uscc = column("credit.office.honour.v1", "party.uscc")
    assert (uscc.title, uscc.kind, uscc.required) == ("当事人·统一社会信用代码", Kind.CODE, False)
    assert {"当事人统一社会信用代码", "统一社会信用代码"} <= set(uscc.also)
    # The title of the honour is 名称 too: a heading that could mean both means the honour.
    assert "名称" not in column("credit.office.honour.v1", "party.name").also


def test_a_column_knows_what_its_cells_hold() -> None:
    kinds = {
        ("credit.office.honour.v1", "occurred_on"): Kind.DAY,
        ("credit.office.honour.v1", "until"): Kind.END,
        ("credit.office.honour.v1", "document_no"): Kind.CODE,
        ("credit.office.honour.v1", "level"): Kind.CHOICE,
        ("credit.insurance.fraud.v1", "amount_yuan"): Kind.AMOUNT,
        ("credit.insurance.agreement.v1", "from"): Kind.DAY,
        ("credit.inspection.check.v1", "inspectors"): Kind.NUMBER,
        ("credit.inspection.check.v1", f"items.{GROUPS}.met"): Kind.FLAG,
        ("credit.inspection.check.v1", "items.1.star"): Kind.CHOICE,
        ("credit.licensing.registration.v1", "specialties"): Kind.TEXTS,
        ("credit.licensing.registration.v1", "district"): Kind.CODE,
        ("credit.licensing.commitment.v1", "signed_at"): Kind.INSTANT,
        ("credit.office.honour.v1", "organ.code"): Kind.CODE,
        ("credit.office.honour.v1", "party.id_no"): Kind.CODE,
        ("credit.office.honour.v1", "party.id_type"): Kind.TEXT,
        ("credit.office.sign.v1", "grade"): Kind.TEXT,
        ("credit.office.review.v1", "decided_grade"): Kind.TEXT,
        ("credit.office.board.v1", "missing"): Kind.CHOICES,
        ("credit.partner.receipt.v1", "state"): Kind.CHOICE,
    }
    assert {place: column(*place).kind for place in kinds} == kinds


def test_an_act_names_the_kind_of_record_in_words() -> None:
    values = {
        "organ.name": "舞钢市卫生健康委员会",
        "organ.code": "11410481983690064T",
        "occurred_on": "2026-05-08",
        "target.family": "行政处罚",
        "target.organ_code": "11410481983690064T",
        "target.document_no": "舞卫公罚〔2026〕31号",
        "reason": "确认违法",
        "revision": "2",
    }
    stated = TEMPLATES["credit.office.withdrawal.v1"].read(values, CONTEXT)
    assert stated.data["target"]["family"] == "credit.inspection.penalty"
    assert stated.data["reason"] == "unlawful"
    assert "revision" not in stated.data


def test_words_flags_numbers_lists_and_times_become_data() -> None:
    check = {"items.2.code": "B", "items.2.met": "否", "items.2.star": "一星", "items.2.marks": "7.5"}
    data = TEMPLATES["credit.inspection.check.v1"].read({"inspectors": "2", **check}, CONTEXT).data
    assert data == {"inspectors": 2, "items": [{"code": "B", "met": False, "star": 1, "marks": 7.5}]}
    board = TEMPLATES["credit.office.board.v1"].read({"missing": "二维码；信用等级;"}, CONTEXT).data
    assert board == {"missing": ["qr_code", "grade"]}
    at = TEMPLATES["credit.partner.receipt.v1"].read({"at": "2026/4/25 8:10"}, CONTEXT).data
    assert at == {"at": "2026-04-25T08:10:00+08:00"}


def test_what_nobody_understands_stays_as_it_is_for_intake_to_refuse() -> None:
    values = {"inspectors": "两人", "result": "不错", "items.1.met": "也许"}
    data = TEMPLATES["credit.inspection.check.v1"].read(values, CONTEXT).data
    assert data == {"inspectors": "两人", "result": "不错", "items": [{"met": "也许"}]}


def test_what_is_said_once_for_all_rows_gives_way_to_a_row() -> None:
    template = TEMPLATES["credit.public.rating.v1"]
    told = Context("11410481983690064T", stated={"stars": "5", "organ.code": "11410481983690064T"})
    data = template.read({"stars": "3"}, told).data
    assert data == {"stars": 3, "organ": {"code": "11410481983690064T"}}


def test_a_row_holds_so_many_of_a_list_and_says_what_it_leaves_out() -> None:
    template = TEMPLATES["credit.inspection.check.v1"]
    lines = [{"code": f"A{number}"} for number in range(GROUPS + 2)]
    assert template.write is not None
    assert template.write({"items": lines}).lost == (f"items.{GROUPS + 1}.code", f"items.{GROUPS + 2}.code")


def test_the_revision_is_the_last_column_of_every_template() -> None:
    assert all(one.columns[-1] is REVISION for one in TEMPLATES.values())
