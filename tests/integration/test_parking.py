"""What a person, or a newly known identifier, does with parked messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from credit.identity import IdKind
from credit.record import places
from credit.record.merging import Head, Outcome, Taken, join
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store import archive
from credit.store.engine import reading
from credit.store.queries.ledger import read_ledger
from tests.builders import LI, NOON, WANG, decided, desk, feed_in, mend, message, rows
from workers.decisions import identities
from workers.decisions.parking import Desk, Mending, Verdict
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

pytestmark = pytest.mark.long

HOSPITAL = "124104814170481228"
LICENCE = "41704812241048111A1001"


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    def clock() -> datetime:
        return NOON

    with open_runtime(place, clock) as opened:
        yield opened


def only(runtime: Runtime) -> int:
    ((number,),) = rows(runtime, "SELECT parked_id FROM parked WHERE closed_as IS NULL")
    return int(number)


def outcomes(runtime: Runtime) -> dict[str, str]:
    return dict(rows(runtime, "SELECT message_key, outcome FROM message"))


def replay(runtime: Runtime, number: int) -> Verdict:
    (verdict,) = desk(runtime).replay([number])
    return verdict


def by_licence(message_id: str, **changes: Any) -> Posting:
    party = {"kind": "organisation", "name": "舞钢市样本人民医院", "licence_no": LICENCE}
    return message("office.honour", message_id, party=party, **changes)


def about(name: str, message_id: str, number: str = WANG) -> Posting:
    party = {"kind": "person", "name": name, "id_type": "身份证", "id_no": number}
    return message("office.honour", message_id, party=party, document_no=f"{message_id}号")


class TestMend:
    def test_a_mended_message_keeps_its_identity_and_its_history(self, runtime: Runtime) -> None:
        bad, good = message("penalty", "1", CF_NR_FK=""), message("penalty", "1")
        feed_in(runtime, bad)
        number = only(runtime)
        assert mend(runtime, number, message("penalty", "1", CF_WSH="")).reason == "item.missing"
        assert only(runtime) == number
        assert mend(runtime, number, good).outcome == "applied"
        assert outcomes(runtime) == {"/inspection 1": "applied"}
        assert rows(runtime, "SELECT stated_by FROM record") == [("/inspection 1",)]
        events = rows(runtime, 'SELECT action, "by", note, raw, event_id FROM parked_event ORDER BY event_id')
        assert [event[:3] for event in events] == [("mend", "李科长", "补正")] * 2
        assert runtime.keyring.unseal(events[0][3], places.of_former_message(events[0][4])) == bad.body
        ((raw,),) = rows(runtime, "SELECT raw FROM message")
        assert runtime.keyring.unseal(raw, places.of_message("/inspection 1")) == good.body

    def test_the_mended_message_and_the_first_one_are_repeats_when_the_source_sends_them(
        self, runtime: Runtime
    ) -> None:
        bad, good = message("penalty", "1", CF_NR_FK=""), message("penalty", "1")
        feed_in(runtime, bad)
        mend(runtime, only(runtime), good)
        feed_in(runtime, bad, good)
        assert rows(runtime, "SELECT outcome, repeats FROM message") == [("applied", 2)]

    @pytest.mark.parametrize("message_id", ["1", "a#1", "a#0123456789abcdef"])
    def test_another_message_is_refused(self, runtime: Runtime, message_id: str) -> None:
        feed_in(runtime, message("penalty", message_id, CF_NR_FK=""))
        number = only(runtime)
        refused = mend(runtime, number, message("penalty", "2"))
        assert refused.outcome == "unmended"
        assert "another message" in refused.detail
        assert rows(runtime, "SELECT count(*) FROM parked_event") == [(0,)]
        assert mend(runtime, number, message("penalty", message_id)).closed

    def test_bytes_that_had_no_envelope_become_whatever_message_they_should_have_been(self, runtime: Runtime) -> None:
        feed_in(runtime, message("security.offence", "0", sanction="criminal"))
        ((number,),) = rows(runtime, "SELECT notice_no FROM notice WHERE agency = 'finance'")
        answer = {"source": "/partner/finance", "sender": "11410481001581767M"}
        at = runtime.clock().isoformat()
        good = message(
            "partner.receipt", "1", answer, notice_no=number, agency="finance", state="executed", at=at, measures=[]
        )
        feed_in(runtime, Posting(good.body[:-3], good.type))
        assert mend(runtime, only(runtime), good).closed
        assert rows(runtime, "SELECT reply_state FROM notice WHERE agency = 'finance'") == [("executed",)]


class TestReplay:
    def test_as_long_as_nothing_has_changed_it_stays_parked(self, runtime: Runtime) -> None:
        feed_in(runtime, by_licence("1"))
        found = replay(runtime, only(runtime))
        assert (found.was, found.outcome, found.reason) == ("identity.unresolved", "parked", "identity.unresolved")
        assert rows(runtime, 'SELECT action, "by" FROM parked_event') == [("replay", "李科长")]
        assert rows(runtime, "SELECT count(*) FROM waiting") == [(1,)]

    def test_what_is_closed_is_not_replayed(self, runtime: Runtime) -> None:
        feed_in(runtime, by_licence("1"))
        number = only(runtime)
        worker = desk(runtime, "重复登记")
        worker.discard([number])
        for work in (worker.replay, worker.discard, lambda numbers: worker.mend(numbers, Mending(bytes))):
            assert work([number]) == []
        assert rows(runtime, "SELECT closed_as, closed_by FROM parked") == [("discarded", "李科长")]
        assert outcomes(runtime) == {"/office 1": "parked"}

    def test_a_discarded_message_is_not_freed_by_an_identifier(self, runtime: Runtime) -> None:
        feed_in(runtime, by_licence("1"))
        desk(runtime, "重复登记").discard([only(runtime)])
        feed_in(runtime, message("licensing.registration", "2"))
        assert outcomes(runtime) == {"/office 1": "parked", "/licensing 2": "applied"}

    def test_of_two_at_once_one_does_it(self, runtime: Runtime) -> None:
        feed_in(runtime, message("penalty", "early", CF_JDRQ="2026/06/02", CF_YXQ="2027/06/02"))
        number, rules = only(runtime), _tomorrow(runtime)
        start = threading.Barrier(2)

        def work(by: str) -> list[str]:
            worker = Desk(runtime.engine, runtime.reader, lambda: rules, Decision(by, "", runtime.clock()))
            start.wait()
            return [verdict.outcome for verdict in worker.replay([number])]

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(work, ["李科长", "王科长"]))
        assert sorted(done) == [[], ["applied"]]
        assert rows(runtime, "SELECT count(*) FROM outbox WHERE routing_key = 'feed.credit-china'") == [(1,)]
        assert rows(runtime, "SELECT count(*) FROM parked_event") == [(1,)]


class TestWaiting:
    def test_a_known_identifier_frees_what_waited_for_it(self, runtime: Runtime) -> None:
        feed_in(runtime, by_licence("1"))
        feed_in(runtime, message("licensing.registration", "2"))
        assert outcomes(runtime) == {"/office 1": "applied", "/licensing 2": "applied"}
        assert rows(runtime, "SELECT subject_id FROM record WHERE stated_by = '/office 1'") == [(HOSPITAL,)]
        assert rows(runtime, "SELECT closed_as FROM parked") == [("applied",)]
        assert rows(runtime, "SELECT count(*) FROM waiting") == [(0,)]
        with reading(runtime.engine) as connection:
            ledger = read_ledger(connection)
        assert (ledger.received, ledger.applied, ledger.parked, ledger.balanced) == (2, 2, 0, True)

    def test_a_claim_after_a_crash_is_made_up_for_by_the_clock(self, runtime: Runtime) -> None:
        feed_in(runtime, by_licence("1"))
        rules = runtime.rules()
        posting = message("licensing.registration", "2")
        arrival = runtime.reader.read("credit.in.licensing", posting.body, {}, rules.at.today)
        # The half of an intake that was done before a crash.
        archive.take_in(runtime.engine, [arrival], rules)
        assert outcomes(runtime)["/office 1"] == "parked"
        assert runtime.scheduler().tick().replayed == 1
        assert outcomes(runtime)["/office 1"] == "applied"

    def test_a_chain_of_identifiers_is_followed_to_its_end(self, runtime: Runtime) -> None:
        last = {"kind": "organisation", "name": "医院", "insurer_code": "H41048100012"}
        middle = last | {"licence_no": LICENCE}
        feed_in(runtime, message("office.honour", "1", party=last, document_no="1号"))
        feed_in(runtime, message("office.honour", "2", party=middle, document_no="2号"))
        feed_in(runtime, message("licensing.registration", "3"))
        assert set(outcomes(runtime).values()) == {"applied"}

    def test_one_that_the_rules_fail_on_does_not_hold_up_the_others(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        feed_in(runtime, *(by_licence(str(n), document_no=f"{n}号") for n in range(1, 4)))

        def fail(shown: Head | None, new: Head, taken: Taken | None) -> tuple[Head, Outcome]:
            if new.stated_by == "/office 2":
                raise ZeroDivisionError
            return join(shown, new, taken)

        monkeypatch.setattr("credit.batch.plan.join", fail)
        with capture_logs():
            feed_in(runtime, message("licensing.registration", "9"))
        assert outcomes(runtime) == {
            "/office 1": "applied",
            "/office 2": "parked",
            "/office 3": "applied",
            "/licensing 9": "applied",
        }
        assert rows(runtime, "SELECT reason FROM parked WHERE closed_as IS NULL") == [("internal.error",)]
        monkeypatch.undo()
        assert replay(runtime, only(runtime)).closed


class TestNames:
    def test_a_mismatch_is_decided_by_a_claim_which_frees_the_message(self, runtime: Runtime) -> None:
        feed_in(runtime, about("王某", "1"))
        feed_in(runtime, about("汪某", "2"))
        assert rows(runtime, "SELECT reason FROM parked") == [("identity.name_mismatch",)]
        identities.claim(runtime, WANG, IdKind.NAME, "汪某", decided("李科长", "查明"))
        assert set(outcomes(runtime).values()) == {"applied"}
        assert rows(runtime, "SELECT count(DISTINCT subject_id) FROM record") == [(1,)]
        feed_in(runtime, about("汪某", "3"), about("黄某", "4"), about("汪某", "5", LI))
        assert outcomes(runtime)["/office 3"] == "applied"
        assert outcomes(runtime)["/office 4"] == "parked"
        assert outcomes(runtime)["/office 5"] == "applied"

    def test_a_name_that_was_disclaimed_is_a_mismatch_again(self, runtime: Runtime) -> None:
        feed_in(runtime, about("王某", "1"))
        identities.claim(runtime, WANG, IdKind.NAME, "汪某", decided("李科长", "查明"))
        identities.disclaim(runtime, WANG, IdKind.NAME, "汪某", decided("李科长", "查明"))
        feed_in(runtime, about("汪某", "2"))
        assert outcomes(runtime)["/office 2"] == "parked"


def _tomorrow(runtime: Runtime) -> Rules:
    rules = runtime.rules()
    return replace(rules, at=replace(rules.at, today=date(2026, 6, 2)))
