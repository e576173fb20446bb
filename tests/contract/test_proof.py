"""A message whose sender nothing proves: parked, in nobody's way, and closed when it comes with its proof."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import Engine, text

from credit.batch.arrival import USER_ID, Arrival
from credit.record.rows import Decision
from credit.store import archive, keymark
from credit.store.engine import connect, reading, writing
from credit.store.queries.ledger import read_ledger
from tests.builders import KEYS, TODAY, connectors, message, national_law, rules, shipped_routes
from workers.decisions.parking import Desk, Mending, Verdict
from workers.reading import Reader

HEADERS = {"content-type": "application/cloudevents+json"}
SOUND = message("check", "1", document_no="舞卫监〔2026〕1号").body
OTHER = message("check", "1", document_no="舞卫监〔2026〕2号").body
BESIDE = r"/inspection 1\?[0-9a-f]{16}"
"""The key of what was refused: beside that of its source and id."""
BROKEN = message("check", "1", document_no="").body


@pytest.fixture
def engine(archive_url: str) -> Any:
    opened = connect(archive_url)
    keymark.settle_keys(opened, KEYS)
    yield opened
    opened.dispose()


def reader() -> Reader:
    return Reader(connectors(), shipped_routes(), national_law())


def arrive(body: bytes, user: str | None) -> Arrival:
    headers = HEADERS if user is None else HEADERS | {USER_ID: user}
    return reader().read("credit.in.inspection", body, headers, TODAY)


def take(engine: Engine, *arrivals: Arrival, together: bool) -> None:
    for batch in [arrivals] if together else [[each] for each in arrivals]:
        archive.take_in(engine, batch, rules())
    with reading(engine) as connection:
        assert read_ledger(connection).balanced


def ask(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def desk(engine: Engine, why: str) -> Desk:
    return Desk(engine, reader(), rules, Decision("王芳", why, rules().at.now))


def mend(engine: Engine, number: int) -> Verdict:
    (verdict,) = desk(engine, "补全").mend([number], Mending(lambda _: SOUND))
    return verdict


def outcomes(engine: Engine) -> list[str]:
    return sorted(outcome for (outcome,) in ask(engine, "SELECT outcome FROM message"))


def parkings(engine: Engine) -> list[tuple[Any, ...]]:
    return ask(engine, "SELECT reason, closed_as FROM parked ORDER BY parked_id")


def test_what_nothing_proves_is_kept_with_its_source_and_what_the_broker_said(engine: Engine) -> None:
    take(engine, arrive(SOUND, "police"), together=False)
    ((key, outcome),) = ask(engine, "SELECT message_key, outcome FROM message")
    assert (bool(re.fullmatch(BESIDE, key)), outcome) == (True, "parked")
    ((headers,),) = ask(engine, "SELECT headers FROM message")
    assert json.loads(headers) == HEADERS | {"user-id": "police"}
    assert parkings(engine) == [("sender.unproven", None)]
    assert ask(engine, "SELECT * FROM record") == []
    ((number, detail),) = ask(engine, "SELECT parked_id, detail FROM parked")
    assert "police does not send as 11410481983690064T at /inspection" in detail
    # nor does anybody's decision make another user of it
    assert [verdict.reason for verdict in desk(engine, "核实").replay([number])] == ["sender.unproven"]
    assert mend(engine, number).reason == "sender.unproven"


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("user", ["inspection", None])
def test_the_same_message_with_its_proof_takes_its_place(engine: Engine, user: str | None, *, together: bool) -> None:
    take(engine, arrive(SOUND, ""), arrive(SOUND, ""), arrive(SOUND, user), arrive(SOUND, user), together=together)
    kept = ask(engine, "SELECT message_key, outcome, repeats FROM message ORDER BY message_key")
    assert [each[1:] for each in kept] == [("applied", 1), ("repeated", 1)]
    assert (kept[0][0], bool(re.fullmatch(BESIDE, kept[1][0]))) == ("/inspection 1", True)
    # within one batch it was never parked
    assert parkings(engine) == ([] if together else [("sender.unproven", "repeated")])
    ((headers,),) = ask(engine, "SELECT headers FROM message WHERE message_key = '/inspection 1'")
    assert json.loads(headers).get("user-id") == user
    # whatever came first, the record is stated by the same key: the digest does not show the way
    assert ask(engine, "SELECT stated_by FROM record") == [("/inspection 1",)]


@pytest.mark.parametrize("together", [False, True])
def test_a_copy_without_proof_changes_nothing_afterwards(engine: Engine, *, together: bool) -> None:
    take(engine, arrive(SOUND, "inspection"), arrive(SOUND, ""), together=together)
    assert ask(engine, "SELECT outcome, repeats FROM message") == [("applied", 1)]
    assert parkings(engine) == []


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("forged_first", [False, True])
def test_a_forgery_under_the_same_id_keeps_nothing_out(engine: Engine, *, forged_first: bool, together: bool) -> None:
    pair = [arrive(OTHER, "police"), arrive(SOUND, "inspection")]
    take(engine, *(pair if forged_first else pair[::-1]), together=together)
    assert outcomes(engine) == ["applied", "parked"]
    assert [document for (document,) in ask(engine, "SELECT document_no FROM record")] == ["舞卫监〔2026〕1号"]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("discarded", [False, True])
def test_with_its_proof_it_may_be_parked_for_another_reason(engine: Engine, *, discarded: bool, together: bool) -> None:
    if discarded:
        take(engine, arrive(BROKEN, ""), together=False)
        ((number,),) = ask(engine, "SELECT parked_id FROM parked")
        desk(engine, "疑为冒名").discard([number])
    take(engine, arrive(BROKEN, ""), arrive(BROKEN, "inspection"), together=together)
    refused = [("sender.unproven", "discarded")] if discarded else [("sender.unproven", "repeated")]
    # within one batch it was never parked
    assert parkings(engine) == [*(refused if discarded or not together else []), ("item.missing", None)]
    ((number,),) = ask(engine, "SELECT parked_id FROM parked WHERE closed_as IS NULL")
    assert mend(engine, number).closed
    assert outcomes(engine) == ["applied", "parked" if discarded else "repeated"]


def test_what_a_clerk_has_discarded_comes_in_with_its_proof(engine: Engine) -> None:
    take(engine, arrive(SOUND, ""), together=False)
    ((number,),) = ask(engine, "SELECT parked_id FROM parked")
    desk(engine, "疑为冒名").discard([number])
    take(engine, arrive(SOUND, "inspection"), together=False)
    assert outcomes(engine) == ["applied", "parked"]
    assert parkings(engine) == [("sender.unproven", "discarded")]


def test_what_was_parked_before_users_were_recorded_is_not_asked_for_one(engine: Engine) -> None:
    take(engine, arrive(BROKEN, None), together=False)
    ((number,),) = ask(engine, "SELECT parked_id FROM parked")
    assert mend(engine, number).closed


@pytest.mark.parametrize("together", [False, True])
def test_an_unproven_copy_loses_no_correction(engine: Engine, *, together: bool) -> None:
    """The first message of an id is parked; its correction comes without proof and then with it."""
    take(engine, arrive(BROKEN, "inspection"), arrive(SOUND, ""), arrive(SOUND, "inspection"), together=together)
    assert ask(engine, "SELECT document_no FROM record") == [("舞卫监〔2026〕1号",)]
    assert outcomes(engine) == ["applied", "parked", "repeated"]


@pytest.mark.parametrize("together", [False, True])
def test_two_contents_of_one_id_are_both_kept_whatever_came_unproven(engine: Engine, *, together: bool) -> None:
    pairs = [arrive(body, user) for user in ("", "inspection") for body in (SOUND, OTHER)]
    take(engine, *pairs, together=together)
    assert ask(engine, "SELECT document_no FROM record") == [("舞卫监〔2026〕1号",)]
    assert ask(engine, "SELECT reason FROM parked WHERE closed_as IS NULL") == [("message.id_reused",)]


@pytest.mark.parametrize("body", [SOUND, BROKEN])
def test_what_was_let_in_once_has_its_place_though_a_replay_asks_for_a_proof(engine: Engine, body: bytes) -> None:
    """Parked while nothing was asked for, replayed after a proof is asked for, and then it comes with one."""
    take(engine, arrive(BROKEN, None), together=False)
    with writing(engine) as connection:
        connection.execute(
            text("UPDATE message SET headers = :headers"), {"headers": json.dumps(HEADERS | {USER_ID: ""})}
        )
    ((number,),) = ask(engine, "SELECT parked_id FROM parked")
    assert [verdict.reason for verdict in desk(engine, "重放").replay([number])] == ["sender.unproven"]
    take(engine, arrive(body, "inspection"), together=False)
    if body == SOUND:
        assert ask(engine, "SELECT document_no FROM record") == [("舞卫监〔2026〕1号",)]
    else:
        assert ask(engine, "SELECT closed_as FROM parked") == [(None,)]


def test_the_repeat_of_what_was_refused_and_replayed_is_a_repeat(engine: Engine) -> None:
    take(engine, arrive(SOUND, ""), together=False)
    with writing(engine) as connection:  # the user is entered by now
        proven = json.dumps(HEADERS | {USER_ID: "inspection"})
        connection.execute(text("UPDATE message SET headers = :headers"), {"headers": proven})
    ((number,),) = ask(engine, "SELECT parked_id FROM parked")
    assert all(verdict.closed for verdict in desk(engine, "补登").replay([number]))
    take(engine, arrive(SOUND, "inspection"), together=False)
    assert ask(engine, "SELECT outcome, repeats FROM message") == [("applied", 1)]


def test_what_stays_parked_after_a_replay_is_closed_by_its_repeat(engine: Engine) -> None:
    take(engine, arrive(BROKEN, ""), together=False)
    with writing(engine) as connection:
        proven = json.dumps(HEADERS | {USER_ID: "inspection"})
        connection.execute(text("UPDATE message SET headers = :headers"), {"headers": proven})
    ((number,),) = ask(engine, "SELECT parked_id FROM parked")
    assert [verdict.reason for verdict in desk(engine, "补登").replay([number])] == ["item.missing"]
    take(engine, arrive(BROKEN, "inspection"), together=False)
    assert parkings(engine) == [("item.missing", "repeated"), ("item.missing", None)]
