"""What is known of one subject as of any day, for whoever wants to know why it has a grade, or what it would have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from credit.batch.settle import as_office_act
from credit.grading.known import Counted, Known
from credit.grading.sayings import TELLING, Saying
from credit.law.law import Law
from credit.record.rows import ActRow, RecordRow, SubjectRow
from credit.record.standing import OfficeAct, Standing, effective_acts, find_standing
from credit.store.known import make
from credit.store.queries.archive import read_acts, read_records_of, read_subjects
from credit.store.queries.subjects import NOT_ON_FILE, SubjectUnknown, find
from credit.store.queries.view import View
from schemas.record import State
from schemas.statement import Fact
from schemas.states import Splitting


class Found(NamedTuple):
    """A subject as of a day. `stated_by` is the message that states each record; `left_out` what does not count."""

    known: Known
    name: str
    kind: str
    stated_by: dict[str, str]
    left_out: tuple[RecordRow, ...]


def find_known(connection: Connection, key: str, law: Law, as_of: date, view: View) -> Found:
    """Return what is known of the subject that a key leads to, as its records stand on a day.

    Every record is settled as of that day by the acts of until then; what is of a later day is not looked at.

    Raises:
        SubjectUnknown: nothing is on file under the key, or several subjects are.
    """
    lineage = find(connection, key, view.keyring)
    rows = [row for row in read_records_of(connection, lineage.members) if row.occurred_on <= as_of]
    subjects: dict[str, SubjectRow] = {row.subject_id: row for row in read_subjects(connection, lineage.members)}
    if not subjects:
        raise SubjectUnknown(NOT_ON_FILE)
    head = subjects.get(lineage.current) or subjects[min(subjects)]
    acts = read_acts(connection, [row.record_id for row in rows])
    counted: list[Counted] = []
    sayings: list[Saying] = []
    left_out: list[RecordRow] = []
    for row in rows:
        if row.split == Splitting.JOINED:
            continue
        fact = row.stated
        upon = _by_target(act for act in acts.get(row.record_id, ()) if act.occurred_on <= as_of)
        standing = find_standing(fact, effective_acts(row.record_id, upon), law, as_of)
        found, counts = _count(row, fact, standing), standing.sealed is None and standing.state.counts
        if row.family in TELLING and standing.sealed is None and standing.state is not State.WITHDRAWN:
            sayings.append(Saying(found, row.event_time, counts))
        if counts:
            counted.append(found)
        elif view.viewer.sees_sealed or row.sealed_clause is None:
            left_out.append(row)
    return Found(
        known=make(lineage.current, counted, sayings),
        name=head.name,
        kind=head.kind,
        stated_by={row.record_id: row.stated_by for row in rows},
        left_out=tuple(left_out),
    )


def _count(row: RecordRow, fact: Fact, standing: Standing) -> Counted:
    severity = standing.ruling.severity
    return Counted(
        row.record_id,
        row.family,
        row.organ_code,
        row.document_no,
        row.occurred_on,
        row.known_at,
        severity.value if severity else None,
        fact.items,
    )


def _by_target(acts: Iterable[ActRow]) -> dict[str, list[OfficeAct]]:
    upon: defaultdict[str, list[OfficeAct]] = defaultdict(list)
    for act in acts:
        upon[act.target_id].append(as_office_act(act))
    return upon
