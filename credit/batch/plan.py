"""The way of a batch through the rules: from entries and a snapshot of the archive to the changes to write.

Pure: the same entries, snapshot and rules give the same changes. The store reads the snapshot under locks and
writes the changes in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from credit.batch.arrival import Arrival, Content, Failure
from credit.batch.resolve import Unresolved, claim, resolve
from credit.batch.settle import settle
from credit.batch.work import Changes, Draft, Entry, Snapshot, variant
from credit.record import ids
from credit.record.merging import Head, Outcome, join
from credit.record.rows import ActRow, MessageRow, ParkedRow, ReceiptRow
from credit.rules import Rules
from credit.telling import alerts, messages, notices
from credit.telling.feeds import ACCEPTED, answer
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import Act, Fact, FeedResult, Receipt

_Work = tuple[Snapshot, Changes, Rules]
_ANSWERS = (Receipt, FeedResult)
_STATED = (Fact, Act)


def plan(entries: Sequence[Entry], snapshot: Snapshot, rules: Rules) -> Changes:
    """Decide what a batch of messages changes. `snapshot` is carried forward; throw it away afterwards.

    Answers come last: what they answer may be decided in the same batch.
    """
    changes = Changes()
    touched: set[str] = set()
    answers: list[Entry] = []
    for entry in entries:
        if _is_answer(entry):
            answers.append(entry)
        else:
            _take(entry, snapshot, changes, rules, touched)
    settle(_upwards(touched, snapshot), snapshot, changes, rules)
    for entry in answers:
        _take(entry, snapshot, changes, rules, touched)
    return changes


def _is_answer(entry: Entry) -> bool:
    content = entry.arrival.content
    return content is not None and isinstance(content.statement, _ANSWERS)


def _take(entry: Entry, snapshot: Snapshot, changes: Changes, rules: Rules, touched: set[str]) -> None:
    arrival = entry.arrival
    if arrival.parked_id is None:
        changes.received += 1
        fresh = _recognise(arrival, snapshot, changes)
        if fresh is None:
            return
        if fresh is not arrival:
            entry = replace(entry, arrival=fresh, failure=fresh.failure or entry.failure)
    if entry.failure is not None:
        _park(entry.arrival, entry.failure, (snapshot, changes, rules))
        return
    try:
        outcome = _apply(entry, snapshot, changes, rules, touched)
    except UnusableError as error:
        waits_for = error.waits_for if isinstance(error, Unresolved) else ()
        failure = Failure(error.reason, error.detail, waits_for)
        _park(entry.arrival, failure, (snapshot, changes, rules))
    else:
        _keep(entry.arrival, outcome, (snapshot, changes, rules))


def _recognise(arrival: Arrival, snapshot: Snapshot, changes: Changes) -> Arrival | None:
    """Return None for a repeat, and what is new under the key it is to be kept under.

    A message whose id was used before for another content is kept beside that one. It parks if the other was
    taken in; if the other is only parked, the source has sent a correction and this one goes its way.
    """
    known = snapshot.messages.get(arrival.key)
    if known is None:
        return arrival
    if arrival.fingerprint in {known.fingerprint, known.mended_fingerprint}:
        changes.repeats[arrival.key] = changes.repeats.get(arrival.key, 0) + 1
        return None
    other = variant(arrival)
    if other in snapshot.messages:
        changes.repeats[other] = changes.repeats.get(other, 0) + 1
        return None
    beside = replace(arrival, key=other)
    if known.outcome == Outcome.PARKED.value or arrival.failure is not None:
        return beside
    detail = f"{arrival.key} was used before for another content"
    return replace(beside, content=None, failure=Failure(Reason.MESSAGE_ID_REUSED, detail))


def _apply(entry: Entry, snapshot: Snapshot, changes: Changes, rules: Rules, touched: set[str]) -> Outcome:
    content = entry.arrival.content
    assert content is not None
    match content.statement:
        case Fact() as fact:
            return _apply_fact(entry, content, fact, (snapshot, changes, rules), touched)
        case Act() as act:
            return _apply_act(entry.arrival, content, act, (snapshot, changes, rules), touched)
        case Receipt() as receipt:
            return _apply_receipt(entry.arrival, content, receipt, (snapshot, changes, rules))
        case FeedResult() as result:
            return _apply_result(content, result, (snapshot, changes, rules))


def _head(arrival: Arrival, content: Content) -> Head:
    return Head(content.revision, content.time, arrival.key, content.digest)


def _apply_fact(entry: Entry, content: Content, fact: Fact, work: _Work, touched: set[str]) -> Outcome:
    snapshot, changes, rules = work
    assert entry.party is not None
    subject_id = resolve(entry.party, snapshot, rules.vault)
    claim(entry, subject_id, snapshot, changes, rules.vault)
    record_id = ids.record_id(fact.key)
    before = snapshot.stated(record_id)
    new = _head(entry.arrival, content)
    head, outcome = join(before.head if before else None, new)
    if before is not None and head == before.head:
        return outcome
    if head.disputed and not (before and before.head.disputed):
        changes.dispatches.append(alerts.disputed(fact.key, head, rules))
    if before is None:
        draft = Draft(head, subject_id, rules.at.now, fact)
    elif head.stated_by == new.stated_by:
        draft = Draft(head, subject_id, before.known_at, fact)
    else:
        draft = replace(before, head=head)
    snapshot.drafts[record_id] = draft
    touched.add(record_id)
    return outcome


def _apply_act(arrival: Arrival, content: Content, act: Act, work: _Work, touched: set[str]) -> Outcome:
    snapshot, changes, rules = work
    act_id = ids.record_id(act.key)
    current = snapshot.acts.get(act_id)
    new = _head(arrival, content)
    head, outcome = join(current.head if current else None, new)
    if current is not None and head.stated_by != new.stated_by:
        row = current._replace(disputed=head.disputed)
    else:
        row = ActRow(
            record_id=act_id,
            family=act.key.family,
            organ_code=act.key.organ_code,
            document_no=act.key.document_no,
            target_id=ids.record_id(act.target),
            kind=act.kind.value,
            act_state=act.state,
            occurred_on=act.occurred_on,
            known_at=current.known_at if current else rules.at.now,
            revision=head.revision,
            event_time=head.time,
            stated_by=head.stated_by,
            digest=head.digest,
            disputed=head.disputed,
        )
    if row != current:
        before = snapshot.put_act(row)
        changes.acts[act_id] = row
        touched |= {row.target_id, *([before] if before else [])}
    return outcome


def _apply_receipt(arrival: Arrival, content: Content, receipt: Receipt, work: _Work) -> Outcome:
    snapshot, changes, _ = work
    notice = snapshot.notices.get(receipt.notice_no)
    if notice is None:
        raise UnusableError(Reason.RECEIPT_UNKNOWN, "no notice of that number was ever issued")
    after = notices.receive(notice, receipt, content.source)
    if after is not notice:
        snapshot.put_notice(after)
        changes.notices[after.notice_no] = after
    detail = notices.reply_detail(receipt)
    changes.receipts.append(ReceiptRow(arrival.key, receipt.notice_no, receipt.state.value, receipt.at, detail))
    return Outcome.APPLIED


def _apply_result(content: Content, result: FeedResult, work: _Work) -> Outcome:
    snapshot, changes, rules = work
    row = snapshot.feed_rows.get(result.row_id)
    if row is None or row.feed != result.feed:
        raise UnusableError(Reason.FEED_ROW_UNKNOWN, f"no row of that id was ever sent to {result.feed}")
    if content.source != f"/feed/{row.feed}":
        raise UnusableError(Reason.SOURCE_WRONG, f"the row is at {row.feed}; the answer is from {content.source}")
    after = answer(row, result, content.time)
    if after is not row:
        snapshot.feed_rows[row.row_id] = changes.feed_rows[row.row_id] = after
        if result.code != ACCEPTED:
            changes.dispatches.append(alerts.feed_refused(after, rules))
    return Outcome.APPLIED


def _upwards(touched: Iterable[str], snapshot: Snapshot) -> set[str]:
    """Add what touched acts target: withdrawing a repair changes the record that was repaired."""
    reached: set[str] = set()
    waiting = list(touched)
    while waiting:
        record = waiting.pop()
        if record not in reached:
            reached.add(record)
            if record in snapshot.acts:
                waiting.append(snapshot.acts[record].target_id)
    return reached


def _message_row(arrival: Arrival, outcome: Outcome, rules: Rules) -> MessageRow:
    content = arrival.content
    statement = content.statement if content else None
    record = ids.record_id(statement.key) if isinstance(statement, _STATED) else None
    return MessageRow(
        message_key=arrival.key,
        fingerprint=arrival.fingerprint,
        mended_fingerprint=None,
        queue=arrival.queue,
        received_at=rules.at.now,
        raw=rules.vault.seal(arrival.raw, b"message"),
        headers=messages.headers_text(arrival.headers),
        type=content.type if content else None,
        sender=content.sender if content else None,
        event_time=content.time if content else None,
        revision=content.revision if content else None,
        record_id=record,
        outcome=outcome.value,
    )


def _keep(arrival: Arrival, outcome: Outcome, work: _Work) -> None:
    snapshot, changes, rules = work
    row = _message_row(arrival, outcome, rules)
    if arrival.parked_id is not None:
        changes.unparked[arrival.parked_id] = row
        return
    snapshot.messages[arrival.key] = changes.messages[arrival.key] = row


def _park(arrival: Arrival, failure: Failure, work: _Work) -> None:
    snapshot, changes, rules = work
    parked = ParkedRow(arrival.key, failure.reason.value, failure.detail, rules.at.now, failure.waits_for)
    if arrival.parked_id is not None:
        changes.reparked[arrival.parked_id] = parked
        return
    row = _message_row(arrival, Outcome.PARKED, rules)
    snapshot.messages[arrival.key] = changes.messages[arrival.key] = row
    changes.parked.append(parked)
