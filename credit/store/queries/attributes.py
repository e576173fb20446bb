"""Who a subject is, from the records of its archive as a viewer sees them."""

from __future__ import annotations

from collections.abc import Iterable

from credit.grading.known import Counted, count
from credit.grading.sayings import TELLING, Saying
from credit.grading.who import Attributes, describe
from credit.identity import Viewer
from credit.record.rows import RecordRow
from schemas.record import State


def describe_by(rows: Iterable[RecordRow], viewer: Viewer) -> Attributes:
    """Return who a subject is by its records as of their settling, in the words that a viewer sees.

    What was withdrawn says nothing, nor does what is sealed, whoever looks.
    """
    return describe(
        Saying(_count(row, viewer), row.event_time, State(row.state).counts)
        for row in rows
        if row.family in TELLING and row.state != State.WITHDRAWN and row.sealed_clause is None
    )


def _count(row: RecordRow, viewer: Viewer) -> Counted:
    counted = count(
        row.record_id,
        row.family,
        row.organ_code,
        row.document_no,
        row.occurred_on,
        row.known_at,
        row.severity,
        row.fact,
    )
    return counted._replace(items=viewer.value(counted.items))
