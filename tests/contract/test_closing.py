"""The close of a year, and how what becomes known later corrects it: the same over both stores."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, delete, select

from credit.grading.loading import load
from credit.grading.regime import Regime
from credit.grading.rows import CloseRow, OfficialRow, ReviewRow
from credit.record import places
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive, bulk, closing, sweeps, tables
from credit.store.closing import CloseRefused, close
from credit.store.engine import StoreUnavailable, connect, reading, writing
from credit.store.known import read_families, read_known
from credit.store.official import settle_official
from schemas.outgoing import AssessmentPublished
from schemas.party import Party, record_key
from schemas.regime.when import Scope, When
from schemas.statement import Act, Category, Fact
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    KEYS,
    LI,
    ROOT,
    WANG,
    arrive,
    clinic,
    connectors,
    honour,
    penalty,
    person,
    revoked,
    rules,
    withdrawal,
)
from tests.contract.archives import connect_subjects
from workers.assessor import Assessor

OTHER = clinic("舞钢市人民医院", uscc=HOSPITAL)
FINED = penalty("某镇〔2025〕1号", occurred_on=date(2025, 3, 1))
AGAIN = penalty("某镇〔2025〕2号", occurred_on=date(2025, 9, 1))
CLOSE_DAY = datetime(2026, 1, 20, 4, tzinfo=UTC)
JUNE = datetime(2026, 6, 10, 4, tzinfo=UTC)
BY = Decision("李科长", "", CLOSE_DAY, "li")


@pytest.fixture(scope="module")
def town() -> Regime:
    return load(ROOT / "tests" / "law" / "regimes", connectors().models())["town"]


class Town:
    """An archive that one regime assesses."""

    def __init__(self, engine: Engine, regime: Regime) -> None:
        self.engine, self.regime = engine, regime
        self.messages = 0

    def rules(self, now: datetime = CLOSE_DAY) -> Rules:
        return replace(rules(now), regimes={"town": self.regime})

    def take(self, *stated: Fact | Act, at: datetime = CLOSE_DAY) -> None:
        self.messages += len(stated)
        arrivals = [
            arrive(each, f"{self.messages}-{number}", time=datetime(2025, 12, 30, tzinfo=UTC))
            for number, each in enumerate(stated)
        ]
        archive.take_in(self.engine, arrivals, self.rules(at))
        assert all(each.failure is None for each in arrivals)

    def close(self, year: int = 2025, now: datetime = CLOSE_DAY) -> CloseRow:
        return close(self.engine, "town", year, BY, self.rules(now))

    def settle(self, *subjects: str, now: datetime = JUNE) -> int:
        """Let official results follow, as an assessor does; return how many rows were written."""
        with writing(self.engine) as connection:
            archives = read_families(connection).of(subjects)
            known = read_known(connection, archives)
            return settle_official(connection, archives, known, self.rules(now)).changed

    def assess(self, now: datetime = CLOSE_DAY) -> None:
        """Let an assessor work until nobody is left."""
        Assessor(self.engine, lambda: self.rules(now)).finish()

    def rows(self, row: type[Any]) -> list[Any]:
        table = {OfficialRow: tables.official, ReviewRow: tables.review, CloseRow: tables.closed_year}[row]
        with reading(self.engine) as connection:
            return sorted(row(*each) for each in connection.execute(select(table)))

    def official(self) -> dict[str, tuple[int, str | None, str]]:
        return {row.subject_id: (row.version, row.grade, row.cause) for row in self.rows(OfficialRow)}

    def told(self) -> list[Mapping[str, Any]]:
        kind = tables.outbox.c.type == "credit.assessment.published.v1"
        with reading(self.engine) as connection:
            sent = connection.execute(select(tables.outbox).where(kind).order_by(tables.outbox.c.outbox_id)).all()
        opened = [json.loads(KEYS.unseal(row.body, places.of_dispatch(row.message_id)))["data"] for row in sent]
        for data in opened:
            AssessmentPublished.model_validate(data)
        assert {row.routing_key for row in sent} == {f"assessment.{data['regime']}" for data in opened}
        return opened


@pytest.fixture
def a_town(archive_url: str, town: Regime) -> Iterator[Town]:
    made = connect(archive_url)
    yield Town(made, town)
    made.dispose()


@pytest.fixture
def licensees(a_town: Town) -> Town:
    """The same for who has a licence alone, whose grade is hidden when that ends."""
    edition = a_town.regime.file.editions[0]
    ends = When(family="credit.licensing.registration", items={"event": ("revoked",)})
    more = {"subjects": Scope(licensed=True), "hidden_when": (ends,)}
    scales = tuple(each.model_copy(update=more) for each in edition.scales)
    file = a_town.regime.file.model_copy(update={"editions": (edition.model_copy(update={"scales": scales}),)})
    a_town.regime = replace(a_town.regime, file=file)
    return a_town


def registered(party: Party | None = None) -> Fact:
    held = revoked(f"舞卫医登〔2015〕{1 if party is None else 2}号", occurred_on=date(2015, 3, 1))
    return held._replace(items={"event": "registered", "role": "institution"}, party=party or clinic())


def ended(day: date, party: Party | None = None, number: str = "舞卫医登〔2026〕8号") -> Fact:
    return revoked(number if party is None else "舞卫医登〔2025〕7号", occurred_on=day, party=party or clinic())


def honoured(party: Party, number: str) -> Fact:
    return honour(party, number)._replace(occurred_on=date(2025, 5, 18))


def reviewed(decision: str, day: date, **items: Any) -> Fact:
    said = {"regime": "town", "scale": "rating", "year": 2026, "grade": "poor", "decision": decision}
    key = record_key("credit.office.review", HEALTH.code, "某镇核〔2026〕1号")
    return Fact(key, HEALTH, clinic(), Category.CHECK, day, said | {"reviewer": "王主任", "content": "已核实"} | items)


class TestClose:
    def test_every_subject_gets_its_official_result_and_the_quota_is_kept(self, a_town: Town) -> None:
        a_town.take(FINED, AGAIN, honoured(OTHER, "1"), honoured(person(), "2"), honoured(person("李某", LI), "3"))
        row = a_town.close()
        grades = [grade for _, grade, _ in a_town.official().values()]
        # Half of four may be excellent. The hospital and two persons tie but for the code: that of an organisation
        # begins with a digit, that of a person with P.
        assert sorted(map(str, grades)) == ["excellent", "excellent", "pass", "poor"]
        assert a_town.official()[CLINIC] == (1, "poor", "close")
        assert a_town.official()[HOSPITAL] == (1, "excellent", "close")
        assert (row.assessed, row.not_assessed, row.by, row.closed_on) == (4, 0, "李科长", date(2026, 1, 20))
        assert a_town.rows(CloseRow) == [row]

    def test_consumers_are_told_of_what_is_news_to_them(self, a_town: Town) -> None:
        a_town.take(FINED, honoured(OTHER, "1"), honoured(person(), "2"))
        a_town.close()
        told = {data["party"]["name"]: data for data in a_town.told()}
        assert told["舞钢市人民医院"]["consumers"] == ["funding", "honours"]
        fined = told["舞钢安康诊所"]
        assert (fined["grade"], fined["grade_name"], fined["score"]) == ("pass", "合格", "90")
        assert (fined["consumers"], fined["supervision"]) == (["funding"], "常规监督")
        assert (fined["version"], fined["corrected"], fined["party"]["uscc"]) == (1, False, CLINIC)
        assert fined["reasons"][0]["record"]["document_no"] == "某镇〔2025〕1号"
        assert fined["reasons"][-1]["clause"] == "某镇〔2024〕1号 第四条"
        assert "previous_grade" not in fined

    def test_of_a_person_the_number_is_masked(self, a_town: Town) -> None:
        a_town.take(honoured(person(), "2"))
        a_town.close()
        (data,) = a_town.told()
        assert data["party"] == {
            "kind": "person", "name": "王某", "id_type": "身份证", "id_no": f"{WANG[:6]}********{WANG[-4:]}",
        }  # fmt: skip
        assert WANG not in json.dumps(data, ensure_ascii=False)

    def test_the_next_year_tells_only_what_changed(self, a_town: Town) -> None:
        a_town.take(FINED, honoured(OTHER, "1"), penalty("某镇〔2024〕9号", occurred_on=date(2024, 2, 29)))
        a_town.close(2024, datetime(2025, 1, 20, 4, tzinfo=UTC))
        before = len(a_town.told())
        a_town.close()
        assert {(row.subject_id, row.year, row.previous) for row in a_town.rows(OfficialRow)} == {
            (CLINIC, 2024, None), (CLINIC, 2025, "pass"), (HOSPITAL, 2024, None), (HOSPITAL, 2025, "excellent"),
        }  # fmt: skip
        assert len(a_town.told()) == before

    def test_two_archives_with_the_same_facts_have_the_same_digest(self, a_town: Town, tmp_path: Any) -> None:
        stated = (FINED, AGAIN, honoured(OTHER, "1"), honoured(person(), "2"), honoured(person("李某", LI), "3"))
        for each in stated:
            a_town.take(each)
        first = a_town.close()
        with writing(a_town.engine) as connection:  # as if it had never been closed
            for table in (tables.official, tables.closed_year):
                connection.execute(table.delete())
        with patch.object(closing, "_AT_ONCE", 1):
            second = a_town.close()
        assert second == first
        assert len(first.digest) == 64

    def test_who_carries_on_as_another_is_one_with_it(self, a_town: Town) -> None:
        a_town.take(FINED, honoured(OTHER, "1"))
        connect_subjects(a_town.engine, CLINIC, HOSPITAL)
        a_town.close()
        assert a_town.official() == {HOSPITAL: (1, "pass", "close")}

    def test_who_loses_its_licence_before_the_close_gets_the_grade_of_the_year(self, licensees: Town) -> None:
        licensees.take(
            registered(), registered(OTHER), FINED, ended(date(2026, 1, 10)), ended(date(2025, 12, 31), OTHER)
        )
        licensees.close()
        assert licensees.official() == {CLINIC: (1, "pass", "close")}
        (told,) = licensees.told()
        said = [(each["rule"], each.get("record", {}).get("document_no")) for each in told["reasons"]]
        assert said[-1] == ("hidden-when", "舞卫医登〔2026〕8号")
        licensees.assess()
        assert licensees.settle(CLINIC, HOSPITAL) == 0

    def test_and_keeps_it_when_the_end_is_known_only_later(self, licensees: Town) -> None:
        licensees.take(registered(), AGAIN)
        licensees.close()
        licensees.take(ended(date(2026, 1, 10)), ended(date(2026, 2, 10), number="舞卫医登〔2026〕9号"), at=JUNE)
        assert licensees.settle(CLINIC) == 1
        (_, last) = licensees.rows(OfficialRow)
        assert (last.version, last.grade, last.cause) == (2, "pass", "correction")
        assert "舞卫医登〔2026〕8号" in last.reasons
        assert "舞卫医登〔2026〕9号" not in last.reasons

    def test_a_crash_leaves_nothing_behind(self, a_town: Town) -> None:
        a_town.take(FINED, honoured(OTHER, "1"))
        with patch.object(sweeps, "start_again", side_effect=RuntimeError), pytest.raises(RuntimeError):
            a_town.close()
        assert a_town.rows(OfficialRow) == a_town.rows(CloseRow) == []
        assert a_town.told() == []
        assert a_town.close().assessed == 2

    def test_what_the_database_refuses_leaves_nothing_behind(self, a_town: Town) -> None:
        a_town.take(FINED, honoured(OTHER, "1"))
        a_town.close()
        (fined,) = [row for row in a_town.rows(OfficialRow) if row.subject_id == CLINIC]
        with writing(a_town.engine) as connection:
            for table in (tables.official, tables.closed_year, tables.unsent, tables.outbox):
                connection.execute(delete(table))
            bulk.insert(connection, tables.official, [fined])
        with pytest.raises(StoreUnavailable):
            a_town.close()
        assert a_town.rows(OfficialRow) == [fined]
        assert a_town.rows(CloseRow) == []
        assert a_town.told() == []


def inspected(party: Party, number: str) -> Fact:
    line = {"code": "A1", "full_marks": 100, "marks": 80, "applicable": True, "star": 0, "met": True}
    said = {"scheme": "onsite", "inspectors": 2, "items": [line]}
    key = record_key("credit.inspection.check", HEALTH.code, number)
    return Fact(key, HEALTH, party, Category.CHECK, date(2025, 9, 20), said)


def test_of_one_that_is_closed_since_only_the_sign_is_followed(a_town: Town) -> None:
    wugang = load(ROOT / "policies" / "regimes", connectors().models())["wugang"]
    by = replace(a_town.rules(), regimes={"wugang": wugang})
    a_town.take(registered(), inspected(clinic(), "1"), ended(date(2026, 1, 10)))
    a_town.take(registered(OTHER), inspected(OTHER, "2"))
    close(a_town.engine, "wugang", 2025, BY, by)
    Assessor(a_town.engine, lambda: by).finish()
    with reading(a_town.engine) as connection:
        rows = connection.execute(select(tables.duty.c.subject_id, tables.duty.c.duty)).all()
    assert {duty for subject, duty in rows if subject == CLINIC} == {"sign-returned"}
    assert {duty for subject, duty in rows if subject == HOSPITAL} >= {"board", "result-letter"}
    assert a_town.official() == {CLINIC: (1, "pass", "close"), HOSPITAL: (1, "pass", "close")}


class TestTwoRegimes:
    @pytest.mark.servers
    def test_two_closed_at_the_same_time_are_what_they_are_one_after_the_other(
        self, town: Regime, emptied_database: str, template_archive: Path, tmp_path: Path
    ) -> None:
        village = replace(town, file=town.file.model_copy(update={"code": "village"}))
        copy = shutil.copy(template_archive, tmp_path / "archive.sqlite")
        entwined, apart = Town(connect(emptied_database), town), Town(connect(f"sqlite:///{copy}"), town)
        both = replace(entwined.rules(), regimes={"town": town, "village": village})
        for each in (entwined, apart):
            each.take(FINED, honoured(OTHER, "1"))

        def meanwhile(_: int) -> None:
            close(entwined.engine, "village", 2025, BY, both)

        close(entwined.engine, "town", 2025, BY, both, meanwhile)
        for code in ("town", "village"):
            close(apart.engine, code, 2025, BY, both)
        for row in (CloseRow, OfficialRow):
            assert entwined.rows(row) == apart.rows(row) != []
        assert sorted(map(str, entwined.told())) == sorted(map(str, apart.told()))
        entwined.engine.dispose()
        apart.engine.dispose()

    def test_a_subject_gets_a_result_from_each_and_the_close_of_one_says_nothing_of_the_other(
        self, a_town: Town
    ) -> None:
        town = a_town.regime
        village = replace(town, file=town.file.model_copy(update={"code": "village"}))
        a_town.take(FINED, honoured(OTHER, "1"))
        both = replace(a_town.rules(), regimes={"town": town, "village": village})
        close(a_town.engine, "town", 2025, BY, both)
        assert [(row.regime, row.grade) for row in a_town.rows(OfficialRow) if row.subject_id == CLINIC] == [
            ("town", "pass")
        ]
        close(a_town.engine, "village", 2025, BY, both)
        assert [(row.regime, row.year) for row in a_town.rows(CloseRow)] == [("town", 2025), ("village", 2025)]
        a_town.take(withdrawal(FINED), at=JUNE)
        with writing(a_town.engine) as connection:
            archives = read_families(connection).of([CLINIC])
            known = read_known(connection, archives)
            later = replace(a_town.rules(JUNE), regimes=both.regimes)
            assert settle_official(connection, archives, known, later).changed == 2
        found = [(row.regime, row.version, row.cause) for row in a_town.rows(OfficialRow) if row.subject_id == CLINIC]
        assert found == [
            ("town", 1, "close"), ("town", 2, "correction"), ("village", 1, "close"), ("village", 2, "correction")
        ]  # fmt: skip


class TestRefused:
    def refusal(self, town: Town, year: int, now: datetime = CLOSE_DAY) -> str:
        with pytest.raises(CloseRefused) as refused:
            town.close(year, now)
        assert refused.value.__notes__
        return str(refused.value)

    def test_a_year_that_is_closed_is_not_closed_again(self, a_town: Town) -> None:
        a_town.take(FINED)
        a_town.close()
        before = a_town.rows(OfficialRow), a_town.told()
        assert self.refusal(a_town, 2025) == "2025 of 'town' is closed since 2026-01-20, and is never opened again"
        assert (a_town.rows(OfficialRow), a_town.told()) == before

    def test_nor_one_before_it(self, a_town: Town) -> None:
        a_town.take(FINED)
        a_town.close()
        assert "years are closed in their order" in self.refusal(a_town, 2024)

    def test_a_year_is_over_when_its_last_day_is_in_shanghai(self, a_town: Town) -> None:
        a_town.take(FINED)
        last_evening = datetime(2025, 12, 31, 15, 59, tzinfo=UTC)
        assert "may be closed from 2026-01-01 on" in self.refusal(a_town, 2025, last_evening)
        a_town.close(2025, datetime(2025, 12, 31, 16, 0, tzinfo=UTC))

    def test_a_year_before_the_regime_is_not_closed(self, a_town: Town) -> None:
        a_town.take(FINED)
        assert "governs the years that end after 2024-01-01" in self.refusal(a_town, 2023)

    def test_a_year_without_data_is_not_closed_and_may_be_later(self, a_town: Town) -> None:
        assert "nobody could be assessed" in self.refusal(a_town, 2025)
        assert a_town.rows(CloseRow) == []
        a_town.take(FINED)
        assert a_town.close().assessed == 1


class TestCorrections:
    def test_without_a_closed_year_nothing_is_looked_at(self, a_town: Town) -> None:
        a_town.take(FINED)
        assert a_town.settle(CLINIC) == 0

    def test_a_withdrawal_corrects_the_closed_result_and_tells_everyone_again(self, a_town: Town) -> None:
        a_town.take(honoured(clinic(), "1"), AGAIN, honoured(OTHER, "2"))
        a_town.close()
        assert a_town.official()[CLINIC] == (1, "pass", "close")
        a_town.take(withdrawal(AGAIN), at=JUNE)
        assert a_town.settle(CLINIC) == 1
        assert a_town.settle(CLINIC) == 0
        # Another had the only place that half of two gives: it keeps it, and who would not have stayed gets none.
        assert a_town.official()[CLINIC] == (2, "pass", "correction")
        data = a_town.told()[-1]
        assert (data["version"], data["corrected"], data["decided_on"]) == (2, True, "2026-06-10")
        assert "某镇〔2025〕2号 因撤销不再计入" in data["reasons"][-1]["effect"]

    def test_who_was_told_of_a_grade_hears_that_it_is_gone(self, a_town: Town) -> None:
        a_town.take(honoured(OTHER, "1"), FINED)
        a_town.close()
        a_town.take(penalty("某镇〔2025〕8号", party=OTHER, occurred_on=date(2025, 12, 20)), at=JUNE)
        a_town.settle(HOSPITAL)
        data = a_town.told()[-1]
        assert (data["grade"], data["previous_grade"]) == ("pass", "excellent")
        assert data["consumers"] == ["funding", "honours"]

    def test_a_record_that_expires_after_the_close_corrects_nothing(self, a_town: Town) -> None:
        a_town.take(FINED)
        a_town.close()
        with reading(a_town.engine) as connection:
            (until,) = connection.execute(select(tables.record.c.public_until)).scalars()
        later = datetime(until.year + 1, 6, 1, 4, tzinfo=UTC)
        with reading(a_town.engine) as connection:
            due = archive.find_records(connection, "", 10)
        archive.settle_again(a_town.engine, due, a_town.rules(later))
        assert a_town.settle(CLINIC, now=later) == 0

    def test_nor_does_an_edit_of_the_rules_that_governed_the_year(self, a_town: Town) -> None:
        a_town.take(FINED)
        a_town.close()
        (edition, *later) = a_town.regime.file.editions
        (scale,) = edition.scales
        easier = edition.model_copy(update={"scales": (scale.model_copy(update={"limits": ()}),)})
        file = a_town.regime.file.model_copy(update={"editions": (easier, *later)})
        a_town.regime = replace(a_town.regime, file=file)
        assert a_town.settle(CLINIC) == 0

    def test_messages_that_arrive_while_a_year_is_closed_correct_it(self, a_town: Town) -> None:
        """What comes after the snapshot is in no result of the close, even if an assessor has dealt with it before."""
        a_town.assess()
        a_town.take(honoured(OTHER, "1"), FINED)
        late = penalty("某镇〔2025〕8号", party=OTHER, occurred_on=date(2025, 12, 20))
        if a_town.engine.dialect.name == "postgresql":
            taken: list[int] = []

            def arrives(_: int) -> None:
                if not taken:
                    taken.append(1)
                    a_town.take(late)
                    a_town.assess()

            close(a_town.engine, "town", 2025, BY, a_town.rules(), arrives)
        else:  # the close has the file for itself: messages wait
            a_town.close()
            a_town.take(late)
        assert a_town.official()[HOSPITAL] == (1, "excellent", "close")
        a_town.assess()
        assert a_town.official()[HOSPITAL] == (2, "pass", "correction")


class TestFalls:
    def test_a_fall_waits_for_a_person_and_changes_the_official_grade_by_the_decision(self, a_town: Town) -> None:
        a_town.take(honoured(clinic(), "1"), honoured(OTHER, "2"), FINED._replace(party=OTHER))
        a_town.close()
        assert a_town.official()[CLINIC] == (1, "excellent", "close")
        new = penalty("某镇〔2026〕1号", occurred_on=date(2026, 6, 5))
        a_town.take(new, at=JUNE)
        assert a_town.settle(CLINIC) == 1
        assert a_town.official()[CLINIC] == (1, "excellent", "close")
        (row,) = a_town.rows(ReviewRow)
        assert (row.from_grade, row.to_grade, row.state) == ("excellent", "poor", "open")
        assert (row.since, row.report_by) == (date(2026, 6, 5), date(2026, 6, 10))
        a_town.take(reviewed("confirmed", date(2026, 6, 9)), at=JUNE)
        a_town.settle(CLINIC)
        (row,) = a_town.rows(ReviewRow)
        assert (row.state, row.decided_grade) == ("confirmed", "poor")
        assert a_town.official()[CLINIC] == (2, "poor", "review")
        assert a_town.told()[-1]["cause"] == "review"
        a_town.take(withdrawal(new), at=JUNE)
        a_town.settle(CLINIC)
        (row,) = a_town.rows(ReviewRow)
        assert row.state == "moot"
        assert a_town.official()[CLINIC] == (3, "excellent", "correction")

    def test_what_a_person_kept_stays(self, a_town: Town) -> None:
        a_town.take(honoured(clinic(), "1"), honoured(OTHER, "2"), FINED._replace(party=OTHER))
        a_town.close()
        new = penalty("某镇〔2026〕1号", occurred_on=date(2026, 6, 5))
        a_town.take(new, reviewed("rejected", date(2026, 6, 9)), at=JUNE)
        a_town.settle(CLINIC)
        (row,) = a_town.rows(ReviewRow)
        assert (row.state, a_town.official()[CLINIC]) == ("rejected", (1, "excellent", "close"))
