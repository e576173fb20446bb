"""Files of rows: taken whole or not at all, sent to the end, and each row what its message became."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from credit.identity import MASKED
from credit.record.rows import FileRow
from credit.store import files
from credit.store.digest import digest
from credit.store.engine import reading, writing
from credit.store.queries.files import Handed, RowOutcome, find_places, read_file, stream_outcomes
from schemas.errors import ConfigurationError, PermanentError
from schemas.file_reasons import CellReason, FileReason
from schemas.states import FileState, RowState
from tests.builders import HEALTH, NOON, POLICE, decided, declare, rows
from tests.sheets import PERSON, penalty, write_csv
from workers import drain
from workers.decisions import records
from workers.files import taking
from workers.files.headings import Layout
from workers.files.reading import Reading
from workers.files.rows import SheetRows
from workers.files.spool import Entry, Spool
from workers.files.staging import stage
from workers.files.taking import Who
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

WHO = Who(HEALTH.code, "张科员", "zhang")
WRONG = "92410481MA9TK8C742"
"""A code whose check digit is wrong."""
APPLIED, REPEATED, PARKED = RowState.APPLIED, RowState.REPEATED, RowState.PARKED


class Town:
    """A Xinglin whose clock moves on by a minute with each file."""

    def __init__(self, place: Settings) -> None:
        self.place = place
        self.now = NOON

    def clock(self) -> datetime:
        return self.now

    def hand_in(self, runtime: Runtime, path: Path, who: Who = WHO, *, work: bool = True) -> str:
        """Take a file, send its rows and work them off; return its id."""
        self.now += timedelta(minutes=1)
        with closing(taking.take(runtime, path, who)) as taken:
            if not taken.refused:
                taking.publish(runtime, taken)
        if work:
            drain.work_until_empty(runtime, lambda _: None)
        return taken.row.file_id


@pytest.fixture
def town(place: Settings) -> Town:
    return Town(place)


@pytest.fixture
def runtime(town: Town) -> Iterator[Runtime]:
    with open_runtime(town.place, town.clock) as opened:
        declare(opened.broker, opened.reader.routes.topology)
        yield opened


def outcomes(runtime: Runtime, file_id: str) -> list[RowOutcome]:
    with reading(runtime.engine) as connection:
        return list(stream_outcomes(connection, file_id))


def states(runtime: Runtime, file_id: str) -> list[RowState]:
    return [outcome.state for outcome in outcomes(runtime, file_id)]


def file_of(runtime: Runtime, which: str) -> Handed:
    with reading(runtime.engine) as connection:
        return read_file(connection, MASKED, which)


def hash_of(runtime: Runtime) -> str:
    with reading(runtime.engine) as connection:
        return digest(connection, runtime.keyring)


def test_each_row_is_a_message_with_its_content_as_its_identity(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "处罚.csv", [penalty(1), penalty(2), penalty(3, CF_XDR_SHXYM=WRONG)])
    file_id = town.hand_in(runtime, path)
    found = outcomes(runtime, file_id)
    assert [(each.sheet, each.row, each.state) for each in found] == [(1, 2, APPLIED), (1, 3, APPLIED), (1, 4, PARKED)]
    assert (found[2].reason, found[2].parked_id) == ("uscc.check_digit", 1)
    keys = rows(runtime, "SELECT message_key, sender, revision FROM message ORDER BY received_at, message_key")
    assert sorted(keys) == sorted((f"/inspection {each.ticket}", HEALTH.code, 1) for each in found)
    assert all(each.ticket is not None and len(each.ticket) == len("sheet-") + 32 for each in found)
    handed = file_of(runtime, "处罚.csv")
    assert (handed.row.rows, handed.row.refused_rows, handed.row.sent, handed.row.by) == (3, 0, 3, "张科员")
    assert {state: count for state, count in handed.counts.items() if count} == {APPLIED: 2, PARKED: 1}
    assert RowState.WAITING not in states(runtime, file_id)


def test_the_same_file_twice_changes_nothing(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [penalty(1), penalty(2)])
    first = town.hand_in(runtime, path)
    before, received = hash_of(runtime), rows(runtime, "SELECT sum(received) FROM batch")
    assert town.hand_in(runtime, path) == first
    assert town.hand_in(runtime, path.rename(tmp_path / "b.csv")) == first
    assert (hash_of(runtime), rows(runtime, "SELECT sum(received) FROM batch")) == (before, received)
    assert states(runtime, first) == [APPLIED, APPLIED]  # the verdict was not written yet


def test_a_corrected_file_changes_only_what_differs(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    first = town.hand_in(runtime, write_csv(tmp_path / "a.csv", [penalty(1), penalty(2), penalty(3)]))
    mended = [penalty(3), penalty(1), penalty(2, CF_NR_FK="0.300000")]  # in another order too
    second = town.hand_in(runtime, write_csv(tmp_path / "b.csv", mended))
    assert states(runtime, first) == [APPLIED, RowState.SUPERSEDED, APPLIED]
    assert states(runtime, second) == [REPEATED, REPEATED, APPLIED]
    assert rows(runtime, "SELECT revision, disputed FROM record ORDER BY revision") == [
        (1, False),
        (1, False),
        (2, False),
    ]
    assert rows(runtime, "SELECT count(*) FROM message") == [(4,)]
    third = town.hand_in(runtime, write_csv(tmp_path / "c.csv", [penalty(2)]))  # the former content is no news
    assert states(runtime, third) == [RowState.SUPERSEDED]
    assert rows(runtime, "SELECT count(*) FROM message") == [(4,)]


def test_rows_of_one_file_that_contradict_each_other_are_a_conflict(
    town: Town, runtime: Runtime, tmp_path: Path
) -> None:
    said = [penalty(1), penalty(1, CF_NR_FK="0.300000"), penalty(2), penalty(2)]
    file_id = town.hand_in(runtime, write_csv(tmp_path / "a.csv", said))
    assert states(runtime, file_id) == [RowState.CONFLICT, RowState.CONFLICT, APPLIED, REPEATED]
    assert rows(runtime, "SELECT count(*) FROM message") == [(3,)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_later_file_takes_no_record_of_another_party(
    town: Town, runtime: Runtime, tmp_path: Path, order: tuple[int, int]
) -> None:
    said = [penalty(1), penalty(1, **PERSON)]
    former, later = (
        town.hand_in(runtime, write_csv(tmp_path / f"{number}.csv", [said[number]]), work=False) for number in order
    )
    drain.work_until_empty(runtime, lambda _: None)
    assert states(runtime, former) == states(runtime, later) == [RowState.CONFLICT]
    assert rows(runtime, "SELECT revision, disputed FROM record") == [(1, True)]
    assert rows(runtime, "SELECT kind FROM alert_case") == [("party-disputed",)]
    # A correction by either of them decides nothing: that takes a revision which a person has named.
    mended = town.hand_in(runtime, write_csv(tmp_path / "c.csv", [penalty(1, CF_NR_FK="0.300000")]))
    assert states(runtime, mended) == [RowState.CONFLICT]
    named = town.hand_in(runtime, write_csv(tmp_path / "d.csv", [penalty(1, CF_NR_FK="0.300000", revision="2")]))
    assert states(runtime, named) == [APPLIED]
    again = town.hand_in(runtime, write_csv(tmp_path / "e.csv", [penalty(1, CF_NR_FK="0.400000")]))
    assert states(runtime, again) == [APPLIED]
    assert rows(runtime, "SELECT revision, disputed FROM record") == [(3, False)]


def test_parties_that_were_split_have_revisions_of_their_own(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    for name, row in {"a": penalty(1), "b": penalty(1, **PERSON)}.items():
        last = town.hand_in(runtime, write_csv(tmp_path / f"{name}.csv", [row]))
    records.split(runtime, outcomes(runtime, last)[0].message_key or "", decided("李科长", "一案两罚"))
    for row in (penalty(1, CF_NR_FK="0.300000"), penalty(1, CF_NR_FK="0.300000", **PERSON)):
        assert states(runtime, town.hand_in(runtime, write_csv(tmp_path / "c.csv", [row]))) == [APPLIED]
    assert rows(runtime, "SELECT revision, disputed FROM record") == [(2, False), (2, False)]


def test_another_party_contradicts_the_revision_that_has_come_so_far(
    town: Town, runtime: Runtime, tmp_path: Path
) -> None:
    for amount in ("0.200000", "0.300000"):
        mended = town.hand_in(runtime, write_csv(tmp_path / "a.csv", [penalty(1, CF_NR_FK=amount)]))
    other = town.hand_in(runtime, write_csv(tmp_path / "b.csv", [penalty(1, **PERSON)]))
    assert states(runtime, mended) == states(runtime, other) == [RowState.CONFLICT]
    assert rows(runtime, "SELECT revision, disputed FROM record") == [(2, True)]


def test_a_wrong_code_that_was_mended_is_no_other_party(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    town.hand_in(runtime, write_csv(tmp_path / "a.csv", [penalty(1)]))
    wrong = penalty(1, CF_XDR_SHXYM=WRONG, CF_NR_FK="0.300000")
    parked = town.hand_in(runtime, write_csv(tmp_path / "b.csv", [wrong]))
    (ticket,) = (each.ticket or "" for each in outcomes(runtime, parked))
    mended = penalty(1, CF_NR_FK="0.300000", 办理编号=ticket)
    assert states(runtime, town.hand_in(runtime, write_csv(tmp_path / "c.csv", [mended]))) == [APPLIED]
    assert rows(runtime, "SELECT revision, disputed FROM record") == [(2, False)]


def test_a_revision_that_a_row_names_is_that_of_its_message(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    town.hand_in(runtime, write_csv(tmp_path / "a.csv", [penalty(1, revision="5")]))
    wrong = [penalty(1, revision="0"), penalty(1, revision="两"), penalty(1, revision="4")]
    second = town.hand_in(runtime, write_csv(tmp_path / "b.csv", wrong))
    assert states(runtime, second) == [RowState.REFUSED, RowState.REFUSED, RowState.SUPERSEDED]
    assert "修订版次" in (outcomes(runtime, second)[0].refusal or "")


def test_a_slip_in_the_revision_is_followed_by_none(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    slip = write_csv(tmp_path / "a.csv", [penalty(1, revision="20260413")])
    (parked,) = outcomes(runtime, town.hand_in(runtime, slip))
    assert (parked.state, parked.reason) == (PARKED, "revision.implausible")
    mended = write_csv(tmp_path / "b.csv", [penalty(1, 办理编号=parked.ticket or "")])
    assert [row.state for row in outcomes(runtime, town.hand_in(runtime, mended))] == [APPLIED]
    again = write_csv(tmp_path / "c.csv", [penalty(1, CF_SY="另查明的事实")])
    assert [row.state for row in outcomes(runtime, town.hand_in(runtime, again))] == [APPLIED]
    assert rows(runtime, "SELECT revision FROM record") == [(2,)]


def test_a_file_that_cannot_be_read_whole_leaves_nothing(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [penalty(number) for number in range(1, 30)])
    with path.open("a", encoding="utf-8") as file:
        file.write('"a quote that nothing ends')
    file_id = town.hand_in(runtime, path)
    handed = file_of(runtime, file_id[:12])
    assert (handed.row.state, handed.row.reason) == (FileState.REFUSED, FileReason.QUOTES.value)
    assert (handed.row.rows, outcomes(runtime, file_id)) == (0, [])
    assert rows(runtime, "SELECT count(*) FROM message") == [(0,)]


def test_a_row_that_cannot_be_read_is_refused_by_itself(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    wrong = penalty(1, CF_CFJGDM="1.14E+17")
    file_id = town.hand_in(runtime, write_csv(tmp_path / "a.csv", [wrong, penalty(2)]))
    first, second = outcomes(runtime, file_id)
    assert (first.state, first.ticket, second.state) == (RowState.REFUSED, None, APPLIED)
    (note,) = json.loads(first.refusal or "[]")
    assert (note["column"], note["code"]) == (list(wrong).index("CF_CFJGDM"), "CF_CFJGDM")
    assert note["reason"] == CellReason.NUMBER_AS_FLOAT
    assert RowState.WAITING not in states(runtime, file_id)


@pytest.mark.parametrize("sender", [POLICE.code, "11410481983690064X", "x y"])
def test_a_sender_who_may_not_say_it_is_refused_before_anything_is_sent(
    town: Town, runtime: Runtime, tmp_path: Path, sender: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [penalty(1)])
    refused = file_of(runtime, town.hand_in(runtime, path, replace(WHO, sender=sender))).row
    assert (refused.state, refused.reason) == (FileState.REFUSED, "sender.unknown")
    assert states(runtime, town.hand_in(runtime, path)) == [APPLIED]


def test_a_corrected_row_closes_the_parked_one_that_it_replaces(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    wrong = [penalty(1, CF_XDR_SHXYM=WRONG), penalty(2, CF_XDR_SHXYM=WRONG), penalty(3)]
    first = town.hand_in(runtime, write_csv(tmp_path / "a.csv", wrong))
    tickets = [each.ticket or "" for each in outcomes(runtime, first)]
    back = [
        penalty(1, 办理编号=tickets[0]),
        penalty(2, CF_XDR_SHXYM=WRONG, 办理编号=tickets[1]),
        penalty(4, 办理编号=tickets[1]),  # copied from the row above, number and all
        penalty(3, 办理编号=tickets[2], CF_NR_FK="0.300000"),
    ]
    second = town.hand_in(runtime, write_csv(tmp_path / "b.csv", back))
    assert states(runtime, second) == [APPLIED, PARKED, APPLIED, APPLIED]
    assert states(runtime, first) == [RowState.DISCARDED, PARKED, RowState.SUPERSEDED]
    closed = rows(runtime, "SELECT closed_as, closed_by FROM parked WHERE closed_as IS NOT NULL")
    assert closed == [("discarded", "张科员")]
    assert rows(runtime, "SELECT by, account, note FROM parked_event") == [
        ("张科员", "zhang", "由文件“b.csv”中更正的行取代")
    ]


def test_a_file_that_is_read_in_another_way_takes_the_place_of_its_former_rows(
    town: Town, runtime: Runtime, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", [penalty(1), penalty(2), penalty(3)])
    file_id = town.hand_in(runtime, path, work=False)
    began = town.now
    # As an earlier version of the program read it: row 3 said something else, and row 4 was no message.
    with writing(runtime.engine) as connection:
        connection.execute(text("UPDATE file SET reading = 'former'"))
        connection.execute(text("UPDATE file_row SET message_key = '/inspection sheet-former' WHERE row = 3"))
        connection.execute(text("UPDATE file_row SET message_key = NULL, said_of = NULL WHERE row = 4"))
    assert town.hand_in(runtime, path, work=False) == file_id
    assert rows(runtime, "SELECT DISTINCT file_id FROM file_row") == [(file_id,)]
    assert rows(runtime, "SELECT file_id FROM file") == [(file_id,)]
    said = rows(runtime, "SELECT row, revision, repeated, at FROM file_row ORDER BY row")
    assert [(row, revision, repeated) for row, revision, repeated, _ in said] == [
        (2, 1, True),
        (3, 2, False),
        (4, 1, False),
    ]
    with reading(runtime.engine) as connection:
        first = files.read_file(connection, file_id)
        known = files.find_known(connection, [f"/inspection {outcomes(runtime, file_id)[0].ticket}"])
    assert first is not None
    assert first.taken_at == began
    assert [each.at for each in known.values()] == [began]


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_what_a_file_is_written_down_with_does_not_grow_with_its_rows(runtime: Runtime) -> None:
    assert _peak_of_staging(runtime, 20_000) < _peak_of_staging(runtime, 10_000) * 1.1


def _peak_of_staging(runtime: Runtime, count: int) -> int:
    """Return the most bytes that are held while a file is written down again all of whose rows read otherwise now."""
    sheet = SheetRows(1, "处罚", Layout(runtime.reader.registry.templates()["penalty-v2019"], 1, {}), iter(()))
    taken = FileState.TAKEN.value
    row = FileRow(
        str(count), "a.csv", 1, HEALTH.code, "张科员", None, NOON, taken, None, None, count, 0, 0, "", "[]", None, None
    )
    with closing(_spool_of(count, "former")) as spool:
        stage(runtime, row._replace(reading=spool.reading), Reading([sheet]), spool)
    with closing(_spool_of(count, "present")) as spool:
        tracemalloc.start()
        stage(runtime, row._replace(reading=spool.reading), Reading([sheet]), spool)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def _spool_of(count: int, read_as: str) -> Spool:
    spool = Spool()
    for number in range(count):
        said, ticket = f"sheet-{read_as}-{count}-{number}", f"sheet-parked-{number}"
        spool.add(Entry(1, number + 2, "t.v1", "/inspection", said, None, f"{count:016}{number:016}", ticket))
    return spool


def test_two_who_take_the_same_rows_at_once_agree_on_them(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    said = [penalty(number) for number in range(1, 41)]
    paths = [write_csv(tmp_path / "a.csv", said), write_csv(tmp_path / "b.csv", reversed(said))]
    chance = [timedelta(seconds=1), timedelta(seconds=-1)]

    def hand_in(path: Path, off: timedelta) -> None:
        with open_runtime(town.place, lambda: NOON + off) as opened, closing(taking.take(opened, path, WHO)) as taken:
            taking.publish(opened, taken)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(hand_in, paths, chance))
    drain.work_until_empty(runtime, lambda _: None)
    assert rows(runtime, "SELECT count(*) FROM message WHERE outcome = 'applied'") == [(40,)]
    assert rows(runtime, "SELECT count(*) FROM parked") == [(0,)]
    assert rows(runtime, "SELECT count(DISTINCT at) FROM file_row") == [(1,)]


def test_what_was_sent_before_a_crash_is_not_sent_again(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [penalty(number) for number in range(1, 4)])
    with closing(taking.take(runtime, path, WHO)) as taken:
        pass  # it was written down, and nothing was sent
    assert taken.row.sent == 0
    assert states(runtime, taken.row.file_id) == [RowState.WAITING] * 3
    town.hand_in(runtime, path)
    assert states(runtime, taken.row.file_id) == [APPLIED] * 3
    received = rows(runtime, "SELECT sum(received) FROM batch")
    with closing(taking.take(runtime, path, WHO)) as again:
        assert again.row.sent == 3
        taking.publish(runtime, again)
        taking.publish(runtime, replace(again, row=again.row._replace(sent=0)))  # all of them are in the inbox
    drain.work_until_empty(runtime, lambda _: None)
    assert rows(runtime, "SELECT sum(received) FROM batch") == received


def test_a_message_came_from_a_cell(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    file_id = town.hand_in(runtime, write_csv(tmp_path / "处罚.csv", [penalty(1), penalty(2)]))
    key = outcomes(runtime, file_id)[1].message_key or ""
    with reading(runtime.engine) as connection:
        places = find_places(connection, [key, "/inspection 1"], MASKED)
    assert places.keys() == {key}
    place = places[key]
    assert (place.name, place.row, place.columns["CF_WSH"], place.file_id) == ("处罚.csv", 3, "E", file_id)


def test_a_file_that_is_written_while_it_is_read_is_not_taken(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [penalty(number) for number in range(1, 4)])

    def write(_: int) -> None:
        with path.open("a") as file:
            file.write("\n")

    with pytest.raises(ConfigurationError, match="was changed while it was read"):
        taking.take(runtime, path, WHO, write)
    assert rows(runtime, "SELECT count(*) FROM file") == [(0,)]
    with pytest.raises(PermanentError, match="no file of that id or name"):
        file_of(runtime, "a.csv")


def test_answers_of_agencies_come_each_as_its_agency(town: Town, runtime: Runtime, tmp_path: Path) -> None:
    """The row names who answers; who may not answer as that is refused with its row."""
    answers = [
        {"通知编号": "XL01-1", "部门": agency, "办理状态": "已执行", "办理时间": "2026-06-01 09:00"}
        for agency in ("finance", "no one", "tax")
    ]
    path = write_csv(tmp_path / "a.csv", answers)
    finance = runtime.reader.routes.partners["finance"].organ_code
    found = outcomes(runtime, town.hand_in(runtime, path, replace(WHO, sender=finance)))
    assert [each.state for each in found] == [PARKED, RowState.REFUSED, RowState.REFUSED]
    assert found[0].message_key.startswith("/partner/finance sheet-") if found[0].message_key else False
    assert found[0].reason == "receipt.unknown_notice"
