from __future__ import annotations

import base64
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credit.law.law import Law
from credit.routing import routes
from credit.routing.routes import Routes
from schemas import wire
from schemas.envelope import Event
from schemas.errors import ConfigurationError, UnusableError
from schemas.party import Organ, Party, PartyKind, RecordKey
from schemas.reasons import Reason
from schemas.statement import Category, Fact
from tests.installed import MODELS
from tests.unit.credit.small_routing import (
    HEALTH,
    INSURANCE,
    MARKET,
    OFFICE,
    POLICE,
    ROOT,
    TODAY,
    Editor,
    national_law,
)

CLINIC = "91410481MA9K2F7Q0R"

AGENCIES = {
    "health", "development-reform", "police", "civil-affairs", "justice", "finance", "human-resources", "audit",
    "tax", "market-regulation", "health-insurance", "education", "ecology", "housing", "water",
    "administrative-approval",
}  # fmt: skip

EXAMPLES = [
    # What the examples of the exchange contract say of queue, type, source and sender.
    ("credit.in.licensing", "credit.licensing.permit.v1", "/licensing", HEALTH),
    ("credit.in.licensing", "credit.licensing.commitment.v1", "/licensing", HEALTH),
    ("credit.in.licensing", "credit.licensing.registration.v1", "/licensing", HEALTH),
    ("credit.in.inspection", "credit.inspection.check.v1", "/inspection", HEALTH),
    ("credit.in.inspection", "credit.inspection.penalty.v1", "/inspection", HEALTH),
    ("credit.in.inspection", "credit.inspection.measure.v1", "/inspection", HEALTH),
    ("credit.in.inspection", "credit.inspection.points.v1", "/inspection", HEALTH),
    ("credit.in.inspection", "credit.inspection.conduct.v1", "/inspection", HEALTH),
    ("credit.in.inspection", "credit.inspection.transfer.v1", "/inspection", HEALTH),
    ("credit.in.insurance", "credit.insurance.agreement.v1", "/insurance", INSURANCE),
    ("credit.in.insurance", "credit.insurance.fraud.v1", "/insurance", INSURANCE),
    ("credit.in.insurance", "credit.insurance.points.v1", "/insurance", INSURANCE),
    ("credit.in.security", "credit.security.offence.v1", "/security", POLICE),
    ("credit.in.office", "credit.office.honour.v1", "/office", OFFICE),
    ("credit.in.office", "credit.office.withdrawal.v1", "/office", HEALTH),
    ("credit.in.office", "credit.office.objection.v1", "/office", OFFICE),
    ("credit.in.office", "credit.office.repair.v1", "/office", OFFICE),
    ("credit.in.receipts", "credit.partner.receipt.v1", "/partner/market-regulation", MARKET),
    ("credit.in.feed-results", "credit.feed.result.v1", "/feed/credit-china", OFFICE),
]


@pytest.fixture(scope="module")
def law() -> Law:
    return national_law()


@pytest.fixture
def editor(tmp_path: Path, law: Law) -> Editor:
    return Editor(tmp_path, law)


@pytest.fixture(scope="module")
def shipped(law: Law) -> Routes:
    return routes.load(ROOT / "routing.yaml", law, TODAY, MODELS)


def event(message_type: str, source: str, sender: str, **more: Any) -> Event:
    return Event.model_validate(
        {
            "specversion": "1.0",
            "id": "1",
            "source": source,
            "type": message_type,
            "time": "2026-03-06T09:00:00+08:00",
            "sender": sender,
            "data": {"content": "舞钢"},
            **more,
        }
    )


def unsigned(_: Event) -> bytes:
    raise AssertionError("no signature is demanded here")


def refused(by: Routes, queue: str, sent: Event) -> Reason:
    with pytest.raises(UnusableError) as caught:
        by.gate.admit(queue, sent, None, wire.canonical)
    return caught.value.reason


# Who may send


