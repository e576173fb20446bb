"""A dry run: what one message would cause on the archive as it is, with the rule behind each consequence.

It runs the real rules in a real transaction that is rolled back, so that it cannot differ from what would happen.
"""

from __future__ import annotations

from dataclasses import dataclass

from credit.batch.work import Work
from credit.rules import Rules
from credit.store import archive
from credit.store.engine import undone
from schemas.reasons import HINTS, Reason
from workers.postings import Posting
from workers.runtime import Runtime
from workers.show.names import Names, cite, read_names


@dataclass(frozen=True, slots=True)
class Step:
    """One consequence and why."""

    what: str
    result: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one message would cause."""

    message: str
    queue: str
    outcome: str
    steps: tuple[Step, ...]


def explain(runtime: Runtime, posting: Posting) -> Explanation:
    """Return what a message would cause now; nothing is written."""
    rules = runtime.rules()
    routes = rules.routes
    queue = (routes.queue_for(posting.type) if posting.type else None) or routes.unsorted
    arrival = runtime.reader.read(queue, posting.body, {}, rules.at.today)
    with undone(runtime.engine) as connection:
        work = archive.take_in_within(connection, [arrival], rules)
    names = read_names(runtime.reader)
    consequences = (*_outcome(work), *_records(work, names), *_told(work, rules, names))
    steps = (Step("queue 队列", queue), *consequences)
    outcome = next((row.outcome for row in work.messages.changed.values()), "repeated")
    return Explanation(arrival.key, queue, outcome, steps)


def _outcome(work: Work) -> list[Step]:
    if work.repeats:
        return [Step("outcome 结果", "repeated 重复", "the same message was received before; nothing changes")]
    steps = [Step("outcome 结果", row.outcome) for row in work.messages.changed.values()]
    return steps + [
        Step("parked 待处理", f"{row.reason}: {row.detail}", HINTS[Reason(row.reason)]) for row in work.parked
    ]


def _records(work: Work, names: Names) -> list[Step]:
    steps: list[Step] = []
    for row in work.records.changed.values():
        until = row.public_until.isoformat() if row.public_until else "—"
        steps += [
            Step("record 信用记录", f"{row.category} {row.document_no} → {row.state}"),
            Step("severity 失信程度", row.severity or "—", names.cite(row.severity_clause)),
            Step(
                "window 公示期",
                f"{'public' if row.public else 'not public'} until {until}",
                names.cite(row.window_clause),
            ),
        ]
    for act in work.acts.changed.values():
        why = "" if work.records.changed else "the record it targets has not come yet; it will take effect when it does"
        steps.append(Step("act 事项", f"{act.kind} {act.act_state} ({act.document_no})", why))
    return steps


def _told(work: Work, rules: Rules, names: Names) -> list[Step]:
    steps: list[Step] = []
    for notice in work.notices.changed.values():
        agency = names.agencies.get(notice.agency, notice.agency)
        what = "notice 通知" if notice.in_force else "lift 解除通知"
        ground = rules.routes.grounds.get(notice.ground)
        why = f"{notice.ground} is no longer in the routing file"
        if ground is not None:
            why = cite(f"{ground.name}: {ground.source}", ground.confidence)
        steps.append(Step(what, f"{agency} ({notice.agency})", why))
    for row in work.feed_rows.changed.values():
        result = row.result_code or f"{row.operation}, due {row.due_on}"
        steps.append(Step("feed 报送", f"{row.feed} {row.kind}: {result}"))
    return steps
