"""What is known of one subject as of any day, for whoever wants to know why it has a grade, or what it would have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from credit.batch.settle import as_office_act
from credit.grading.advice import Upward, look_up
from credit.grading.beside import Beside, compare
from credit.grading.known import Counted, Known, Who
from credit.grading.regime import Regime
from credit.grading.result import Result
from credit.grading.sayings import TELLING, Saying
from credit.grading.scale import assess
from credit.law.law import Law
from credit.record.rows import ActRow, RecordRow, SubjectRow
from credit.record.standing import OfficeAct, Standing, effective_acts, find_standing
from credit.store.known import make
from credit.store.queries.archive import keep_visible, read_acts, read_records_of, read_subjects
from credit.store.queries.sight import cite_seen
from credit.store.queries.subjects import NOT_ON_FILE, SubjectUnknown, find
from credit.store.queries.view import View
from schemas.record import State
from schemas.states import Splitting


class LeftOut(NamedTuple):
    """A record that does not count on the day, and where it stands."""

    record_id: str
    family: str
    document_no: str
    occurred_on: date
    state: State


class Found(NamedTuple):
    """A subject as of a day. `stated_by` is the message that states each record; `left_out` what does not count."""

    known: Known
    name: str
    kind: str
    stated_by: dict[str, str]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """The result of a subject on a scale, what the next better grade asks for, and its own sheet beside."""

    result: Result
    word: str | None
    upward: Upward | None
    beside: Beside | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a subject has its grades under a regime: one for each scale that covers it.

    `messages` names, by record, the message that states it; `left_out` are the records that do not count on the day.
    """

    regime: str
    year: int
    as_of: date
    subject_id: str
    name: str
    kind: str
    who: Who
    grades: tuple[Explained, ...]
    messages: dict[str, str]
    left_out: tuple[LeftOut, ...]


def explain_grades(
    connection: Connection, key: str, regime: Regime, year: int, as_of: date, law: Law, view: View
) -> Explanation:
    """Return why the subject that a key leads to has its grades, before any quota; see `find_known`.

    Raises:
        SubjectUnknown: nothing is on file under the key, or several subjects are.
    """
    found = find_known(connection, key, law, as_of, view)
    results = tuple(assess(found.known, regime, year))
    cited = {record.record_id for result in results for reason in result.reasons for record in reason.records}
    return Explanation(
        regime=regime.code,
        year=year,
        as_of=as_of,
        subject_id=found.known.subject_id,
        name=view.viewer.text(found.name),
        kind=found.kind,
        who=found.known.who,
        grades=tuple(_explain(result, regime, found.known, view) for result in results),
        messages={record: key for record, key in found.stated_by.items() if record in cited},
        left_out=found.left_out,
    )


def _explain(result: Result, regime: Regime, known: Known, view: View) -> Explained:
    scale = regime.scale(result.scale, result.year)
    assert scale is not None
    word = scale.grades[result.grade] if result.grade is not None else None
    shown = result._replace(reasons=cite_seen(view, result.reasons))
    return Explained(shown, word, look_up(result, scale), compare(scale.measure, known, result.year))


def find_known(connection: Connection, key: str, law: Law, as_of: date, view: View) -> Found:
    """Return what is known of the subject that a key leads to, as its records stand on a day.

    Every record is settled as of that day by the acts of until then; what is of a later day is not looked at.

    Raises:
        SubjectUnknown: nothing is on file under the key, or several subjects are.
    """
    lineage = find(connection, key, view.keyring)
    every = read_records_of(connection, lineage.members)
    visible = {row.record_id for row in keep_visible(every, view)}
    rows = [row for row in every if row.occurred_on <= as_of]
    subjects: dict[str, SubjectRow] = {row.subject_id: row for row in read_subjects(connection, lineage.members)}
    if not subjects:
        raise SubjectUnknown(NOT_ON_FILE)
    head = subjects.get(lineage.current) or subjects[min(subjects)]
    acts = read_acts(connection, [row.record_id for row in rows])
    counted: list[Counted] = []
    sayings: list[Saying] = []
    left_out: list[LeftOut] = []
    for row in rows:
        if row.split == Splitting.JOINED:
            continue
        standing = _stand(row, acts.get(row.record_id, ()), law, as_of)
        counts = standing.sealed is None and standing.state.counts
        if row.family in TELLING and standing.sealed is None and standing.state is not State.WITHDRAWN:
            sayings.append(Saying(_count(row, standing), row.event_time, counts))
        if counts:
            counted.append(_count(row, standing))
        elif row.record_id in visible and (view.viewer.sees_sealed or standing.sealed is None):
            left_out.append(LeftOut(row.record_id, row.family, row.document_no, row.occurred_on, standing.state))
    return Found(
        known=make(lineage.current, counted, sayings),
        name=head.name,
        kind=head.kind,
        stated_by={row.record_id: row.stated_by for row in rows if row.record_id in visible},
        left_out=tuple(left_out),
    )


def _stand(row: RecordRow, acts: Sequence[ActRow], law: Law, as_of: date) -> Standing:
    upon = _by_target(act for act in acts if act.occurred_on <= as_of)
    return find_standing(row.stated, effective_acts(row.record_id, upon), law, as_of)


def _count(row: RecordRow, standing: Standing) -> Counted:
    severity = standing.ruling.severity
    return Counted(
        row.record_id,
        row.family,
        row.organ_code,
        row.document_no,
        row.occurred_on,
        row.known_at,
        severity.value if severity else None,
        row.stated.items,
    )


def _by_target(acts: Iterable[ActRow]) -> dict[str, list[OfficeAct]]:
    upon: defaultdict[str, list[OfficeAct]] = defaultdict(list)
    for act in acts:
        upon[act.target_id].append(as_office_act(act))
    return upon
