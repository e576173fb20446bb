"""Bringing records up to date: find where they stand, and let their notices and feed rows follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from credit.batch import deeds
from credit.batch.deeds import Deed, Looked
from credit.batch.recognise import NumberUnsound
from credit.batch.work import Work, follow_links
from credit.record.hearing import heard_from
from credit.record.ids import row_id
from credit.record.rows import ActRow, NoticeRow, RecordRow
from credit.record.standing import OfficeAct, Standing, effective_acts, find_standing
from credit.routing.grounds import GroundMatch
from credit.telling import cases, feeds, messages, notices
from credit.telling.told import Case, Told, tell
from schemas.statement import ActKind, Fact
from schemas.states import Splitting

_ONE_DAY = timedelta(days=1)


def settle(records: Iterable[str], work: Work) -> None:
    """Settle records as of today, and what is of one deed with them; an act whose record has not come changes nothing.

    Of a deed that several records state every agency is told once.
    """
    looked = _look_at(records, work)
    together = deeds.group(each for each in looked.values() if each.shared)
    changes: dict[str, date] = {}
    shared: set[tuple[str, str]] = set()
    for deed in together:
        names = tuple(each.row.record_id for each in deed.records)
        work.deeds.append(names)
        shared.update((name, deed.ground) for name in names)
        day = _follow_deed(deed, work)
        if day is not None:
            changes |= {name: min(day, changes.get(name, day)) for name in names}
    for name in sorted(looked):
        _settle(looked[name], {ground for ground in looked[name].shared if (name, ground) in shared}, changes, work)


def _look_at(records: Iterable[str], work: Work) -> dict[str, Looked]:
    """Find where records stand, and those that may be of one deed with one of them."""
    looked: dict[str, Looked] = {}
    waiting = sorted(records)
    while waiting:
        row = work.records.get(waiting.pop())
        if row is None or row.record_id in looked:
            continue
        found = looked[row.record_id] = _look(row, work)
        if found.shared:
            waiting += deeds.find_siblings(row, work.records.values(), work.rules.routes)
    return looked


def _look(row: RecordRow, work: Work) -> Looked:
    fact = work.facts.get(row.record_id) or row.stated
    rules, today = work.rules, work.rules.at.today
    acts = acts_on(row.record_id, work)
    standing = find_standing(fact, acts, rules.law, today)
    if row.split == Splitting.JOINED:
        standing = standing.joined(today)
    matches: Sequence[GroundMatch] = rules.routes.grounds_for(fact, row.subject_id, sealed=standing.sealed is not None)
    if not matches or rules.law.untold(fact) is not None:
        return Looked(row, Case(fact, standing, (), None), {}, None)
    counting = rules.law.counting(fact)
    waits_until = counting.on if counting is not None and today < counting.on else None
    if waits_until is not None:
        matches = _at_once(matches)
    shared = rules.routes.shared_grounds(fact)
    grounds = {match.ground for match in matches}
    return Looked(
        row,
        Case(fact, standing, matches, heard_from(acts, rules.law)),
        {ground: licences for ground, licences in shared.items() if ground in grounds},
        waits_until,
    )


def _settle(looked: Looked, shared: set[str], changes: Mapping[str, date], work: Work) -> None:
    """Settle a record; on its `shared` grounds agencies were told together with other records."""
    row, case, today = looked.row, looked.case, work.rules.at.today
    if shared:
        case = case._replace(matches=[match for match in case.matches if match.ground not in shared])
    told = tell(work.subjects[row.subject_id], [case], today) if case.matches else []
    standing = case.standing
    days = (standing.changes_on, _next_change([case], told, today), changes.get(row.record_id), looked.waits_until)
    standing = standing._replace(changes_on=min((day for day in days if day is not None), default=None))
    row = row.standing(standing, today)
    work.records.put(row.record_id, row)
    notices = [work.notices[number] for number in work.notices_of.get(row.record_id, ())]
    trace = work.trace_of(row.record_id)
    _settle_notices(row, [each for each in notices if each.ground not in shared], told, standing, work, trace)
    if _settle_feeds(row, case.fact, standing, work, trace):
        tomorrow = today + _ONE_DAY
        work.records.put(row.record_id, row._replace(changes_on=min(row.changes_on or tomorrow, tomorrow)))


def _follow_deed(deed: Deed, work: Work) -> date | None:
    """Let the notices of a deed follow it; return the next day on which they change by themselves."""
    today = work.rules.at.today
    cases = [
        each.case._replace(matches=[match for match in each.case.matches if match.ground == deed.ground])
        for each in deed.records
    ]
    row = deed.records[0].row
    told = tell(work.subjects[row.subject_id], cases, today)
    numbers = (number for each in deed.records for number in work.notices_of.get(each.row.record_id, ()))
    notices = [notice for number in numbers if (notice := work.notices[number]).ground == deed.ground]
    trace = work.trace_of(*(each.row.record_id for each in deed.records))
    _settle_notices(row, notices, told, cases[0].standing, work, trace)
    return _next_change(cases, told, today)


def _next_change(cases: Iterable[Case], told: Iterable[Told], today: date) -> date | None:
    """Return the day after the first measure to end, or on which the party counts as heard."""
    days = [each.next_end + _ONE_DAY for each in told if each.next_end is not None]
    if any(not each.ready for each in told):
        days += (case.heard_on for case in cases if case.heard_on is not None and case.heard_on > today)
    return min(days, default=None)


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
    return [as_office_act(work.acts[act]) for act in work.acts_on.get(target, ())]


def as_office_act(row: ActRow) -> OfficeAct:
    """Return an act as merged from its messages."""
    return OfficeAct(
        record_id=row.record_id,
        target_id=row.target_id,
        kind=ActKind(row.kind),
        state=row.act_state,
        occurred_on=row.occurred_on,
        time=row.event_time,
        stated_by=row.stated_by,
    )


def _at_once(matches: Sequence[GroundMatch]) -> list[GroundMatch]:
    """Return what a statute lays down, which only a withdrawal lifts: it holds from the decision on, whatever else."""
    asked = [(match, tuple(ask for ask in match.measures if ask.order.lifted_by == "withdrawal")) for match in matches]
    return [match._replace(measures=measures) for match, measures in asked if measures]


def _settle_notices(
    row: RecordRow,
    current: Sequence[NoticeRow],
    told: Sequence[Told],
    standing: Standing,
    work: Work,
    trace: str | None,
) -> None:
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
            work.dispatches.append(messages.notice_issued(notice, content, number, work.rules, trace))
        elif measures:
            work.dispatches.append(messages.measures_lifted(notice, measures, work.rules, trace))
        elif says == "lifted":
            work.dispatches.append(messages.notice_lifted(notice, work.rules, trace))


def _number_of(subject_id: str, work: Work) -> str | None:
    """Return a subject's number; None, with a case, where what is on file is not it: nothing is said under it."""
    try:
        return work.number_of(subject_id)
    except NumberUnsound:
        if subject_id not in work.unsound:
            work.unsound.add(subject_id)
            work.cases.append(cases.number_unsound(subject_id, work.rules.at.now))
        return None


def _settle_feeds(row: RecordRow, fact: Fact, standing: Standing, work: Work, trace: str | None) -> bool:
    """Let the rows of feeds follow a record; tell whether one is held: it is looked at again each day."""
    waits = False
    for feed in work.rules.routes.feeds:
        current = work.feed_rows.get(row_id(feed.code, row.record_id))
        if row.category not in feed.kinds and current is None:
            continue
        person = fact.party.kind == "person"
        number = _number_of(row.subject_id, work) if person else None
        told = work.rules.law.untold(fact) is None
        code = None if person else follow_links(row.subject_id, work.links)
        shown = feeds.show(feed, fact, standing, number, code) if told else None
        if shown is not None and person and number is None:
            continue  # a case says so
        about = feeds.About(row.record_id, row.category, row.occurred_on, organ_code=row.organ_code)
        after = feeds.follow(about, feed, current, shown, work.rules, standing.ended_on)
        if after is None:
            after = current
        elif after != current:
            work.feed_rows.put(after.row_id, after)
            if after.version != (current.version if current is not None else 0):
                work.dispatches.append(messages.feed_rows(after, shown, feed, work.rules, trace))
        waits = waits or (after is not None and after.held is not None)
    return waits
