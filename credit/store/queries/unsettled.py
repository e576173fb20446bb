"""What its source contradicts itself about, and nobody has settled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all

from credit.store.queries.sight import is_seen
from credit.store.queries.view import View
from credit.store.tables import ASKED, DISPUTED, act, dispute, record
from schemas.states import DisputeStep

_NAMES = ("record_id", "organ_code", "document_no", "revision", "event_time")


def select_unasked(view: View) -> Select[Any]:
    """Return the records and acts that contradict themselves and whose source was not asked; whose, and since when."""
    target = record.alias("target")
    of_seen = select(target.c.subject_id).where(target.c.record_id == act.c.target_id, is_seen(view, target))
    of_records = select(*(record.c[name] for name in _NAMES), record.c.subject_id).where(DISPUTED, is_seen(view))
    of_acts = select(*(act.c[name] for name in _NAMES), of_seen.scalar_subquery().label("subject_id"))
    found = union_all(of_records, of_acts.where(DISPUTED, of_seen.exists())).subquery("disputed")
    question = select(dispute.c.dispute_id).where(
        ASKED,
        dispute.c.record_id == found.c.record_id,
        dispute.c.revision == found.c.revision,
        ~is_taken_since(),
    )
    return select(found).where(~question.exists())


def is_taken_since() -> ColumnElement[bool]:
    """Return the condition that somebody decided which content of a revision holds, after its source was asked."""
    decided = dispute.alias("decided")
    since = select(decided.c.dispute_id).where(
        decided.c.record_id == dispute.c.record_id,
        decided.c.revision == dispute.c.revision,
        decided.c.dispute_id > dispute.c.dispute_id,
        decided.c.step == DisputeStep.TAKEN.value,
        decided.c.undone_at.is_(None),
    )
    return since.exists()
