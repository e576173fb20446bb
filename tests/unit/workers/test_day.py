from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors import registry
from credit import vault
from credit.batch.plan import plan
from credit.batch.recognise import recognise
from credit.batch.work import Work
from credit.law import loading
from credit.law.law import Law
from credit.routing import routes
from credit.rules import Moment, Rules
from schemas.reasons import Reason
from tests.builders import carry_on
from tests.installed import MODELS
from workers.demo.town.day import Sent, ordinary, sample_day
from workers.demo.town.people import org_code, person_id, town, uscc
from workers.reading import CONTENT_TYPE, Reader

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 22)
ANSWERS = {"credit.partner.receipt.v1", "credit.feed.result.v1"}
UNASKED = {
    "credit.association.finding.v1",
    "credit.desk.answer.v1",
    "credit.desk.self_assessment.v1",
    "credit.desk.self_inspection.v1",
    "credit.desk.submission.v1",
    "credit.licensing.filing.v1",
    "credit.office.board.v1",
    "credit.office.duty.v1",
    "credit.office.ethics.v1",
    "credit.office.inspector.v1",
    "credit.office.liability_insurance.v1",
    "credit.office.listing.v1",
    "credit.office.review.v1",
    "credit.office.safety_event.v1",
    "credit.office.sign.v1",
    "credit.office.training.v1",
    "credit.office.undertaking.v1",
    "credit.public.clue.v1",
    "credit.public.complaint.v1",
    "credit.public.rating.v1",
    "credit.office.rating.v1",
}
"""On an ordinary day nobody of the town is on a list, and nothing comes that only assessment goes by."""

# Everything that one message can be parked for without a signature demanded or a notice issued before.
BAD = {
    Reason.JSON_INVALID,
    Reason.JSON_NOT_UTF8,
    Reason.JSON_DUPLICATE_KEY,
    Reason.JSON_NOT_A_NUMBER,
    Reason.JSON_TOO_DEEP,
    Reason.MESSAGE_TOO_LARGE,
    Reason.MESSAGE_ID_REUSED,
    Reason.ENVELOPE_INVALID,
    Reason.TYPE_UNKNOWN,
    Reason.TYPE_VERSION,
    Reason.ITEM_MISSING,
    Reason.ITEM_INVALID,
    Reason.ITEM_CONDITIONAL,
    Reason.TEXT_FORBIDDEN,
    Reason.DATE_INVALID,
    Reason.DATE_FUTURE,
    Reason.DATE_ORDER,
    Reason.FINE_IMPLAUSIBLE,
    Reason.SENDER_UNKNOWN,
    Reason.SOURCE_WRONG,
    Reason.USCC_CHECK,
    Reason.USCC_PLACEHOLDER,
    Reason.PERSON_ID_CHECK,
    Reason.PERSON_ID_FORM,
    Reason.ID_WRONG_COLUMN,
    Reason.ID_MISSING,
    Reason.ID_UNRESOLVED,
    Reason.ID_AMBIGUOUS,
    Reason.NAME_MISMATCH,
    Reason.RECEIPT_UNKNOWN,
    Reason.FEED_ROW_UNKNOWN,
}


@pytest.mark.parametrize(
    ("prefix", "serial", "code"),
    [
        ("12", "41704812", "124104814170481228"),
        ("52", "MJY00123", "52410481MJY001231Q"),
        ("91", "MA9TW3X0", "91410481MA9TW3X02Q"),
        ("92", "MA9TK8C7", "92410481MA9TK8C741"),
        ("11", "00560481", "114104810056048153"),
        ("52", "49373964", "524104814937396468"),
        ("92", "17572284", "92410481175722849L"),
    ],
)
def test_credit_codes_are_those_of_the_standard(prefix: str, serial: str, code: str) -> None:
    assert uscc(prefix, serial) == code
    assert org_code(serial) == code[8:17]


@pytest.mark.parametrize(
    ("birth", "serial", "region", "number"),
    [
        (date(1980, 1, 1), "002", "410481", "410481198001010028"),
        (date(2000, 2, 29), "101", "410481", "41048120000229101X"),
        (date(1994, 8, 23), "002", "810000", "810000199408230021"),
        (date(1985, 1, 1), "001", "820000", "820000198501010012"),
        (date(1992, 1, 30), "002", "830000", "830000199201300022"),
        (date(1980, 1, 1), "001", "941840", "941840198001010019"),
    ],
)
def test_personal_numbers_are_those_of_the_standard(birth: date, serial: str, region: str, number: str) -> None:
    assert person_id(birth, serial, region) == number


def test_town_has_no_two_of_a_name_or_number() -> None:
    people = town().practitioners + town().citizens
    for names in (
        [one.name for one in town().institutions],
        [one.uscc for one in town().institutions],
        [one.name for one in people],
        [one.id_no for one in people],
    ):
        assert len(set(names)) == len(names)
    assert (len(town().institutions), len(people)) == (37, 80)
    assert all("示例" in one.name for one in town().institutions)
    assert len({one.id_type for one in people}) == 5


@pytest.mark.parametrize("count", [0, 1, 7, 150, 2000])
def test_ordinary_gives_as_many_as_asked_for_and_the_same_again(count: int) -> None:
    sents = ordinary(7, count, TODAY)
    assert len(sents) == count
    assert ordinary(7, count, TODAY) == sents
    assert count < 7 or ordinary(8, count, TODAY) != sents


