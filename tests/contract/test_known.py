"""What is known of subjects, read for assessment: the same over both stores, one by one and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, insert, update

from credit.grading.known import Known
from credit.grading.sayings import REGISTRATION
from credit.store import archive, tables
from credit.store.engine import connect, reading, writing
from credit.store.known import read_families, read_known, stream_known
from schemas.party import record_key
from schemas.statement import Category, Fact
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    arrive,
    clinic,
    honour,
    offence,
    penalty,
    person,
    revoked,
    rules,
    withdrawal,
)

OTHER = clinic("舞钢市人民医院", uscc=HOSPITAL)


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An archive with a fined clinic, a hospital with an honour, a nurse without adverse facts."""
    made = connect(archive_url)
    facts = [penalty(), penalty("舞卫医罚〔2026〕2号", occurred_on=date(2026, 3, 1)), honour(OTHER)]
    facts.append(offence(party=person()))
    archive.take_in(made, [arrive(fact, str(number)) for number, fact in enumerate(facts)], rules())
    yield made
    made.dispose()


def stream(engine: Engine) -> list[Known]:
    with reading(engine) as connection:
        return list(stream_known(connection))


def stream_asked(engine: Engine, *families: str) -> list[Known]:
    with reading(engine) as connection:
        return list(stream_known(connection, frozenset(families)))


def read(engine: Engine, *subjects: str) -> dict[str, Known]:
    with reading(engine) as connection:
        return read_known(connection, read_families(connection).of(subjects))


def documents(known: Known) -> list[str]:
    return [fact.document_no for facts in known.facts.values() for fact in facts]


class TestFacts:
    def test_they_come_by_family_in_the_order_of_their_days(self, engine: Engine) -> None:
        known = read(engine, CLINIC)[CLINIC]
        assert documents(known) == ["舞卫医罚〔2026〕2号", "舞卫医罚〔2026〕1号"]
        assert [*known.facts] == ["credit.inspection.penalty"]
        assert known.facts["credit.inspection.penalty"][0].severity is not None

    def test_the_stream_says_of_each_what_reading_it_alone_says(self, engine: Engine) -> None:
        streamed = stream(engine)
        assert [each.subject_id for each in streamed] == sorted(each.subject_id for each in streamed)
        assert {each.subject_id: each for each in streamed} == read(engine, *(each.subject_id for each in streamed))
        assert {CLINIC, HOSPITAL} <= {each.subject_id for each in streamed}

    def test_who_asks_for_some_families_learns_of_the_others_that_they_are_there(self, engine: Engine) -> None:
        archive.take_in(engine, [arrive(registered(), "r")], rules())
        link(engine, HOSPITAL, "99999999MA00000000")
        asked = "credit.inspection.penalty"
        for known, whole in zip(stream_asked(engine, asked), stream(engine), strict=True):
            facts = {family: each for family, each in whole.facts.items() if family in {asked, REGISTRATION}}
            assert known == whole._replace(facts=facts)
        fined = next(each for each in stream_asked(engine, "credit.office.honour") if each.subject_id == CLINIC)
        assert [*fined.facts] == [REGISTRATION]
        assert fined.who.licensed
        assert fined.first_on == min(registered().occurred_on, date(2026, 3, 1))

    def test_what_was_withdrawn_is_not_known(self, engine: Engine) -> None:
        archive.take_in(engine, [arrive(withdrawal(penalty()), "w")], rules())
        assert documents(read(engine, CLINIC)[CLINIC]) == ["舞卫医罚〔2026〕2号"]

    def test_a_subject_without_facts_that_count_is_known_by_none(self, engine: Engine) -> None:
        assert read(engine, "91410481MA00000000")["91410481MA00000000"].facts == {}


class TestLinks:
    def test_one_that_carries_on_as_another_has_one_archive_with_it(self, engine: Engine) -> None:
        link(engine, CLINIC, HOSPITAL)
        known = read(engine, CLINIC)
        assert [*known] == [HOSPITAL]
        assert len(documents(known[HOSPITAL])) == 3
        streamed = stream(engine)
        assert CLINIC not in {each.subject_id for each in streamed}
        assert next(each for each in streamed if each.subject_id == HOSPITAL) == known[HOSPITAL]

    def test_the_last_of_a_chain_need_not_have_facts_of_its_own(self, engine: Engine) -> None:
        link(engine, CLINIC, HOSPITAL)
        link(engine, HOSPITAL, "99999999MA00000000")
        last = next(each for each in stream(engine) if each.subject_id == "99999999MA00000000")
        assert len(documents(last)) == 3


class TestWho:
    def test_a_revoked_licence_is_none(self, engine: Engine) -> None:
        assert not read(engine, CLINIC)[CLINIC].who.licensed
        archive.take_in(engine, [arrive(registered(), "r")], rules())
        assert read(engine, CLINIC)[CLINIC].who.licensed
        archive.take_in(engine, [arrive(revoked(), "x")], rules())
        assert not read(engine, CLINIC)[CLINIC].who.licensed

    @pytest.mark.parametrize("state", ["expired", "repaired"])
    def test_a_revocation_that_counts_no_longer_gives_no_licence_back(self, engine: Engine, state: str) -> None:
        archive.take_in(engine, [arrive(registered(), "r"), arrive(revoked(), "x")], rules())
        with writing(engine) as connection:
            over = update(tables.record).where(tables.record.c.document_no == revoked().key.document_no)
            connection.execute(over.values(state=state))
        known = read(engine, CLINIC)[CLINIC]
        assert not known.who.licensed
        assert "舞卫医登〔2026〕8号" not in documents(known)
        assert known in stream(engine)

    def test_who_only_had_a_licence_is_not_streamed(self, engine: Engine) -> None:
        archive.take_in(engine, [arrive(withdrawal(penalty()), "w"), arrive(registered(), "r")], rules())
        with writing(engine) as connection:
            connection.execute(update(tables.record).values(state="expired"))
        assert stream(engine) == []
        assert read(engine, CLINIC)[CLINIC].who.roles == {"institution"}


def registered() -> Fact:
    key = record_key("credit.licensing.registration", HEALTH.code, "舞卫医登〔2015〕1号")
    return Fact(
        key, HEALTH, clinic(), Category.REGISTRATION, date(2015, 3, 1), {"event": "registered", "role": "institution"}
    )


def link(engine: Engine, before: str, after: str) -> None:
    values = {"linked_by": "李科长", "linked_at": datetime(2026, 6, 1, tzinfo=UTC), "note": "更名换证"}
    with writing(engine) as connection:
        connection.execute(insert(tables.link), values | {"subject_id": before, "continued_as": after})
