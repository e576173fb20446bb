"""What of an archive is there for a viewer: the one place where rows are kept back by organ and by seal.

Who looks for some organs sees their records and what hangs on these, and of subjects those that such a record is about,
also where the subject was carried on as another. All else is as if it were not there. Every query that takes a `View`
asks here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, or_, select, true

from credit.grading.result import Reason
from credit.store.queries.view import View
from credit.store.tables import link, record


def is_of_organs(view: View, of: Any = record) -> ColumnElement[bool]:
    """Return the condition that a record is of an organ that the viewer looks for, sealed or not."""
    organs = view.viewer.organs
    return true() if organs is None else of.c.organ_code.in_(sorted(organs))


def is_seen(view: View, of: Any = record) -> ColumnElement[bool]:
    """Return the condition that a record is there for the viewer."""
    mine = is_of_organs(view, of)
    return mine if view.viewer.sees_sealed else mine & of.c.sealed_clause.is_(None)


def is_about_seen(view: View, subject_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a subject is there for a viewer who looks for some organs: one of its records is."""
    if view.viewer.organs is None:
        return true()
    own, before = record.alias("own"), record.alias("before")
    carried = _select_carried()
    of_it = select(own.c.record_id).where(own.c.subject_id == subject_id, is_seen(view, own))
    of_predecessors = (
        select(before.c.record_id)
        .join(carried, carried.c.subject_id == before.c.subject_id)
        .where(carried.c.continued_as == subject_id, is_seen(view, before))
    )
    return or_(of_it.exists(), of_predecessors.exists())


def _select_carried() -> CTE:
    """Return who was carried on as whom, over any number of steps; links are few."""
    in_force = link.c.undone_at.is_(None)
    carried = select(link.c.subject_id, link.c.continued_as).where(in_force).cte("carried", recursive=True)
    further = select(carried.c.subject_id, link.c.continued_as).join(link, link.c.subject_id == carried.c.continued_as)
    return carried.union(further.where(in_force))


def keep_seen(view: View, statement: Select[Any], subject_id: ColumnElement[str]) -> Select[Any]:
    """Return a statement restricted to the subjects that are there for the viewer."""
    return statement if view.viewer.organs is None else statement.where(is_about_seen(view, subject_id))


def cite_seen(view: View, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return reasons without the records of organs that the viewer does not look for."""
    organs = view.viewer.organs
    if organs is None:
        return tuple(reasons)
    return tuple(
        reason._replace(records=tuple(each for each in reason.records if each.organ_code in organs))
        for reason in reasons
    )
