from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from credit.routing import routes
from credit.routing.routes import Routes
from schemas.envelope import Event
from schemas.errors import UnusableError
from schemas.party import Organ, record_key
from schemas.reasons import Reason
from schemas.statement import Act, ActKind
from tests.builders import clinic, honour
from tests.installed import MODELS
from tests.unit.credit.small_routing import HEALTH, INSURANCE, OFFICE, POLICE, ROOT, TODAY, national_law

PENALTY = "credit.inspection.penalty"


@pytest.fixture(scope="module")
def shipped() -> Routes:
    return routes.load(ROOT / "routing.yaml", national_law(), TODAY, MODELS)


def act(kind: ActKind, by: str, family: str, owner: str) -> Act:
    organ = Organ(name="示例", code=by)
    key = record_key(f"credit.office.{kind.value}", by, "1")
    return Act(key, organ, kind, record_key(family, owner, "1"), "granted", date(2026, 5, 22))


@pytest.mark.parametrize("kind", list(ActKind))
@pytest.mark.parametrize("by", [HEALTH, OFFICE, POLICE, INSURANCE])
@pytest.mark.parametrize("owner", [HEALTH, OFFICE, POLICE, INSURANCE])
@pytest.mark.parametrize("family", [PENALTY, *(f"credit.office.{kind.value}" for kind in ActKind)])
def test_only_its_own_organ_or_its_office_acts_on_a_record(
    shipped: Routes, kind: ActKind, by: str, owner: str, family: str
) -> None:
    statement = act(kind, by, family, owner)
    office = by == OFFICE and family == PENALTY and kind in {ActKind.REPAIR, ActKind.OBJECTION}
    if by == owner or office:
        shipped.gate.check_speaker(by, statement)
        return
    with pytest.raises(UnusableError) as caught:
        shipped.gate.check_speaker(by, statement)
    assert caught.value.reason is Reason.RECORD_FOREIGN


@pytest.mark.parametrize("owner", [HEALTH.lower(), f" {HEALTH} ", HEALTH.replace("1", "１")])
def test_another_spelling_of_a_target_is_the_same_organ(shipped: Routes, owner: str) -> None:
    with pytest.raises(UnusableError) as caught:
        shipped.gate.check_speaker(POLICE, act(ActKind.WITHDRAWAL, POLICE, PENALTY, owner))
    assert caught.value.reason is Reason.RECORD_FOREIGN


def test_a_fact_is_of_its_sender(shipped: Routes) -> None:
    shipped.gate.check_speaker(OFFICE, honour(clinic()))
    with pytest.raises(UnusableError) as caught:
        shipped.gate.check_speaker(POLICE, honour(clinic()))
    assert caught.value.reason is Reason.ORGAN_FOREIGN


def test_a_refused_sender_reads_what_came_and_what_was_expected(shipped: Routes) -> None:
    def refusal(sender: str) -> str:
        event = Event(
            specversion="1.0",
            id="1",
            source="/inspection",
            type="credit.inspection.penalty.v1",
            time=datetime(2026, 5, 22, tzinfo=UTC),
            sender=sender,
            data={},
        )
        with pytest.raises(UnusableError) as caught:
            shipped.gate.admit("credit.in.inspection", event, None, lambda _: b"")
        assert caught.value.reason is Reason.SENDER_UNKNOWN
        return caught.value.detail

    mistyped = HEALTH[:-2] + "5T"
    assert f"{mistyped[:6]}********{mistyped[-4:]}, which is not an organ code" in refusal(mistyped)
    assert HEALTH in refusal(mistyped)
    assert POLICE in refusal(POLICE)
    assert "110105194912310021" not in refusal("110105194912310021")
