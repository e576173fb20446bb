"""What ships: whose party is told first, and that notices go by themselves once it was heard."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from credit.routing.routes import find_unregistered
from schemas.statement import Fact
from tests.builders import feed_in, message, rows
from workers import settings
from workers.explain import explain
from workers.postings import Posting
from workers.runtime import Runtime, load_reader, open_runtime
from workers.settings import Settings

INSURANCE = {"name": "舞钢市医疗保障局", "code": "114104810267735464"}
HEAD = {"kind": "person", "name": "样本院长", "id_type": "身份证", "id_no": "11010519491231002X"}
TARGET = {"family": "credit.insurance.fraud", "organ_code": INSURANCE["code"], "document_no": "1号"}
FRAUD = message("insurance.fraud", "f", severity="serious", document_no="1号")
COUNT = "SELECT count(*) FROM notice WHERE issued_at IS {} AND lifted_at IS NULL"


def clock() -> datetime:
    return datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


def told(number: str, **more: Any) -> Posting:
    sender = {"sender": INSURANCE["code"], "time": "2026-05-29T09:00:00+08:00", "revision": more.pop("revision", 1)}
    said = {"target": TARGET, "organ": INSURANCE, "occurred_on": "2026-05-28", "served_on": "2026-05-29"}
    return message("office.told", number, sender, **(said | more))


def count(runtime: Runtime) -> tuple[int, int]:
    """Notices that wait, and those that left or are about to."""
    ((waiting,),), ((issued,),) = rows(runtime, COUNT.format("NULL")), rows(runtime, COUNT.format("NOT NULL"))
    return waiting, issued


def test_a_fraud_waits_for_its_party_and_goes_by_itself(place: Settings) -> None:
    with open_runtime(place, clock) as runtime:
        steps = [step for step in explain(runtime, FRAUD).steps if step.what == "prepared"]
        assert len(steps) == 3
        assert all("须先告知当事人：国办发〔2020〕49号" in step.why for step in steps)
        feed_in(runtime, FRAUD)
        assert count(runtime) == (3, 0)
        feed_in(runtime, told("n", document_no=None, paper="repair_notice", state="served"))
        feed_in(runtime, told("s", document_no=None, state="served"))
        assert count(runtime) == (3, 0)
        feed_in(runtime, told("a", document_no=None, state="answered", revision=2))
        assert count(runtime) == (0, 3)
        kinds = rows(runtime, "SELECT kind, act_state FROM act ORDER BY kind")
        assert kinds == [("repair_notice", "served"), ("told", "answered")]
        assert rows(runtime, "SELECT count(*) FROM outbox WHERE routing_key LIKE 'notice.%'") == [(3,)]


READER = load_reader(settings.read({}), clock)


def test_the_grounds_that_the_authority_judges_itself_tell_the_party_first() -> None:
    asked = {name for name, ground in READER.routes.grounds.items() if ground.told_first is not None}
    assert asked == {
        "serious-insurance-fraud",
        "illegal-medical-advertising",
        "lent-licence",
        "leased-department",
        "medical-price-fraud",
    }
    assert {str(each.source) for each in READER.routes.provisions} <= READER.law.sources.keys()


def test_registries_that_are_no_partners_are_named() -> None:
    assert find_unregistered(READER.routes) == {"机构编制": ("11", "12", "13", "19"), "军队": ("A1",)}


@pytest.mark.parametrize(
    ("basis", "asked"),
    [
        ("《医疗保障基金使用监督管理条例》第四十三条", True),
        ("《医疗保障基金使用监督管理条例》第43条", True),
        ("《医疗保障基金使用监督管理条例》第四十一条", False),
    ],
)
def test_the_head_of_an_institution_is_banned_for_five_years_from_the_decision(basis: str, *, asked: bool) -> None:
    sent = message("insurance.fraud", "h", severity="serious", party=HEAD, basis=basis, occurred_on="2024-02-29")
    arrival = READER.read("credit.in.insurance", sent.body, {}, date(2026, 6, 1))
    fact = arrival.statement
    assert isinstance(fact, Fact)
    matches = READER.routes.grounds_for(fact, "P1")
    bans = {
        match.agency: (ask.last_day(fact, None), ask.order.lifted_by)
        for match in matches
        for ask in match.measures
        if ask.order.code == "M02"
    }
    until = (date(2029, 2, 28), "withdrawal")
    assert bans == ({"health-insurance": until, "market-regulation": until} if asked else {})
