"""Following alerts: what should be open against what is, in one transaction; and what a person says of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from credit.record.rows import AlertRow, CaseRow, Decision
from credit.rules import Rules
from credit.store import locks, outbox, terms
from credit.store.engine import writing
from credit.store.queries.alerts import read_alert
from credit.store.queries.observation import observe
from credit.store.tables import act, alert, alert_case, record
from credit.telling import alerts, conditions
from credit.telling.conditions import Found, Wanted
from credit.telling.observation import Books, Observation
from schemas.alerts import AlertKind
from schemas.errors import PermanentError

_LOCK = "alerts"
_INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_BY_ITSELF = "xinglin"
"""Who closed a case that the archive shows to be settled."""


class NotOpen(PermanentError):
    """There is no open alert of that number; `xinglin alerts --open` lists those there are."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What was seen, and the alerts that began and ended by it."""

    seen: Observation
    raised: tuple[AlertRow, ...]
    ended: tuple[AlertRow, ...]


def follow(engine: Engine, judge: Callable[[Observation], Found], books: Books | None, rules: Rules) -> Followed:
    """Look at the archive, judge, and let alerts begin, go on and end; any number of schedulers raise each once.

    It is looked at under the lock: who looked before another would end what that one raised.
    """
    with writing(engine) as connection:
        terms.confirm(connection, rules.at.now)
        locks.hold(connection, [_LOCK])
        _close_settled(connection, rules.at.now)
        seen = replace(
            observe(connection, rules.at, rules.law, rules.routes.sources, workers=rules.routes.workers), books=books
        )
        found = judge(seen)
        wanted = conditions.sort_subjects(found.wanted)
        held = {(row.kind, row.subject): row for row in seen.alerts}
        raised = [_raise(connection, each, rules.at.now) for key, each in wanted.items() if key not in held]
        for key in wanted.keys() & held.keys():
            _go_on(connection, held[key], wanted[key])
        over = [row for key, row in held.items() if key not in wanted and row.kind not in found.unseen]
        ended = _end(connection, over, rules.at.now)
        told = [alerts.tell_raised(row, rules) for row in raised if alerts.can_be_told(row)]
        told += [alerts.tell_ended(row, rules) for row in ended if alerts.can_be_told(row)]
        outbox.enqueue(connection, told)
    return Followed(seen, tuple(raised), tuple(ended))


def _raise(connection: Connection, wanted: Wanted, now: datetime) -> AlertRow:
    row = AlertRow(
        alert_id=0,
        kind=wanted.kind.value,
        subject=wanted.subject,
        severity=wanted.kind.severity.value,
        raised_at=now,
        ended_at=None,
        count=wanted.number,
        oldest=wanted.oldest,
        detail=wanted.detail,
        sample=_list(wanted.sample),
    )
    columns = row._asdict()
    del columns["alert_id"]
    number: int = connection.execute(insert(alert).values(columns).returning(alert.c.alert_id)).scalar_one()
    return row._replace(alert_id=number)


def _list(sample: Iterable[str]) -> str:
    return json.dumps(list(sample), ensure_ascii=False)


def _go_on(connection: Connection, row: AlertRow, wanted: Wanted) -> None:
    after = row._replace(count=wanted.number, oldest=wanted.oldest, detail=wanted.detail, sample=_list(wanted.sample))
    if after != row:
        values = {name: getattr(after, name) for name in ("count", "oldest", "detail", "sample")}
        connection.execute(update(alert).where(alert.c.alert_id == row.alert_id).values(values))


def _end(connection: Connection, over: Iterable[AlertRow], now: datetime) -> list[AlertRow]:
    ended = [row._replace(ended_at=now) for row in over]
    if ended:
        numbers = [row.alert_id for row in ended]
        connection.execute(update(alert).where(alert.c.alert_id.in_(numbers)).values(ended_at=now))
    return ended


def open_cases(connection: Connection, cases: Iterable[CaseRow]) -> None:
    """Keep what somebody has to look at; a case that is open already stays as it is, a closed one is open again.

    One statement, and none where there is no case.
    """
    rows = {(case.kind, case.about): case._asdict() for case in cases}
    if not rows:
        return
    inserting = _INSERTS[connection.dialect.name](alert_case).values([rows[key] for key in sorted(rows)])
    said = {"detail": inserting.excluded.detail, "opened_at": inserting.excluded.opened_at}
    again = said | {"closed_at": None, "closed_by": None}
    closed = alert_case.c.closed_at.is_not(None)
    keys = list(alert_case.primary_key)
    connection.execute(inserting.on_conflict_do_update(index_elements=keys, set_=again, where=closed))


def _close_settled(connection: Connection, now: datetime) -> None:
    """Close the cases of records and acts that are disputed no longer."""
    case = alert_case.c
    still = or_(
        select(record.c.record_id).where(record.c.record_id == case.about, record.c.disputed).exists(),
        select(act.c.record_id).where(act.c.record_id == case.about, act.c.disputed).exists(),
    )
    settled = and_(case.kind == AlertKind.RECORD_DISPUTED.value, ~still)
    _close(connection, settled, _BY_ITSELF, now)


def close_case(connection: Connection, kind: AlertKind, about: str, decision: Decision) -> None:
    """Close a case that a person's decision has settled; without one nothing is done."""
    _close(connection, and_(alert_case.c.kind == kind.value, alert_case.c.about == about), decision.by, decision.at)


def _close(connection: Connection, which: ColumnElement[bool], by: str, now: datetime) -> None:
    closing = update(alert_case).where(alert_case.c.closed_at.is_(None), which)
    connection.execute(closing.values(closed_at=now, closed_by=by))


def acknowledge(connection: Connection, alert_id: int, decision: Decision) -> AlertRow:
    """Say who has seen an open alert; where cases alone keep it open they are closed, and it ends with the next round.

    What came since the last round counted them stays open: nobody has seen it.

    Raises:
        NotOpen: there is no open alert of that number.
    """
    locks.hold(connection, [_LOCK])
    row = read_alert(connection, alert_id)
    if row is None or row.ended_at is not None:
        raise NotOpen(f"no open alert {alert_id}; `xinglin alerts --open` lists those there are")
    after = row._replace(
        acknowledged_by=decision.by, acknowledged_at=decision.at, note=decision.why, account=decision.account
    )
    said = {name: getattr(after, name) for name in ("acknowledged_by", "acknowledged_at", "note", "account")}
    connection.execute(update(alert).where(alert.c.alert_id == alert_id).values(said))
    if AlertKind(row.kind).closable:
        case = alert_case.c
        counted = select(case.about).where(case.kind == row.kind, case.subject == row.subject, case.closed_at.is_(None))
        counted = counted.order_by(case.opened_at, case.about).limit(row.count)
        _close(connection, and_(case.kind == row.kind, case.about.in_(counted)), decision.by, decision.at)
    return after
