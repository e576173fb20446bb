"""The way of a batch through the rules: from messages and the rows of the archive to the rows to write.

Pure: the same messages, rows and rules give the same result. The store reads the rows under locks and writes what
was put in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from credit.batch.arrival import Arrival, Failure, repeat_mark
from credit.batch.deeds import touch_siblings
from credit.batch.resolve import Unresolved, claim, resolve
from credit.batch.settle import acts_on, settle
from credit.batch.targets import find_targets, tell_split
from credit.batch.work import Refused, Work, follow_links
from credit.identity import mask_text
from credit.record import ids, places
from credit.record.merging import Head, Outcome, join
from credit.record.rows import ActRow, FeedRow, MessageRow, ParkedRow, ReceiptRow, unsettled
from credit.telling import cases, notices
from credit.telling.feeds import answer
from credit.telling.messages import headers_text
from credit.telling.receipts import receive
from schemas.errors import UnusableError
from schemas.reasons import Reason
from schemas.statement import Act, ActKind, Fact, FeedResult, Receipt
from schemas.states import Splitting

_ANSWERS = (Receipt, FeedResult)
_STATED = (Fact, Act)
_GONE = frozenset({"discarded", Outcome.REPEATED.value})
"""How what was refused is closed when it was not taken in."""


def plan(arrivals: Sequence[Arrival], work: Work) -> None:
    """Decide what a batch of messages changes; the work holds it afterwards.

    Answers come last: what they answer may be decided in the same batch.
    """
    answers = [arrival for arrival in arrivals if isinstance(arrival.statement, _ANSWERS)]
    for arrival in arrivals:
        if not isinstance(arrival.statement, _ANSWERS):
            _take(arrival, work)
    find_targets(work)
    settle(upwards(work.touched, work), work)
    for arrival in answers:
        _take(arrival, work)


def _take(arrival: Arrival, work: Work) -> None:
    if arrival.parked_id is None:
        work.received += 1
        if arrival.event is not None and not arrival.refused:
            work.heard[arrival.event.source] += 1
        if _answer_refused(arrival, work):
            return
        fresh = _tell_repeats(arrival, work)
        if fresh is None:
            return
        arrival = fresh
    if arrival.failure is not None:
        _park(arrival, arrival.failure, work)
        return
    try:
        applied = apply(arrival, work)
    except UnusableError as error:
        waits_for = error.waits_for if isinstance(error, Unresolved) else ()
        _park(arrival, Failure(error.reason, error.detail, waits_for), work)
    else:
        _keep(arrival, applied, work)
        if arrival.event is not None and arrival.event.traceparent is not None:
            _trace(arrival, arrival.event.traceparent, applied, work)


def _answer_refused(arrival: Arrival, work: Work) -> bool:
    """Close the message that was not let in, where the same has come as it should: nothing is lost of it.

    Tells whether that one was taken in already, when a person had it replayed: then this is its repeat.
    """
    if not work.refused or arrival.refused or not arrival.fingerprint:
        return False
    refused = work.refused.get(repeat_mark(arrival.fingerprint))
    if refused is None or refused.closed_as in _GONE:
        return False
    if refused.closed_as is not None:
        work.repeats[refused.message_key] += 1
        return True
    row = _message_row(replace(arrival, key=refused.message_key), Applied(Outcome.REPEATED), work)
    if refused.parked_id is not None:
        work.answered[refused.parked_id] = row
    else:
        work.parked = [each for each in work.parked if each.message_key != row.message_key]
        work.messages.put(row.message_key, work.messages[row.message_key]._replace(outcome=row.outcome))
    del work.refused[repeat_mark(arrival.fingerprint)]
    return False


def _tell_repeats(arrival: Arrival, work: Work) -> Arrival | None:
    """Return None for a repeat, and what is new under the key it is to be kept under.

    The repeat of a message that is parked for its route is that message once more, if it is right by now. What is not
    let in is a repeat too where the same is there already.
    A message whose id was used before for another content is kept beside that one. It parks if the other was
    taken in; if the other is only parked, the source has sent a correction and this one goes its way.
    """
    if arrival.refused:
        taken = work.messages.get(arrival.own_key)
        if taken is not None and arrival.fingerprint == taken.fingerprint:
            work.repeats[arrival.own_key] += 1
            return None
    known = work.messages.get(arrival.key)
    if known is None:
        return arrival
    if arrival.fingerprint in {known.fingerprint, known.mended_fingerprint}:
        work.repeats[arrival.key] += 1
        number = work.mendable.pop(arrival.key, None)
        return None if number is None else replace(arrival, parked_id=number)
    other = arrival.variant
    if other in work.messages:
        work.repeats[other] += 1
        return None
    if known.outcome == Outcome.PARKED.value or arrival.failure is not None:
        return arrival.beside(arrival.failure)
    detail = f"{arrival.key} was used before for another content"
    return arrival.beside(Failure(Reason.MESSAGE_ID_REUSED, detail))


def _trace(arrival: Arrival, traceparent: str, applied: Applied, work: Work) -> None:
    """Let what follows from a message, for its record and the one that it acts upon, be of the same trace."""
    if applied.record_id is not None:
        work.traces[applied.record_id] = traceparent
    if isinstance(arrival.statement, Act):
        work.traces[ids.record_id(arrival.statement.target)] = traceparent


class Applied(NamedTuple):
    """What became of a message, and which record or act it is about; answers are about none."""

    outcome: Outcome
    record_id: str | None = None


def apply(arrival: Arrival, work: Work) -> Applied:
    """Take in what a message states, and say what became of it; records have to be settled.

    Raises:
        UnusableError: it cannot be said whom it is about, or what it answers is not known.
    """
    match arrival.statement:
        case Fact() as fact:
            return _apply_fact(arrival, fact, work)
        case Act() as act:
            return Applied(_apply_act(arrival, act, work), ids.record_id(act.key))
        case Receipt() as receipt:
            return Applied(_apply_receipt(arrival, receipt, work))
        case FeedResult() as result:
            return Applied(_apply_result(arrival, result, work))
        case None:
            raise AssertionError(arrival.key)  # what was not read has its failure


def _head(arrival: Arrival) -> Head:
    assert arrival.event is not None
    return Head(arrival.event.revision, arrival.event.time, arrival.key, arrival.digest)


def _apply_fact(arrival: Arrival, fact: Fact, work: Work) -> Applied:
    assert arrival.party is not None
    subject_id = resolve(arrival.party, work)
    claim(arrival, subject_id, work)
    if work.parts or fact.key.party_mark:
        fact = fact._replace(key=work.key_for(fact.key, subject_id))
    record_id = ids.record_id(fact.key)
    if fact.key.party_mark:
        work.see_named(record_id, _head(arrival).time)
    return Applied(_merge(arrival, fact, subject_id, work), record_id)


def _merge(arrival: Arrival, fact: Fact, subject_id: str, work: Work) -> Outcome:
    record_id = ids.record_id(fact.key)
    before = work.records.get(record_id)
    # What was put back to the record it was split from states nothing any more.
    shown, new = before.head if before and before.split != Splitting.JOINED else None, _head(arrival)
    taken = work.taken.get((record_id, new.revision))
    head, outcome = join(shown, new, taken)
    # Whom a statement names that was dismissed, a person has seen.
    dismissed = taken is not None and new.digest in taken.dismissed
    is_other = (
        before is not None and shown is not None and not dismissed and _is_other(before.subject_id, subject_id, work)
    )
    if is_other:
        # In a higher revision too: one of the two would lose its record, and nobody would know.
        work.cases.append(cases.party_disputed(fact.key, head, work.rules.at.now))
    if before is not None and head == shown:
        return outcome
    if head.disputed and not is_other and not (before and before.disputed):
        work.cases.append(cases.disputed(fact.key, head, work.rules.at.now))
    if before is not None and head.revision > before.revision and _is_entered_in_error(record_id, work):
        work.cases.append(cases.withdrawn_revised(fact.key, head, work.rules.at.now))
    if before is not None and head.stated_by != new.stated_by:
        row = before.stating(head)
    else:
        known_at = before.known_at if before else work.rules.at.now
        row = unsettled(subject_id, fact, head, known_at)
        if before is not None and before.split is not None and before.split != Splitting.JOINED:
            row = row._replace(split=before.split)
        work.facts[record_id] = fact
        if before is not None:
            touch_siblings(before, work)
    work.records.put(record_id, row)
    work.touched.add(record_id)
    return outcome


def _is_other(before: str, after: str, work: Work) -> bool:
    return before != after and follow_links(before, work.links) != follow_links(after, work.links)


def _is_entered_in_error(record_id: str, work: Work) -> bool:
    """Tell whether a withdrawal that stands says that the record was never meant to be entered."""
    acts = acts_on(record_id, work)
    return any(act.kind is ActKind.WITHDRAWAL and act.state == "entered_in_error" for act in acts)


def _apply_act(arrival: Arrival, act: Act, work: Work) -> Outcome:
    act_id, named = ids.record_id(act.key), ids.record_id(act.target)
    current, new = work.acts.get(act_id), _head(arrival)
    known = current or work.acts.before.get(act_id)
    head, outcome = join(current.head if current else None, new, work.taken.get((act_id, new.revision)))
    if head.disputed and not (current and current.disputed):
        work.cases.append(cases.disputed(act.key, head, work.rules.at.now))
    if current is not None and head.stated_by != new.stated_by:
        row = current._replace(disputed=head.disputed)
    else:
        row = ActRow(
            record_id=act_id,
            family=act.key.family,
            organ_code=act.key.organ_code,
            document_no=act.key.document_no,
            named_id=named,
            target_id=known.target_id if known is not None and known.named_id == named else named,
            kind=act.kind.value,
            act_state=act.state,
            occurred_on=act.occurred_on,
            known_at=current.known_at if current else work.rules.at.now,
            revision=head.revision,
            event_time=head.time,
            stated_by=head.stated_by,
            digest=head.digest,
            disputed=head.disputed,
        )
    if row != current:
        work.put_act(row)
        tell_split(row, work)
    return outcome


def _apply_receipt(arrival: Arrival, receipt: Receipt, work: Work) -> Outcome:
    assert arrival.event is not None
    notice = work.notices.get(receipt.notice_no)
    if notice is None:
        raise UnusableError(Reason.RECEIPT_UNKNOWN, "no notice of that number was ever issued")
    after = receive(notice, receipt, arrival.event.source, work.rules)
    if after is not notice:
        work.put_notice(after)
    detail = notices.reply_detail(receipt)
    work.receipts.append(ReceiptRow(arrival.key, receipt.notice_no, receipt.state.value, receipt.at, detail))
    return Outcome.APPLIED


def _apply_result(arrival: Arrival, result: FeedResult, work: Work) -> Outcome:
    assert arrival.event is not None
    row = _find_answered(result, work)
    source = arrival.event.source
    if source != f"/feed/{row.feed}":
        raise UnusableError(Reason.SOURCE_WRONG, f"the row is at {row.feed}; the answer is from {source}")
    after = answer(row, result, arrival.event.time, arrival.key)
    if after is row:
        return Outcome.SUPERSEDED
    work.feed_rows.put(row.row_id, after)
    return Outcome.APPLIED


def _find_answered(result: FeedResult, work: Work) -> FeedRow:
    """Return the row that a feed answers.

    Raises:
        UnusableError: there is none, or it is not clear which.
    """
    if result.row_id is None:
        assert result.document_no is not None  # one of both is there
        found = work.find_told(result.feed, result.document_no)
        if not found:
            raise UnusableError(Reason.FEED_NUMBER_UNKNOWN, f"document_no: {result.feed} was told of no such document")
        if len(found) > 1:
            raise UnusableError(Reason.FEED_NUMBER_AMBIGUOUS, f"document_no: {result.feed} has {len(found)} rows of it")
        return found[0]
    row = work.feed_rows.get(result.row_id)
    if row is None or row.version == 0 or row.feed != result.feed:
        raise UnusableError(Reason.FEED_ROW_UNKNOWN, f"row_id: no row of that id was ever sent to {result.feed}")
    about = work.records.get(row.record_id)
    if result.document_no is not None and (about is None or about.document_no != result.document_no):
        raise UnusableError(Reason.FEED_NUMBER_OTHER, "document_no: the row of that id is about another document")
    return row


def upwards(touched: Iterable[str], work: Work) -> set[str]:
    """Add what touched acts target: withdrawing a repair changes the record that was repaired."""
    reached: set[str] = set()
    waiting = list(touched)
    while waiting:
        record = waiting.pop()
        if record not in reached:
            reached.add(record)
            if record in work.acts:
                waiting.append(work.acts[record].target_id)
    return reached


def _message_row(arrival: Arrival, applied: Applied, work: Work) -> MessageRow:
    event = arrival.event
    return MessageRow(
        message_key=arrival.key,
        fingerprint=arrival.fingerprint,
        mended_fingerprint=None,
        queue=arrival.queue,
        received_at=work.rules.at.now,
        raw=work.rules.vault.seal(arrival.raw, places.of_message(arrival.key)),
        headers=headers_text(arrival.headers),
        type=event.type if event else None,
        sender=event.sender if event else None,
        event_time=event.time if event else None,
        revision=event.revision if event else None,
        record_id=applied.record_id,
        outcome=applied.outcome.value,
    )


def _keep(arrival: Arrival, applied: Applied, work: Work) -> None:
    row = _message_row(arrival, applied, work)
    if arrival.parked_id is None:
        work.messages.put(arrival.key, row)
        return
    work.unparked[arrival.parked_id] = row
    if arrival.key in work.messages:  # later messages of the batch see what became of it; its row is written apart
        work.messages[arrival.key] = work.messages[arrival.key]._replace(outcome=row.outcome)


def _park(arrival: Arrival, failure: Failure, work: Work) -> None:
    detail = mask_text(failure.detail)
    parked = ParkedRow(arrival.key, failure.reason.value, detail, work.rules.at.now, failure.waits_for)
    if arrival.parked_id is not None:
        work.reparked[arrival.parked_id] = parked
        return
    statement = arrival.statement
    about = ids.record_id(statement.key) if isinstance(statement, _STATED) else None
    work.messages.put(arrival.key, _message_row(arrival, Applied(Outcome.PARKED, about), work))
    work.parked.append(parked)
    if arrival.refused:
        work.refused[repeat_mark(arrival.fingerprint)] = Refused(None, arrival.key)