def test_ordinary_has_every_type_but_answers_and_every_way_to_name_a_party() -> None:
    sents = ordinary(1, 100, TODAY)
    assert {sent.routing_type for sent in sents} == MODELS.keys() - ANSWERS - UNASKED
    assert all(sent.routing_type == event(sent)["type"] for sent in sents)
    assert {sent.label for sent in sents} >= {
        "repeat",
        "same content, new id",
        "conflict",
        "late revision",
        "revision 3",
        "early withdrawal",
        "withdrawal of a repair",
        "objection upheld",
        "objection rejected",
        "check: licence number only",
        "points: old organisation code only",
        "permit: lower-case code",
        "honour: full-width code",
        "offence: 15-digit number",
        "penalty: long expired",
    }


def test_ordinary_uses_a_message_id_again_for_exact_repeats_only() -> None:
    sents = ordinary(3, 2000, TODAY)
    bodies: dict[tuple[str, str], set[bytes]] = {}
    for sent in sents:
        bodies.setdefault((event(sent)["source"], event(sent)["id"]), set()).add(sent.body)
    assert all(len(said) == 1 for said in bodies.values())
    assert 20 < len(sents) - len(bodies) < 200


def test_ordinary_says_nothing_of_today_or_later() -> None:
    midnight = datetime.combine(TODAY, time(), UTC) - timedelta(hours=8)
    assert all(datetime.fromisoformat(event(sent)["time"]) < midnight for sent in ordinary(4, 2000, TODAY))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(), today=st.dates(date(2025, 1, 1), date(2031, 12, 31)))
@example(seed=1, today=date(2028, 2, 29))
def test_ordinary_is_never_parked_for_good(seed: int, today: date) -> None:
    archive = Archive(today)
    assert archive.take(ordinary(seed, 300, today)) == Counter()
    assert all(len(owners) == 1 for owners in archive.work.claims.values())


def test_ordinary_ends_in_the_same_archive_in_every_order() -> None:
    sents = ordinary(6, 800, TODAY)
    shuffled = Random(1).sample(sents, len(sents))
    archives = [take(order) for order in (sents, sents[::-1], shuffled)]
    assert {record.state for record in archives[0].work.records.values()} == {
        "in_force",
        "withdrawn",
        "repaired",
        "under_objection",
        "expired",
    }
    assert any(record.disputed for record in archives[0].work.records.values())
    assert archives[0].facts() == archives[1].facts() == archives[2].facts()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sample_day_parks_exactly_what_is_bad_and_for_that_reason(seed: int) -> None:
    sents = sample_day(seed, TODAY)
    expected = Counter((sent.body, sent.bad) for sent in sents if sent.bad)
    assert Archive(TODAY).take(sents) == expected
    assert {sent.bad for sent in sents if sent.bad} == BAD
    assert 380 <= len(sents) <= 420
    assert sample_day(seed, TODAY) == sents


def test_sample_day_cannot_route_what_cannot_be_read() -> None:
    unrouted = {sent.bad for sent in sample_day(1, TODAY) if sent.routing_type is None}
    assert unrouted == {Reason.JSON_INVALID, Reason.JSON_NOT_UTF8}


class Archive:
    """An archive in memory: what the real one does with a batch, and with what was waiting for a link."""

    def __init__(self, today: date) -> None:
        self.rules = Rules(the_law(), the_routes(), the_keys(), Moment(datetime.combine(today, time(4), UTC), today))
        self.reader = Reader(registry.load(), the_routes(), the_law())
        self.work = Work(self.rules)

    def take(self, sents: Sequence[Sent]) -> Counter[tuple[bytes, Reason]]:
        """Take all messages in; return what stays parked."""
        arrivals = [self._read(sent) for sent in sents]
        recognise(arrivals, self.rules)
        plan(arrivals, self.work)
        parked = self.work.parked
        waiting = {row.message_key for row in parked if row.reason == Reason.ID_UNRESOLVED}
        again = [
            replace(arrival, parked_id=number) for number, arrival in enumerate(arrivals) if arrival.key in waiting
        ]
        self.work = carry_on(self.work, self.rules)
        plan(again, self.work)
        still = self.work.reparked.values()
        rows = [row for row in parked if row.message_key not in waiting] + list(still)
        bodies = {arrival.variant: arrival.raw for arrival in arrivals}
        bodies |= {arrival.key: arrival.raw for arrival in reversed(arrivals)}
        return Counter((bodies[row.message_key], Reason(row.reason)) for row in rows)

    def facts(self) -> Any:
        """Return what must not depend on the order."""
        records = {
            (row.record_id, row.subject_id, row.stated_by, row.disputed, row.state, row.public, row.fact)
            for row in self.work.records.values()
        }
        subjects = {(row.subject_id, row.kind, row.name) for row in self.work.subjects.values()}
        notices = {row.notice_no for row in self.work.notices.values() if row.in_force}
        return records, subjects, notices

    def _read(self, sent: Sent) -> Any:
        queue = the_routes().gate.queue_for(sent.routing_type) if sent.routing_type else None
        headers = {CONTENT_TYPE: "application/cloudevents+json"}
        return self.reader.read(queue or the_routes().unsorted, sent.body, headers, self.rules.at.today)


def take(sents: Iterable[Sent]) -> Archive:
    archive = Archive(TODAY)
    archive.take(list(sents))
    return archive


def event(sent: Sent) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(sent.body)
    return value


@cache
def the_law() -> Law:
    return loading.load(ROOT / "policies" / "national", MODELS)


@cache
def the_routes() -> routes.Routes:
    return routes.load(ROOT / "routing.yaml", the_law(), TODAY, MODELS)


@cache
def the_keys() -> vault.Keyring:
    return vault.generate(vault.Algorithm.AES_256_GCM)
