"""Who and what is found in an archive."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event

from credit.grading.sayings import Place, Source
from credit.identity import IN_FULL, IdKind
from credit.store import tables
from credit.store.engine import reading
from credit.store.queries import archive, subjects
from credit.store.queries.origins import Origin
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, DAY, NOON, ORGAN, SUCCESSOR, TODAY, WANG, Shelf, put, set_columns, view


class TestFind:
    @pytest.fixture
    def filed(self, shelf: Shelf) -> Shelf:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.person(WANG, shelf.keyring),
            rows.person("H12345678", shelf.keyring, namespace="hk-macau", id_type="港澳居民来往内地通行证"),
            rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", CLINIC, shelf.keyring),
            rows.claim(IdKind.ORG_CODE, "MA9K2F7Q0", CLINIC, shelf.keyring),
        )
        return shelf

    def find(self, shelf: Shelf, key: str) -> subjects.Lineage:
        with reading(shelf.engine) as connection:
            return subjects.find(connection, key, shelf.keyring)

    @pytest.mark.parametrize(
        "key",
        [
            CLINIC,
            " 91410481-ma9k2f7q0r ",
            "９１４１０４８１ＭＡ９Ｋ２Ｆ７Ｑ０Ｒ",
            "PDY10048141048116D1202",
            "pdy 10048141048116 d1202",
            "MA9K2F7Q-0",
        ],
    )
    def test_finds_an_organisation_however_its_identifiers_are_written(self, filed: Shelf, key: str) -> None:
        assert self.find(filed, key) == subjects.Lineage(CLINIC, frozenset({CLINIC}))

    @pytest.mark.parametrize(
        ("key", "number"),
        [(WANG, WANG), (WANG.lower(), WANG), ("H12345678", "H12345678"), ("h1234567802", "H12345678")],
    )
    def test_finds_a_person_by_the_number_of_a_document(self, filed: Shelf, key: str, number: str) -> None:
        namespace = "resident" if number == WANG else "hk-macau"
        expected = rows.person(number, filed.keyring, namespace=namespace).subject_id
        assert self.find(filed, key).current == expected

    def test_finds_a_subject_by_the_id_that_listings_print(self, filed: Shelf) -> None:
        subject_id = rows.person(WANG, filed.keyring).subject_id
        assert self.find(filed, subject_id).current == subject_id

    @pytest.mark.parametrize(
        "key", ["", "0", "王某", SUCCESSOR, "00000000000000000X", "'; DROP TABLE subject", "P" * 32, "\0"]
    )
    def test_refuses_what_is_not_on_file(self, filed: Shelf, key: str) -> None:
        with pytest.raises(subjects.SubjectUnknown, match="no subject is on file"):
            self.find(filed, key)

    def test_refuses_an_undone_claim(self, filed: Shelf) -> None:
        set_columns(filed.engine, tables.alias, undone_at=NOON, undone_by="李科长")
        with pytest.raises(subjects.SubjectUnknown, match="no subject is on file"):
            self.find(filed, "PDY10048141048116D1202")

    def test_refuses_a_key_of_two_subjects(self, filed: Shelf) -> None:
        put(
            filed.engine,
            rows.organisation(SUCCESSOR, filed.keyring),
            rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", SUCCESSOR, filed.keyring),
        )
        with pytest.raises(subjects.SubjectUnknown, match="2 subjects claim that key"):
            self.find(filed, "PDY10048141048116D1202")

    def test_follows_links_from_either_end(self, filed: Shelf) -> None:
        put(filed.engine, rows.organisation(SUCCESSOR, filed.keyring))
        rows.connect_subjects(filed.engine, CLINIC, SUCCESSOR)
        whole = subjects.Lineage(SUCCESSOR, frozenset({CLINIC, SUCCESSOR}))
        assert self.find(filed, CLINIC) == self.find(filed, SUCCESSOR) == self.find(filed, "MA9K2F7Q0") == whole

    def test_does_not_follow_an_undone_link(self, filed: Shelf) -> None:
        put(filed.engine, rows.organisation(SUCCESSOR, filed.keyring))
        rows.connect_subjects(filed.engine, CLINIC, SUCCESSOR, undone=True)
        assert self.find(filed, SUCCESSOR).members == {SUCCESSOR}

    def test_ends_on_links_in_a_circle(self, filed: Shelf) -> None:
        put(filed.engine, rows.organisation(SUCCESSOR, filed.keyring))
        rows.connect_subjects(filed.engine, CLINIC, SUCCESSOR)
        rows.connect_subjects(filed.engine, SUCCESSOR, CLINIC)
        assert self.find(filed, CLINIC).members == {CLINIC, SUCCESSOR}


class TestArchive:
    def read(self, shelf: Shelf, key: str) -> archive.Archive:
        with reading(shelf.engine) as connection:
            return archive.read_archive(connection, key, view(shelf))

    def test_shows_newest_records_first_with_those_of_a_previous_code(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring, "舞钢旧名诊所"),
            rows.organisation(SUCCESSOR, shelf.keyring),
            rows.record("r1", CLINIC, occurred_on=TODAY - 9 * DAY),
            rows.record("r2", SUCCESSOR, occurred_on=TODAY - DAY),
            rows.record("r3", ORGAN),
        )
        rows.connect_subjects(shelf.engine, CLINIC, SUCCESSOR)
        found = self.read(shelf, CLINIC)
        assert (found.subject_id, found.identifier, found.name) == (SUCCESSOR, SUCCESSOR, "舞钢安康诊所")
        assert [(each.row.record_id, each.row.subject_id) for each in found.records] == [
            ("r2", SUCCESSOR),
            ("r1", CLINIC),
        ]
        assert [(each.subject_id, each.continued_as, each.note) for each in found.links] == [
            (CLINIC, SUCCESSOR, "换证")
        ]

    def test_says_who_the_subject_is_by_what_was_not_withdrawn(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.registration("a", date(2015, 3, 1), "registered", level="primary"),
            rows.registration("b", date(2024, 2, 29), "changed", organiser=f"王某 {WANG}"),
            rows.registration("c", date(2025, 1, 5), "changed", state="withdrawn", level="tertiary"),
            rows.registration("d", date(2025, 2, 5), "changed", sealed_clause="依法封存", level="tertiary"),
            rows.registration("e", date(2025, 3, 5), "revoked", state="expired"),
        )
        who = self.read(shelf, CLINIC).who
        assert (who.level, who.licensed, who.licensed_on) == ("primary", False, date(2015, 3, 1))
        assert who.sources["level"] == Source("a", date(2015, 3, 1), NOON)
        assert who.organiser == Place("王某 110105********002X")
        with reading(shelf.engine) as connection:
            in_full = archive.read_archive(connection, CLINIC, view(shelf, IN_FULL)).who
        assert in_full.organiser == Place(f"王某 {WANG}")
        assert in_full.level == "primary"  # that is sealed says nothing, whoever looks

    def test_names_the_origin_of_every_value(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record(state="repaired", cause="repaired", acts='["/office a1"]'),
            rows.act("a1", "r1", "repair", "granted", event_time=NOON + DAY),
            rows.act("a2", "r1", "objection", "rejected", event_time=NOON),
            rows.act("a3", "a2", "withdrawal", "void"),
            rows.act("a9", "r9", "repair", "granted"),
        )
        (found,) = self.read(shelf, CLINIC).records
        stated = Origin(("/inspection 1",), NOON)
        assert found.origins == {
            "items.CF_NR": stated,
            "items.CF_NR_FK": stated,
            "organ": stated,
            "name": stated,
            "occurred_on": stated,
            "severity": Origin(("/inspection 1",), NOON, "处罚类别“罚款”：〔2022〕1号"),
            "public": Origin(("/office a1",), NOON + DAY),
            "public_until": Origin(("/inspection 1",), NOON, "第58号令"),
            "repairable_from": Origin(("/inspection 1",), NOON, "第58号令"),
            "state": Origin(("/office a1",), NOON + DAY),
        }
        assert found.items == {"CF_NR": "罚款人民币二万元", "CF_NR_FK": "2.000000"}
        assert {each.act_id: each.counts for each in found.acts} == {"a1": True, "a2": False, "a3": False}

    def test_gives_an_expired_state_to_the_clause_of_its_window(self, shelf: Shelf) -> None:
        put(shelf.engine, rows.organisation(CLINIC, shelf.keyring), rows.record(state="expired", cause="expired"))
        (found,) = self.read(shelf, CLINIC).records
        assert found.origins["state"].clause == "第58号令"

    def test_keeps_every_message_about_a_record_and_its_acts(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record(),
            rows.act("a1", "r1", "repair", "granted"),
            rows.message("/inspection 1", "applied"),
            rows.message("/inspection 2", "applied", revision=2),
            rows.message("/office a1", "applied", record_id="a1"),
            rows.message("/office a9", "applied", record_id="a9"),
        )
        (found,) = self.read(shelf, CLINIC).records
        assert [said.message_key for said in found.messages] == ["/inspection 2", "/inspection 1", "/office a1"]

    def test_puts_notices_and_feed_rows_to_their_record(self, shelf: Shelf) -> None:
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            rows.record("r1"),
            rows.record("r2"),
            rows.notice("XL01-1", "r1"),
            rows.feed_row("f2", "r2"),
        )
        found = {each.row.record_id: each for each in self.read(shelf, CLINIC).records}
        assert [each.row.notice_no for each in found["r1"].notices] == ["XL01-1"]
        assert [each.row.row_id for each in found["r2"].feeds] == ["f2"]
        assert (found["r2"].notices, found["r1"].feeds) == ((), ())

    @pytest.fixture
    def personal(self, shelf: Shelf) -> Shelf:
        """An archive with a personal number wherever one can stand."""
        wang = rows.person(WANG, shelf.keyring)
        reply = f'{{"unit": "税务局", "remark": "{WANG} 已执行"}}'
        put(
            shelf.engine,
            wang,
            rows.record("r1", wang.subject_id, fact=rows.FACT.replace("罚款人民币二万元", f"王某（{WANG}）罚款")),
            rows.notice("XL01-1", "r1", wang.subject_id, reply_state="executed", reply_detail=reply),
            rows.feed_row("f1", "r1", result_code="2001", result_message=f"{WANG} 校验位不符"),
            rows.claim(IdKind.CERTIFICATE_NO, "110410481000123", wang.subject_id, shelf.keyring),
            rows.claim(IdKind.NAME, f"王某 {WANG}", wang.subject_id, shelf.keyring),
        )
        return shelf

    def test_never_shows_a_personal_number(self, personal: Shelf) -> None:
        found = self.read(personal, WANG)
        (record,) = found.records
        assert found.identifier == "110105********002X"
        assert [each.value for each in found.aliases] == ["11***********23", "王某 110105********002X"]
        assert record.items["CF_NR"] == "王某（110105********002X）罚款"
        assert record.notices[0].identifier == "110105********002X"
        assert record.notices[0].reply == {"unit": "税务局", "remark": "110105********002X 已执行"}
        assert record.feeds[0].row.result_message == "110105********002X 校验位不符"
        assert WANG not in repr(found)

    def test_shows_personal_numbers_to_who_may_see_them(self, personal: Shelf) -> None:
        with reading(personal.engine) as connection:
            found = archive.read_archive(connection, WANG, view(personal, IN_FULL))
        (record,) = found.records
        assert found.identifier == WANG
        assert [each.value for each in found.aliases] == ["110410481000123", f"王某 {WANG}"]
        assert record.items["CF_NR"] == f"王某（{WANG}）罚款"
        assert record.notices[0].identifier == WANG
        assert record.feeds[0].row.result_message == f"{WANG} 校验位不符"

    @pytest.mark.parametrize("records", [1, 7])
    def test_asks_as_often_whatever_hangs_on_the_subject(self, shelf: Shelf, records: int) -> None:
        numbers = [str(number) for number in range(records)]
        put(
            shelf.engine,
            rows.organisation(CLINIC, shelf.keyring),
            *(rows.record(number, CLINIC) for number in numbers),
            *(rows.notice(f"XL{number}-1", number, CLINIC) for number in numbers),
            *(rows.feed_row(f"f{number}", number) for number in numbers),
        )
        asked: list[str] = []
        event.listen(shelf.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
        found = self.read(shelf, CLINIC)
        assert [len(each.notices) + len(each.feeds) for each in found.records] == [2] * records
        # PostgreSQL is asked for the standings in one round trip, of which the listener hears nothing.
        times = {"sqlite": 15, "postgresql": 12}[shelf.engine.dialect.name]
        assert len([statement for statement in asked if not statement.startswith("BEGIN")]) == times

    def test_an_archive_without_records_is_an_archive(self, shelf: Shelf) -> None:
        put(shelf.engine, rows.organisation(CLINIC, shelf.keyring))
        assert self.read(shelf, CLINIC).records == ()
