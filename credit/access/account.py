"""Accounts as they are kept, and the `Holder`: somebody who acts, with the rights of a day."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from credit.access.refusal import AccessRefused
from credit.access.roles import RIGHTS
from credit.identity import Viewer
from schemas.rights import Right, Role

EVERY_ORGAN = "*"
"""The organ of a grant that is for all of them."""
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


class AccountRow(NamedTuple):
    """Somebody who can log in. `password` is a hash of argon2, `second` the sealed secret of the second factor.

    `second_step` is the last time step whose code was accepted: neither it nor an earlier one is accepted again.
    `must_change` says that the password was set by somebody else. `system_user` is who acts as this account on the
    command line; `oidc_subject` is the identity in the authority's own login: its `sub`,
    or `@` and the name of the user there.
    """

    name: str
    person: str
    password: str | None
    password_at: datetime | None
    must_change: bool
    second: bytes | None
    second_step: int
    system_user: str | None
    oidc_subject: str | None
    made_at: datetime
    made_by: str
    disabled_at: datetime | None = None
    disabled_by: str | None = None


class GrantRow(NamedTuple):
    """A role that an account has from `begins_on` to `ends_on`, both days included, for an organ or for all."""

    grant_id: int
    account: str
    role: str
    organ: str
    begins_on: date
    ends_on: date | None
    granted_by: str
    granted_at: datetime
    why: str
    revoked_at: datetime | None = None
    revoked_by: str | None = None


class SessionRow(NamedTuple):
    """A login. Of its token only the hash is kept; until it is `complete`, the second factor is still asked for."""

    session_id: str
    account: str
    token_hash: str
    complete: bool
    begun_at: datetime
    seen_at: datetime
    address: str
    agent: str
    ended_at: datetime | None = None
    ended_by: str | None = None


class AttemptRow(NamedTuple):
    """An attempt to log in that has not succeeded; `who` is the keyed hash of the name that was typed."""

    attempt_id: int
    who: str
    address: str
    at: datetime


class ProposalRow(NamedTuple):
    """What somebody proposes and another person confirms; `payload` is sealed, `about` says in Chinese what it is.

    `message` is what a confirmed one sends, sealed; None for what is done in the archive alone, and before.
    """

    proposal_id: str
    kind: str
    about: str
    organ: str
    payload: bytes
    fingerprint: str
    proposed_by: str
    proposer: str
    why: str
    proposed_at: datetime
    expires_at: datetime
    state: str
    decided_by: str | None = None
    decider: str | None = None
    decided_at: datetime | None = None
    answer: str | None = None
    done_at: datetime | None = None
    message: bytes | None = None


class LookRow(NamedTuple):
    """An entry of the log: who did what, when, about whom or what, why, and by which screen or command."""

    look_id: int
    at: datetime
    account: str
    person: str
    what: str
    about: str
    purpose: str
    by: str
    address: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who acts: the account, the person's name, and the rights that hold now.

    `organs` are the codes of the organs whose records may be seen; None: of all. A right that was given for some organs
    alone is in `only` with them: what a role brings for one organ is no right for another.
    """

    account: str
    person: str
    rights: frozenset[Right]
    organs: frozenset[str] | None = None
    only: Mapping[Right, frozenset[str]] = field(default_factory=dict)

    def may(self, right: Right, organ: str | None = None) -> bool:
        """Tell whether the holder has a right, and where an organ is named, has it for that organ."""
        if right not in self.rights:
            return False
        return organ is None or right not in self.only or organ in self.only[right]

    def why_not(self, right: Right, organ: str | None = None) -> str | None:
        """Return in Chinese why the holder may not do something; None where he may."""
        if self.may(right, organ):
            return None
        if right in self.rights:
            named = "全部单位" if organ == EVERY_ORGAN else f"单位 {organ}"
            return f"您的“{right.word}”权限不包括{named}，请向安全管理员申请。"
        roles = "、".join(role.word for role in Role if right in RIGHTS[role])
        return f"您没有“{right.word}”的权限（{roles}有），请向安全管理员申请。"

    def require(self, right: Right, organ: str | None = None) -> None:
        """Let pass who has a right.

        Raises:
            AccessRefused: the holder has it not.
        """
        told = self.why_not(right, organ)
        if told is not None:
            raise AccessRefused(f"account {self.account} has no right '{right.value}' for this", told)

    def viewer(self) -> Viewer:
        """Return how this holder sees what is kept: numbers and sealed ones where the right covers all shown."""
        return Viewer(
            sees_numbers=self._covers(Right.NUMBERS), sees_sealed=self._covers(Right.SEALED), organs=self.organs
        )

    def _covers(self, right: Right) -> bool:
        if right not in self.rights:
            return False
        return right not in self.only or (self.organs is not None and self.organs <= self.only[right])


def day_of(now: datetime) -> date:
    """Return the day in Asia/Shanghai, by which grants begin and end."""
    return now.astimezone(_SHANGHAI).date()


def is_in_force(grant: GrantRow, today: date) -> bool:
    """Tell whether a grant holds on a day."""
    if grant.revoked_at is not None or grant.begins_on > today:
        return False
    return grant.ends_on is None or today <= grant.ends_on


def is_to_come(grant: GrantRow, today: date) -> bool:
    """Tell whether a grant holds on a day or will later."""
    return grant.revoked_at is None and (grant.ends_on is None or today <= grant.ends_on)


def hold(account: AccountRow, grants: Iterable[GrantRow], now: datetime) -> Holder | None:
    """Return an account with the rights that its grants bring now; None where it is disabled."""
    if account.disabled_at is not None:
        return None
    organs: defaultdict[Right, set[str]] = defaultdict(set)
    for grant in grants:
        if grant.account == account.name and is_in_force(grant, day_of(now)):
            for right in RIGHTS[Role(grant.role)]:
                organs[right].add(grant.organ)
    only = {right: frozenset(named) for right, named in organs.items() if EVERY_ORGAN not in named}
    shown = None if Right.LOOK in organs and Right.LOOK not in only else only.get(Right.LOOK, frozenset())
    return Holder(account.name, account.person, frozenset(organs), shown, only)


def is_name(name: str) -> bool:
    """Tell whether a text can be the name of an account."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """Return the name of an account as it is kept: small letters, digits, dot, dash and underscore.

    Raises:
        AccessRefused: it is none.
    """
    found = name.strip().lower()
    if not is_name(found):
        raise AccessRefused(
            "an account is named by 2 to 32 small letters, digits, dots, dashes or underscores, a letter first",
            "账号名为 2 至 32 位小写字母、数字、点、短横或下划线，以字母开头",
        )
    return found