@pytest.mark.parametrize(("queue", "message_type", "source", "sender"), EXAMPLES)
def test_the_examples_of_the_contract_are_admitted(
    shipped: Routes, queue: str, message_type: str, source: str, sender: str
) -> None:
    assert shipped.gate.queue_for(message_type) == queue
    shipped.gate.admit(queue, event(message_type, source, sender), None, unsigned)


@pytest.mark.parametrize(
    ("queue", "message_type", "source", "sender", "reason"),
    [
        # the police may not state a permit, nor an agency answer for another
        ("credit.in.licensing", "credit.licensing.permit.v1", "/licensing", POLICE, Reason.SENDER_UNKNOWN),
        ("credit.in.receipts", "credit.partner.receipt.v1", "/partner/tax", MARKET, Reason.SENDER_UNKNOWN),
        ("credit.in.feed-results", "credit.feed.result.v1", "/feed/credit-china", HEALTH, Reason.SENDER_UNKNOWN),
        ("credit.in.licensing", "credit.licensing.permit.v1", "/inspection", HEALTH, Reason.SOURCE_WRONG),
        ("credit.in.receipts", "credit.partner.receipt.v1", "/partner", MARKET, Reason.SOURCE_WRONG),
        ("credit.in.receipts", "credit.partner.receipt.v1", "/partner/nobody", MARKET, Reason.SOURCE_WRONG),
        ("credit.in.feed-results", "credit.feed.result.v1", "/feed/nowhere", OFFICE, Reason.SOURCE_WRONG),
        # a licensing queue takes no offence, whoever sends it
        ("credit.in.licensing", "credit.security.offence.v1", "/licensing", HEALTH, Reason.SOURCE_WRONG),
        ("credit.in.unsorted", "credit.licensing.permit.v1", "/licensing", HEALTH, Reason.SOURCE_WRONG),
        ("credit.in.unsorted", "credit.unheard.of.v1", "/licensing", HEALTH, Reason.TYPE_UNKNOWN),
        ("credit.in.licensing", "other.licensing.permit.v1", "/licensing", HEALTH, Reason.TYPE_UNKNOWN),
    ],
)
def test_all_others_are_refused(
    shipped: Routes, queue: str, message_type: str, source: str, sender: str, reason: Reason
) -> None:
    assert refused(shipped, queue, event(message_type, source, sender)) is reason


def test_an_unknown_type_of_a_known_system_goes_to_its_queue(shipped: Routes) -> None:
    assert shipped.gate.queue_for("credit.licensing.novelty.v7") == "credit.in.licensing"
    assert shipped.gate.queue_for("credit.licensingx.permit.v1") is None


def test_a_refusal_repeats_no_identity_number(shipped: Routes) -> None:
    with pytest.raises(UnusableError) as caught:
        shipped.gate.admit(
            "credit.in.licensing",
            event("credit.licensing.permit.v1", "/licensing", "410481199003050626"),
            None,
            unsigned,
        )
    assert "4104811990" not in str(caught.value)


def test_a_refusal_names_the_organ(shipped: Routes) -> None:
    with pytest.raises(UnusableError, match=POLICE):
        shipped.gate.admit(
            "credit.in.licensing", event("credit.licensing.permit.v1", "/licensing", POLICE), None, unsigned
        )


# The topology


def test_the_topology_is_that_of_the_contract(shipped: Routes) -> None:
    topology = shipped.topology
    queues = {queue.name: (queue.exchange, queue.bindings) for queue in topology.queues}
    assert topology.exchanges == ("credit.in", "credit.out")
    assert (topology.dead_exchange, topology.dead_queue) == ("credit.dead", "credit.dead")
    assert queues["credit.in.receipts"] == ("credit.in", ("credit.partner.#",))
    assert queues["credit.in.unsorted"] == ("credit.in", ())
    assert queues["notice.market-regulation"] == ("credit.out", ("notice.market-regulation",))
    assert queues["feed.credit-china"] == ("credit.out", ("feed.credit-china",))
    assert {name for name in queues if name.startswith("notice.")} == {f"notice.{code}" for code in AGENCIES}
    assert len(queues) == len(topology.queues)


