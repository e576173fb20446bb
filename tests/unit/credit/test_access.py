"""Who may do what, how passwords and codes are judged, and who is the second person. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest

from credit.access import foureyes, passwords, roles, second
from credit.access.account import AccountRow, GrantRow, Holder, ProposalRow, SessionRow, check_name, hold
from credit.access.refusal import AccessRefused
from credit.access.sessions import hash_token, is_alive, make_token
from schemas.access import FourEyes
from schemas.rights import Right, Role
from tests.once import HASHER

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ACCOUNT = AccountRow("chen", "陈晨", None, None, False, None, 0, None, None, NOW, "root")  # noqa: FBT003


def grant(role: Role, organ: str = "*", begins: date = date(2026, 1, 1), ends: date | None = None) -> GrantRow:
    return GrantRow(1, "chen", role.value, organ, begins, ends, "root", NOW, "")


def held(*grants: GrantRow, now: datetime = NOW) -> Holder:
    found = hold(ACCOUNT, grants, now)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "together",
    [
        {Role.SYSTEM, Role.SECURITY},
        {Role.SYSTEM, Role.AUDITOR},
        {Role.SECURITY, Role.AUDITOR},
        {Role.AUDITOR, Role.CLERK},
        {Role.AUDITOR, Role.OPERATOR},
    ],
)
def test_roles_that_nobody_holds_together(together: set[Role]) -> None:
    with pytest.raises(AccessRefused):
        roles.check_together(together)


@pytest.mark.parametrize(
    "together", [{Role.CLERK, Role.REVIEWER}, {Role.SYSTEM, Role.OPERATOR}, {Role.SECURITY}, set()]
)
def test_roles_that_go_together(together: set[Role]) -> None:
    roles.check_together(together)


def test_no_administrator_has_the_right_of_another() -> None:
    assert Right.GRANT not in roles.RIGHTS[Role.SYSTEM]
    assert Right.ACCOUNTS not in roles.RIGHTS[Role.SECURITY]
    assert roles.RIGHTS[Role.AUDITOR] == {Right.LOG}
    for right, role in ((Right.GRANT, Role.SECURITY), (Right.ACCOUNTS, Role.SYSTEM), (Right.LOG, Role.AUDITOR)):
        assert [each for each in Role if right in roles.RIGHTS[each]] == [role]
    assert all(any(right in roles.RIGHTS[role] for role in Role) for right in Right)


def test_a_grant_holds_from_its_first_day_to_its_last_in_shanghai() -> None:
    clerk = grant(Role.CLERK, begins=date(2026, 6, 1), ends=date(2026, 6, 2))
    days = {
        "2026-05-31T23:59+08:00": False,
        "2026-06-01T00:00+08:00": True,
        "2026-06-02T23:59+08:00": True,
        "2026-06-03T00:00+08:00": False,
    }
    assert {at: held(clerk, now=datetime.fromisoformat(at)).may(Right.LOOK) for at in days} == days
    assert not held(clerk._replace(revoked_at=NOW)).rights
    assert not held(clerk._replace(account="other")).rights


def test_a_disabled_account_holds_nothing() -> None:
    assert hold(ACCOUNT._replace(disabled_at=NOW), [grant(Role.CLERK)], NOW) is None


def test_what_a_role_brings_for_one_organ_is_no_right_for_another() -> None:
    both = held(grant(Role.CLERK, "A"), grant(Role.REVIEWER, "B"))
    assert both.organs == frozenset({"A", "B"})
    assert both.may(Right.ENTER, "A")
    assert not both.may(Right.ENTER, "B")
    assert both.may(Right.CONFIRM, "B")
    assert not both.may(Right.CONFIRM, "A")
    assert "A" in (both.why_not(Right.CONFIRM, "A") or "")
    viewer = both.viewer()
    assert (viewer.sees_numbers, viewer.sees_sealed, viewer.organs) == (False, False, frozenset({"A", "B"}))
    assert held(grant(Role.REVIEWER, "B")).viewer().sees_numbers
    assert held(grant(Role.CLERK, "A"), grant(Role.REVIEWER)).viewer().sees_numbers
    assert not held(grant(Role.CLERK), grant(Role.REVIEWER, "B")).viewer().sees_numbers


def test_who_may_look_at_nothing_sees_no_organ() -> None:
    assert held(grant(Role.SYSTEM)).organs == frozenset()
    assert held(grant(Role.CLERK)).organs is None


def test_what_is_lacking_is_said_with_who_has_it() -> None:
    told = held(grant(Role.CLERK)).why_not(Right.GRANT)
    assert told == "您没有“授权”的权限（安全管理员有），请向安全管理员申请。"


@pytest.mark.parametrize("name", ["Chen", " chen.li ", "c2"])
def test_names_of_accounts(name: str) -> None:
    assert check_name(name) == name.strip().lower()


@pytest.mark.parametrize("name", ["", "c", "陈晨", "2c", "a b", "a" * 33, "a\x00b", "a/../b", "chen\n"[:-1] + "<"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(AccessRefused):
        check_name(name)


@pytest.mark.parametrize(
    "password",
    [
        "short-1",
        "1234567890",
        "password123!",
        "!!!Password2026",
        "aaaaaaaaaaaa",
        "ababababababab",
        "abcdefghijkl",
        "lkjihgfedcba",
        "my-CHEN-is-here",
        "Admin@2026",
        "ｐａｓｓｗｏｒｄ１２３",
        "x" * 100 + "abcdef" * 20,
    ],
)
def test_passwords_that_are_guessed(password: str) -> None:
    with pytest.raises(AccessRefused):
        passwords.check(password, "chen")


@pytest.mark.parametrize("password", ["杏林春暖桃李芬芳满园", "correct horse battery", "Zk7-pq2Lm9"])
def test_passwords_that_will_do(password: str) -> None:
    passwords.check(password, "chen")


def test_a_password_is_kept_as_a_hash_that_is_made_anew_when_its_parameters_are_old() -> None:
    kept = passwords.digest("Zk7-pq2Lm9 é")
    assert kept.startswith("$argon2id$")
    assert passwords.verify(kept, "Zk7-pq2Lm9 e\u0301")
    assert not passwords.verify(kept, "zk7-pq2Lm9 é")
    assert not passwords.verify(None, "Zk7-pq2Lm9 é")
    assert not passwords.verify("no hash", "x")
    assert not passwords.is_outdated(kept)
    assert passwords.is_outdated(kept.replace("t=3", "t=2"))


def test_a_password_costs_who_guesses_it_64_mib_and_three_passes() -> None:
    kept = HASHER.hash("Zk7-pq2Lm9")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert HASHER.verify(kept, "Zk7-pq2Lm9")


def test_an_initial_password_will_do() -> None:
    passwords.check(passwords.make_initial(), "chen")
    assert passwords.make_initial() != passwords.make_initial()


def test_a_code_is_accepted_one_step_early_or_late_and_once() -> None:
    totp, step = pyotp.TOTP(SECRET), second.step_of(NOW)
    for drift in (-1, 0, 1):
        assert second.accept(SECRET, totp.at(NOW, counter_offset=drift), 0, NOW) == step + drift
    for drift in (-2, 2):
        assert second.accept(SECRET, totp.at(NOW, counter_offset=drift), 0, NOW) is None
    present = totp.at(NOW)
    assert second.accept(SECRET, f"{present[:3]} {present[3:]}", step - 1, NOW) == step
    assert second.accept(SECRET, present, step, NOW) is None
    assert second.accept(SECRET, totp.at(NOW, counter_offset=-1), step, NOW) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "²23456"])
def test_what_is_no_code(code: str) -> None:
    assert second.accept(SECRET, code, 0, NOW) is None


def session(**said: object) -> SessionRow:
    row = SessionRow("s", "chen", hash_token("t"), True, NOW, NOW, "", "")  # noqa: FBT003
    return row._replace(**said)  # type: ignore[arg-type]


def test_a_session_ends_when_it_is_idle_and_after_half_a_day() -> None:
    assert is_alive(session(), NOW + 14 * MINUTE)
    assert not is_alive(session(), NOW + 15 * MINUTE)
    late = NOW + timedelta(hours=12)
    assert is_alive(session(seen_at=late - MINUTE), late - MINUTE)
    assert not is_alive(session(seen_at=late - MINUTE), late)
    assert not is_alive(session(ended_at=NOW), NOW)
    assert is_alive(session(complete=False), NOW + 4 * MINUTE)
    assert not is_alive(session(complete=False), NOW + 5 * MINUTE)
    assert len(make_token()) >= 43


def proposal(**said: object) -> ProposalRow:
    row = ProposalRow("p", "discard", "", "A", b"", "", "chen", "陈晨", "", NOW, NOW + foureyes.WAITS, "open")
    return row._replace(**said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "person", "role", "organ", "may"),
    [
        ("li", "李四", Role.REVIEWER, "*", True),
        ("li", "李四", Role.REVIEWER, "A", True),
        ("li", "李四", Role.REVIEWER, "B", False),
        ("li", "李四", Role.CLERK, "*", False),
        ("chen", "陈晨", Role.REVIEWER, "*", False),
        ("chen2", "陈晨", Role.REVIEWER, "*", False),
    ],
)
def test_the_second_person_is_another_one_with_the_right(
    account: str,
    person: str,
    role: Role,
    organ: str,
    may: bool,  # noqa: FBT001 - a column of the table
) -> None:
    mine = grant(role, organ)._replace(account=account)
    holder = hold(ACCOUNT._replace(name=account, person=person), [mine], NOW)
    assert holder is not None
    assert (foureyes.why_not_decide(proposal(), holder, NOW) is None) is may


def test_what_is_decided_or_too_old_is_not_decided_again() -> None:
    reviewer = hold(ACCOUNT._replace(name="li", person="李四"), [grant(Role.REVIEWER)._replace(account="li")], NOW)
    assert reviewer is not None
    foureyes.check_decider(proposal(), reviewer, NOW + foureyes.WAITS - MINUTE)
    for row, at in (
        (proposal(), NOW + foureyes.WAITS),
        (proposal(state="refused"), NOW),
        (proposal(state="done"), NOW),
    ):
        with pytest.raises(AccessRefused):
            foureyes.check_decider(row, reviewer, at)


def test_whoever_proposes_has_the_right_to() -> None:
    foureyes.check_proposer(FourEyes.DISCARD, held(grant(Role.CLERK)), None)
    with pytest.raises(AccessRefused):
        foureyes.check_proposer(FourEyes.WITHDRAWAL, held(grant(Role.OPERATOR)), None)
    with pytest.raises(AccessRefused):
        foureyes.check_proposer(FourEyes.WITHDRAWAL, held(grant(Role.CLERK, "A")), "B")
    assert set(foureyes.PROPOSING) == set(FourEyes)
