"""Which role brings which rights, and which roles nobody holds together.

GB/T 22239 (等保) keeps three administrators apart: the system administrator makes accounts and gives no rights, the
security administrator gives rights and makes no accounts, the auditor reads the log and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from credit.access.refusal import AccessRefused
from schemas.rights import Right, Role

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.CLERK: frozenset(
        {
            Right.LOOK,
            Right.ENTER,
            Right.UPLOAD,
            Right.MEND,
            Right.REPLAY,
            Right.DISCARD,
            Right.DECIDE,
            Right.REVIEW,
            Right.POLICY,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Right.LOOK,
            Right.NUMBERS,
            Right.SEALED,
            Right.DECIDE,
            Right.REVIEW,
            Right.CLOSE,
            Right.CONFIRM,
            Right.POLICY,
        }
    ),
    Role.OPERATOR: frozenset(
        {Right.LOOK, Right.MEND, Right.REPLAY, Right.DISCARD, Right.OPERATE, Right.POLICY},
    ),
    Role.AUDITOR: frozenset({Right.LOG}),
    Role.SYSTEM: frozenset({Right.ACCOUNTS, Right.OPERATE}),
    Role.SECURITY: frozenset({Right.GRANT}),
}
"""The rights of each role."""

ADMINISTRATORS = frozenset({Role.AUDITOR, Role.SYSTEM, Role.SECURITY})
"""Nobody holds two of these (三员分立); they are appointed for the whole authority, never for one organ."""


def check_together(roles: Iterable[Role]) -> None:
    """Refuse roles that one account must not hold, now or by turns.

    Raises:
        AccessRefused: two of the three administrators, or an auditor with any other role.
    """
    held = set(roles)
    if len(held & ADMINISTRATORS) > 1:
        raise AccessRefused(
            "nobody holds two of the roles auditor, system and security administrator",
            "三员分立：系统管理员、安全管理员、审计管理员不得由同一账号担任",
        )
    if Role.AUDITOR in held and len(held) > 1:
        raise AccessRefused(
            "an auditor changes nothing, and so holds no other role", "审计管理员只读不办，不得兼任其他角色"
        )