def test_messages_are_taken_from_eleven_queues(shipped: Routes) -> None:
    assert sorted(shipped.inbound) == [
        "credit.in.association",
        "credit.in.desk",
        "credit.in.feed-results",
        "credit.in.inspection",
        "credit.in.insurance",
        "credit.in.licensing",
        "credit.in.office",
        "credit.in.public",
        "credit.in.receipts",
        "credit.in.security",
        "credit.in.unsorted",
    ]
    assert shipped.unsorted == "credit.in.unsorted"


def test_the_feed_and_the_partners(shipped: Routes) -> None:
    (feed,) = shipped.feeds
    assert (feed.code, feed.generation) == ("credit-china", "V2019")
    assert sorted(feed.kinds) == ["penalty", "permit"]
    assert shipped.partners.keys() == AGENCIES
    assert shipped.authority == HEALTH


# Grounds


def fact(family: str, category: Category, kind: PartyKind, items: dict[str, Any]) -> Fact:
    return Fact(
        key=RecordKey(family, HEALTH, "1"),
        organ=Organ(name="舞钢市卫生健康委员会", code=HEALTH),
        party=Party(kind=kind, name="示例"),
        category=category,
        occurred_on=date(2026, 3, 6),
        items=items,
    )


def told(by: Routes, of: Fact, subject: str = "P1") -> dict[tuple[str, str], list[str]]:
    return {
        (match.ground, match.agency): [ask.order.code for ask in match.measures]
        for match in by.grounds_for(of, subject)
    }


def offence(sanction: str) -> Fact:
    return fact("credit.security.offence", Category.OFFENCE, "person", {"sanction": sanction})


def penalty(kind: PartyKind, kinds: list[str], text: str, conduct: str = "other") -> Fact:
    items = {"penalty_kinds": kinds, "CF_NR": text, "conduct": conduct}
    return fact("credit.inspection.penalty", Category.PENALTY, kind, items)


@pytest.mark.parametrize("sanction", ["criminal"])
def test_grave_harm_to_medical_order(shipped: Routes, sanction: str) -> None:
    assert told(shipped, offence(sanction)) == {
        ("grave-harm-to-medical-order", "development-reform"): ["M08", "M10"],
        ("grave-harm-to-medical-order", "finance"): ["M06"],
        ("grave-harm-to-medical-order", "human-resources"): ["M02", "M07"],
    }


@pytest.mark.parametrize(
    ("kind", "subject", "agencies"),
    [
        ("organisation", "91410481MA9K2F7Q0R", {"finance": ["M06"], "market-regulation": ["M09"]}),
        ("person", "P1", {"finance": ["M06"], "human-resources": ["M07"]}),
    ],
)
def test_of_lists_only_that_of_serious_dishonesty_is_a_ground(
    shipped: Routes, kind: PartyKind, subject: str, agencies: dict[str, list[str]]
) -> None:
    both = {"administrative-approval": ["M08"], "development-reform": ["M10"], **agencies}
    listed = fact("credit.office.listing", Category.LISTING, kind, {"list_kind": "serious_dishonest"})
    assert told(shipped, listed, subject) == {("serious-dishonesty-list", a): codes for a, codes in both.items()}
    abnormal = fact("credit.office.listing", Category.LISTING, kind, {"list_kind": "abnormal"})
    assert told(shipped, abnormal, subject) == {}


@pytest.mark.parametrize(
    ("code", "registrar"),
    [
        ("124104814170481228", None),
        ("52410481MJ0K3A7X6Y", "civil-affairs"),
        ("91410481MA9K2F7Q0R", "market-regulation"),
        ("92410481MA9K2F7Q0R", "market-regulation"),
        ("A1410481MA9K2F7Q0R", None),
        ("P1", None),
    ],
)
def test_the_registrar_of_the_party_is_asked(shipped: Routes, code: str, registrar: str | None) -> None:
    unlicensed = penalty("organisation", ["罚款"], "罚款5万元", "unlicensed_practice")
    named = {"administrative-approval", "development-reform", "health-insurance"}
    assert {agency for _, agency in told(shipped, unlicensed, code)} - named == ({registrar} if registrar else set())


