"""A dry run: what one message would cause on the archive as it is, with the rule behind each consequence.

It runs the real rules in a real transaction that is rolled back, so that it cannot differ from what would happen.
"""

from __future__ import annotations

from dataclasses import dataclass

from credit.batch.arrival import Arrival
from credit.batch.work import Work
from credit.record.merging import Outcome
from credit.record.rows import FeedRow, NoticeRow, RecordRow
from credit.rules import Rules
from credit.store import archive
from credit.store.engine import undone
from credit.telling.portal import read_held
from schemas.reasons import HINTS, Reason
from schemas.record import Severity, State
from schemas.statement import ActKind, Category
from schemas.states import FeedKind, Operation
from schemas.words import Tone, Worded
from workers.postings import Posting
from workers.runtime import Runtime
from workers.show.names import Names, read_names
from workers.show.words import say, word


class Topic(Worded):
    """What a step is about."""

    QUEUE = "queue", "队列"
    OUTCOME = "outcome", "结果"
    PARKED = "parked", "挂起", Tone.WAITING
    RECORD = "record", "信用记录"
    SEVERITY = "severity", "失信程度"
    WINDOW = "window", "公示期"
    ACT = "act", "处理事项"
    DEED = "deed", "同一行为"
    NOTICE = "notice", "通知"
    APPEALABLE = "appealable", "救济期限未满"
    PREPARED = "prepared", "待告知后通知"
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
    queue = (routes.gate.queue_for(posting.type) if posting.type else None) or routes.unsorted
    arrival = runtime.reader.read(queue, posting.body, {}, rules.at.today)
    with undone(runtime.engine) as connection:
        work = archive.take_in_within(connection, [arrival], rules)
    names = read_names(runtime.reader.registry, rules.routes, rules.law)
    told = (*_deeds(work), *_waiting(work, rules, names), *_told(work, rules, names))
    consequences = (*_outcome(work), *_records(work, names), *told)
    steps = (Step(Topic.QUEUE, queue, queue, _proof(arrival, rules)), *consequences)
    outcome = next((row.outcome for row in work.messages.changed.values()), Outcome.REPEATED.value)
    return Explanation(arrival.key, queue, outcome, steps)


def _proof(arrival: Arrival, rules: Rules) -> str:
    """Say what a message of this sender has to bring along when it comes by the broker."""
    admission = rules.routes.gate.admissions.get(arrival.queue)
    if arrival.event is None or arrival.refused or admission is None:
        return ""
    if admission.signed:
        return "须有发送单位的签名"
    users = admission.senders[arrival.event.source][arrival.event.sender]
    if not admission.proven:
        return "不要求 user-id 或签名，任何用户都可发送"
    named = "、".join(sorted(users)) or "（未登记：所发报文将挂起）"
    return f"须由 broker 用户发送（user-id）：{named}"


def _outcome(work: Work) -> list[Step]:
    if work.repeats and not work.unparked:
        again = Outcome.REPEATED
        return [Step(Topic.OUTCOME, again.value, again.word, "同一报文先前已收到，不产生任何变化")]
    steps = [Step(Topic.OUTCOME, row.outcome, word(Outcome, row.outcome)) for row in work.messages.changed.values()]
    return steps + [
        Step(
            Topic.PARKED,
            f"{row.reason}: {row.detail}",
            HINTS[Reason(row.reason)],
            f"{row.reason}：{row.detail}",
        )
        for row in work.parked
    ]


def _records(work: Work, names: Names) -> list[Step]:
    steps = [step for row in work.records.changed.values() for step in _record(row, names)]
    for act in work.acts.changed.values():
        why = "" if work.records.changed else "所针对的信用记录尚未收到，收到时即生效"
        early = [day for row in work.records.changed.values() if (day := row.repaired_from(act)) is not None]
        if early:
            why = f"早于最短公示期届满，自 {early[0].isoformat()} 起生效"
        told = f"{word(ActKind, act.kind)}：{names.vocabulary.state(act.family, act.act_state)}（{act.document_no}）"
        steps.append(Step(Topic.ACT, f"{act.kind} {act.act_state} ({act.document_no})", told, why))
    return steps


