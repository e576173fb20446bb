"""The digest of an archive: the same for the same content, wherever it lies and whatever it is sealed with."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Table, create_engine
from sqlalchemy.pool import StaticPool

from credit import vault
from credit.identity import IdKind
from credit.record import places
from credit.record.rows import SubjectRow
from credit.store import bulk, tables
from credit.store.digest import digest
from credit.store.engine import reading
from credit.vault import Algorithm, Keyring
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, DAY, NOON, SUCCESSOR, TODAY, WANG, Shelf, put, set_columns


@contextmanager
def other_shelf() -> Iterator[Shelf]:
    """A second archive in another place, sealed with other keys of another cipher."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    tables.metadata.create_all(engine)
    try:
        yield Shelf(engine, vault.generate(Algorithm.SM4_GCM))
    finally:
        engine.dispose()


def read_digest(shelf: Shelf) -> str:
    with reading(shelf.engine) as connection:
        return digest(connection, shelf.keyring)


def furnish(keyring: Keyring) -> list[bulk.Row]:
    wang = rows.person(WANG, keyring)
    return [
        rows.organisation(CLINIC, keyring),
        wang,
        rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", CLINIC, keyring),
        rows.claim(IdKind.ORG_CODE, "MA9K2F7Q0", CLINIC, keyring),
        rows.claim(IdKind.CERTIFICATE_NO, "110410481000123", wang.subject_id, keyring),
        rows.record("r1"),
        rows.record("R2"),
        rows.record("10", wang.subject_id),
        rows.act("a1", "r1", "objection", "filed"),
        rows.act("A2", "R2", "objection", "rejected"),
        rows.notice("XL01-1"),
        rows.notice("XL02-1", agency="Audit"),
        rows.feed_row("f1"),
        rows.feed_row("f2", "R2"),
    ]


class TestDigest:
    def test_of_nothing_is_known(self, shelf: Shelf) -> None:
        assert read_digest(shelf) == hashlib.sha256(b"\n" * 5).hexdigest()

    @pytest.mark.parametrize("seed", range(5))
    def test_is_the_same_in_another_store_under_other_keys_in_another_order(self, shelf: Shelf, seed: int) -> None:
        put(shelf.engine, *furnish(shelf.keyring))
        with other_shelf() as other:
            shuffled = furnish(other.keyring)
            random.Random(seed).shuffle(shuffled)
            put(other.engine, *shuffled)
            assert read_digest(other) == read_digest(shelf)

    def test_leaves_out_what_depends_on_the_way(self, shelf: Shelf) -> None:
        put(shelf.engine, *furnish(shelf.keyring))
        before = read_digest(shelf)
        later = NOON + 40 * DAY
        set_columns(shelf.engine, tables.record, known_at=later, as_of=TODAY, changes_on=None)
        set_columns(shelf.engine, tables.act, known_at=later)
        set_columns(shelf.engine, tables.subject, name="曾用名", name_key="曾用名", since=later)
        set_columns(shelf.engine, tables.alias, claimed_by="李科长", claimed_at=later)
        set_columns(
            shelf.engine,
            tables.notice,
            sequence=7,
            issued_at=later,
            reply_by=TODAY,
            reply_state="executed",
            answered=True,
        )
        set_columns(shelf.engine, tables.feed_row, version=9, due_on=TODAY, result_code="0000")
        put(
            shelf.engine,
            rows.notice("XL09-1", agency="police", lifted_at=NOON, lift_cause="repaired"),
            rows.feed_row("f9", "10", operation="withdraw"),
            rows.message(),
        )
        assert read_digest(shelf) == before

    @pytest.mark.parametrize(
        ("table", "values"),
        [
            (tables.record, {"revision": 2}),
            (tables.record, {"subject_id": SUCCESSOR}),
            (tables.record, {"category": "coercion"}),
            (tables.record, {"occurred_on": TODAY}),
            (tables.record, {"digest": b"e"}),
            (tables.record, {"stated_by": "/inspection 2"}),
            (tables.record, {"disputed": True}),
            (tables.record, {"fact": rows.FACT.replace("二", "三")}),
            (tables.record, {"severity": None}),
            (tables.record, {"severity_clause": ""}),
            (tables.record, {"window_clause": ""}),
            (tables.record, {"public": False}),
            (tables.record, {"public_until": None}),
            (tables.record, {"repairable_from": None}),
            (tables.record, {"state": "withdrawn"}),
            (tables.record, {"cause": "withdrawn"}),
            (tables.record, {"acts": '["/office a1"]'}),
            (tables.record, {"document_no": "舞卫医罚〔2026〕2号"}),
            (tables.act, {"target_id": "R2"}),
            (tables.act, {"kind": "repair"}),
            (tables.act, {"act_state": "upheld"}),
            (tables.act, {"occurred_on": TODAY}),
            (tables.act, {"disputed": True}),
            (tables.alias, {"undone_at": NOON}),
            (tables.notice, {"measures": "[]"}),
            (tables.notice, {"ground": "revoked-licence"}),
            (tables.notice, {"until_on": None}),
            (tables.notice, {"lifted_at": NOON}),
            (tables.feed_row, {"digest": b"t"}),
            (tables.feed_row, {"operation": "withdraw"}),
        ],
    )
    def test_sees_every_other_change(self, shelf: Shelf, table: Table, values: dict[str, object]) -> None:
        put(shelf.engine, rows.organisation(SUCCESSOR, shelf.keyring), *furnish(shelf.keyring))
        before = read_digest(shelf)
        set_columns(shelf.engine, table, **values)
        assert read_digest(shelf) != before

    def test_gives_records_to_the_subject_that_carries_on(self, shelf: Shelf) -> None:
        both = [rows.organisation(code, shelf.keyring) for code in (CLINIC, SUCCESSOR)]
        licence = "PDY10048141048116D1202"
        claims = [rows.claim(IdKind.LICENCE_NO, licence, code, shelf.keyring) for code in (CLINIC, SUCCESSOR)]
        put(shelf.engine, *both, *claims, rows.record("r1", CLINIC))
        apart = read_digest(shelf)
        rows.connect_subjects(shelf.engine, CLINIC, SUCCESSOR)
        with other_shelf() as other:
            put(
                other.engine,
                rows.organisation(SUCCESSOR, other.keyring),
                rows.claim(IdKind.LICENCE_NO, licence, SUCCESSOR, other.keyring),
                rows.record("r1", SUCCESSOR),
            )
            assert apart != read_digest(shelf) == read_digest(other)

    def test_does_not_care_which_issue_of_a_permit_came_first(self, shelf: Shelf) -> None:
        def holder(keyring: Keyring, number: str) -> SubjectRow:
            row = rows.person("H12345678", keyring, namespace="hk-macau", id_type="港澳居民来往内地通行证")
            return row._replace(identifier=keyring.seal(number.encode(), places.of_identifier(row.subject_id)))

        first = holder(shelf.keyring, "H1234567801")
        put(shelf.engine, first, rows.record("r1", first.subject_id))
        with other_shelf() as other:
            second = holder(other.keyring, "H1234567802")
            put(other.engine, second, rows.record("r1", second.subject_id))
            assert read_digest(other) == read_digest(shelf)