@pytest.mark.parametrize(
    ("code", "agencies"),
    [
        ("124104814170481228", {"police": ["M09"]}),
        ("12410481417200000A", {}),
        ("A1410481MA9K2F7Q0R", {}),
        ("P1", {}),
    ],
)
def test_the_organiser_of_the_party_is_asked_and_nobody_else(
    tmp_path: Path, code: str, agencies: dict[str, list[str]]
) -> None:
    by = Editor(tmp_path, national_law()).load(
        ("powers: [M04, M09]", 'powers: [M04, M09], runs: ["124104814170481228"]'),
        ("party_kinds: [person]", "party_kinds: [organisation]"),
        ("family: credit.security.offence, items: {sanction: [detention, criminal]}", "family: credit.insurance.fraud"),
        ('["credit.security.#"]', '["credit.security.#", "credit.insurance.#"]'),
        ("      finance:\n        - code: M06", "      organiser:\n        - code: M09"),
    )
    fraud = fact("credit.insurance.fraud", Category.FRAUD, "organisation", {"severity": "serious"})
    assert told(by, fraud, code) == {("harm", agency): codes for agency, codes in agencies.items()}


@pytest.mark.parametrize(
    ("profession", "basis"),
    [("physician", "医师法》第十六条"), ("nurse", "护士条例》第三十二条"), ("village_doctor", "乡村医生从业管理条例")],
)
def test_a_ban_rests_on_the_law_of_the_profession(shipped: Routes, profession: str, basis: str) -> None:
    items = {"event": "revoked", "profession": profession}
    revoked = fact("credit.licensing.registration", Category.REGISTRATION, "person", items)
    (health,) = (match for match in shipped.grounds_for(revoked, "P1") if match.agency == "health")
    (ban,) = health.measures
    assert basis in ban.order.basis
    assert ban.last_day(revoked, None) == date(2028, 3, 6)


def test_no_ban_where_nobody_says_which_certificate(shipped: Routes) -> None:
    revoked = fact("credit.licensing.registration", Category.REGISTRATION, "person", {"event": "revoked"})
    assert ("revoked-licence", "health") not in told(shipped, revoked)


@pytest.mark.parametrize(
    ("until", "last"),
    [
        (None, date(2026, 9, 6)),  # six months: the shortest
        ("2026-09-05", date(2026, 9, 6)),
        ("2026-12-01", date(2026, 12, 1)),
        ("2027-03-06", date(2027, 3, 6)),
        ("2031-01-01", date(2027, 3, 6)),
    ],
)
def test_a_range_is_fixed_by_the_decision(shipped: Routes, until: str | None, last: date) -> None:
    items = {"severity": "serious"} | ({"until": until} if until else {})
    fraud = fact("credit.insurance.fraud", Category.FRAUD, "organisation", items)
    (insurance,) = (match for match in shipped.grounds_for(fraud, "91") if match.agency == "health-insurance")
    assert insurance.measures[0].last_day(fraud, date(2029, 3, 6)) == last


def test_an_agency_is_marked_where_the_decision_is_its_own(shipped: Routes) -> None:
    fraud = fact("credit.insurance.fraud", Category.FRAUD, "organisation", {"severity": "serious"})
    assert {match.agency for match in shipped.grounds_for(fraud, "91") if match.own} == {"health"}


@pytest.mark.parametrize("sanction", ["warning", "fine"])
def test_a_lighter_offence_tells_nobody(shipped: Routes, sanction: str) -> None:
    assert shipped.grounds_for(offence(sanction), "P1") == ()


def test_serious_fraud_of_an_organisation_and_of_a_person(shipped: Routes) -> None:
    def fraud(kind: PartyKind, severity: str) -> Fact:
        return fact("credit.insurance.fraud", Category.FRAUD, kind, {"severity": severity})

    ground = "serious-insurance-fraud"
    assert told(shipped, fraud("organisation", "serious"), CLINIC) == {
        (ground, "development-reform"): ["M10"],
        (ground, "finance"): ["M06"],
        (ground, "health"): ["M07", "M09"],
        (ground, "health-insurance"): ["M01"],
        (ground, "market-regulation"): ["M09"],
    }
    assert told(shipped, fraud("person", "serious")) == {
        (ground, "development-reform"): ["M10"],
        (ground, "finance"): ["M06"],
        (ground, "health"): ["M07"],
        (ground, "health-insurance"): ["M01"],
        (ground, "human-resources"): ["M07"],
    }
    assert told(shipped, fraud("organisation", "general")) == {}


