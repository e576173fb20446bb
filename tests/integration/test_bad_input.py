"""Every kind of bad input through broker and intake: parked under its own reason, the rest goes on, nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

import pytest
from structlog.testing import capture_logs

from credit.record import places
from credit.record.merging import Head, Outcome, Taken, join
from credit.store.engine import reading
from credit.store.queries.ledger import read_ledger
from schemas.reasons import Reason
from tests.builders import LI, NOON, feed_in, message, rows
from workers.postings import Posting
from workers.reading import Reader
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

PENALTY = "credit.inspection.penalty.v1"


def clock() -> datetime:
    return NOON


def edited(old: str, new: str) -> Posting:
    """The sample penalty with a piece of its text replaced."""
    text = message("penalty", f"edited {new[:20]}").body.decode()
    assert old in text
    return Posting(text.replace(old, new).encode(), PENALTY)


def offender(**identifiers: str) -> dict[str, str]:
    return {"kind": "person", "name": "样本人员", **identifiers}


UNREADABLE = {
    "broken JSON": (Posting(b'{"specversion": "1.0", ', PENALTY), Reason.JSON_INVALID),
    "nothing": (Posting(b"", PENALTY), Reason.JSON_INVALID),
    "not an object": (Posting(b"[1, 2]", PENALTY), Reason.ENVELOPE_INVALID),
    "not UTF-8": (Posting(message("penalty", "gbk").body.decode().encode("gbk"), PENALTY), Reason.JSON_NOT_UTF8),
    "duplicate keys": (edited('"CF_WSH": ', '"CF_WSH": "x", "CF_WSH": '), Reason.JSON_DUPLICATE_KEY),
    "NaN": (edited('"0.200000"', "NaN"), Reason.JSON_NOT_A_NUMBER),
    "infinite": (edited('"0.200000"', "1e999"), Reason.JSON_NOT_A_NUMBER),
    "nested 10,000 deep": (edited('"BZ": ""', f'"BZ": {"[" * 10_000}{"]" * 10_000}'), Reason.JSON_TOO_DEEP),
    "over 1 MiB": (message("penalty", "large", BZ="x" * 1024 * 1024), Reason.MESSAGE_TOO_LARGE),
    "lone surrogate": (edited('"BZ": ""', '"BZ": "\\ud800"'), Reason.TEXT_FORBIDDEN),
    "lone surrogate in the id": (edited('"id": "', '"id": "\\udfff'), Reason.TEXT_FORBIDDEN),
    "no sender": (edited('"sender"', '"semder"'), Reason.ENVELOPE_INVALID),
    "revision beyond what is kept": (edited('"source"', f'"revision": {2**31}, "source"'), Reason.ENVELOPE_INVALID),
    "unknown type": (
        Posting(message("penalty", "gossip", {"type": "credit.weather.gossip.v1"}).body, None),
        Reason.TYPE_UNKNOWN,
    ),
    "sender of no route": (message("penalty", "who", {"sender": "91410481MA9K2F7Q0R"}), Reason.SENDER_UNKNOWN),
    "source of another queue": (message("penalty", "where", {"source": "/insurance"}), Reason.SOURCE_WRONG),
    "type of another queue": (
        Posting(message("penalty", "by").body, "credit.office.honour.v1"),
        Reason.SOURCE_WRONG,
    ),
}
READABLE = {
    "unknown version": (message("penalty", "v9", {"type": "credit.inspection.penalty.v9"}), Reason.TYPE_VERSION),
    "missing item": (message("penalty", "missing", CF_WSH=""), Reason.ITEM_MISSING),
    "wrong check digit": (message("penalty", "digit", CF_XDR_SHXYM="92410481MA9TK8C742"), Reason.USCC_CHECK),
    "17 zeros and X": (message("penalty", "zeros X", CF_XDR_SHXYM="0" * 17 + "X"), Reason.USCC_PLACEHOLDER),
    "18 zeros": (message("penalty", "zeros", CF_XDR_SHXYM="0" * 18), Reason.USCC_PLACEHOLDER),
    "impossible date": (message("penalty", "30 Feb", CF_JDRQ="2026/02/30"), Reason.DATE_INVALID),
    "future date": (message("penalty", "future", CF_JDRQ="2026/06/02", CF_YXQ="2027/06/02"), Reason.DATE_FUTURE),
    "end before begin": (message("penalty", "order", CF_YXQ="2026/04/12"), Reason.DATE_ORDER),
    "fine in yuan": (message("penalty", "yuan", CF_NR_FK="2000.000000"), Reason.FINE_IMPLAUSIBLE),
    "revision that none follows": (
        message("penalty", "revision", {"revision": 2**31 - 1}),
        Reason.REVISION_IMPLAUSIBLE,
    ),
    "time years ahead": (message("penalty", "ahead", {"time": "2099-01-01T08:00:00+08:00"}), Reason.TIME_IMPLAUSIBLE),
    "fine without amount": (message("penalty", "amount", CF_NR_FK=""), Reason.ITEM_CONDITIONAL),
    "confiscation without amount": (message("penalty", "taken", CF_CFLB="没收违法所得"), Reason.ITEM_CONDITIONAL),
    "organ's name too long": (message("penalty", "organ", CF_CFJG="局" * 201), Reason.ITEM_INVALID),
    "control character": (message("penalty", "control", CF_XDR_MC="样本\u0007店"), Reason.TEXT_FORBIDDEN),
    "zero-width": (message("penalty", "zero width", CF_XDR_MC="样本\u200b店"), Reason.TEXT_FORBIDDEN),
    "turned around": (message("penalty", "bidi", CF_XDR_MC="\u202e样本店"), Reason.TEXT_FORBIDDEN),
    "wrong digit of a person": (
        message("security.offence", "person", party=offender(id_type="身份证", id_no=LI[:-1] + "1")),
        Reason.PERSON_ID_CHECK,
    ),
    "no identifier": (message("security.offence", "nobody", party=offender()), Reason.ID_MISSING),
    "number in the wrong column": (message("penalty", "column", CF_XDR_SHXYM=LI), Reason.ID_WRONG_COLUMN),
    "receipt for nothing": (message("partner.receipt", "receipt"), Reason.RECEIPT_UNKNOWN),
    "answer to nothing": (message("feed.result", "result"), Reason.FEED_ROW_UNKNOWN),
    "licence of nobody": (
        message(
            "office.honour",
            "licence",
            party={"kind": "organisation", "name": "无名诊所", "licence_no": "PDY00000141048116D1202"},
        ),
        Reason.ID_UNRESOLVED,
    ),
}
GOOD = [message("penalty", f"good {number}", CF_WSH=f"舞卫公罚〔2026〕{number}号") for number in range(1, 6)]


def parked(runtime: Runtime) -> dict[bytes, str]:
    """The reason of each parked message by its bytes."""
    found = rows(runtime, "SELECT m.message_key, m.raw, p.reason FROM parked p JOIN message m USING (message_key)")
    return {runtime.keyring.unseal(raw, places.of_message(key)): reason for key, raw, reason in found}


def test_each_is_parked_under_its_reason_with_its_very_bytes_and_the_rest_goes_on(place: Settings) -> None:
    bad = {posting.body: (label, reason) for label, (posting, reason) in (UNREADABLE | READABLE).items()}
    postings = [posting for posting, _ in (UNREADABLE | READABLE).values()]
    mixed = [*postings[:10], GOOD[0], *postings[10:20], *GOOD[1:], *postings[20:]]
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, *mixed)
        found = {bad[body][0]: reason for body, reason in parked(runtime).items()}
        assert found == {label: reason.value for label, reason in bad.values()}
        with reading(runtime.engine) as connection:
            ledger = read_ledger(connection)
        assert (ledger.received, ledger.applied, ledger.parked) == (len(mixed), len(GOOD), len(postings))
        assert ledger.balanced
        assert rows(runtime, "SELECT count(*) FROM record") == [(len(GOOD),)]


def test_each_alone_does_nothing_but_park(place: Settings) -> None:
    with open_runtime(place, clock) as runtime:
        postings = [posting for posting, _ in READABLE.values()]
        feed_in(runtime, *postings, *postings, batch=1)
        repeats = rows(runtime, "SELECT outcome, sum(repeats), count(*) FROM message GROUP BY outcome")
        assert [(outcome, int(again), first) for outcome, again, first in repeats] == [
            ("parked", len(READABLE), len(READABLE))
        ]
        assert rows(runtime, "SELECT count(*) FROM outbox") == [(0,)]


def test_a_conflict_of_revisions_loses_neither(place: Settings) -> None:
    later = {"time": "2026-04-14T09:00:00+08:00"}
    one, two = message("penalty", "one"), message("penalty", "two", later, CF_NR="罚款人民币贰仟元")
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, two, one)
        assert rows(runtime, "SELECT disputed, stated_by FROM record") == [(1, "/inspection one")]
        outcomes = Counter(outcome for (outcome,) in rows(runtime, "SELECT outcome FROM message"))
        assert outcomes == {"applied": 1, "conflict": 1}
        assert rows(runtime, "SELECT kind FROM alert_case") == [("record-disputed",)]


def test_an_id_used_twice_for_other_content(place: Settings) -> None:
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, message("penalty", "same"))
        other = message("penalty", "same", CF_WSH="舞卫公罚〔2026〕99号")
        feed_in(runtime, other, other)
        assert parked(runtime) == {other.body: "message.id_reused"}
        assert rows(runtime, "SELECT sum(repeats) FROM message") == [(1,)]


def test_a_message_the_rules_fail_on_is_parked_alone(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something nobody foresaw, in the middle of a batch."""

    def fail(shown: Head | None, new: Head, taken: Taken | None) -> tuple[Head, Outcome]:
        if new.stated_by == "/inspection good 3":
            raise ZeroDivisionError(LI)
        return join(shown, new, taken)

    monkeypatch.setattr("credit.batch.plan.join", fail)
    with open_runtime(place, clock) as runtime:
        with capture_logs():
            feed_in(runtime, *GOOD)
        assert parked(runtime) == {GOOD[2].body: "internal.error"}
        with reading(runtime.engine) as connection:
            ledger = read_ledger(connection)
        assert (ledger.received, ledger.applied, ledger.balanced) == (5, 4, True)


def test_details_never_quote_what_was_sent(place: Settings) -> None:
    postings = [posting for posting, _ in (UNREADABLE | READABLE).values()]
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, *postings)
        details = json.dumps(rows(runtime, "SELECT detail FROM parked"), ensure_ascii=False)
        for secret in (LI, LI[:-1], "样本", "无名诊所"):
            assert secret not in details


def test_the_reader_never_raises(place: Settings) -> None:
    with open_runtime(place, clock) as runtime:
        reader: Reader = runtime.reader
        for headers in ({}, {"cloudEvents:id": b"\xff"}, {"content-type": "text/plain"}, {"cloudEvents:type": 7}):
            for body in (b"", b"\xff", b"{}", b"null", b'{"a":' * 5000):
                assert reader.read("credit.in.office", body, headers, NOON.date()).failure is not None
