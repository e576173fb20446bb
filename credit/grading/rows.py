"""The rows of assessment: frozen values whose field names are the column names of `credit.store.tables`."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple


class TouchedRow(NamedTuple):
    """That what is known of a subject changed: it has to be assessed again.

    `touched_at` is the time of the decision that changed it. `held_until`: an attempt to assess it failed for good, and
    nobody tries again before then; None as nearly always.
    """

    subject_id: str
    touched_at: datetime
    held_until: datetime | None = None


class SweepRow(NamedTuple):
    """By which regimes and on which day every subject of the archive was assessed. There is one row, or none.

    None: no regime is followed. `edition` is the digest of the regimes (`credit.grading.regime.digest_of`), and
    `loaded_at` when they were loaded by the assessor that began. `reached` is the last subject that was touched, in the
    database's order; None: all were.
    """

    sweep: str
    edition: str
    loaded_at: datetime
    day: date
    reached: str | None


class GradeRow(NamedTuple):
    """The current standing of a subject on a scale in a year, before the quota.

    `number` is the decimal in full, `reasons` the JSON of `credit.grading.result.dump`. `hidden`: the grade is no
    longer shown. `as_of` is the day of the assessment that last changed it.
    """

    regime: str
    scale: str
    year: int
    subject_id: str
    edition: date
    number: str | None
    grade: str | None
    reasons: str
    hidden: bool
    licensed_on: date | None
    records: int
    as_of: date
    changed_at: datetime


class EntryRow(NamedTuple):
    """A subject on a list by one rule, or that it was. `year` is 0 where there is not one list for each year.

    `since` is the day of the fact, or of the close, that made it enough, `until` the last day where the rule has one.
    `state` is one of `schemas.states.EntryState`. `left_on` is the first day on which it was not listed any more.
    """

    regime: str
    list_id: str
    kind: str
    year: int
    subject_id: str
    rule: str
    tier: str | None
    since: date
    until: date | None
    state: str
    reasons: str
    left_on: date | None
    as_of: date
    changed_at: datetime


class OfficialRow(NamedTuple):
    """An official result: what was decided at the close of a year, and each correction of it, by `version` from 1.

    `previous` is the grade of the official result before, of the year before for version 1. `cause` is close, review
    or correction.
    """

    regime: str
    scale: str
    year: int
    subject_id: str
    version: int
    edition: date
    number: str | None
    grade: str | None
    previous: str | None
    reasons: str
    cause: str
    decided_on: date
    decided_at: datetime


class CloseRow(NamedTuple):
    """That the year of a regime was closed: when, by whom, how many were assessed, and the digest of the results.

    `by` is the name that was given, `account` the user of the operating system. `rules` is the edition of the regime
    that governed the year, as JSON: corrections follow it, whatever the file says by then. `cuts` says in JSON how the
    quota of each scale was filled (`credit.grading.official.load_cuts`).
    """

    regime: str
    year: int
    closed_on: date
    closed_at: datetime
    by: str
    account: str | None
    assessed: int
    not_assessed: int
    rules: str
    cuts: str
    digest: str


class ReviewRow(NamedTuple):
    """A fall below the official grade during a year, which a person decides; `since` is the day of its fact.

    `state` is open, confirmed, adjusted, rejected or moot. `decided_by` is the id of the record that decided.
    """

    regime: str
    scale: str
    year: int
    subject_id: str
    from_grade: str
    to_grade: str
    since: date
    report_by: date
    state: str
    reasons: str
    decided_grade: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


class DutyRow(NamedTuple):
    """A duty of a unit, once for each `period` or each thing it is `about`: when it is due, and what shows it done.

    `about` (the id of a record or a subject), `period` and `subject_id` are empty texts where there is none. It is
    shown from `began_on` or `warn_on` on, whichever is earlier. `covered` is False where holidays that are not
    announced yet may still move `due_on`. `times` says how many of those that are `asked` were seen, `done_by` is the
    record of the last of them. `alert`: whether an operator is told that it was missed. `from_facts`: it follows from
    what facts say alone, and not from when something became known, was decided, or was seen to be over.
    """

    regime: str
    duty: str
    unit: str
    about: str
    period: str
    subject_id: str
    began_on: date
    warn_on: date
    due_on: date
    covered: bool
    alert: bool
    from_facts: bool
    asked: int
    times: int
    done_on: date | None
    done_by: str | None


class ShownRow(NamedTuple):
    """That a record of a subject shows a duty of a unit done, for a period or for what it is about, on a day.

    The subject is the one that the record is about, such as the unit that reports; not the one that the duty is about.
    """

    regime: str
    duty: str
    unit: str
    about: str
    period: str
    record_id: str
    subject_id: str
    shown_on: date


class DrawRow(NamedTuple):
    """A draw 双随机 that was held: from which seed, of which ballot, by whom.

    `draw_no` is `REGIME/DRAW/PERIOD`: there is one draw for a period. `population` is the digest of the ballot and
    `ballot` the ballot itself, compressed. `report` is JSON: the lots of each grade, and the policy's edition and
    clause. `by` is the name that was given, `account` the user of the operating system.
    """

    draw_no: str
    regime: str
    draw: str
    period: str
    seed: str
    drawn_at: datetime
    by: str
    account: str | None
    population: str
    ballot: bytes
    report: str


class DrawnRow(NamedTuple):
    """A subject of a draw, and who goes there, in the `place` of its ticket; `why` is drawn, always or list.

    `inspectors` is a JSON list of ids; `replaced` a JSON list of those who could not go: who, who goes instead, who
    decided it, why and when.
    """

    draw_no: str
    subject_id: str
    place: int
    grade: str | None
    why: str
    inspectors: str
    replaced: str
