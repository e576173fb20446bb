"""Why a subject of the archive has its grade, as of any day, and what another policy would change; on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from credit.grading import loading
from credit.grading.difference import Turn
from credit.grading.lists import Found
from credit.grading.regime import Regime
from credit.grading.rows import CloseRow, OfficialRow
from credit.identity import MASKED
from credit.store import archive, tables
from credit.store.engine import connect, reading, writing
from credit.store.queries.explained import Explanation, explain_grades
from credit.store.queries.subjects import SubjectUnknown
from credit.store.queries.view import View
from credit.store.queries.what_if import WhatIf, compare_policies
from schemas.party import record_key
from schemas.record import State
from schemas.regime.lists import ListsFile
from schemas.statement import Category, Fact, Statement
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    KEYS,
    NOON,
    ROOT,
    TODAY,
    arrive,
    clinic,
    connectors,
    honour,
    national_law,
    offence,
    penalty,
    person,
    rules,
    withdrawal,
)

REGIMES = loading.load(ROOT / "tests" / "law" / "regimes", connectors().models())
SMALL = REGIMES["small"]
LISTED = replace(SMALL, lists=REGIMES["current"].lists)
AT = Found(TODAY, NOON)
OTHER = clinic("舞钢市人民医院", uscc=HOSPITAL)


def registered(party: object = None) -> Fact:
    items = {"event": "registered", "role": "institution"}
    return Fact(
        record_key("credit.licensing.registration", HEALTH.code, f"舞卫医登〔2015〕{1 if party is None else 2}号"),
        HEALTH,
        clinic() if party is None else OTHER,
        Category.REGISTRATION,
        date(2015, 3, 1),
        items,
    )


def check(number: int, marks: str, of: object = None) -> Fact:
    line = {"code": "1", "full_marks": "100", "marks": marks, "applicable": True, "star": 0, "met": True}
    return Fact(
        record_key("credit.inspection.check", HEALTH.code, f"舞卫检〔2026〕{number}号"),
        HEALTH,
        clinic() if of is None else OTHER,
        Category.CHECK,
        date(2026, 4, number),
        {"scheme": "routine", "inspectors": 2, "items": [line]},
    )


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An archive of a clinic with a fine that was withdrawn on 22 May, and a hospital with an honour."""
    made = connect(archive_url)
    said: list[Statement] = [
        registered(),
        check(1, "91"),
        penalty(),
        withdrawal(penalty()),
        registered(OTHER),
        honour(OTHER),
    ]
    said += [check(2, "90", OTHER), offence(party=person())]
    archive.take_in(made, [arrive(each, str(number)) for number, each in enumerate(said)], rules())
    yield made
    made.dispose()


def explain(engine: Engine, key: str, as_of: date = TODAY, year: int = 2026) -> Explanation:
    with reading(engine) as connection:
        return explain_grades(connection, key, SMALL, year, as_of, national_law(), View(MASKED, KEYS, TODAY))


def grades(found: Explanation) -> dict[str, str | None]:
    return {each.result.scale: each.result.grade for each in found.grades}


class TestExplanation:
    def test_what_counts_on_the_day_decides(self, engine: Engine) -> None:
        assert grades(explain(engine, CLINIC)) == {"sheet": "good", "trust": "b"}
        assert grades(explain(engine, CLINIC, date(2026, 5, 21))) == {"sheet": "fair", "trust": "c"}
        assert grades(explain(engine, CLINIC, date(2026, 5, 17))) == {"sheet": "good", "trust": "b"}
        assert grades(explain(engine, CLINIC, date(2026, 3, 31))) == {"sheet": None, "trust": "b"}

    def test_each_record_leads_to_its_message(self, engine: Engine) -> None:
        found = explain(engine, CLINIC, date(2026, 5, 21))
        assert set(found.messages.values()) == {"/inspection 1", "/inspection 2"}

    def test_what_does_not_count_is_named_with_where_it_stands(self, engine: Engine) -> None:
        (left_out,) = explain(engine, CLINIC).left_out
        assert (left_out.document_no, left_out.state) == ("舞卫医罚〔2026〕1号", State.WITHDRAWN)

    def test_another_year_has_other_facts(self, engine: Engine) -> None:
        assert grades(explain(engine, CLINIC, year=2025)) == {"sheet": None, "trust": "b"}

    def test_a_year_before_the_regime_has_no_grades(self, engine: Engine) -> None:
        assert explain(engine, CLINIC, year=2019).grades == ()

    def test_a_key_that_leads_nowhere_is_refused(self, engine: Engine) -> None:
        with pytest.raises(SubjectUnknown):
            explain(engine, "91410481MA00000000")


