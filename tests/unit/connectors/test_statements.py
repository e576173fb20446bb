"""From bytes to statements: whole ones by hand, and the rules that all of them keep."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.reading import find_party
from schemas import wire
from schemas.errors import UnusableError
from schemas.party import Organ, Party, RecordKey
from schemas.reasons import Reason
from schemas.statement import Act, ActKind, Category, Fact, FeedResult, MeasureReport, Receipt, Statement
from schemas.states import NoticeState
from tests.unit.schemas.events import EXAMPLES, SAMPLES, as_bytes, sample
from workers.reading import restate

HEALTH = Organ(name="舞钢市卫生健康委员会", code="11410481983690064T")
HOSPITAL = Party(
    kind="organisation",
    name="舞钢市样本人民医院",
    uscc="124104814170481228",
    licence_no="41704812241048111A1001",
)
ID_NUMBER = "41048120000229101X"


def read(body: bytes) -> Statement:
    event = wire.decode(body, {}, None)
    _, message_type = registry.load().find(event.type)
    return message_type.read(wire.validate(event, message_type), event.family)


def read_sample(name: str, **changes: Any) -> Statement:
    event = sample(name)
    return read(as_bytes(event | {"data": event["data"] | changes}))


def fact(name: str, **changes: Any) -> Fact:
    statement = read_sample(name, **changes)
    assert isinstance(statement, Fact)
    return statement


@pytest.mark.parametrize("path", SAMPLES + EXAMPLES, ids=lambda path: path.stem)
def test_every_sample_and_example_becomes_a_statement_fit_for_json(path: Path) -> None:
    statement = read(path.read_bytes())
    family = json.loads(path.read_bytes())["type"].removesuffix(".v1")
    if isinstance(statement, Fact):
        assert json.loads(json.dumps(statement.items)) == statement.items
        for party in (statement.party, *statement.related.values()):
            assert not party.id_no or party.id_no not in json.dumps(statement.items)
    if isinstance(statement, Fact | Act):
        assert statement.key.family == family


def test_a_penalty() -> None:
    expected = Fact(
        key=RecordKey("credit.inspection.penalty", "11410481983690064T", "舞卫公罚〔2026〕31号"),
        organ=HEALTH,
        party=Party(kind="individual_business", name="舞钢市样本美发店", uscc="92410481MA9TK8C741"),
        category=Category.PENALTY,
        occurred_on=date(2026, 4, 13),
        publicity_until=date(2027, 4, 13),
        items={
            "CF_XDR_MC": "舞钢市样本美发店",
            "CF_XDR_LB": "个体工商户",
            "CF_XDR_SHXYM": "92410481MA9TK8C741",
            "CF_XDR_GSZC": "",
            "CF_XDR_ZZJG": "",
            "CF_XDR_SWDJ": "",
            "CF_XDR_SYDW": "",
            "CF_XDR_SHZZ": "",
            "CF_FRDB": "样本经营者",
            "CF_FR_ZJLX": "",
            "CF_FR_ZJHM": "",
            "CF_XDR_ZJLX": "",
            "CF_XDR_ZJHM": "",
            "CF_WSH": "舞卫公罚〔2026〕31号",
            "CF_WFXW": "未取得公共场所卫生许可证擅自营业",
            "CF_SY": "检查发现该店未取得公共场所卫生许可证营业两个月",
            "CF_YJ": "《公共场所卫生管理条例实施细则》第三十五条",
            "CF_CFLB": "警告；罚款",
            "CF_NR": "警告，罚款人民币2000元",
            "CF_NR_FK": "0.200000",
            "CF_NR_WFFF": "",
            "CF_NR_ZKDX": "",
            "CF_JDRQ": "2026/04/13",
            "CF_YXQ": "2027/04/13",
            "CF_GSJZQ": "2027/04/13",
            "CF_CFJG": "舞钢市卫生健康委员会",
            "CF_CFJGDM": "11410481983690064T",
            "CF_SJLY": "舞钢市卫生健康委员会",
            "CF_SJLYDM": "11410481983690064T",
            "BZ": "",
            "summary_procedure": False,
            "suspected_crime": False,
            "conduct": "other",
            "penalty_kinds": ["警告", "罚款"],
        },
    )
    assert read_sample("inspection/penalty") == expected


def test_the_way_of_writing_does_not_change_what_a_penalty_says() -> None:
    rewritten = fact("inspection/penalty", CF_JDRQ="2026-04-13", CF_YXQ="20270413", CF_NR_FK=0.2, BZ=" ")
    assert rewritten == read_sample("inspection/penalty")


def test_a_number_is_shown_as_written_and_found_in_normal_form() -> None:
    penalty = fact("inspection/penalty", CF_WSH="舞卫公罚[2026] 31号")
    assert penalty.items["CF_WSH"] == "舞卫公罚[2026] 31号"
    assert penalty.key.document_no == "舞卫公罚〔2026〕31号"
    repair = read_sample("office/repair")
    assert isinstance(repair, Act)
    assert repair.target == penalty.key


def test_a_listing_asks_for_an_end_of_publicity_and_has_none_of_its_own() -> None:
    listed = fact("office/listing")
    assert (listed.category, listed.publicity_until, listed.valid_until) == (Category.LISTING, date(2029, 4, 21), None)
    assert fact("office/listing", until="2099-12-31").publicity_until is None
    assert fact("office/listing", until=None).publicity_until is None


def test_a_long_term_end_is_no_end() -> None:
    assert fact("inspection/penalty", CF_GSJZQ="2099/12/31").publicity_until is None
    assert fact("inspection/penalty", CF_GSJZQ="").publicity_until is None
    assert fact("licensing/permit", XK_YXQZI="2099-12-31").valid_until is None
    assert fact("licensing/permit", XK_YXQZI="9999-12-31").valid_until is None
    assert fact("licensing/permit", XK_YXQZI="2099-12-30").valid_until == date(2099, 12, 30)


def test_a_permit_without_decision_number_goes_by_its_own() -> None:
    permit = fact("licensing/permit")
    assert permit.key == RecordKey("credit.licensing.permit", "11410481983690064T", "舞卫公证字〔2026〕第0018号")
    assert permit.items["XK_WSH"] == "舞卫公证字[2026]第0018号"
    assert permit.category is Category.PERMIT
    assert (permit.valid_from, permit.valid_until) == (date(2026, 4, 7), date(2030, 4, 6))
    assert permit.party == Party(kind="organisation", name="舞钢市样本宾馆有限公司", uscc="91410481MA9TW3X02Q")


@pytest.mark.parametrize(
    ("certificate", "number", "licence_no"),
    [
        ("医疗机构执业许可证", "41704812241048111A1001", "41704812241048111A1001"),
        ("医疗机构执业许可证", "舞卫医证〔2026〕1号", None),
        ("公共场所卫生许可证", "41704812241048111A1001", None),
    ],
)
def test_only_the_number_of_an_institutions_licence_identifies_it(
    certificate: str, number: str, licence_no: str | None
) -> None:
    assert fact("licensing/permit", XK_XKZS=certificate, XK_XKBH=number).party.licence_no == licence_no


def test_a_number_that_grows_too_long_in_its_normal_form_is_refused() -> None:
    with pytest.raises(UnusableError, match="longer than 128") as caught:
        read_sample("inspection/check", document_no="1" + "\ufdfa" * 20)
    assert caught.value.reason is Reason.ITEM_INVALID


def test_a_registration_brings_its_workplace() -> None:
    registration = fact("licensing/registration")
    assert registration.items == {
        "event": "registered",
        "role": "practitioner",
        "workplace": "舞钢市样本人民医院",
        "workplace_uscc": "124104814170481228",
    }
    assert registration.related == {"workplace": HOSPITAL}
    assert registration.party.certificate_no == "210410481000456"
    assert "workplace" not in fact("licensing/registration", workplace=None).items


@pytest.mark.parametrize(
    ("workplace", "code"),
    [
        ({"kind": "organisation", "name": "甲", "uscc": "１２４１０４８１-4170 481228"}, "124104814170481228"),
        ({"kind": "individual_business", "name": "甲", "uscc": "92410481ma9tk8c741"}, "92410481MA9TK8C741"),
        ({"kind": "organisation", "name": "甲", "uscc": "41704812-2"}, None),  # an organisation code is none
        ({"kind": "organisation", "name": "甲", "licence_no": "41704812241048111A1001"}, None),
        ({"kind": "person", "name": "甲", "uscc": "124104814170481228"}, None),  # parked later, and kept out of items
        ({"kind": "person", "name": "甲", "id_type": "身份证", "id_no": ID_NUMBER}, None),
    ],
)
def test_of_a_related_party_the_items_hold_the_code_of_an_organisation_and_nothing_else(
    workplace: dict[str, str], code: str | None
) -> None:
    items = fact("licensing/registration", workplace=workplace, organiser=workplace).items
    assert (items["workplace"], items.get("workplace_uscc")) == ("甲", code)
    assert (items["organiser"], items.get("organiser_uscc")) == ("甲", code)
    assert ID_NUMBER not in json.dumps(items)


def test_a_registration_says_what_an_institution_is() -> None:
    said = {
        "role": "institution",
        "workplace": None,
        "level": "secondary",
        "district": "410481",
        "specialties": ["内科", "03.01"],
        "licensed_on": "2024年2月29日",
    }
    assert fact("licensing/registration", **said).items == {
        "event": "registered",
        "role": "institution",
        "level": "secondary",
        "district": "410481",
        "specialties": ["内科", "03.01"],
        "licensed_on": "2024-02-29",
    }


def test_an_offence_brings_the_hospital_and_stays_the_persons() -> None:
    expected = Fact(
        key=RecordKey("credit.security.offence", "11410481684874525W", "舞公(治)行罚决字〔2026〕71号"),
        organ=Organ(name="舞钢市公安局", code="11410481684874525W"),
        party=Party(kind="person", name="样本人员", id_type="身份证", id_no=ID_NUMBER),
        category=Category.OFFENCE,
        occurred_on=date(2026, 4, 20),
        items={
            "behaviour": "B2",
            "sanction": "fine",
            "hospital": "舞钢市样本人民医院",
            "hospital_uscc": "124104814170481228",
        },
        related={"hospital": HOSPITAL},
    )
    assert read_sample("security/offence") == expected


@pytest.mark.parametrize("measure", ["coercion", "levy", "requisition"])
def test_each_measure_is_a_category_of_its_own(measure: str) -> None:
    assert fact("inspection/measure", measure=measure).category == Category(measure)


def test_a_commitment_does_not_end_when_it_is_due() -> None:
    commitment = fact("licensing/commitment")
    assert commitment.items["due_on"] == "2026-10-08"
    assert commitment.valid_until is None


def test_honours_and_agreements_have_their_time() -> None:
    assert fact("office/honour").valid_until == date(2029, 4, 20)
    agreement = fact("insurance/agreement", until="2026-05-16")
    assert (agreement.valid_from, agreement.valid_until) == (date(2026, 4, 17), date(2026, 5, 16))
    assert agreement.items == {
        "action": "interview",
        "from": "2026-04-17",
        "until": "2026-05-16",
        "content": "超限制用药",
    }


def test_fraud_points_and_transfer_keep_their_items() -> None:
    assert fact("insurance/fraud").items["amount_yuan"] == "4260.50"
    assert fact("insurance/points").items == {"points": 3, "responsibility": "general", "cycle": 2026}
    assert fact("inspection/transfer").items == {"penalty_document_no": "舞卫医罚〔2026〕33号"}


def test_a_check_keeps_its_lines() -> None:
    assert fact("inspection/check").items["items"] == [
        {"code": "A1", "full_marks": 15, "marks": 15, "applicable": True, "star": 1, "met": True},
        {"code": "A2", "full_marks": 10, "marks": 7.5, "applicable": True, "star": 0, "met": False},
    ]


def test_acts_name_target_kind_and_state() -> None:
    withdrawal = Act(
        key=RecordKey("credit.office.withdrawal", "11410481983690064T", "舞卫撤〔2026〕5号"),
        organ=HEALTH,
        kind=ActKind.WITHDRAWAL,
        target=RecordKey("credit.inspection.penalty", "11410481983690064T", "舞卫公罚〔2026〕30号"),
        state="unlawful",
        occurred_on=date(2026, 4, 22),
    )
    assert read_sample("office/withdrawal") == withdrawal
    assert read_sample("office/withdrawal", reason="void") == withdrawal._replace(state="void")
    for name, kind, state in (
        ("objection", ActKind.OBJECTION, "rejected"),
        ("repair", ActKind.REPAIR, "applied"),
    ):
        act = read_sample(f"office/{name}")
        assert isinstance(act, Act)
        assert (act.kind, act.state) == (kind, state)


def test_a_receipt() -> None:
    assert read_sample("partner/receipt") == Receipt(
        notice_no="SAMPLE-NOTICE-1",
        agency="police",
        state=NoticeState.PARTLY_EXECUTED,
        at=datetime(2026, 4, 25, 0, 10, tzinfo=UTC),
        measures=(
            MeasureReport("M01", done=True),
            MeasureReport("M02", done=False, remark="当事人名下无相关资质"),
        ),
        reason="部分措施不适用",
    )


def test_a_feeds_answer() -> None:
    assert read_sample("feed/result") == FeedResult("credit-china", "SAMPLE-ROW-1", "2003", "处罚决定书文号重复")


def test_a_feeds_answer_by_the_number_of_the_document() -> None:
    at = datetime(2026, 4, 26, 0, 30, tzinfo=UTC)
    assert read_sample("feed/result_by_number") == FeedResult(
        "credit-china", None, "0000", document_no="舞卫公罚〔2026〕31号", at=at
    )


HOTEL_OF_INTEREST = {"name": "舞钢市样本宾馆有限公司", "uscc": "91410481MA9TW3X02Q"}


@pytest.mark.parametrize(
    ("name", "category", "items"),
    [
        ("public/rating", Category.VOICE, {"stars": 4, "content": "候诊秩序好，取药窗口偏少"}),
        (
            "public/clue",
            Category.VOICE,
            {"reported_by": "grid_worker", "state": "received", "content": "布草间堆放杂物，消毒柜长期未通电"},
        ),
        (
            "desk/submission",
            Category.DECLARATION,
            {"matter": "行业标准化示范", "content": "通过客房消毒标准化验收，附验收报告", "state": "unverified"},
        ),
        (
            "association/finding",
            Category.ASSOCIATION,
            {
                "association": "舞钢市样本医疗行业协会",
                "finding": "credit_positive",
                "content": "会员单位诚信服务考核达标",
            },
        ),
        (
            "office/ethics",
            Category.UPKEEP,
            {
                "year": 2025,
                "result": "good",
                "workplace": "舞钢市样本人民医院",
                "workplace_uscc": "124104814170481228",
            },
        ),
        (
            "office/board",
            Category.UPKEEP,
            {
                "state": "incomplete",
                "missing": ["supervisor"],
                "qr_sheets": ["consulting_room", "cashier", "pharmacy"],
            },
        ),
        (
            "office/duty",
            Category.WORK,
            {
                "regime": "wugang",
                "duty": "monthly-items",
                "period": "2026-04",
                "state": "done",
                "content": "本月报送信用信息两条",
            },
        ),
        (
            "office/inspector",
            Category.WORK,
            {
                "state": "active",
                "units": ["舞钢市卫生计生监督所"],
                "specialties": ["医疗卫生", "公共场所卫生"],
                "interests": [HOTEL_OF_INTEREST],
                "certificate_no": "豫04810126",
            },
        ),
    ],
)
def test_what_assessment_goes_by_becomes_a_fact(name: str, category: Category, items: dict[str, Any]) -> None:
    said = fact(name)
    assert (said.category, said.items) == (category, items)


def test_papers_and_insurances_and_filings_have_their_time() -> None:
    insurance = fact("office/liability_insurance")
    assert (insurance.valid_from, insurance.valid_until) == (date(2026, 1, 11), date(2027, 1, 10))
    assert fact("office/undertaking").valid_until == date(2026, 12, 31)
    assert fact("licensing/filing").valid_until == date(2026, 4, 30)
    assert fact("licensing/filing", until="长期").valid_until is None


def test_a_self_assessment_is_the_sheet_of_an_inspection() -> None:
    lines = sample("inspection/check")["data"]["items"]
    assert fact("desk/self_assessment", items=lines).items["items"] == fact("inspection/check").items["items"]


def test_the_code_of_an_interest_is_one_form_however_it_is_written() -> None:
    written = [{"name": "甲", "uscc": "91410481－ma9tw3x02q"}]
    assert fact("office/inspector", interests=written).items["interests"][0]["uscc"] == "91410481MA9TW3X02Q"


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("licensing/registration", "f2a552bd821d35a9a7a1eff399977333c72d2d2493a1428f7b57724b71b8bdbc"),
        ("licensing/commitment", "3d90760afe4df81433fb5c2bd626901d50976dfb6723a7636518ba0963c4b94e"),
        ("inspection/check", "b814dbb495794f7ee635b549bae197556dab0b9b4888608cd7ae8ef3d2b1c874"),
    ],
)
def test_items_that_came_later_change_no_digest_of_what_came_before(name: str, digest: str) -> None:
    """Another digest of the same content would be a contradiction, and damage to `xinglin verify`."""
    found = restate(registry.load(), as_bytes(sample(name)), {}).digest
    assert found is not None
    assert found.hex() == digest


@pytest.mark.parametrize(
    ("data", "party"),
    [
        ({"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": "92410481ma9tk8c741 ", "CF_XDR_MC": "甲店"}, "92410481MA9TK8C741"),
        ({"XK_XDR_LB": "自然人", "XK_XDR_ZJHM": "11010519491231002X", "XK_XDR_MC": "样本 甲"}, "样本甲"),
        ({"CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "11010519491231002X", "CF_XDR_MC": "样本甲"}, "样本甲"),
        ({"party": {"kind": "organisation", "name": "乙(县)医院", "licence_no": "PDY1"}}, "乙(县)医院"),
        ({"party": {"kind": "person", "name": "样本乙", "id_no": "11010519491231002X"}}, "样本乙"),
        ({"target": {"document_no": "1"}}, ""),
        ({"party": {"kind": ["person"], "uscc": 7}}, ""),
    ],
)
def test_a_party_is_told_by_its_code_and_a_person_by_its_name(data: dict[str, Any], party: str) -> None:
    assert find_party(data) == party
