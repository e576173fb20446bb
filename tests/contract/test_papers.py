"""Papers made of an archive: what each says of a closed year, over both stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from credit.grading.loading import load
from credit.grading.regime import Regime
from credit.identity import MASKED
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive
from credit.store.closing import close
from credit.store.engine import connect, reading
from credit.store.queries.view import View
from schemas.papers import PaperKind
from schemas.papers.reports import Bulletin, PeriodReport
from schemas.party import Party, record_key
from schemas.statement import Category, Fact
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    KEYS,
    ROOT,
    arrive,
    assessed_by,
    clinic,
    connectors,
    offence,
    penalty,
    repair,
)
from workers.assessor import Assessor
from workers.papers import gathering
from workers.papers.asked import Asked, NotGiven, NothingFound, Shelf
from workers.papers.given import DataRefused

pytestmark = pytest.mark.long

OTHER = clinic("舞钢市人民医院", uscc=HOSPITAL)
TODAY = date(2027, 1, 20)
NOW = datetime(2027, 1, 20, 4, tzinfo=UTC)
BY = Decision("李科长", "", NOW, "li")
FINED = "舞卫医罚〔2026〕1号"


LICENCE = "41048100512341048111D1001"


def registered(party: Party, number: str, event: str = "registered", day: date = date(2020, 3, 1)) -> Fact:
    items = {"event": event, "role": "institution", "specialties": ["内科", "儿科"]}
    key = record_key("credit.licensing.registration", HEALTH.code, number)
    return Fact(key, HEALTH, party, Category.REGISTRATION, day, items)


def checked(party: Party, number: str, marks: float, **line: Any) -> Fact:
    first = {
        "code": "A1",
        "full_marks": 60,
        "marks": marks,
        "applicable": True,
        "star": 1,
        "met": True,
        "section": "综合管理",
    }
    other = {
        "code": "B1",
        "full_marks": 40,
        "marks": 40,
        "applicable": True,
        "star": 0,
        "met": True,
        "section": "传染病防治",
    }
    items = {"scheme": "wugang-onsite", "result": "no_problem", "inspectors": 2, "items": [first | line, other]}
    key = record_key("credit.inspection.check", HEALTH.code, number)
    return Fact(key, HEALTH, party, Category.CHECK, date(2026, 9, 18), items)


@pytest.fixture(scope="module")
def wugang() -> Regime:
    return load(ROOT / "policies" / "regimes", connectors().models())["wugang"]


class Town:
    """An archive that Wugang assesses."""

    def __init__(self, engine: Engine, regime: Regime) -> None:
        self.engine, self.regime = engine, regime

    def rules(self) -> Rules:
        return assessed_by({"wugang": self.regime}, NOW)

    def take(self, *stated: Any) -> None:
        sent = [
            arrive(each, f"paper-{number}", time=datetime(2026, 12, 1, tzinfo=UTC))
            for number, each in enumerate(stated)
        ]
        archive.take_in(self.engine, sent, self.rules())
        assert [each.failure for each in sent] == [None] * len(sent)
        assessor = Assessor(self.engine, self.rules)
        assessor.finish()

    @contextmanager
    def shelf(self) -> Iterator[Shelf]:
        with reading(self.engine) as connection:
            yield Shelf(connection, View(MASKED, KEYS, TODAY), self.regime, connectors().vocabulary())

    def papers(self, kind: PaperKind, year: int | None = 2026, **given: str) -> list[Any]:
        with self.shelf() as shelf:
            return list(gathering.gather(kind, shelf, Asked(TODAY, given, year)))


@pytest.fixture
def town(archive_url: str, wugang: Regime) -> Iterator[Town]:
    made = connect(archive_url)
    yield Town(made, wugang)
    made.dispose()


@pytest.fixture
def closed(town: Town) -> Town:
    """A clinic that was fined, with a single star unmet, and a hospital without fault."""
    town.take(
        registered(clinic(uscc=CLINIC, licence_no=LICENCE), "舞卫医登〔2020〕1号"),
        registered(clinic(), "舞卫医校〔2024〕9号", "verification_passed", date(2024, 3, 1)),
        registered(OTHER, "舞卫医登〔2020〕2号"),
        checked(clinic(), "舞卫检〔2026〕1号", 55, met=False, title="处方管理"),
        checked(OTHER, "舞卫检〔2026〕2号", 60),
        penalty(FINED),
    )
    close(town.engine, "wugang", 2026, BY, town.rules())
    return town


def test_a_letter_says_grade_score_rules_and_records(closed: Town) -> None:
    letters = {each.subject.code: each for each in closed.papers(PaperKind.RESULT_LETTER, number="舞信告〔2027〕{}号")}
    letter = letters[CLINIC]
    assert (letter.year, letter.grade, letter.score, letter.issued_on) == (2026, "合格", "95.00", TODAY)
    assert letter.supervision == "常规监督，每年检查1至2次"
    fined = next(reason for reason in letter.reasons if reason.records and reason.records[0].number == FINED)
    assert "合格" in fined.text
    assert fined.clause.startswith("舞卫健发〔2021〕89号")
    assert fined.records[0].content == "行政处罚"
    assert letter.improve
    assert {each.number for each in letters.values()} == {"舞信告〔2027〕1号", "舞信告〔2027〕2号"}
    # A tenth of two is none: the quota is named as the reason.
    assert "名额" in "".join(reason.text for reason in letters[HOSPITAL].reasons)


def test_one_subject_gets_its_letter_alone(closed: Town) -> None:
    (letter,) = closed.papers(PaperKind.RESULT_LETTER, subject=HOSPITAL)
    assert (letter.subject.name, letter.number) == ("舞钢市人民医院", None)


def test_the_table_and_the_circular_count_all_grades(closed: Town) -> None:
    (table,) = closed.papers(PaperKind.GRADE_TABLE)
    assert {(each.code, each.grade) for each in table.entries} == {(CLINIC, "合格"), (HOSPITAL, "合格")}
    assert [(each.name, each.value) for each in table.counts] == [
        ("参加评价", "2家"), ("优秀", "0家"), ("合格", "2家"), ("差", "0家"),
    ]  # fmt: skip
    (circular,) = closed.papers(PaperKind.CIRCULAR)
    assert (circular.commended, len(circular.entries)) == ((), 2)


def test_the_list_of_results_on_site_counts_marks_and_stars(closed: Town) -> None:
    (listed,) = closed.papers(PaperKind.ONSITE_RESULTS)
    row = next(each for each in listed.entries if each.code == CLINIC)
    assert (row.marks, row.full_marks, row.score, row.grade) == ("95", "100", "95.00", "合格")
    assert (row.unmet_double, row.unmet_single, row.inspectors) == (0, 1, ("2人",))


def test_the_form_has_each_section_and_each_rule(closed: Town) -> None:
    (form,) = closed.papers(PaperKind.COMPREHENSIVE_FORM, subject=CLINIC)
    assert {(each.name, each.full_marks, each.marks) for each in form.sections} == {
        ("综合管理", "60", "55"), ("传染病防治", "40", "40"),
    }  # fmt: skip
    assert (form.grade_by_score, form.grade, form.score) == ("优秀", "合格", "95.00")
    found = {each.matter: each.finding for each in form.findings}
    assert found["单星项"] == "不符合要求：处方管理"
    assert found["双星项"] == "全部符合要求"
    assert found["当年受到卫生健康行政部门行政处罚"] == "1项"
    assert found["被暂缓校验"] == "无"
    assert not [matter for matter in found if "星项不符合要求" in matter]


def test_the_cases_are_the_records_that_hold_a_grade_down(closed: Town) -> None:
    (listed,) = closed.papers(PaperKind.POSITIVE_CASES)
    case = next(each for each in listed.entries if each.number == FINED)
    assert (case.code, case.kind, case.department, case.effect) == (
        CLINIC,
        "行政处罚",
        "舞钢市卫生健康委员会",
        "最高为合格",
    )


def test_the_notice_of_repair_says_the_days_of_the_law(closed: Town) -> None:
    (notice,) = closed.papers(PaperKind.REPAIR_NOTICE, None, subject=CLINIC, document=FINED)
    assert (notice.degree, notice.publicity_from) == ("一般失信", date(2026, 5, 18))
    assert (notice.repairable_from, notice.publicity_until) == (date(2026, 12, 19), date(2027, 5, 18))
    assert notice.decision.organ == "舞钢市卫生健康委员会"
    assert "罚款人民币二千元" in notice.decision.content


def test_a_repair_that_was_granted_is_confirmed(town: Town) -> None:
    fined = penalty(FINED, occurred_on=date(2026, 1, 5))
    town.take(registered(clinic(), "舞卫医登〔2020〕1号"), fined)
    with pytest.raises(NothingFound):
        town.papers(PaperKind.REPAIR_CONFIRMATION, None, subject=CLINIC, document=FINED)
    town.take(registered(clinic(), "舞卫医登〔2020〕1号"), fined, repair(fined))
    (paper,) = town.papers(PaperKind.REPAIR_CONFIRMATION, None, subject=CLINIC, document=FINED)
    assert (paper.application, paper.decided_on) == ("舞修〔2026〕1号", date(2026, 5, 22))


def test_a_credit_report_holds_what_is_public_and_names_its_purpose(closed: Town) -> None:
    given = {"subject": CLINIC, "number": "XY-1", "asked_by": "市财政局", "purpose": "资金评审"}
    (report,) = closed.papers(PaperKind.CREDIT_REPORT, None, **given)
    assert [(each.name, each.value) for each in report.grades] == [("2026年度依法执业信用级别", "合格")]
    assert {entry.number for group in report.groups for entry in group.entries} >= {FINED}
    assert report.asked_by == "市财政局"


def test_what_is_sealed_is_in_no_paper(town: Town) -> None:
    town.take(
        registered(clinic(), "舞卫医登〔2020〕1号"),
        offence(party=clinic(), items={"behaviour": "B2", "sanction": "detention", "hospital": "舞钢市人民医院"}),
    )
    given = {"subject": CLINIC, "number": "XY-1", "asked_by": "市财政局", "purpose": "资金评审"}
    (report,) = town.papers(PaperKind.CREDIT_REPORT, None, **given)
    assert "舞公行罚决字" not in report.model_dump_json()


def test_a_board_shows_licence_and_grade_and_needs_its_address(closed: Town) -> None:
    (board,) = closed.papers(PaperKind.BOARD, subject=CLINIC, link="https://credit.example/i/A1")
    assert (board.grade, board.licences[0].number, board.licences[0].scope) == ("合格", LICENCE, "儿科、内科")
    with pytest.raises(NothingFound, match="no message told the number") as untold:
        closed.papers(PaperKind.BOARD, subject=HOSPITAL, link="https://credit.example/i/A2")
    assert untold.value.__notes__ == ["档案中没有许可证号，请用 --data 给出。"]
    with pytest.raises(NotGiven, match="'link' was not given") as missing:
        closed.papers(PaperKind.BOARD, subject=CLINIC)
    assert missing.value.__notes__ == ["缺少二维码网址（--link）。"]


def test_the_report_on_a_period_counts_facts_acts_and_lists(closed: Town) -> None:
    with closed.shelf() as shelf:
        days = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}
        (report,) = gathering.gather(PaperKind.PERIOD_REPORT, shelf, Asked(TODAY, days=days))
        with pytest.raises(NotGiven, match="'until' was not given"):
            list(gathering.gather(PaperKind.PERIOD_REPORT, shelf, Asked(TODAY, days={"since": TODAY})))
    assert isinstance(report, PeriodReport)
    assert [(each.name, each.value) for each in report.facts] == [("行政检查", "2"), ("行政处罚", "1")]
    assert [(each.name, each.value) for each in report.repairs][:2] == [("准予信用修复", "0"), ("不予信用修复", "0")]
    assert report.since == date(2026, 1, 1)


def test_the_bulletin_has_the_figures_of_the_report_and_leaves_out_what_was_not_counted(closed: Town) -> None:
    days = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}
    with closed.shelf() as shelf:
        given = {"number": "第1期"}
        (bulletin,) = gathering.gather(PaperKind.BULLETIN, shelf, Asked(TODAY, given, days=days))
        with pytest.raises(NotGiven, match="'number' was not given"):
            list(gathering.gather(PaperKind.BULLETIN, shelf, Asked(TODAY, days=days)))
    assert isinstance(bulletin, Bulletin)
    assert (bulletin.issue, bulletin.issued_on) == ("第1期", TODAY)
    sections = {each.heading: each for each in bulletin.sections}
    assert sections["统计时段"].paragraphs == ("2026-01-01至2026-12-31。",)
    counted = [(each.name, each.value) for each in sections["归集的信息"].amounts]
    assert counted == [("行政检查", "2"), ("行政处罚", "1")]
    assert "名单情况" not in sections


def test_before_the_close_there_are_no_letters(town: Town) -> None:
    town.take(registered(clinic(), "舞卫医登〔2020〕1号"), checked(clinic(), "舞卫检〔2026〕1号", 55))
    with pytest.raises(NothingFound, match="no official result of 2026 by 'wugang'") as nothing:
        town.papers(PaperKind.RESULT_LETTER)
    assert "xinglin assess close" in nothing.value.__notes__[0]


def test_what_cannot_stand_on_a_paper_is_refused_without_saying_it(closed: Town) -> None:
    given = {"subject": CLINIC, "number": "号\n11010519491231002X", "asked_by": "市财政局", "purpose": "资金评审"}
    with pytest.raises(DataRefused, match=r"number: holds the character U\+000A") as refused:
        closed.papers(PaperKind.CREDIT_REPORT, None, **given)
    assert "110105" not in f"{refused.value}{refused.value.__cause__}"
    assert refused.value.__notes__ == ["《信用报告》所需的内容不能印制："]
