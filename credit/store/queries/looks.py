"""Reading the log of who did and saw what, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from credit.access.account import LookRow
from credit.store.tables import look
from schemas.access import Logged


class Wanted(NamedTuple):
    """Which entries are meant: all that fit what is said; `about` any of these. `since` is within, `until` is not."""

    account: str | None = None
    about: frozenset[str] | None = None
    what: Logged | None = None
    since: datetime | None = None
    until: datetime | None = None


def read_purpose(connection: Connection, account: str, subject_id: str, since: datetime) -> str | None:
    """Return for what an account last said that it looks at a person, since then and its last login; None: nothing."""
    mine = (look.c.account == account, look.c.at > since)
    login = select(look.c.look_id).where(*mine, look.c.what == Logged.LOGIN.value).order_by(look.c.look_id.desc())
    begun = connection.execute(login.limit(1)).scalar()
    said = select(look.c.purpose).where(look.c.about == subject_id, *mine, look.c.what == Logged.PURPOSE.value)
    if begun is not None:
        said = said.where(look.c.look_id > begun)
    purpose: str | None = connection.execute(said.order_by(look.c.look_id.desc()).limit(1)).scalar()
    return purpose


def read_looks(connection: Connection, wanted: Wanted, limit: int, after: int | None = None) -> list[LookRow]:
    """Return entries, those before the one numbered `after`; at most `limit`."""
    asked = select(look).order_by(look.c.look_id.desc()).limit(limit)
    if after is not None:
        asked = asked.where(look.c.look_id < after)
    if wanted.account is not None:
        asked = asked.where(look.c.account == wanted.account)
    if wanted.about is not None:
        asked = asked.where(look.c.about.in_(sorted(wanted.about)))
    if wanted.what is not None:
        asked = asked.where(look.c.what == wanted.what.value)
    if wanted.since is not None:
        asked = asked.where(look.c.at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(look.c.at < wanted.until)
    return [LookRow(*row) for row in connection.execute(asked)]