def test_unlicensed_practice(shipped: Routes) -> None:
    found = penalty("individual_business", ["罚款"], "罚款5万元", "unlicensed_practice")
    assert told(shipped, found, CLINIC) == {
        ("unlicensed-practice", "administrative-approval"): ["M08"],
        ("unlicensed-practice", "development-reform"): ["M10"],
        ("unlicensed-practice", "health-insurance"): ["M09"],
        ("unlicensed-practice", "market-regulation"): ["M09"],
    }


@pytest.mark.parametrize(
    ("kinds", "text", "revoked"),
    [
        (["暂扣或者吊销许可证"], "吊销《医疗机构执业许可证》", True),
        (["警告", "暂扣或者吊销执照"], "警告，吊销营业执照", True),
        (["吊销许可证件"], "见决定书", True),
        (["暂扣或者吊销许可证"], "暂扣《医疗机构执业许可证》六个月", False),
        (["罚款"], "罚款；再犯将吊销许可证", False),
    ],
)
def test_a_penalty_that_revokes_a_licence(shipped: Routes, kinds: list[str], text: str, revoked: bool) -> None:  # noqa: FBT001
    grounds = {match.ground for match in shipped.grounds_for(penalty("organisation", kinds, text), "P1")}
    assert grounds == ({"revoked-licence"} if revoked else set())


def test_a_revoked_registration_of_a_practitioner(shipped: Routes) -> None:
    revoked = fact(
        "credit.licensing.registration", Category.REGISTRATION, "person", {"event": "revoked", "profession": "nurse"}
    )
    assert told(shipped, revoked) == {
        ("revoked-licence", "administrative-approval"): ["M08"],
        ("revoked-licence", "development-reform"): ["M10"],
        ("revoked-licence", "health"): ["M01"],
    }


def test_one_fact_may_meet_two_grounds(shipped: Routes) -> None:
    both = penalty("organisation", ["吊销许可证件"], "吊销", "unlicensed_practice")
    matches = shipped.grounds_for(both, "P1")
    assert {match.ground for match in matches} == {"revoked-licence", "unlicensed-practice"}
    assert [(match.ground, match.agency) for match in matches] == sorted(
        (match.ground, match.agency) for match in matches
    )


def test_a_measure_carries_its_name_and_basis(shipped: Routes) -> None:
    match = shipped.grounds_for(offence("criminal"), "P1")[1]
    (measure,) = match.measures
    assert (measure.order.code, measure.name) == ("M06", "限制申请财政性资金项目")
    assert measure.order.basis.startswith("发改财金〔2018〕1399号")


def test_every_shipped_measure_names_a_basis_and_every_ground_its_source(shipped: Routes) -> None:
    for ground in shipped.grounds.values():
        assert ground.source.document
        assert all(order.basis for orders in ground.agencies.values() for order in orders)


def test_the_small_file_is_good(editor: Editor) -> None:
    assert told(editor.load(), offence("detention")) == {("harm", "finance"): ["M06"]}


def test_a_measure_may_be_limited_to_kinds_of_party(editor: Editor) -> None:
    found = editor.load(
        ("party_kinds: [person]", "party_kinds: [person, organisation]"),
        ("      finance:\n        - code: M06", "      police:\n        - code: M09\n          kinds: [organisation]"),
    )
    assert told(found, offence("detention")) == {}
    firm = fact("credit.security.offence", Category.OFFENCE, "organisation", {"sanction": "detention"})
    assert told(found, firm) == {("harm", "police"): ["M09"]}


