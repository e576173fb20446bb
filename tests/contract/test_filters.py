"""What restricts a list, and the pages of what is left; the same over both stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from credit import vault
from credit.access.account import AccountRow, GrantRow
from credit.grading.rows import DrawRow
from credit.identity import MASKED
from credit.record.rows import AlertRow
from credit.store import bulk, tables
from credit.store.engine import connect, reading, writing
from credit.store.parked import Choice
from credit.store.queries import (
    accounts,
    alerts,
    disputes,
    draws,
    duties,
    feeds,
    files,
    links,
    notices,
    parked,
    parked_piles,
    splits,
)
from credit.store.queries.page import Part
from credit.store.queries.view import View
from credit.vault import Algorithm
from schemas.alerts import AlertKind, Urgency
from schemas.reasons import Reason
from schemas.rights import Role
from schemas.states import DisputeStep, FeedState, FileState
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, NOON, ORGAN, put

OTHER = "11410400005451234X"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
VIEW = View(MASKED, vault.generate(Algorithm.AES_256_GCM), (NOON + 18 * DAY).date())
TODAY = VIEW.today
LATE, NEAR = TODAY - DAY, TODAY + DAY


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


def walk(read: Callable[[Part], Any], key_of: Callable[[Any], str]) -> list[Any]:
    """All rows of a list that is read one row a page."""
    found: list[Any] = []
    while some := read(Part(key_of(found[-1]) if found else "", 1)):
        found += some
    return found


def test_alerts_by_kind_and_urgency(engine: Engine) -> None:
    kinds = (("worker-missing", "page"), ("feed-late", "ticket"), ("notice-overdue", "ticket"))
    with writing(engine) as connection:
        for number, (kind, urgency) in enumerate(kinds, 1):
            row = AlertRow(number, kind, "x", urgency, NOON, None, 1, NOON, "", "[]")
            connection.execute(insert(tables.alert).values(row._asdict()))
    with reading(engine) as connection:

        def found(wanted: alerts.Filter) -> list[int]:
            return [
                row.alert_id for row in walk(lambda part: alerts.find_alerts(connection, wanted, part), alerts.key_of)
            ]

        assert found(alerts.Filter(urgency=Urgency.TICKET)) == [3, 2]
        assert found(alerts.Filter(AlertKind.FEED_LATE)) == [2]
        assert found(alerts.Filter(AlertKind.FEED_LATE, Urgency.PAGE)) == []


def test_draws_by_regime_and_draw(engine: Engine) -> None:
    with writing(engine) as connection:
        for number, (regime, draw) in enumerate((("city", "random"), ("city", "special"), ("town", "random"))):
            row = DrawRow(f"{regime}/{draw}/1", regime, draw, "1", "s", NOON + number * DAY, "李", None, "d", b"", "{}")
            bulk.insert(connection, tables.draw, [row])
    with reading(engine) as connection:

        def found(wanted: draws.Filter) -> list[str]:
            return [row.draw_no for row in walk(lambda part: draws.find_draws(connection, part, wanted), draws.key_of)]

        assert found(draws.Filter("city")) == ["city/special/1", "city/random/1"]
        assert found(draws.Filter(draw="random")) == ["town/random/1", "city/random/1"]
        assert found(draws.Filter("town", "special")) == []


def test_files_by_sender_and_where_they_stand(engine: Engine) -> None:
    at = NOON + timedelta(hours=1)
    half = rows.file("half", ORGAN, at - 30 * MINUTE)._replace(state="taken", rows=8, sent=7)
    taken = rows.file("taken", ORGAN, at - 29 * MINUTE)._replace(state="taken", rows=8, sent=7)
    sent = rows.file("sent", OTHER, NOON)._replace(state="taken", rows=8, sent=8)
    put(engine, half, taken, sent, rows.file("answered", OTHER, NOON))
    with reading(engine) as connection:

        def found(wanted: files.Filter) -> set[str]:
            read = walk(lambda part: files.find_files(connection, VIEW, part, wanted), lambda it: files.key_of(it.row))
            return {each.row.file_id for each in read}

        assert found(files.Filter(OTHER)) == {"sent", "answered"}
        by_state = {state: found(files.Filter(stands=(state, at))) for state in FileState}
    assert by_state == {
        FileState.TAKEN: {"taken", "sent"},
        FileState.HALF: {"half"},
        FileState.ANSWERED: {"answered"},
        FileState.REFUSED: set(),
    }


def test_notices_whose_end_nobody_confirmed_by_agency_and_by_their_day(engine: Engine) -> None:
    lifted: dict[str, Any] = {"lift_cause": "repaired", "lifted_at": NOON}
    put(
        engine,
        rows.organisation(CLINIC, VIEW.keyring),
        rows.record(),
        rows.notice("XL1-1", lift_reply_by=LATE, **lifted),
        rows.notice("XL2-1", lift_reply_by=TODAY, **lifted),
        rows.notice("XL3-1", agency="police", part_reply_by=NEAR),
        rows.notice("XL4-1"),
    )
    with reading(engine) as connection:

        def found(wanted: notices.UnclosedFilter) -> list[str]:
            read = walk(lambda part: notices.find_unclosed(connection, VIEW, part, wanted), notices.key_of_unclosed)
            return [each.row.notice_no for each in read]

        assert found(notices.EVERY_UNCLOSED) == ["XL1-1", "XL2-1", "XL3-1"]
        assert found(notices.UnclosedFilter("police")) == ["XL3-1"]
        assert found(notices.UnclosedFilter(late=True)) == ["XL1-1"]
        assert found(notices.UnclosedFilter("tax", late=False)) == ["XL2-1"]


def test_rows_that_somebody_has_to_see_to_by_feed_and_state(engine: Engine) -> None:
    put(
        engine,
        rows.organisation(CLINIC, VIEW.keyring),
        rows.record(),
        rows.feed_row("held", held='["missing:CF_NR"]'),
        rows.feed_row("refused", result_code="2001", result_at=NOON),
        rows.feed_row("late", feed="other"),
        rows.feed_row("accepted", result_code="0000", result_at=NOON),
    )
    with reading(engine) as connection:

        def found(wanted: feeds.Filter) -> set[str]:
            read = walk(lambda part: feeds.find_tasks(connection, VIEW, None, part, wanted), feeds.key_of)
            return {each.entry.row.row_id for each in read}

        assert found(feeds.EVERYTHING) == {"held", "refused", "late"}
        assert found(feeds.Filter("other")) == {"late"}
        assert found(feeds.Filter(state=FeedState.REFUSED)) == {"refused"}
        assert found(feeds.Filter("other", FeedState.HELD)) == set()


def test_cases_that_were_not_handed_over_by_organ_and_by_their_day(engine: Engine) -> None:
    put(
        engine,
        rows.organisation(CLINIC, VIEW.keyring),
        *(rows.record(f"r{n}", document_no="同一文号", transfer_by=LATE) for n in range(2)),
        rows.record("r2", organ_code=OTHER, transfer_by=NEAR),
        rows.record("r3", transfer_by=LATE, sealed_clause="某条"),
        rows.record("r4"),
    )
    with reading(engine) as connection:

        def found(wanted: duties.UntransferredFilter) -> list[str]:
            read = walk(
                lambda part: duties.find_untransferred(connection, VIEW, part, wanted), duties.key_of_untransferred
            )
            return [each.record_id for each in read]

        assert found(duties.EVERY_UNTRANSFERRED) == ["r0", "r1", "r2"]
        assert found(duties.UntransferredFilter(late=True)) == ["r0", "r1"]
        assert found(duties.UntransferredFilter(OTHER, late=True)) == []
        assert duties.count_transfers(connection, VIEW) == (4, 0)


def test_piles_by_what_is_said_of_their_messages(engine: Engine) -> None:
    sent = (("a", ORGAN, "json.invalid", ""), ("b", OTHER, "item.invalid", "party.uscc: wrong"))
    for source, sender, reason, detail in (*sent, sent[1]):
        with reading(engine) as connection:
            number = len(parked.find_parked(connection, MASKED))
        key = f"/{source} {number}"
        put(engine, rows.message(key, "parked", record_id=None, sender=sender), rows.parked(key, reason, detail))
    with reading(engine) as connection:

        def found(choice: Choice) -> list[tuple[str, int]]:
            read = walk(lambda part: parked_piles.find_piles(connection, VIEW, choice, part), parked_piles.key_of)
            return [(each.source, each.count) for each in read]

        assert found(Choice()) == [("/b", 2), ("/a", 1)]
        assert found(Choice(reason=Reason("json.invalid"))) == [("/a", 1)]
        assert found(Choice(item="party.uscc")) == [("/b", 2)]
        assert found(Choice(sender=ORGAN, item="party.uscc")) == []
        assert found(Choice(senders=frozenset({ORGAN}))) == [("/a", 1)]
        assert found(Choice(numbers=frozenset({1, 2}))) == [("/a", 1), ("/b", 1)]


def test_links_and_splits_by_who_decided_and_whether_they_hold(engine: Engine) -> None:
    undone = {"undone_by": "王芳", "undone_at": NOON}
    put(engine, *(rows.record(f"r{n}", sealed_clause="某条" if n == 3 else None) for n in range(4)))
    with writing(engine) as connection:
        for n, more in enumerate(({}, undone, undone | {}, {})):
            by = "李科长" if n < 2 else "赵科长"
            ends = {"subject_id": f"s{n}", "continued_as": CLINIC, "linked_by": by, "linked_at": NOON, "note": ""}
            part = {"record_id": f"r{n}", "part_id": f"part{n}", "document_no": "x", "subject_id": CLINIC, "note": ""}
            connection.execute(insert(tables.link).values(ends | more))
            connection.execute(insert(tables.split).values(part | {"split_by": by, "split_at": NOON} | more))
    with reading(engine) as connection:

        def linked(wanted: links.Filter) -> list[int]:
            return [row.link_id for row in walk(lambda part: links.find_links(connection, wanted, part), links.key_of)]

        def parted(wanted: splits.Filter) -> list[int]:
            read = walk(lambda part: splits.find_splits(connection, wanted, part), splits.key_of)
            return [row.split_id for row in read]

        assert linked(links.EVERYTHING) == [4, 3, 2, 1]
        assert linked(links.Filter("李科长")) == [2, 1]
        assert linked(links.Filter("赵科长", undone=False)) == [4]
        assert [links.read_link(connection, number) is None for number in (1, 5, 2**70)] == [False, True, True]
        # The fourth is of a sealed record.
        assert parted(splits.EVERYTHING) == [3, 2, 1]
        assert parted(splits.Filter(undone=True)) == [3, 2]
        assert parted(splits.Filter("李科长", undone=False)) == [1]
        assert parted(splits.Filter(records=frozenset({"r0", "part1", "r3"}))) == [2, 1]


def test_disputed_records_and_what_was_decided_of_them(engine: Engine) -> None:
    said = {"revision": 1, "decided_by": "李科长", "note": "", "decided_at": NOON}
    asked = said | {"step": "asked", "due_on": TODAY}
    taken = said | {"step": "taken", "message_key": "/x", "digest": b"", "dismissed": "[]"}
    put(
        engine,
        rows.record("r1", disputed=True),
        rows.record("r2", disputed=True, organ_code=OTHER),
        rows.record("r3", disputed=True, sealed_clause="某条"),
        rows.act("a1", "r1", "objection", "filed", disputed=True),
    )
    with writing(engine) as connection:
        for record_id, row in (("r1", asked), ("r2", taken | {"decided_by": "赵科长"}), ("r3", asked)):
            connection.execute(insert(tables.dispute).values(row | {"record_id": record_id}))
        undone = taken | {"record_id": "r1", "undone_by": "王芳", "undone_at": NOON}
        connection.execute(insert(tables.dispute).values(undone))
    with reading(engine) as connection:

        def found(wanted: disputes.Filter) -> list[str]:
            read = walk(lambda part: disputes.find_disputed(connection, part, wanted), lambda it: it.after)
            return [each.record_id for each in read]

        def decided(wanted: disputes.SettlementFilter) -> list[int]:
            read = walk(lambda part: disputes.find_settlements(connection, wanted, part), disputes.key_of_settlement)
            return [each.dispute_id for each in read]

        assert found(disputes.EVERYTHING) == ["a1", "r1", "r2"]
        assert found(disputes.Filter("credit.office.objection")) == ["a1"]
        assert found(disputes.Filter(organ=OTHER)) == ["r2"]
        assert found(disputes.Filter(asked=True)) == ["r1"]
        assert found(disputes.Filter(asked=False)) == ["a1", "r2"]
        # The third is of a sealed record.
        assert decided(disputes.EVERY_SETTLEMENT) == [4, 2, 1]
        assert decided(disputes.SettlementFilter(DisputeStep.TAKEN)) == [4, 2]
        assert decided(disputes.SettlementFilter(by="李科长", undone=False)) == [1]
        assert decided(disputes.SettlementFilter(records=frozenset({"r1"}))) == [4, 1]


def test_accounts_by_name_person_role_and_whether_they_are_disabled(engine: Engine) -> None:
    grants = {
        "li": ("clerk", TODAY, None, None),
        "sun": ("clerk", LATE, LATE, None),
        "wang": ("auditor", TODAY, TODAY, None),
        "wu": ("clerk", TODAY, None, NOON),
    }
    with writing(engine) as connection:
        for number, (name, (role, begins, ends, revoked)) in enumerate(grants.items(), 1):
            person = "李四" if name in {"li", "sun"} else "王五"
            row = AccountRow(name, person, password=None, password_at=None, must_change=False, second=None,
                             second_step=0, system_user=None, oidc_subject=None, made_at=NOON, made_by="x",
                             disabled_at=NOON if name == "wu" else None)  # fmt: skip
            grant = GrantRow(number, name, role, "*", begins, ends, "x", NOON, "到岗", revoked)
            connection.execute(insert(tables.account).values(row._asdict()))
            connection.execute(insert(tables.account_role).values(grant._asdict()))
    with reading(engine) as connection:

        def found(wanted: accounts.Filter) -> list[str]:
            return [
                row.name for row in walk(lambda part: accounts.find_accounts(connection, wanted, part), accounts.key_of)
            ]

        assert found(accounts.EVERYTHING) == ["li", "sun", "wang", "wu"]
        assert found(accounts.Filter("sun")) == ["sun"]
        assert found(accounts.Filter(person="李四")) == ["li", "sun"]
        assert found(accounts.Filter(role=(Role.CLERK, TODAY))) == ["li"]
        assert found(accounts.Filter(role=(Role.AUDITOR, TODAY))) == ["wang"]
        assert found(accounts.Filter(role=(Role.CLERK, LATE))) == ["sun"]
        assert found(accounts.Filter(disabled=True)) == ["wu"]
