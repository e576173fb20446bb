"""The open cases of alerts that point at something: so many of a kind, since when, and the first few."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from credit.store.queries.piles import SAMPLE, SEALED
from credit.store.tables import act, alert_case, record
from credit.telling.observation import Cases, Waiting

_SEALED_CASE = "所涉记录已封存，请由有权查看的人员核实"


def _choose_cases() -> Select[Any]:
    cases = select(alert_case).where(alert_case.c.closed_at.is_(None)).subquery()
    group = (cases.c.kind, cases.c.subject)
    placed = select(
        *group,
        cases.c.about,
        cases.c.name,
        cases.c.detail,
        cases.c.opened_at,
        func.count().over(partition_by=group).label("number"),
        func.row_number().over(partition_by=group, order_by=(cases.c.opened_at, cases.c.about)).label("place"),
    ).subquery("placed")
    sealed = _is_sealed(placed.c.about)
    chosen = select(
        *(placed.c[name] for name in ("kind", "subject", "opened_at", "number")),
        case((sealed, SEALED), else_=placed.c.name).label("name"),
        case((sealed, _SEALED_CASE), else_=placed.c.detail).label("detail"),
    )
    return chosen.where(placed.c.place <= SAMPLE).order_by(placed.c.kind, placed.c.subject, placed.c.place)


def _is_sealed(about: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a case is about a record that is sealed, or about an act on one."""
    hidden = record.c.sealed_clause.is_not(None)
    of_record = select(record.c.record_id).where(record.c.record_id == about, hidden)
    of_act = select(act.c.record_id).join(record, record.c.record_id == act.c.target_id)
    return or_(of_record.exists(), of_act.where(act.c.record_id == about, hidden).exists())


_CASES = _choose_cases()


def read_cases(connection: Connection) -> tuple[Cases, ...]:
    """Return the open cases by their kinds and subjects; those of sealed records are not named."""
    found: dict[tuple[str, str], Cases] = {}
    for row in connection.execute(_CASES):
        first = found.get((row.kind, row.subject))
        if first is None:
            waiting = Waiting(row.number, row.opened_at, (row.name,))
            found[row.kind, row.subject] = Cases(row.kind, row.subject, waiting, row.detail)
        else:
            waiting = Waiting(row.number, first.waiting.since, (*first.waiting.sample, row.name))
            found[row.kind, row.subject] = Cases(row.kind, row.subject, waiting, first.detail)
    return tuple(found.values())
