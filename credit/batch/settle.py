"""Bringing records up to date: assess them, and let their notices and feed rows follow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from credit.batch.work import Changes, Draft, Snapshot
from credit.record import facts
from credit.record.ids import row_id
from credit.record.rows import ActRow, RecordRow
from credit.record.standing import OfficeAct, Standing, effective_acts, find_standing
from credit.rules import Rules
from credit.telling import alerts, feeds, messages, notices
from schemas.party import RecordKey
from schemas.statement import ActKind, Fact


def settle(records: Iterable[str], snapshot: Snapshot, changes: Changes, rules: Rules) -> None:
    """Assess records as of today and write what changed; an act whose record has not come yet changes nothing."""
    for record_id in sorted(records):
        _settle(record_id, snapshot, changes, rules)
    for due in _uncovered(changes, rules):
        changes.dispatches.append(alerts.calendar_uncovered(due, rules))


def _uncovered(changes: Changes, rules: Rules) -> list[date]:
    """Return the deadlines in working days that lie beyond the known holiday calendar, the first of each year."""
    days = {row.lift_reply_by or row.reply_by for row in changes.notices.values()}
    days |= {row.due_on for row in changes.feed_rows.values() if row.in_force}
    beyond = sorted((day for day in days if day.year not in rules.law.calendar.years), reverse=True)
    return list({day.year: day for day in beyond}.values())


def _settle(record_id: str, snapshot: Snapshot, changes: Changes, rules: Rules) -> None:
    draft = snapshot.stated(record_id)
    if draft is None:
        return
    fact = draft.fact or _stored(snapshot.records[record_id])
    standing = find_standing(fact, _acts(record_id, snapshot), rules.law, rules.at.today)
    after = _build(record_id, draft, fact, standing, rules.at.today)
    snapshot.records[record_id] = changes.records[record_id] = after
    _settle_notices(after, fact, standing, (snapshot, changes, rules))
    _settle_feeds(after, fact, standing, (snapshot, changes, rules))


def _acts(record_id: str, snapshot: Snapshot) -> list[OfficeAct]:
    if not snapshot.acts_on.get(record_id):
        return []  # as with nearly every record: there is nothing to follow
    return effective_acts(record_id, {target: _standing(target, snapshot) for target in _reach(record_id, snapshot)})


def _reach(record_id: str, snapshot: Snapshot) -> set[str]:
    reached: set[str] = set()
    waiting = [record_id]
    while waiting:
        target = waiting.pop()
        if target not in reached:
            reached.add(target)
            waiting += snapshot.acts_on.get(target, ())
    return reached


def _standing(target: str, snapshot: Snapshot) -> list[OfficeAct]:
    return [_as_office_act(snapshot.acts[act]) for act in snapshot.acts_on.get(target, ())]


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


def _stored(row: RecordRow) -> Fact:
    return facts.load(RecordKey(row.family, row.organ_code, row.document_no), row.category, row.occurred_on, row.fact)


def _build(record_id: str, draft: Draft, fact: Fact, standing: Standing, today: date) -> RecordRow:
    head, ruling, window = draft.head, standing.ruling, standing.window
    return RecordRow(
        record_id=record_id,
        family=fact.key.family,
        organ_code=fact.key.organ_code,
        document_no=fact.key.document_no,
        subject_id=draft.subject_id,
        category=fact.category.value,
        occurred_on=fact.occurred_on,
        known_at=draft.known_at,
        revision=head.revision,
        event_time=head.time,
        stated_by=head.stated_by,
        digest=head.digest,
        disputed=head.disputed,
        fact=facts.dump(fact),
        severity=ruling.severity.value if ruling.severity else None,
        severity_clause=ruling.clause,
        public=window.public and standing.state.counts,
        public_until=window.until,
        repairable_from=window.repairable_from,
        window_clause=window.clause,
        state=standing.state.value,
        cause=standing.cause.value if standing.cause else None,
        acts=json.dumps(standing.acts) if standing.acts else "[]",
        changes_on=standing.changes_on,
        as_of=today,
    )


_Work = tuple[Snapshot, Changes, Rules]


def _settle_notices(row: RecordRow, fact: Fact, standing: Standing, work: _Work) -> None:
    snapshot, changes, rules = work
    current = [snapshot.notices[number] for number in snapshot.notices_of.get(row.record_id, ())]
    wants = notices.wanted(row.record_id, row.subject_id, fact, standing, rules.routes)
    if not current and not wants:
        return
    record = (row.record_id, row.subject_id, row.occurred_on)
    about: messages.Case | None = None
    for notice in notices.follow(record, current, wants, standing.cause, (rules.at, rules.law)):
        snapshot.put_notice(notice)
        changes.notices[notice.notice_no] = notice
        if notice.in_force:
            about = about or messages.case(snapshot.subjects[row.subject_id], fact, rules)
            changes.dispatches.append(messages.notice_issued(notice, about, rules))
        else:
            changes.dispatches.append(messages.notice_lifted(notice, rules))


def _settle_feeds(row: RecordRow, fact: Fact, standing: Standing, work: _Work) -> None:
    snapshot, changes, rules = work
    for feed in rules.routes.feeds:
        current = snapshot.feed_rows.get(row_id(feed.code, row.record_id))
        if row.category not in feed.kinds and current is None:
            continue
        number = messages.person_number(snapshot.subjects[row.subject_id], rules)
        shown = feeds.show(feed, fact, standing, number)
        after = feeds.follow((row.record_id, fact), feed, current, shown, (rules.at, rules.law))
        if after is not None:
            snapshot.feed_rows[after.row_id] = changes.feed_rows[after.row_id] = after
            changes.dispatches.append(messages.feed_rows(after, shown, feed, rules))