def test_organs_are_found_by_the_names_of_partners_and_by_further_ones(editor: Editor) -> None:
    found = editor.load(("keys: {}", f'keys: {{}}\norgans: {{舞钢市信用办: "{OFFICE}"}}')).organs
    assert found["舞钢市信用办"] == OFFICE
    assert {agency.name: agency.organ_code for agency in editor.load().partners.values()}.items() <= found.items()


@pytest.mark.parametrize(
    ("name", "code", "mistake"),
    [("信用办", "11410481685969382X", "11410481685969382X"), ("舞钢市公安局", HEALTH, "is the name of a partner")],
)
def test_a_name_of_an_organ_that_cannot_be(editor: Editor, name: str, code: str, mistake: str) -> None:
    with pytest.raises(ConfigurationError, match=mistake):
        editor.load(("keys: {}", f'keys: {{}}\norgans: {{{name}: "{code}"}}'))


def test_senders_come_from_a_file_beside_the_routes(editor: Editor) -> None:
    (editor.folder / "senders.txt").write_text(f"\ufeff# 公安\n\n{POLICE}  # 市局\n{HEALTH}\n", encoding="utf-8")
    found = editor.load(('senders: ["11410481684874525W"]', "senders_file: senders.txt"))
    for sender in (POLICE, HEALTH):
        found.gate.admit("credit.in.security", event("credit.security.offence.v1", "/security", sender), None, unsigned)
    sent = event("credit.security.offence.v1", "/security", MARKET)
    assert refused(found, "credit.in.security", sent) is Reason.SENDER_UNKNOWN


# Signatures

PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(PRIVATE.public_key().public_bytes_raw()).decode()


@pytest.fixture
def demanding(editor: Editor) -> Routes:
    return editor.load(
        ("    signature: none", "    signature: demanded"),
        (
            "keys: {}",
            (
                f'keys:\n  police-1: {{algorithm: ed25519, public_key: "{PUBLIC}", sender: "{POLICE}"}}\n'
                f'  health-1: {{algorithm: ed25519, public_key: "{PUBLIC}", sender: "{HEALTH}"}}'
            ),
        ),
    )


def signed(key: Ed25519PrivateKey = PRIVATE, **more: Any) -> Event:
    names = {"sigalg": "ed25519", "keyid": "police-1", **more}
    bare = event("credit.security.offence.v1", "/security", POLICE, **names)
    return bare.model_copy(update={"sig": base64.b64encode(key.sign(wire.canonical(bare))).decode()})


def test_a_signed_message_is_admitted(demanding: Routes) -> None:
    demanding.gate.admit("credit.in.security", signed(), None, wire.canonical)


@pytest.mark.parametrize("absent", ["sigalg", "keyid", "sig"])
def test_a_message_without_its_signature(demanding: Routes, absent: str) -> None:
    sent = signed().model_copy(update={absent: None})
    assert refused(demanding, "credit.in.security", sent) is Reason.SIGNATURE_MISSING


@pytest.mark.parametrize(
    "sent",
    [
        signed(Ed25519PrivateKey.generate()),
        signed(keyid="nobody-1"),
        signed(keyid="health-1"),
        signed(sigalg="sm2-sm3"),
        signed().model_copy(update={"data": {"content": "other"}}),
        signed().model_copy(update={"revision": 2}),
        signed().model_copy(update={"sig": "AAAA"}),
        signed().model_copy(update={"sig": "签名"}),
        signed().model_copy(update={"sig": ""}),
    ],
    ids=["other key", "unknown key", "key of another", "other algorithm", "other data", "other revision", "short",
         "no base64", "empty"],
)  # fmt: skip
def test_a_message_with_a_wrong_signature(demanding: Routes, sent: Event) -> None:
    assert refused(demanding, "credit.in.security", sent) is Reason.SIGNATURE_INVALID


def test_a_sender_who_may_not_send_is_told_so_before_any_signature_is_looked_at(demanding: Routes) -> None:
    sent = event("credit.security.offence.v1", "/security", MARKET)
    with pytest.raises(UnusableError) as caught:
        demanding.gate.admit("credit.in.security", sent, None, unsigned)
    assert caught.value.reason is Reason.SENDER_UNKNOWN
