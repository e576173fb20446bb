"""What of an archive is there for a viewer: the one place where rows are kept back by organ and by seal.

Who looks for some organs sees their records and what hangs on these, and of subjects those that such a record is about,
also where the subject was carried on as another. All else is as if it were not there. Every query that takes a `View`
asks here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, literal, or_, select, true

from credit.grading.result import Reason
from credit.store.queries.view import View
from credit.store.tables import link, record


def is_of_organs(view: View, of: Any = record) -> ColumnElement[bool]:
    """Return the condition that a record, or what hangs on one, is of an organ of the viewer's, sealed or not."""
    return is_one_of_organs(view, of.c.organ_code)


def is_one_of_organs(view: View, organ: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that an organ is one that the viewer looks for: who sent a message, or handed a file in."""
    organs = view.viewer.organs
    return true() if organs is None else organ.in_(sorted(organs))


def is_seen(view: View, of: Any = record) -> ColumnElement[bool]:
    """Return the condition that a record is there for the viewer."""
    mine = is_of_organs(view, of)
    return mine if view.viewer.sees_sealed else mine & of.c.sealed_clause.is_(None)


def hangs_on_seen(view: View, of: Any) -> ColumnElement[bool]:
    """Return the condition that a notice or a row at a feed hangs on a record that is there for the viewer."""
    mine = is_of_organs(view, of)
    if view.viewer.sees_sealed:
        return mine
    # One look by the key for each: an EXISTS may be answered by reading all records first.
    on = record.alias("on_record")
    shown = select(literal(1)).where(on.c.record_id == of.c.record_id, on.c.sealed_clause.is_(None)).limit(1)
    return mine & shown.scalar_subquery().is_not(None)


def is_about_seen(view: View, subject_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a subject is there for a viewer who looks for some organs: one of its records is."""
    if view.viewer.organs is None:
        return true()
    # One look by an index for each subject: an EXISTS may be answered by reading all records of the organs first.
    own = record.alias("own")
    of_it = select(literal(1)).where(own.c.subject_id == subject_id, is_seen(view, own)).limit(1)
    return or_(of_it.scalar_subquery().is_not(None), subject_id.in_(_select_carried_on(view)))


def split_seen(view: View, statement: Select[Any], subject_id: ColumnElement[str]) -> list[Select[Any]]:
    """Return a statement restricted to the subjects that are there for the viewer, in parts that share no row.

    For who looks for some organs: of whom these have a record, and who carried such a one on. A database reads the
    first by the list where the organs know many, and by what they know where that is little.
    """
    if view.viewer.organs is None:
        return [statement]
    own = record.alias("own")
    known = select(literal(1)).where(own.c.subject_id == subject_id, is_seen(view, own)).exists()
    return [statement.where(known), statement.where(subject_id.in_(_select_carried_on(view)), ~known)]


def _select_carried_on(view: View) -> Select[Any]:
    """Return who carried on a subject that a record seen by the viewer is about."""
    carried, before = _select_carried(), record.alias("before")
    of_it = before.c.subject_id == carried.c.subject_id
    return select(carried.c.continued_as).join(before, of_it).where(is_seen(view, before))


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
