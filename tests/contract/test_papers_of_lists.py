"""Papers of lists and of falls made of an archive: what is told before a listing, the lists themselves, the notice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from credit.grading.loading import load
from credit.grading.regime import Regime
from credit.store.closing import close
from credit.store.engine import connect
from schemas.papers import PaperKind
from schemas.party import record_key
from schemas.statement import Act, ActKind, Category, Fact
from tests.builders import CLINIC, HEALTH, HOSPITAL, ROOT, clinic, connectors, honour, penalty
from tests.contract.test_papers import BY, OTHER, TODAY, Town, checked, registered
from workers.papers import gathering
from workers.papers.asked import Asked, NotGiven, NothingFound

pytestmark = pytest.mark.long

ANSWER_BY = date(2027, 1, 27)
UNLICENSED = penalty("舞卫医罚〔2026〕7号", items={"conduct": "unlicensed_practice"})
HEARD = Act(
    record_key("credit.office.told", HEALTH.code, "舞告〔2026〕1号"),
    HEALTH,
    ActKind.TOLD,
    UNLICENSED.key,
    "answered",
    date(2026, 6, 1),
)


def points(number: int) -> Fact:
    key = record_key("credit.inspection.points", HEALTH.code, f"舞卫记〔2026〕{number}号")
    return Fact(key, HEALTH, clinic(), Category.CONDUCT, date(2026, 4, number), {"points": 2, "cycle": 2026})


@pytest.fixture(scope="module")
def shipped() -> dict[str, Regime]:
    return dict(load(ROOT / "policies" / "regimes", connectors().models()))


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


@pytest.fixture
def yichang(engine: Engine, shipped: dict[str, Regime]) -> Town:
    return Town(engine, shipped["yichang"])


@pytest.fixture
def wugang(engine: Engine, shipped: dict[str, Regime]) -> Town:
    return Town(engine, shipped["wugang"])


def tell(town: Town, **days: date) -> list[Any]:
    with town.shelf() as shelf:
        return list(gathering.gather(PaperKind.LISTING_NOTICE, shelf, Asked(TODAY, {"number": "宜告{}号"}, days=days)))


def test_who_is_to_be_listed_is_told_of_list_and_reason_and_of_the_last_day_to_answer(yichang: Town) -> None:
    yichang.take(UNLICENSED)
    (notice,) = tell(yichang, answer_by=ANSWER_BY)
    assert (notice.number, notice.subject.name, notice.subject.code) == ("宜告1号", "舞钢安康诊所", CLINIC)
    assert (notice.list_name, notice.term, notice.answer_by) == ("非法行医黑名单", None, ANSWER_BY)
    (reason,) = notice.reasons
    assert reason.text == "非法行医黑名单：无证行医（1 项）"
    assert [each.number for each in reason.records] == ["舞卫医罚〔2026〕7号"]
    with pytest.raises(NotGiven, match="'answer_by' was not given"):
        tell(yichang)


def test_who_was_heard_is_on_the_black_list_and_is_told_no_more(yichang: Town) -> None:
    yichang.take(UNLICENSED)
    (before,) = yichang.papers(PaperKind.BLACK_LIST)
    assert before.entries == ()
    yichang.take(UNLICENSED, HEARD)
    (listing,) = yichang.papers(PaperKind.BLACK_LIST)
    (entry,) = listing.entries
    assert (listing.title, listing.year, entry.name, entry.code) == (None, None, "舞钢安康诊所", CLINIC)
    assert (entry.reason, entry.basis) == (
        "非法行医黑名单：无证行医（1 项）",
        "宜昌市卫生健康行业信用体系建设总体方案 四（二）2 无证行医",
    )
    assert (entry.entered_on, entry.until, entry.tier) == (date(2026, 5, 18), None, None)
    with pytest.raises(NothingFound, match="nobody waits to be told"):
        tell(yichang, answer_by=ANSWER_BY)


def test_the_red_list_names_who_was_honoured(yichang: Town) -> None:
    title = {"title": "2026年度诚信医院", "level": "city"}
    yichang.take(registered(OTHER, "舞卫医登〔2020〕2号"), honour(OTHER)._replace(items=title))
    (listing,) = yichang.papers(PaperKind.RED_LIST)
    (entry,) = listing.entries
    assert (entry.name, entry.code, entry.entered_on) == ("舞钢市人民医院", HOSPITAL, date(2026, 5, 18))
    assert entry.reason.startswith("诚信医院：获评诚信医院")


def test_the_abnormal_list_of_a_year_says_the_tier(yichang: Town) -> None:
    yichang.take(registered(clinic(), "舞卫医登〔2020〕1号"), points(1), points(2), points(3))
    (listing,) = yichang.papers(PaperKind.ABNORMAL_LIST)
    (entry,) = listing.entries
    assert (listing.year, entry.code, entry.tier) == (2026, CLINIC, "本年三次以上记分")
    (former,) = yichang.papers(PaperKind.ABNORMAL_LIST, 2025)
    assert former.entries == ()


def test_a_list_that_a_regime_does_not_publish_is_no_paper(wugang: Town) -> None:
    with pytest.raises(NothingFound, match="'wugang' publishes no abnormal-list on 2027-01-20"):
        wugang.papers(PaperKind.ABNORMAL_LIST)


def test_the_notice_of_a_fall_says_from_what_to_what_and_who_reviewed_it(wugang: Town) -> None:
    first = [registered(clinic(), "舞卫医登〔2020〕1号"), checked(clinic(), "舞卫检〔2026〕1号", 60)]
    wugang.take(*first)
    close(wugang.engine, "wugang", 2026, BY, wugang.rules())
    since = [penalty(f"舞卫医罚〔2027〕{day}号", occurred_on=date(2027, 1, day)) for day in (5, 6)]
    wugang.take(*first, *since)
    given = {"subject": CLINIC, "reviewed_by": "王主任", "number": "舞降〔2027〕{}号"}
    with pytest.raises(NothingFound, match="no fall of this subject was confirmed"):
        wugang.papers(PaperKind.DOWNGRADE_NOTICE, 2027, **given)
    wugang.take(*first, *since, reviewed(2027, "poor"))
    (notice,) = wugang.papers(PaperKind.DOWNGRADE_NOTICE, 2027, **given)
    assert (notice.number, notice.subject.code, notice.year) == ("舞降〔2027〕1号", CLINIC, 2027)
    assert (notice.before, notice.after, notice.reviewed_by) == ("合格", "差", "王主任")
    cited = {each.number for reason in notice.reasons for each in reason.records}
    assert cited == {"舞卫医罚〔2027〕5号", "舞卫医罚〔2027〕6号"}
    assert notice.reported_on <= notice.reviewed_on


def reviewed(year: int, grade: str) -> Fact:
    said = {"regime": "wugang", "scale": "rating", "year": year, "grade": grade, "decision": "confirmed"}
    key = record_key("credit.office.review", HEALTH.code, "舞核〔2027〕1号")
    items = said | {"reviewer": "王主任", "content": "已核实"}
    return Fact(key, HEALTH, clinic(), Category.CHECK, date(2027, 1, 8), items)
