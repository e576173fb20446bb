"""A dry run: what one message would cause on the archive as it is, with the rule behind each consequence.

It runs the real rules in a real transaction that is rolled back, so that it cannot differ from what would happen.
"""

from __future__ import annotations

from dataclasses import dataclass

from credit.batch.work import Changes
from credit.record.merging import Outcome
from credit.record.rows import FeedRow, NoticeRow, RecordRow
from credit.rules import Rules
from credit.store import archive
from credit.store.engine import undone
from schemas.feed import Operation
from schemas.reasons import HINTS, Reason
from schemas.record import Severity, State
from schemas.statement import ActKind, Category
from schemas.words import Tone, Worded
from workers.postings import Posting
from workers.runtime import Runtime
from workers.show.names import Names, read_names
from workers.show.words import ACT_STATES, say, word


class Topic(Worded):
    """What a step is about."""

    QUEUE = "queue", "队列"
    OUTCOME = "outcome", "结果"
    PARKED = "parked", "挂起", Tone.WAITING
    RECORD = "record", "信用记录"
    SEVERITY = "severity", "失信程度"
    WINDOW = "window", "公示期"
    ACT = "act", "处理事项"
    NOTICE = "notice", "通知"
    LIFT = "lift", "解除通知"
    FEED = "feed", "报送"


@dataclass(frozen=True, slots=True)
class Step:
    """One consequence and why.

    `result` names it in codes, for a program; `told` says the same in Chinese. `why` is the clause, as the law's
    files write it, or a sentence in Chinese.
    """

    what: Topic
    result: str
    told: str
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
        changes = archive.take_in_within(connection, [arrival], rules)
    steps = (Step(Topic.QUEUE, queue, queue), *_outcome(changes), *_records(changes), *_told(changes, rules))
    outcome = next((row.outcome for row in changes.messages.values()), Outcome.REPEATED.value)
    return Explanation(arrival.key, queue, outcome, steps)


def _outcome(changes: Changes) -> list[Step]:
    if changes.repeats:
        again = Outcome.REPEATED
        return [Step(Topic.OUTCOME, again.value, again.word, "同一报文先前已收到，不产生任何变化")]
    steps = [Step(Topic.OUTCOME, row.outcome, word(Outcome, row.outcome)) for row in changes.messages.values()]
    return steps + [
        Step(
            Topic.PARKED,
            f"{row.reason}: {row.detail}",
            HINTS[Reason(row.reason)],
            f"{row.reason}：{row.detail}",
        )
        for row in changes.parked
    ]


def _records(changes: Changes) -> list[Step]:
    steps = [step for row in changes.records.values() for step in _record(row)]
    for act in changes.acts.values():
        why = "" if changes.records else "所针对的信用记录尚未收到，收到时即生效"
        told = f"{word(ActKind, act.kind)}：{say(ACT_STATES, act.act_state)}（{act.document_no}）"
        steps.append(Step(Topic.ACT, f"{act.kind} {act.act_state} ({act.document_no})", told, why))
    return steps


def _record(row: RecordRow) -> list[Step]:
    until = row.public_until.isoformat() if row.public_until else "—"
    shown = f"公示至 {until}" if row.public_until else "长期公示"
    return [
        Step(
            Topic.RECORD,
            f"{row.category} {row.document_no} → {row.state}",
            f"{word(Category, row.category)} {row.document_no} → {word(State, row.state)}",
        ),
        Step(
            Topic.SEVERITY,
            row.severity or "—",
            Severity(row.severity).word if row.severity else "不属失信",
            row.severity_clause,
        ),
        Step(
            Topic.WINDOW,
            f"{'public' if row.public else 'not public'} until {until}",
            shown if row.public else "不公示",
            row.window_clause,
        ),
    ]


def _told(changes: Changes, rules: Rules) -> list[Step]:
    names = read_names(rules.routes)
    notices = [_notice(row, rules, names) for row in changes.notices.values()]
    return notices + [_feed_row(row, names) for row in changes.feed_rows.values()]


def _notice(row: NoticeRow, rules: Rules, names: Names) -> Step:
    agency = names.agencies.get(row.agency, row.agency)
    ground = rules.routes.grounds.get(row.ground)
    why = f"{ground.name}：{ground.source}" if ground else f"路由文件中已没有认定依据 {row.ground}"
    told = f"{agency}（{row.agency}）"
    return Step(Topic.NOTICE if row.in_force else Topic.LIFT, f"{agency} ({row.agency})", told, why)


def _feed_row(row: FeedRow, names: Names) -> Step:
    feed, kind = say(names.feeds, row.feed), word(Category, row.kind)
    result = row.result_code or f"{row.operation}, due {row.due_on}"
    told = (
        f"平台反馈 {row.result_code}" if row.result_code else f"{word(Operation, row.operation)}，{row.due_on} 前报送"
    )
    return Step(Topic.FEED, f"{row.feed} {row.kind}: {result}", f"{feed}　{kind}：{told}")
