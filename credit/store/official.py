"""Official results in the archive: what was decided, and how it follows what became known since.

Whoever assesses a subject holds its lock and shares `GATE` with others; the close of a year takes it alone for its last
moment. So a fact is in the close, or it is assessed after the close is committed, and corrects it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select

from credit.grading.falls import Review
from credit.grading.known import Counted, Known, count
from credit.grading.official import Case, Closed, Place, counted_on, follow_official, load_cuts
from credit.grading.regime import Regime
from credit.grading.result import Reason, dump, load
from credit.grading.rows import OfficialRow, ReviewRow
from credit.grading.sayings import TELLING, Saying
from credit.rules import Rules
from credit.store import bulk, outbox, tables
from credit.store.bulk import Question, find, one_of
from credit.store.known import make
from credit.store.shown import read_parties
from credit.telling.assessments import Told, addressees, is_news, publish
from schemas.record import Cause, State
from schemas.regime.scale import Edition
from schemas.states import ReviewState

GATE = "assess: the close of a year"
"""The lock that assessors share, and that a close takes alone."""


class _Kept(NamedTuple):
    """A record of a subject as it stands now."""

    fact: Counted
    event_time: datetime
    state: State
    cause: Cause | None
    public_until: date | None


_RECORD = tables.record.c
_RECORDS = select(
    _RECORD.subject_id,
    _RECORD.state,
    _RECORD.cause,
    _RECORD.public_until,
    _RECORD.event_time,
    _RECORD.record_id,
    _RECORD.family,
    _RECORD.organ_code,
    _RECORD.document_no,
    _RECORD.occurred_on,
    _RECORD.known_at,
    _RECORD.severity,
    _RECORD.fact,
).where(one_of(_RECORD.subject_id, "keys"), _RECORD.sealed_clause.is_(None))


def _of_subjects(table: Table, row: type[Any]) -> Any:
    return select(*(table.columns[name] for name in row._fields)).where(one_of(table.c.subject_id, "keys"))


_OFFICIAL = _of_subjects(tables.official, OfficialRow)
_CLOSED_YEAR = tables.closed_year.c
_CLOSED = select(
    _CLOSED_YEAR.regime, _CLOSED_YEAR.year, _CLOSED_YEAR.closed_on, _CLOSED_YEAR.cuts, _CLOSED_YEAR.digest
).order_by(_CLOSED_YEAR.year)
_REVIEWS = _of_subjects(tables.review, ReviewRow)


def read_closed(connection: Connection, regimes: Collection[str]) -> dict[str, list[Closed]]:
    """Return the closed years of some regimes, each in order; a regime without one is left out."""
    found: dict[str, list[Closed]] = {}
    for row in connection.execute(_CLOSED):
        if row.regime in regimes:
            edition = _edition(connection, row.regime, row.year, row.digest)
            found.setdefault(row.regime, []).append(Closed(row.year, row.closed_on, edition, load_cuts(row.cuts)))
    return found


_EDITIONS: dict[tuple[str, int, str], Edition] = {}
"""The rules of closed years, which never change: they are read once."""


def _edition(connection: Connection, regime: str, year: int, digest: str) -> Edition:
    """Return the rules by which a year was closed; `digest`, of its results, tells archives apart."""
    key = (regime, year, digest)
    if key not in _EDITIONS:
        closed = tables.closed_year.c
        text = connection.execute(select(closed.rules).where(closed.regime == regime, closed.year == year)).scalar_one()
        _EDITIONS[key] = Edition.model_validate_json(text)
    return _EDITIONS[key]


def settle_official(
    connection: Connection, archives: Mapping[str, Collection[str]], known: Mapping[str, Known], rules: Rules
) -> Settled:
    """Let the official results of some archives follow what is known now.

    `archives` are the members of each by its last subject, which the caller holds the locks of, and `known` is what was
    read under them. A result that says something else gets a new version, and everybody who was told is told again.
    Without a closed year there is nothing to do.
    """
    closed = read_closed(connection, rules.regimes.keys())
    if not closed:
        return Settled(0, {})
    on_file = _read(connection, archives)
    changed: list[OfficialRow] = []
    reviews: list[ReviewRow] = []
    failed: dict[str, Exception] = {}
    for final in sorted(archives):
        try:
            results, falls = _follow(final, closed, known[final], on_file, rules)
        except Exception as error:  # noqa: BLE001 - one subject must not hold up the others
            failed[final] = error
        else:
            changed += results
            reviews += falls
    bulk.insert(connection, tables.official, changed)
    bulk.upsert(connection, tables.review, reviews)
    tell(connection, ((row, load(row.reasons)) for row in changed), rules)
    return Settled(len(changed) + len(reviews), failed)


class Settled(NamedTuple):
    """How many rows were written, and on whom the rules failed: of these nothing was."""

    changed: int
    failed: Mapping[str, Exception]


class _Rows(NamedTuple):
    results: list[OfficialRow]
    reviews: list[ReviewRow]


def _follow(final: str, closed: Mapping[str, Sequence[Closed]], now: Known, on_file: _OnFile, rules: Rules) -> _Rows:
    rows = _Rows([], [])
    for code, years in closed.items():
        case = _case(rules.regimes[code], years, now, on_file, final)
        followed = follow_official(case, rules.law.calendar, rules.at.now, rules.at.today)
        stored = [row for row in on_file.reviews[final] if row.regime == code]
        rows.results.extend(followed.results)
        rows.reviews.extend(_review_rows(stored, followed.reviews, code, final))
    return rows


class _OnFile(NamedTuple):
    """What is on file of some archives, by their last subject."""

    records: Mapping[str, list[_Kept]]
    official: Mapping[str, list[OfficialRow]]
    reviews: Mapping[str, list[ReviewRow]]


def _read(connection: Connection, archives: Mapping[str, Collection[str]]) -> _OnFile:
    owners = {member: final for final, members in archives.items() for member in members}
    records, official, reviews = find(
        connection, Question(_RECORDS, owners), Question(_OFFICIAL, archives), Question(_REVIEWS, owners)
    )
    kept: defaultdict[str, list[_Kept]] = defaultdict(list)
    for subject_id, state, cause, until, event_time, *rest in records:
        one = _Kept(count(*rest), event_time, State(state), Cause(cause) if cause else None, until)
        kept[owners[subject_id]].append(one)
    decided: defaultdict[str, list[OfficialRow]] = defaultdict(list)
    for row in map(OfficialRow._make, official):
        decided[row.subject_id].append(row)
    reviewed: defaultdict[str, list[ReviewRow]] = defaultdict(list)
    for each in map(ReviewRow._make, reviews):
        reviewed[owners[each.subject_id]].append(each)
    return _OnFile(kept, decided, reviewed)


def _case(regime: Regime, closed: Sequence[Closed], now: Known, on_file: _OnFile, final: str) -> Case:
    records = on_file.records[final]
    last: dict[Place, OfficialRow] = {}
    for row in sorted(on_file.official[final], key=lambda row: row.version):
        if row.regime == regime.code:
            last[Place(row.scale, row.year)] = row
    return Case(
        regime=regime,
        closed=closed,
        at_close={each.year: _know(final, records, each.closed_on) for each in closed},
        now=now,
        last=last,
        undone={each.fact.record_id: each.cause for each in records if each.cause is not None},
    )


def _know(final: str, records: Iterable[_Kept], closed_on: date) -> Known:
    """Return what is known now of what counted on the day of a close, and who the subject was on that day."""
    facts: list[Counted] = []
    sayings: list[Saying] = []
    for each in records:
        counts = counted_on(closed_on, each.fact.occurred_on, each.state, each.public_until)
        if counts:
            facts.append(each.fact)
        if each.fact.family in TELLING and each.state is not State.WITHDRAWN and each.fact.occurred_on <= closed_on:
            sayings.append(Saying(each.fact, each.event_time, counts))
    return make(final, facts, sayings)


def _review_rows(
    stored: Iterable[ReviewRow], reviews: Iterable[Review], regime: str, subject_id: str
) -> Iterator[ReviewRow]:
    """Return the rows of reviews that are not on file as they stand now; those whose fall is no more are moot."""
    wanted = {(each.scale, each.year, subject_id, each.to_grade): each for each in reviews}
    on_file = {(row.scale, row.year, row.subject_id, row.to_grade): row for row in stored}
    for key, review in wanted.items():
        row = _review_row(review, regime, subject_id)
        if on_file.get(key) != row:
            yield row
    for key, row in on_file.items():
        if key not in wanted and row.state != ReviewState.MOOT:
            yield row._replace(state=ReviewState.MOOT.value)


def _review_row(review: Review, regime: str, subject_id: str) -> ReviewRow:
    decision = review.decision
    return ReviewRow(
        regime=regime,
        scale=review.scale,
        year=review.year,
        subject_id=subject_id,
        from_grade=review.from_grade,
        to_grade=review.to_grade,
        since=review.since,
        report_by=review.report_by,
        state=review.state.value,
        reasons=dump(review.reasons),
        decided_grade=review.grade if decision else None,
        decided_by=decision.record.record_id if decision else None,
        decided_at=decision.known_at if decision else None,
    )


def tell(connection: Connection, decided: Iterable[tuple[OfficialRow, tuple[Reason, ...]]], rules: Rules) -> int:
    """Publish what is news of some official results to the consumers of their regimes; return how many messages."""
    whom = _Addressees(rules)
    news = [(row, reasons, told) for row, reasons in decided if is_news(row) and (told := whom.of(row))]
    if not news:
        return 0
    parties = read_parties(connection, {row.subject_id for row, *_ in news}, rules)
    messages = [
        publish(Told(row, reasons, parties[row.subject_id], consumers), rules.regimes[row.regime], rules)
        for row, reasons, consumers in news
        if row.subject_id in parties
    ]
    outbox.enqueue(connection, messages)
    return len(messages)


class _Addressees:
    """Whom results are for, found once for all that are alike."""

    def __init__(self, rules: Rules) -> None:
        self.regimes = rules.regimes
        self.found: dict[tuple[str, str, date, str | None, str | None], tuple[str, ...]] = {}

    def of(self, row: OfficialRow) -> tuple[str, ...]:
        alike = (row.regime, row.scale, row.decided_on, row.grade, row.previous)
        if alike not in self.found:
            self.found[alike] = addressees(row, self.regimes[row.regime])
        return self.found[alike]
