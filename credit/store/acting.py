"""Who changes accounts: alone, by right, written in the log, and told to somebody else.

Each change is checked against the one who makes it. Whoever has no account acts on the command line of an archive
where nobody was ever given the right: the first accounts are made so.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, update

from credit.access.account import Holder
from credit.access.refusal import AccessRefused
from credit.record.rows import CaseRow
from credit.store import alerts, locks, looks
from credit.store.looks import Actor
from credit.store.queries.accounts import was_ever_granted
from credit.store.tables import session
from schemas.access import Logged
from schemas.alerts import AlertKind
from schemas.rights import Right

_ALONE = "accounts"


class Acting(NamedTuple):
    """Who changes accounts, how it stands in the log, and when. `holder` is None where there are no accounts yet."""

    holder: Holder | None
    actor: Actor
    now: datetime

    def note(self, connection: Connection, what: Logged, about: str, purpose: str) -> None:
        """Write in the log what was done."""
        looks.note(connection, self.actor, what, about, purpose, self.now)


def alone(connection: Connection) -> None:
    """Wait until nobody else changes accounts, and let nobody until the transaction ends."""
    locks.hold(connection, [_ALONE])


def require(connection: Connection, acting: Acting, right: Right) -> None:
    """Let pass who has a right, and whoever has no account as long as nobody was ever given that right.

    Raises:
        AccessRefused: the right is lacking.
    """
    if acting.holder is not None:
        if was_ever_granted(connection, right):
            acting.holder.require(right)
    elif was_ever_granted(connection, right):
        raise AccessRefused(
            f"the right '{right.value}' is demanded of an account here, and this system user has none",
            f"需要“{right.word}”权限的账号：当前系统用户没有绑定账号",
        )


def refuse_self(acting: Acting, name: str) -> None:
    """Refuse a change of one's own rights.

    Raises:
        AccessRefused: the account is the one that acts.
    """
    if acting.holder is not None and acting.holder.account == name:
        raise AccessRefused("nobody changes the own rights", "不得变更本人的授权")


def end_sessions(connection: Connection, name: str, acting: Acting) -> None:
    """End every session of an account."""
    mine = and_(session.c.account == name, session.c.ended_at.is_(None))
    connection.execute(update(session).where(mine).values(ended_at=acting.now, ended_by=acting.actor.account))


def tell_changed(connection: Connection, name: str, what: str, acting: Acting) -> None:
    """Open the case of an alert: somebody else than who did it looks at what was changed in rights."""
    detail = f"{acting.actor.person or acting.actor.account} 对账号 {name} {what}，请核对是否应当如此"
    about = f"{name} {acting.now.isoformat()} {what}"
    alerts.open_cases(connection, [CaseRow(AlertKind.RIGHTS_CHANGED.value, about, "", name, detail, acting.now)])
