"""A list or a commendation names many parties under one number: each has its record, and keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import text

from credit.record.ids import record_id
from credit.store import audit
from credit.store.digest import digest
from credit.store.engine import reading, writing
from schemas.party import RecordKey
from tests.builders import CLINIC, HOSPITAL, LI, NOON, WANG, decided, feed_in, message, rows
from workers.decisions import disputes, records
from workers.postings import Posting
from workers.reading import restate
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings, read

OFFICE = "11410481685969382K"
LATER = "2026-05-30T08:00:00+08:00"
"""After whoever withdrew a document said so."""
NUMBER = "舞信〔2026〕9号"
PARTIES = (
    {"kind": "organisation", "name": "舞钢市样本医院", "uscc": HOSPITAL},
    {"kind": "organisation", "name": "舞钢安康诊所", "uscc": CLINIC},
    {"kind": "person", "name": "李样本", "id_type": "身份证", "id_no": LI},
    {"kind": "person", "name": "王样本", "id_type": "身份证", "id_no": WANG},
)


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    with open_runtime(place, lambda: NOON) as opened:
        yield opened


def honour(
    place: int,
    revision: int = 1,
    *,
    spelt: str = NUMBER,
    title: str = "卫生管理先进单位",
    at: str = "2026-05-20T09:00:00+08:00",
) -> Posting:
    said = {"party": PARTIES[place], "document_no": spelt, "title": title, "until": "2028-03-14"}
    return message("office.honour", f"h{place}-{revision}", {"revision": revision, "time": at}, **said)


def kept(runtime: Runtime) -> list[tuple[str, int]]:
    """Return by which messages the records of the number are stated, in which revision."""
    found = rows(runtime, "SELECT stated_by, revision, disputed, document_no FROM record ORDER BY stated_by")
    assert {(bool(disputed), number) for _, _, disputed, number in found} == {(False, NUMBER)}
    return [(by, revision) for by, revision, _, _ in found]


def digest_of(runtime: Runtime) -> str:
    with reading(runtime.engine) as connection:
        assert list(audit.audit(connection, runtime.keyring, partial(restate, runtime.reader.registry))) == []
        return digest(connection, runtime.keyring)


def test_each_party_has_its_record_in_whatever_order_they_come(tmp_path: Path) -> None:
    digests = set()
    for order in list(permutations(range(4)))[::5]:
        with open_runtime(read({}, home=tmp_path / "".join(map(str, order))), lambda: NOON) as opened:
            feed_in(opened, *(honour(each) for each in order))
            assert kept(opened) == [(f"/office h{each}-1", 1) for each in range(4)]
            digests.add(digest_of(opened))
    assert len(digests) == 1


def test_a_revision_changes_the_record_of_its_party_alone(runtime: Runtime) -> None:
    feed_in(runtime, *(honour(each) for each in range(4)))
    feed_in(runtime, honour(1, 2, title="诚信示范单位"), honour(3, 2, spelt=" 舞信[2026]9号", title="诚信示范个人"))
    assert kept(runtime) == [("/office h0-1", 1), ("/office h1-2", 2), ("/office h2-1", 1), ("/office h3-2", 2)]
    digest_of(runtime)


def test_an_act_names_the_party_by_its_mark(runtime: Runtime) -> None:
    feed_in(runtime, *(honour(each) for each in range(4)))
    [(mark,)] = rows(runtime, "SELECT party_mark FROM record WHERE stated_by = '/office h2-1'")
    target = {"family": "credit.office.honour", "organ_code": OFFICE, "document_no": NUMBER}
    organ = {"name": "舞钢市社会信用体系建设办公室", "code": OFFICE}
    withdraw = partial(message, "office.withdrawal", organ=organ, document_no=None)
    feed_in(
        runtime,
        withdraw("w1", {"sender": OFFICE}, target=target | {"party_mark": mark.upper()}),
        withdraw("w2", {"sender": OFFICE}, target=target),
    )
    withdrawn = rows(runtime, "SELECT stated_by FROM record WHERE state = 'withdrawn'")
    assert withdrawn == [("/office h2-1",)]
    # Who does not say which party is meant withdraws none: the act waits.
    assert rows(runtime, "SELECT count(*) FROM act") == [(2,)]
    digest_of(runtime)


def withdrawal(name: str, number: str = NUMBER) -> Posting:
    target = {"family": "credit.office.honour", "organ_code": OFFICE, "document_no": number}
    organ = {"name": "舞钢市社会信用体系建设办公室", "code": OFFICE}
    envelope = {"sender": OFFICE, "time": "2026-05-25T09:00:00+08:00"}
    return message("office.withdrawal", name, envelope, organ=organ, document_no=None, target=target)


def states(runtime: Runtime) -> list[tuple[str, str]]:
    return [(by, state) for by, state in rows(runtime, "SELECT stated_by, state FROM record ORDER BY stated_by")]


def test_where_a_document_names_one_party_an_act_need_not_say_which(runtime: Runtime) -> None:
    feed_in(runtime, honour(0))
    feed_in(runtime, withdrawal("w1", " 舞信[2026]9号"))
    assert states(runtime) == [("/office h0-1", "withdrawn")]
    feed_in(runtime, honour(0, 2, title="诚信示范单位"))
    assert states(runtime) == [("/office h0-2", "withdrawn")]
    digest_of(runtime)
    # A party that was added later changes nothing; one that was named by then does: nobody said which of them is meant.
    feed_in(runtime, honour(3, at=LATER))
    assert states(runtime) == [("/office h0-2", "withdrawn"), ("/office h3-1", "in_force")]
    feed_in(runtime, honour(1))
    assert [state for _, state in states(runtime)] == ["in_force"] * 3
    digest_of(runtime)


def test_an_act_that_does_not_say_which_party_waits_for_the_only_one(runtime: Runtime) -> None:
    feed_in(runtime, withdrawal("w1"))
    feed_in(runtime, honour(1, at=LATER))
    assert states(runtime) == [("/office h1-1", "withdrawn")]
    digest_of(runtime)


SAID = {
    "one party": ([honour(0)], ["/office h0-2"]),
    "two parties": ([honour(0), honour(2)], []),
    "one was added later": ([honour(0), honour(2, at=LATER)], ["/office h0-2"]),
}


@pytest.mark.parametrize(("honours", "withdrawn"), SAID.values(), ids=SAID)
def test_what_an_act_is_about_does_not_depend_on_the_order_nor_on_batches(
    tmp_path: Path, honours: list[Posting], withdrawn: list[str]
) -> None:
    digests = set()
    said = [*honours, honour(0, 2, title="诚信示范单位", at=LATER), withdrawal("w1")]
    orders = list(permutations(said))
    for place, order in enumerate(orders[:: len(orders) // 6]):
        for size in (1, 2):
            with open_runtime(read({}, home=tmp_path / f"{place}-{size}"), lambda: NOON) as opened:
                for at in range(0, len(order), size):
                    feed_in(opened, *order[at : at + size])
                assert [by for by, state in states(opened) if state == "withdrawn"] == withdrawn, (order, size)
                digests.add(digest_of(opened))
    assert len(digests) == 1


def _forget_marks(runtime: Runtime) -> None:
    """Name records as they were named when a document of many was about one."""
    former = record_id(RecordKey("credit.office.honour", OFFICE, NUMBER))
    with writing(runtime.engine) as connection:
        for table in ("message", "record", "feed_row"):
            connection.execute(text(f"UPDATE {table} SET record_id = '{former}' WHERE record_id IS NOT NULL"))
        connection.execute(text("UPDATE record SET party_mark = ''"))


def test_a_record_that_was_kept_before_parties_had_marks_is_still_the_one_of_its_party(runtime: Runtime) -> None:
    feed_in(runtime, honour(0))
    _forget_marks(runtime)
    feed_in(runtime, honour(0, 2, title="诚信示范单位"), honour(1))
    assert kept(runtime) == [("/office h0-2", 2), ("/office h1-1", 1)]
    digest_of(runtime)


def test_a_decision_about_a_record_from_before_leaves_it_where_it_is(runtime: Runtime) -> None:
    feed_in(runtime, honour(0))
    _forget_marks(runtime)
    other = {"party": PARTIES[0], "document_no": NUMBER, "title": "诚信示范单位", "until": "2028-03-14"}
    feed_in(runtime, message("office.honour", "h0-1b", {"revision": 1}, **other), withdrawal("w1"))
    for taken in ("h0-1", "h0-1b"):
        disputes.take(runtime, f"/office {taken}", decided("李科长", "原件核对"))
        assert states(runtime) == [(f"/office {taken}", "withdrawn")]
    digest_of(runtime)


def named(place: int, at: str, **party: str) -> Posting:
    said = {"party": PARTIES[place] | party, "document_no": NUMBER, "title": "先进", "until": "2028-03-14"}
    return message("office.honour", f"{place}-{at}", {"time": f"2026-05-{at}T09:00:00+08:00"}, **said)


def about(runtime: Runtime) -> list[str | None]:
    """Return by which messages the records are stated that acts are about."""
    found = "SELECT r.stated_by FROM act LEFT JOIN record r ON r.record_id = act.target_id ORDER BY act.document_no"
    return [by for (by,) in rows(runtime, found)]


@pytest.mark.parametrize("batch", [1, 4])
def test_what_is_parked_names_no_party(runtime: Runtime, batch: int) -> None:
    feed_in(runtime, honour(2, spelt="舞信〔2026〕8号"))
    # The number is on file under another name; the mark is that of the one who is named later.
    known, unknown = {"name": "李某样本", "id_no": LI}, {"name": "李某样本", "id_no": "11010519900307101X"}
    said = (honour(0), named(2, "20", **known), named(2, "29", **unknown), withdrawal("w1"))
    feed_in(runtime, *said, batch=batch)
    assert rows(runtime, "SELECT message_key FROM parked") == [("/office 2-20",)]
    assert about(runtime) == ["/office h0-1"]


def test_an_act_about_one_that_was_taken_apart_is_told_whether_it_says_the_mark_or_not(runtime: Runtime) -> None:
    feed_in(runtime, named(2, "19"), named(2, "25", id_no="11010519900307101X"))
    records.split(runtime, "/office 2-25", decided("李科长", "同名两人"))
    feed_in(runtime, withdrawal("w1"))
    assert about(runtime) == ["/office 2-19"]
    cases = "SELECT kind FROM alert_case WHERE closed_at IS NULL"
    assert rows(runtime, cases) == [("split-target",)]


def test_since_when_a_party_is_named_is_said_by_the_messages_that_are_left_to_it(runtime: Runtime) -> None:
    feed_in(runtime, honour(0), named(2, "20", id_no="11010519900307101X"), named(2, "29"), withdrawal("w1"))
    assert about(runtime) == [None]
    records.split(runtime, "/office 2-20", decided("李科长", "同名两人"))
    assert about(runtime) == ["/office h0-1"]
    feed_in(runtime, honour(0, 2, title="诚信示范单位"))
    assert about(runtime) == ["/office h0-2"]