class TestWhatIf:
    def test_the_same_policy_moves_nobody(self, engine: Engine) -> None:
        found = self.compare(engine, SMALL)
        assert found.moved == 0
        assert sum(found.scales[0].turns.values()) == 2

    def test_quotas_are_filled_under_both(self, engine: Engine) -> None:
        # Of two assessed one may be good: the clinic has 91. With a share of "1" both are.
        found = self.compare(engine, _with_share("1"))
        (mover,) = (mover for each in found.scales for mover in each.movers)
        assert (mover.subject_id, mover.turn) == (HOSPITAL, Turn("fair", "good"))
        assert [reason.rule for reason in mover.went] == ["share"]
        assert found.names == {HOSPITAL: "舞钢市人民医院"}

    def test_it_is_told_how_far_it_has_come(self, engine: Engine) -> None:
        told: list[int] = []
        with reading(engine) as connection:
            compare_policies(connection, SMALL, SMALL, 2026, AT, MASKED, told.append)
        assert sum(told) == 3

    def test_who_comes_on_lists_and_leaves_them_is_named_by_facts_and_by_official_grades(self, engine: Engine) -> None:
        with writing(engine) as connection:
            for year in (2024, 2025):
                decided = date(year + 1, 1, 10)
                close = CloseRow("small", year, decided, NOON, "陈晨", None, 1, 0, "{}", "{}", "")
                good = OfficialRow(
                    "small", "rating", year, CLINIC, 1, decided, None, "good", None, "[]", "close", decided, NOON
                )
                connection.execute(tables.closed_year.insert(), close._asdict())
                connection.execute(tables.official.insert(), good._asdict())
        found = self.compare(engine, LISTED)
        assert (found.moved, found.listed) == (0, 2)
        black, red = found.lists
        assert (black.list_id, black.stay, black.went) == ("black", 0, ())
        assert [(seat.year, seat.tier, seat.because) for seat in black.came] == [(0, None, "黑名单：犯罪（1 项）")]
        assert [(seat.subject_id, seat.because) for seat in red.came] == [(CLINIC, "红名单：连续两年为优")]
        assert found.names.keys() == found.subjects == {CLINIC, black.came[0].subject_id}
        back = self.compare(engine, SMALL, LISTED)
        assert [each.went for each in back.lists] == [black.came, red.came]
        kept = self.compare(engine, replace(LISTED, lists=_without(LISTED, "red")), LISTED)
        assert [(each.list_id, each.stay, each.moved) for each in kept.lists] == [("black", 1, 0), ("red", 0, 1)]

    def test_lists_that_both_have_alike_are_not_looked_at(self, engine: Engine) -> None:
        assert self.compare(engine, LISTED, LISTED).lists == ()

    def compare(self, engine: Engine, new: Regime, old: Regime = SMALL) -> WhatIf:
        with reading(engine) as connection:
            return compare_policies(connection, old, new, 2026, AT, MASKED, lambda _: None)


def _without(regime: Regime, name: str) -> ListsFile:
    assert regime.lists is not None
    (edition,) = regime.lists.editions
    lists = tuple(each for each in edition.lists if each.id != name)
    return regime.lists.model_copy(update={"editions": (edition.model_copy(update={"lists": lists}),)})


def _with_share(share: str) -> Regime:
    (edition,) = SMALL.file.editions
    sheet, trust = edition.scales
    assert sheet.quota is not None
    quota = sheet.quota.model_copy(update={"share": Decimal(share)})
    changed = sheet.model_copy(update={"quota": quota})
    file = SMALL.file.model_copy(update={"editions": (edition.model_copy(update={"scales": (changed, trust)}),)})
    return replace(SMALL, file=file)