def _record(row: RecordRow, names: Names) -> list[Step]:
    if row.sealed_clause is not None:
        return [Step(Topic.RECORD, "sealed", "依法封存：不公示，不报送，不供查询", names.cite(row.sealed_clause))]
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
            names.cite(row.severity_clause),
        ),
        Step(
            Topic.WINDOW,
            f"{'public' if row.public else 'not public'} until {until}",
            shown if row.public else "不公示",
            names.cite(row.window_clause),
        ),
    ]


def _deeds(work: Work) -> list[Step]:
    """Say which records state the same deed, of which agencies are told once."""
    steps = []
    for deed in work.deeds:
        rows = [work.records[name] for name in deed]
        if all(row.sealed_clause is None for row in rows):
            told = "、".join(f"{word(Category, row.category)} {row.document_no}" for row in rows)
            result = ", ".join(f"{row.category} {row.document_no}" for row in rows)
            why = "同一机关、同一文书号或者同一日期，按一个行为通知一次；全部撤销后解除"
            steps.append(Step(Topic.DEED, result, told, why))
    return steps


def _waiting(work: Work, rules: Rules, names: Names) -> list[Step]:
    """Return from when on a penalty that may still be appealed against is a ground."""
    steps = []
    for record_id, fact in work.facts.items():
        counting, row = rules.law.counting(fact), work.records[record_id]
        if counting is None or counting.on <= rules.at.today or row.sealed_clause is not None:
            continue
        if rules.routes.grounds_for(fact, row.subject_id):
            day = counting.on.isoformat()
            told = f"自 {day} 起作为认定依据；法律直接规定的措施除外"
            steps.append(Step(Topic.APPEALABLE, f"a ground from {day}", told, names.cite(counting.clause)))
    return steps


def _told(work: Work, rules: Rules, names: Names) -> list[Step]:
    sealed = {row.record_id for row in work.records.values() if row.sealed_clause is not None}
    notices = [_notice(row, rules, names) for row in work.notices.changed.values() if row.record_id not in sealed]
    rows = [row for row in work.feed_rows.changed.values() if row.record_id not in sealed]
    return notices + [_feed_row(row, names) for row in rows]


def _notice(row: NoticeRow, rules: Rules, names: Names) -> Step:
    agency = names.agencies.get(row.agency, row.agency)
    ground = rules.routes.grounds.get(row.ground)
    why = f"路由文件中已没有认定依据 {row.ground}"
    if ground is not None:
        why = names.cite(f"{ground.name}：{ground.source}")
        if row.prepared and ground.told_first is not None:
            why += f"\n须先告知当事人：{names.cite(str(ground.told_first.source))}"
    told = f"{agency}（{row.agency}）"
    topic = Topic.PREPARED if row.prepared else Topic.NOTICE if row.in_force and row.ended == "{}" else Topic.LIFT
    return Step(topic, f"{agency} ({row.agency})", told, why)


def _feed_row(row: FeedRow, names: Names) -> Step:
    feed, kind = say(names.feeds, row.feed), word(FeedKind, row.kind)
    if row.held is not None:
        marks = ", ".join(f"{each.reason} {each.item}" for each in read_held(row.held))
        why = "；".join(f"{each.item} {each.word}" for each in read_held(row.held))
        return Step(Topic.FEED, f"{row.feed} {row.kind}: held, {marks}", f"{feed}　{kind}：待补正，{why}")
    result = row.result_code or f"{row.operation}, due {row.due_on}"
    told = (
        f"平台反馈 {row.result_code}" if row.result_code else f"{word(Operation, row.operation)}，{row.due_on} 前报送"
    )
    return Step(Topic.FEED, f"{row.feed} {row.kind}: {result}", f"{feed}　{kind}：{told}")
