"""Accounts, logins and proposals as databases keep them: the same over both, and with two at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from credit.access import foureyes
from credit.access.account import Holder, LookRow
from credit.access.refusal import AccessRefused
from credit.access.sessions import ATTEMPTS, BY_A_NAME
from credit.store import accounts, grants, looks, proposals, sessions, tables
from credit.store.accounts import NewAccount
from credit.store.acting import Acting
from credit.store.digest import digest
from credit.store.engine import connect, reading, writing
from credit.store.grants import NewGrant
from credit.store.looks import Actor
from credit.store.proposals import After, Answer, Listed, Proposed
from credit.store.queries.accounts import find_holder, need, read_grants, read_holders
from schemas.access import FourEyes, Logged, ProposalState
from schemas.rights import Right, Role
from tests.accounts import FROM, acting, give_second, make_account, nobody
from tests.builders import KEYS

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DISCARD = Proposed(FourEyes.DISCARD, "挂起报文 7 号", "", b'{"numbers":[7]}', "重复")


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    opened = connect(archive_url)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as opened:
        yield opened


def log(connection: Connection) -> list[LookRow]:
    return [LookRow(*row) for row in connection.execute(select(tables.look).order_by(tables.look.c.look_id))]


def new_grant(account: str, role: Role, organ: str = "*", ends: date | None = None) -> NewGrant:
    return NewGrant(account, role, organ, FROM, ends, "任命")


def test_the_first_accounts_are_made_by_nobody_and_then_rights_are_asked_for(connection: Connection) -> None:
    for name, person in (("sys", "孙"), ("sec", "钱"), ("aud", "周")):
        assert len(accounts.add(connection, NewAccount(name, person), nobody(NOW))) == 14
    grants.grant(connection, new_grant("sys", Role.SYSTEM), nobody(NOW))
    with pytest.raises(AccessRefused):
        accounts.add(connection, NewAccount("evil", "邪"), nobody(NOW))
    grants.grant(connection, new_grant("sec", Role.SECURITY), nobody(NOW))
    with pytest.raises(AccessRefused):
        grants.grant(connection, new_grant("aud", Role.AUDITOR), nobody(NOW))
    security = find_holder(connection, need(connection, "sec"), NOW)
    assert security is not None
    with pytest.raises(AccessRefused, match="no second factor"):
        grants.grant(connection, new_grant("aud", Role.AUDITOR), acting(security, NOW))
    give_second(connection, "aud", KEYS, NOW)
    grants.grant(connection, new_grant("aud", Role.AUDITOR), acting(security, NOW))
    assert [(row.what, row.about) for row in log(connection)] == [
        *(("account", name) for name in ("sys", "sec", "aud")),
        *(("grant", name) for name in ("sys", "sec")),
        ("second", "aud"),
        ("grant", "aud"),
    ]
    assert digest(connection, KEYS) == digest_of_nothing()


def digest_of_nothing() -> str:
    engine = connect("sqlite://")
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        return digest(connection, KEYS)


class Trio:
    """The three administrators, a clerk and a second security administrator."""

    def __init__(self, connection: Connection) -> None:
        self.system = make_account(connection, "sys", "孙", NOW, Role.SYSTEM)
        self.security = make_account(connection, "sec", "钱", NOW, Role.SECURITY)
        self.auditor = make_account(connection, "aud", "周", NOW, Role.AUDITOR)
        self.clerk = make_account(connection, "chen", "陈晨", NOW, Role.CLERK)


@pytest.fixture
def trio(connection: Connection) -> Trio:
    return Trio(connection)


Attempt = Callable[[Connection, Trio], object]
ESCALATIONS: dict[str, Attempt] = {
    "gives himself a role": lambda c, t: grants.grant(c, new_grant("sec", Role.CLERK), acting(t.security, NOW)),
    "system gives a role": lambda c, t: grants.grant(c, new_grant("chen", Role.REVIEWER), acting(t.system, NOW)),
    "auditor gives a role": lambda c, t: grants.grant(c, new_grant("chen", Role.REVIEWER), acting(t.auditor, NOW)),
    "clerk gives a role": lambda c, t: grants.grant(c, new_grant("sys", Role.CLERK), acting(t.clerk, NOW)),
    "no account gives a role": lambda c, t: grants.grant(c, new_grant("chen", Role.REVIEWER), nobody(NOW)),
    "security makes an account": lambda c, t: accounts.add(c, NewAccount("x1", "某"), acting(t.security, NOW)),
    "clerk makes an account": lambda c, t: accounts.add(c, NewAccount("x1", "某"), acting(t.clerk, NOW)),
    "two of three": lambda c, t: grants.grant(c, new_grant("sys", Role.AUDITOR), acting(t.security, NOW)),
    "auditor does business": lambda c, t: grants.grant(c, new_grant("aud", Role.CLERK), acting(t.security, NOW)),
    "administrator of one organ": lambda c, t: grants.grant(
        c, new_grant("chen", Role.SYSTEM, "A"), acting(t.security, NOW)
    ),
    "over already": lambda c, t: grants.grant(
        c, new_grant("chen", Role.REVIEWER, ends=date(2026, 5, 31)), acting(t.security, NOW)
    ),
    "twice": lambda c, t: grants.grant(c, new_grant("chen", Role.CLERK), acting(t.security, NOW)),
    "the last security": lambda c, t: accounts.disable(c, "sec", "", acting(t.system, NOW)),
    "himself disabled": lambda c, t: accounts.disable(c, "sys", "", acting(t.system, NOW)),
    "password of one who could be replaced": lambda c, t: accounts.reset_password(c, "sec", acting(t.system, NOW)),
    "administrator without a second factor": lambda c, t: grants.grant(
        c, new_grant("chen", Role.SYSTEM), acting(t.security, NOW)
    ),
    "own password": lambda c, t: accounts.reset_password(c, "sys", acting(t.system, NOW)),
    "second factor of another": lambda c, t: accounts.remove_second(c, "sec", "", acting(t.system, NOW)),
    "own second factor": lambda c, t: accounts.remove_second(c, "sec", "", acting(t.security, NOW)),
    "name taken": lambda c, t: accounts.add(c, NewAccount("CHEN", "某"), acting(t.system, NOW)),
    "system user taken": lambda c, t: accounts.add(c, NewAccount("x1", "某", "os-sec"), acting(t.system, NOW)),
    "no person": lambda c, t: accounts.add(c, NewAccount("x1", " "), acting(t.system, NOW)),
    "revoked twice": lambda c, t: grants.revoke(c, 999, "", acting(t.security, NOW)),
}


@pytest.mark.parametrize("name", ESCALATIONS)
def test_nobody_gets_more_than_is_his(connection: Connection, trio: Trio, name: str) -> None:
    before = log(connection), read_grants(connection)
    with pytest.raises(AccessRefused):
        ESCALATIONS[name](connection, trio)
    assert (log(connection), read_grants(connection)) == before


def test_who_has_a_second_factor_gets_another_password_and_keeps_the_factor(connection: Connection, trio: Trio) -> None:
    give_second(connection, "sec", KEYS, NOW)
    accounts.reset_password(connection, "sec", acting(trio.system, NOW))
    assert need(connection, "sec").second is not None
    with pytest.raises(AccessRefused, match="has a second factor"):
        give_second(connection, "sec", KEYS, NOW)


def test_one_person_is_not_two_administrators_by_two_accounts(connection: Connection, trio: Trio) -> None:
    accounts.add(connection, NewAccount("sun2", "孙"), acting(trio.system, NOW))
    give_second(connection, "sun2", KEYS, NOW)
    with pytest.raises(AccessRefused, match="two of the roles"):
        grants.grant(connection, new_grant("sun2", Role.AUDITOR), acting(trio.security, NOW))


def test_two_grants_at_once_do_not_make_two_administrators_of_one(engine: Engine) -> None:
    with writing(engine) as connection:
        trio = Trio(connection)
        give_second(connection, "chen", KEYS, NOW)

    def give(role: Role) -> bool:
        try:
            with writing(engine) as connection:
                grants.grant(connection, new_grant("chen", role), acting(trio.security, NOW))
        except AccessRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(give, (Role.SYSTEM, Role.SECURITY))) == [False, True]


def test_what_is_revoked_or_disabled_holds_no_more_and_its_sessions_end(connection: Connection, trio: Trio) -> None:
    begun = sessions.begin(connection, "chen", "203.0.113.9", "x", NOW, complete=True)
    found = sessions.find(connection, begun.token, NOW)
    assert found is not None
    assert found.account.name == "chen"
    assert tables.session.c.token_hash.name not in begun.token
    (row,) = read_grants(connection, "chen")
    grants.revoke(connection, row.grant_id, "离岗", acting(trio.security, NOW))
    holder = find_holder(connection, need(connection, "chen"), NOW)
    assert holder is not None
    assert not holder.rights
    accounts.disable(connection, "chen", "离职", acting(trio.system, NOW))
    assert sessions.find(connection, begun.token, NOW) is None
    assert find_holder(connection, need(connection, "chen"), NOW) is None
    accounts.enable(connection, "chen", "误停", acting(trio.system, NOW))
    assert sessions.find(connection, begun.token, NOW) is None
    cases = connection.execute(select(tables.alert_case.c.kind, tables.alert_case.c.name)).all()
    assert [tuple(each) for each in cases].count(("rights-changed", "chen")) == 4


def test_a_session_is_found_by_its_token_alone(connection: Connection, trio: Trio) -> None:
    begun = sessions.begin(connection, "chen", "203.0.113.9", "x" * 999, NOW, complete=True)
    for wrong in ("", begun.row.token_hash, begun.row.session_id, begun.token[:-1], begun.token.swapcase()):
        assert sessions.find(connection, wrong, NOW) is None
    later = NOW + 10 * MINUTE
    assert sessions.is_to_be_noted(begun.row, later)
    sessions.note_seen(connection, begun.row, later)
    assert sessions.find(connection, begun.token, later + 14 * MINUTE) is not None
    assert not sessions.end(connection, "aud", begun.row.session_id, "aud", later)
    assert sessions.end(connection, "chen", begun.row.session_id, "chen", later)
    assert sessions.read_alive(connection, "chen", later) == []


def test_attempts_by_a_name_from_an_address_end_there_and_those_at_once_are_no_more(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(lambda _: attempt(engine, "guess", "203.0.113.9"), range(20)))
    assert tries.count(True) == ATTEMPTS
    assert attempt(engine, "other", "203.0.113.9")
    assert attempt(engine, "guess", "203.0.113.99")  # whoever guesses locks nobody out who is elsewhere
    assert not attempt(engine, "guess", "203.0.113.9", NOW + 9 * MINUTE)
    assert attempt(engine, "guess", "203.0.113.9", NOW + 11 * MINUTE)


def test_attempts_by_a_name_from_everywhere_have_a_limit_of_their_own(engine: Engine) -> None:
    who = sessions.who("chen", KEYS)
    tries = [attempt(engine, who, f"203.0.113.{n // 4}") for n in range(BY_A_NAME + 2)]
    assert tries == [True] * BY_A_NAME + [False] * 2
    with writing(engine) as connection:
        assert sessions.is_locked(connection, "chen", KEYS, NOW)
        assert not sessions.is_locked(connection, "chen", KEYS, NOW + 11 * MINUTE)
        sessions.forget_attempts(connection, "chen", KEYS)
        assert not sessions.is_locked(connection, "chen", KEYS, NOW)
    assert attempt(engine, who, "203.0.113.99")


def test_an_account_is_locked_where_one_address_is_or_codes_are_wrong(engine: Engine) -> None:
    for who, address in ((sessions.who("chen", KEYS), "203.0.113.9"), (sessions.who_of_codes("li", KEYS), "")):
        for n in range(ATTEMPTS):
            attempt(engine, who, address or f"203.0.113.{n}", most=ATTEMPTS)
        assert not attempt(engine, who, address or "203.0.113.77", most=ATTEMPTS)
    with reading(engine) as connection:
        locked = {name: sessions.is_locked(connection, name, KEYS, NOW) for name in ("chen", "li", "wu")}
    assert locked == {"chen": True, "li": True, "wu": False}


def attempt(engine: Engine, who: str, address: str, now: datetime = NOW, most: int = BY_A_NAME) -> bool:
    with writing(engine) as connection:
        return not sessions.try_once(connection, who, address, now, most).refused


def test_old_attempts_and_sessions_go(connection: Connection) -> None:
    make_account(connection, "chen", "陈晨", NOW)
    days = [NOW - timedelta(days=number) for number in (0, 2, 40)]
    for day in days:
        sessions.try_once(connection, "who", "203.0.113.9", day)
        sessions.begin(connection, "chen", "203.0.113.9", "x", day, complete=True)
    sessions.forget_old(connection, NOW)
    assert list(connection.execute(select(tables.attempt.c.at)).scalars()) == days[:1]
    assert sorted(connection.execute(select(tables.session.c.begun_at)).scalars()) == sorted(days[:2])


def test_attempts_from_one_address_have_a_limit_that_an_office_does_not_meet(engine: Engine) -> None:
    tries = [attempt(engine, f"name{n}", "203.0.113.9") for n in range(52)]
    assert tries == [True] * 50 + [False] * 2
    assert attempt(engine, "name1", "203.0.113.10")


def test_a_code_is_spent_once_by_whoever_comes_first(engine: Engine) -> None:
    with writing(engine) as connection:
        make_account(connection, "chen", "陈晨", NOW)
        give_second(connection, "chen", KEYS, NOW)

    def spend(_: int) -> bool:
        with writing(engine) as connection:
            return accounts.spend_step(connection, "chen", 59_000_000)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(spend, range(4))) == [False, False, False, True]


def two(connection: Connection) -> tuple[Holder, Holder]:
    return (
        make_account(connection, "chen", "陈晨", NOW, Role.CLERK),
        make_account(connection, "li", "李四", NOW, Role.REVIEWER),
    )


def by(holder: Holder) -> Actor:
    return Actor(holder.account, holder.person, "/proposals", "203.0.113.9")


def test_a_proposal_is_confirmed_by_another_and_done_once(connection: Connection) -> None:
    clerk, reviewer = two(connection)
    row = proposals.propose(connection, DISCARD, clerk, by(clerk), KEYS, NOW)
    again = proposals.propose(connection, DISCARD, clerk, by(clerk), KEYS, NOW + MINUTE)
    assert again.proposal_id == row.proposal_id
    assert proposals.open_payload(row, KEYS) == DISCARD.payload
    assert b"numbers" not in row.payload
    yes = Answer(ProposalState.CONFIRMED, "属实")
    with pytest.raises(AccessRefused, match="cannot decide"):
        proposals.decide(connection, row.proposal_id, yes, clerk, by(clerk), NOW)
    with pytest.raises(AccessRefused, match="no proposal"):
        proposals.decide(connection, "none", yes, reviewer, by(reviewer), NOW)
    decided = proposals.decide(connection, row.proposal_id, yes, reviewer, by(reviewer), NOW)
    assert (decided.state, decided.decided_by) == ("confirmed", "li")
    with pytest.raises(AccessRefused):
        proposals.decide(connection, row.proposal_id, yes, reviewer, by(reviewer), NOW)
    proposals.note_done(connection, row.proposal_id, NOW)
    kept = proposals.read(connection, row.proposal_id)
    assert kept is not None
    assert kept.state == "done"
    assert [entry.what for entry in log(connection)][-2:] == [Logged.PROPOSE, Logged.CONFIRM]


def test_of_two_who_confirm_at_once_one_does(engine: Engine) -> None:
    with writing(engine) as connection:
        clerk, reviewer = two(connection)
        other = make_account(connection, "wu", "吴六", NOW, Role.REVIEWER)
        row = proposals.propose(connection, DISCARD, clerk, by(clerk), KEYS, NOW)

    def confirm(holder: Holder) -> bool:
        try:
            with writing(engine) as connection:
                answer = Answer(ProposalState.CONFIRMED, "")
                proposals.decide(connection, row.proposal_id, answer, holder, by(holder), NOW)
        except AccessRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, (reviewer, other))) == [False, True]


def test_proposals_have_pages(connection: Connection) -> None:
    clerk, reviewer = two(connection)
    made = [
        proposals.propose(
            connection, DISCARD._replace(payload=b"%d" % n), clerk, by(clerk), KEYS, NOW + n // 2 * MINUTE
        ).proposal_id
        for n in range(6)
    ]
    first = proposals.read_page(connection, Listed(), 3)
    second = proposals.read_page(connection, Listed(), 9, After(first[-1].proposed_at, first[-1].proposal_id))
    assert sorted(row.proposal_id for row in (*first, *second)) == sorted(made)
    no = Answer(ProposalState.REFUSED, "不属实")
    proposals.decide(connection, made[0], no, reviewer, by(reviewer), NOW + MINUTE)
    assert len(proposals.read_page(connection, Listed(None, NOW + 2 * MINUTE), 9)) == 5


def test_what_waits_is_open_in_time_or_confirmed_and_not_done(connection: Connection) -> None:
    clerk, reviewer = two(connection)
    made = [
        proposals.propose(
            connection, DISCARD._replace(payload=b"%d" % n), clerk, by(clerk), KEYS, NOW + n * MINUTE
        ).proposal_id
        for n in range(4)
    ]
    yes = Answer(ProposalState.CONFIRMED, "")
    for number in made[:2]:
        proposals.decide(connection, number, yes, reviewer, by(reviewer), NOW + MINUTE)
    proposals.keep_message(connection, made[0], b"{}", KEYS)
    proposals.note_done(connection, made[1], NOW + MINUTE)
    proposals.note_done(connection, made[2], NOW + MINUTE)  # nobody confirmed it

    def waiting(at: datetime) -> list[str]:
        return [row.proposal_id for row in proposals.read_page(connection, Listed(None, at), 9)]

    assert waiting(NOW + MINUTE) == [made[3], made[2], made[0]]
    assert waiting(NOW + 2 * MINUTE + foureyes.WAITS) == [made[3], made[0]]
    [left] = proposals.read_confirmed(connection, 9)
    assert left.proposal_id == made[0]
    assert left.message != b"{}"
    assert proposals.open_message(left, KEYS) == b"{}"


def test_a_page_holds_what_its_reader_may_see(connection: Connection) -> None:
    clerk, reviewer = two(connection)
    of_a = make_account(connection, "wu", "吴六", NOW, Role.REVIEWER, organ="A")
    for number, organ in enumerate(("A", "B", "")):
        wanted = DISCARD._replace(payload=b"%d" % number, organ=organ)
        proposals.propose(connection, wanted, clerk, by(clerk), KEYS, NOW + number * MINUTE)

    def seen(holder: Holder | None) -> list[str]:
        return [row.organ for row in proposals.read_page(connection, Listed(holder), 9)]

    assert seen(None) == seen(clerk) == seen(reviewer) == ["", "B", "A"]
    assert seen(of_a) == ["A"]
    assert seen(make_account(connection, "sun", "孙立", NOW, Role.SYSTEM)) == []
    every = proposals.read_page(connection, Listed(), 9)
    for holder in (clerk, reviewer, of_a):
        assert [row.organ for row in every if foureyes.may_see(row, holder)] == seen(holder)
    named = foureyes.who_may_decide(every[0], read_holders(connection, NOW), NOW)
    assert named == ["李四"]
    assert foureyes.who_may_decide(every[2], read_holders(connection, NOW), NOW) == ["李四", "吴六"]


def test_a_page_of_proposals_is_full_of_those_that_its_reader_may_see(connection: Connection) -> None:
    clerk, _ = two(connection)
    made = {}
    for n, organ in enumerate(("A", "B", "A", "", "B", "B")):
        wanted = DISCARD._replace(payload=b"%d" % n, organ=organ)
        made[n] = proposals.propose(connection, wanted, clerk, by(clerk), KEYS, NOW + n * MINUTE).proposal_id
    confirms = frozenset({Right.CONFIRM})
    of_a = Holder("a", "甲", confirms, frozenset({"A"}), {Right.CONFIRM: frozenset({"A"})})
    of_all, stranger = Holder("b", "乙", confirms), Holder("c", "丙", frozenset())

    def read(holder: Holder) -> list[int]:
        found = proposals.read_page(connection, Listed(holder), 2)
        return [n for row in found for n, each in made.items() if each == row.proposal_id]

    assert [read(each) for each in (of_a, of_all, stranger, clerk)] == [[2, 0], [5, 4], [], [5, 4]]


def test_without_any_account_nobody_is_asked_for_a_right(connection: Connection) -> None:
    from credit.store.acting import require  # noqa: PLC0415 - only here

    require(connection, Acting(None, Actor("root", "", "test"), NOW), Right.ACCOUNTS)


def test_the_digest_of_an_archive_knows_nobody(engine: Engine) -> None:
    with reading(engine) as connection:
        before = digest(connection, KEYS)
    with writing(engine) as connection:
        two(connection)
    with reading(engine) as connection:
        assert digest(connection, KEYS) == before


def test_who_is_shown_is_written_once_an_hour_for_each_account_screen_and_purpose(connection: Connection) -> None:
    def show(persons: list[str], minutes: int = 0, purpose: str = "通知", **who: str) -> None:
        actor = Actor("chen", "陈晨", "/notices", "203.0.113.9")._replace(**who)
        looks.note_shown(connection, actor, persons, purpose, NOW + minutes * MINUTE)

    show(["P2", "P1", "P2"])
    show(["P1", "P3"], 30)
    show([])
    show(["P1"], 30, account="li", person="李四")
    show(["P1"], 30, by="/closure")
    show(["P1"], 30, purpose="导出：通知")
    show(["P1"], 61)
    rows = log(connection)
    assert sorted((row.about, row.account, row.by, row.purpose) for row in rows) == sorted(
        [
            *(
                ("P1", "chen", "/notices", "通知"),
                ("P2", "chen", "/notices", "通知"),
                ("P3", "chen", "/notices", "通知"),
            ),
            ("P1", "li", "/notices", "通知"),
            ("P1", "chen", "/closure", "通知"),
            ("P1", "chen", "/notices", "导出：通知"),
            ("P1", "chen", "/notices", "通知"),
        ]
    )
    assert {row.what for row in rows} == {"look"}
    assert rows[0].address == "203.0.113.9"
    assert [row.at for row in rows if row.about == "P3"] == [NOW + 30 * MINUTE]
