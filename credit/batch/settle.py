"""Bringing records up to date: find where they stand, and let their notices and feed rows follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from credit.batch.recognise import NumberUnsound
from credit.batch.work import Work
from credit.record.hearing import heard_from
from credit.record.ids import row_id
from credit.record.rows import ActRow, RecordRow, stated
from credit.record.standing import OfficeAct, Standing, effective_acts, find_standing
from credit.routing.grounds import GroundMatch
from credit.telling import alerts, feeds, messages, notices
from credit.telling.notices import Told
from schemas.statement import ActKind, Fact

_ONE_DAY = timedelta(days=1)


def settle(records: Iterable[str], work: Work) -> None:
    """Settle records as of today; an act whose record has not come yet changes nothing."""
    for record_id in sorted(records):
        row = work.records.get(record_id)
        if row is not None:
            _settle(row, work)
    for due in _uncovered(work):
        work.dispatches.append(alerts.calendar_uncovered(due, work.rules))


def _uncovered(work: Work) -> list[date]:
    """Return the deadlines in working days that lie beyond the known holiday calendar, the first of each year."""
    notices_due = (row.lift_reply_by or row.reply_by for row in work.notices.changed.values())
    days = {day for day in notices_due if day is not None}
    days |= {row.due_on for row in work.feed_rows.changed.values() if row.in_force}
    beyond = sorted((day for day in days if day.year not in work.rules.law.calendar.years), reverse=True)
    return list({day.year: day for day in beyond}.values())


def _settle(row: RecordRow, work: Work) -> None:
    fact = work.facts.get(row.record_id) or stated(row)
    today = work.rules.at.today
    acts = acts_on(row.record_id, work)
    standing = find_standing(fact, acts, work.rules.law, today)
    told, changes_on = _tell(row, fact, standing, acts, work)
    standing = standing._replace(
        changes_on=min((day for day in (standing.changes_on, changes_on) if day), default=None)
    )
    row = row.standing(standing, today)
    work.records.put(row.record_id, row)
    _settle_notices(row, told, standing, work)
    _settle_feeds(row, fact, standing, work)


def acts_on(record_id: str, work: Work) -> list[OfficeAct]:
    """Return the acts on a record that stand, as far as the batch has come."""
    if not work.acts_on.get(record_id):
        return []  # as with nearly every record: there is nothing to follow
    return effective_acts(record_id, {target: _office_acts(target, work) for target in _reach(record_id, work)})


def _reach(record_id: str, work: Work) -> set[str]:
    reached: set[str] = set()
    waiting = [record_id]
    while waiting:
        target = waiting.pop()
        if target not in reached:
            reached.add(target)
            waiting += work.acts_on.get(target, ())
    return reached


def _office_acts(target: str, work: Work) -> list[OfficeAct]:
    return [_as_office_act(work.acts[act]) for act in work.acts_on.get(target, ())]


def _as_office_act(row: ActRow) -> OfficeAct:
    return OfficeAct(
        record_id=row.record_id,
        target_id=row.target_id,
        kind=ActKind(row.kind),
        state=row.act_state,
        occurred_on=row.occurred_on,
        time=row.event_time,
        stated_by=row.stated_by,
    )


class _Telling(NamedTuple):
    """What the agencies are told of a record, and the next day on which that changes by itself."""

    told: Sequence[Told]
    changes_on: date | None


def _tell(row: RecordRow, fact: Fact, standing: Standing, acts: Sequence[OfficeAct], work: Work) -> _Telling:
    matches: Sequence[GroundMatch] = work.rules.routes.grounds_for(
        fact, row.subject_id, sealed=standing.sealed is not None
    )
    if not matches or work.rules.law.untold(fact) is not None:
        return _Telling((), None)
    today = work.rules.at.today
    counting = work.rules.law.counting(fact)
    waits_until = counting.on if counting is not None and today < counting.on else None
    if waits_until is not None:
        matches = _at_once(matches)
    heard = heard_from(acts, work.rules.law)
    party_told = heard is not None and heard <= today
    told = notices.tell(work.subjects[row.subject_id], fact, standing, matches, today=today, party_told=party_told)
    days = [each.next_end + _ONE_DAY for each in told if each.next_end is not None]
    if waits_until is not None:
        days.append(waits_until)
    if heard is not None and any(not each.ready for each in told):
        days.append(heard)
    return _Telling(told, min(days, default=None))


def _at_once(matches: Sequence[GroundMatch]) -> list[GroundMatch]:
    """Return what a statute lays down, which only a withdrawal lifts: it holds from the decision on, whatever else."""
    asked = [(match, tuple(ask for ask in match.measures if ask.order.lifted_by == "withdrawal")) for match in matches]
    return [replace(match, measures=measures) for match, measures in asked if measures]


def _settle_notices(row: RecordRow, told: Sequence[Told], standing: Standing, work: Work) -> None:
    current = [work.notices[number] for number in work.notices_of.get(row.record_id, ())]
    if not current and not told:
        return
    contents = {(each.ground, each.agency): each.content for each in told}
    for notice, says, measures in notices.follow(row, current, told, standing.cause, work.rules):
        number = _number_of(row.subject_id, work) if says == "issued" else None
        if says == "issued" and number is None:
            continue
        work.put_notice(notice)
        if number is not None:
            content = contents[notice.ground, notice.agency]
            work.dispatches.append(messages.notice_issued(notice, content, number, work.rules))
        elif measures:
            work.dispatches.append(messages.measures_lifted(notice, measures, work.rules))
        elif says == "lifted":
            work.dispatches.append(messages.notice_lifted(notice, work.rules))


def _number_of(subject_id: str, work: Work) -> str | None:
    """Return a subject's number; None, with an alert, where what is on file is not it: nothing is said under it."""
    try:
        return work.number_of(subject_id)
    except NumberUnsound:
        if subject_id not in work.unsound:
            work.unsound.add(subject_id)
            work.dispatches.append(alerts.number_unsound(subject_id, work.rules))
        return None


def _settle_feeds(row: RecordRow, fact: Fact, standing: Standing, work: Work) -> None:
    for feed in work.rules.routes.feeds:
        current = work.feed_rows.get(row_id(feed.code, row.record_id))
        if row.category not in feed.kinds and current is None:
            continue
        person = fact.party.kind == "person"
        number = _number_of(row.subject_id, work) if person else None
        told = work.rules.law.untold(fact) is None
        shown = feeds.show(feed, fact, standing, number) if told else None
        if shown is not None and person and number is None:
            continue
        after = feeds.follow(row, feed, current, shown, work.rules, standing.ended_on)
        if after is not None:
            work.feed_rows.put(after.row_id, after)
            work.dispatches.append(messages.feed_rows(after, shown, feed, work.rules))
