"""The terms on which a program works on an archive, looked at again at the start of each transaction that writes.

The tables are those that the program was built for, its keys open what others have sealed, and its clock agrees with
the database's. What moves one of them, an upgrade or a new key, takes the lock of the terms alone; so no transaction
that began on other terms is still under way then, and none can begin later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, select, text

from credit.store import tables
from credit.store.engine import bound, together
from credit.vault import Keyring, key_id_of
from schemas.errors import ClockWrong, OutOfStep

_LOCK = 0x58494E474C494E
_SHARED = f"SELECT pg_advisory_xact_lock_shared({_LOCK})".encode()
_ALONE = text(f"SELECT pg_advisory_xact_lock({_LOCK})")
_VERSION = "(SELECT version_num FROM alembic_version)"
_SEALED = "(SELECT sealed FROM keymark WHERE mark = 'keys')"
_STATE = f"SELECT {_VERSION}, {_SEALED}, clock_timestamp()".encode()
_LATEST = select(tables.worker.c.heard_at).order_by(tables.worker.c.heard_at.desc()).limit(1)

LONGEST_DECISION = timedelta(hours=12)
"""So long after it was begun a decision may still be committed, as when thousands of records are settled in a row."""

LONGEST_REST = timedelta(days=35)
"""An embedded archive has no other clock to ask. After a longer rest a person has to say that the clock is right."""


def move(connection: Connection) -> None:
    """Be alone with the terms until the transaction ends: all that write have ended, and others wait.

    On SQLite the transaction holds the write lock already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)


@dataclass(frozen=True, slots=True)
class Terms:
    """The version of the tables, the keys, the clock of this host, and by how much that may be wrong.

    `decided_by` is the clock that decisions are made by: the same, unless somebody decides as of another time.
    """

    version: str
    keyring: Keyring
    clock: Callable[[], datetime]
    tolerance: timedelta
    decided_by: Callable[[], datetime]

    def look(self, connection: Connection) -> None:
        """Refuse a transaction on other terms; on PostgreSQL it travels with the BEGIN and costs no round trip.

        Raises:
            OutOfStep: the tables or the keys have changed since this program started.
            ClockWrong: this host's clock is further from the database's, or from what the archive has seen, than
                it may be.
        """
        self.look_but_for_the_clock(connection, self._check_clock)

    def look_but_for_the_clock(
        self,
        connection: Connection,
        check_clock: Callable[[datetime, datetime, datetime | None], None] = lambda *_: None,
    ) -> None:
        """Do as `look`, whatever the time is: for what only says that a worker is there."""
        before = self.clock()
        version, sealed, theirs = _read(connection)
        if version != self.version:
            raise OutOfStep(
                f"the archive's tables are at {version} now, and this program was started on {self.version}: "
                "start it anew, in the version that fits the tables"
            )
        if sealed is not None and key_id_of(bytes(sealed)) not in self.keyring.data_keys:
            raise OutOfStep(
                "the archive's keys were rotated since this program started: give it the new key file and start it anew"
            )
        check_clock(before, self.clock(), theirs)

    def confirm(self, moment: datetime) -> None:
        """Refuse what was decided by a time that the clock says no longer: it was set right since, and `look` passes.

        Raises:
            ClockWrong: the moment of the decision is still to come, or more than `LONGEST_DECISION` ago.
        """
        now = self.decided_by()
        if not now - LONGEST_DECISION <= moment <= now + self.tolerance:
            raise ClockWrong(
                f"this was decided at {moment:%Y-%m-%d %H:%M:%S}Z by a clock that says {now:%Y-%m-%d %H:%M:%S}Z now: "
                "it is not committed, and decided again"
            )

    def _check_clock(self, before: datetime, after: datetime, theirs: datetime | None) -> None:
        """Compare with the database's time, read between two looks at ours; without one there is nothing to compare."""
        if theirs is not None:
            refuse_wrong_clock(before, after, theirs, self.tolerance)


def confirm(connection: Connection, moment: datetime) -> None:
    """Refuse, within a transaction that writes, what was decided by a wrong clock that was set right before it began.

    Raises:
        ClockWrong: see `Terms.confirm`; of an engine that is bound to no terms nothing is refused.
    """
    terms: Terms | None = connection.get_execution_options().get("terms")
    if terms is not None:
        terms.confirm(moment)


def under(engine: Engine, terms: Terms) -> Engine:
    """Return the same engine, bound to terms: each of its transactions that write looks at them first."""
    return bound(engine, terms.look).execution_options(terms=terms)


def with_keys(engine: Engine, keyring: Keyring) -> Engine:
    """Return the same engine, bound to the same terms but for the keys; one that is bound to none stays so."""
    terms: Terms | None = engine.get_execution_options().get("terms")
    return under(engine, replace(terms, keyring=keyring)) if terms is not None else engine


@dataclass(frozen=True, slots=True)
class LoneTerms(Terms):
    """The terms of an embedded archive: the database has the host's own clock, so its own past is the witness."""

    def _check_clock(self, _before: datetime, after: datetime, latest: datetime | None) -> None:
        if latest is not None:
            refuse_leap(after, latest, self.tolerance)


def refuse_wrong_clock(before: datetime, after: datetime, theirs: datetime, tolerance: timedelta) -> None:
    """Refuse a clock that is further than `tolerance` from another, which was read between two looks at it.

    Raises:
        ClockWrong: it says by how much.
    """
    if before - tolerance <= theirs <= after + tolerance:
        return
    raise ClockWrong(
        f"this host's clock says {after:%Y-%m-%d %H:%M:%S}Z and the database's {theirs:%Y-%m-%d %H:%M:%S}Z: "
        "nothing is decided until they agree; set the wrong one right"
    )


def refuse_leap(now: datetime, latest: datetime, tolerance: timedelta) -> None:
    """Refuse a time before the latest that a worker has seen, or so long after it that the clock may have run away.

    Raises:
        ClockWrong: it names both.
    """
    if latest - tolerance <= now <= latest + LONGEST_REST:
        return
    raise ClockWrong(
        f"this host's clock says {now:%Y-%m-%d %H:%M:%S}Z, and a worker of this archive was last at work at "
        f"{latest:%Y-%m-%d %H:%M:%S}Z: set the clock right, or confirm it with `xinglin db clock --confirm`"
    )


def _read(connection: Connection) -> tuple[str, bytes | None, datetime | None]:
    """Return the version of the tables, the sealed word of the keys, and the time to compare with."""
    raw = connection.connection.driver_connection
    if isinstance(raw, psycopg.Connection):
        with together(connection):
            raw.execute(_SHARED)
            # A statement of its own: it sees what was committed while the lock was waited for.
            cursor: psycopg.Cursor[Any] = raw.execute(_STATE)
        (found,) = cursor.fetchall()
        return found[0], found[1], found[2]
    version, sealed = connection.execute(text(f"SELECT {_VERSION}, {_SEALED}")).one()
    return version, sealed, connection.execute(_LATEST).scalar_one_or_none()
