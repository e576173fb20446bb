"""When each alert holds: a table of conditions over what was seen. Pure; the day, the law and the sights are arguments.

A condition that cannot be judged, because what it looks at was not seen, leaves the alerts of its kind as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple, get_args
from zoneinfo import ZoneInfo

from credit.law.law import Law
from credit.record.clocks import CLOCKS
from credit.record.rows import WorkerRow
from credit.telling.observation import Observation, Waiting, doing
from credit.telling.sources import TOO_LONG
from schemas.alerts import AlertKind
from schemas.base import MAX_TEXT, make_visible
from schemas.policy import DeadlineName
from schemas.reasons import Reason
from schemas.states import SourceState

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on a condition holds."""

    unsent: timedelta = timedelta(minutes=5)
    """The oldest message to send may wait for so long."""
    unexecuted: timedelta = timedelta(minutes=5)
    """What was confirmed by a second person may wait for so long until the broker has its message."""
    unassessed: timedelta = timedelta(minutes=5)
    """The oldest change may wait for so long until its subject is assessed."""
    untaken: timedelta = timedelta(minutes=5)
    """Messages may wait in an inbound queue, and nothing be taken in, for so long."""
    unread: timedelta = timedelta(minutes=1)
    """An inbound queue where messages wait may be without a consumer for so long."""
    away: timedelta = timedelta(minutes=1)
    """The broker may be away for so long, as while it is started anew."""
    missing: timedelta = timedelta(minutes=1)
    """A kind of work may be without a worker for so long, as while one is started anew."""
    fresh: int = 20
    """So many messages of one reason may be parked within the hour."""
    untouched_days: int = 3
    """So many whole working days may a parked message wait for a person."""
    unsettled: timedelta = timedelta(hours=1)
    """So long after the beginning of its day a record may be due."""
    clock: timedelta = timedelta(seconds=1)
    """So far may a host's clock be from the database's."""
    transaction: timedelta = timedelta(minutes=10)
    """So long may a transaction of the database be open."""
    calendar: timedelta = timedelta(days=30)
    """So long ahead holidays have to be known for a deadline that starts then."""


THRESHOLDS = Thresholds()
_NOT_TAKEN = "returned"
"""The trouble of a message that no queue takes."""
_UNOPENED = "unopened"
"""The trouble of a message whose body does not open."""


class Inbound(NamedTuple):
    """An inbound queue in which messages wait: how many, since when they were seen without a pause, and who reads.

    `consumers` is None where nobody can tell.
    """

    queue: str
    ready: int
    since: datetime
    consumers: int | None


@dataclass(frozen=True, slots=True)
class Flow:
    """What is true of the broker: inbound queues in which messages wait, queues that are missing, dead letters, alarm.

    `alarm` says in the broker's words why it takes nothing; None where it does, or where nobody can tell. `lost` is why
    it could not be looked at, and `lost_at` since when: then nothing else is known.
    """

    inbound: tuple[Inbound, ...] = ()
    missing: tuple[str, ...] = ()
    dead: int = 0
    alarm: str | None = None
    lost: str | None = None
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """All that conditions look at. `flow` is None where nobody could look."""

    seen: Observation
    law: Law
    flow: Flow | None = None

    @property
    def now(self) -> datetime:
        """The moment."""
        return self.seen.at.now


class Wanted(NamedTuple):
    """An alert that should be open; `subject` tells alerts of a kind apart, `detail` is in Chinese."""

    kind: AlertKind
    subject: str
    number: int
    oldest: datetime | None
    detail: str
    sample: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The alerts that should be open, and the kinds that could not be judged."""

    wanted: tuple[Wanted, ...]
    unseen: frozenset[AlertKind]


def find(sight: Sight) -> Found:
    """Judge every condition."""
    wanted: list[Wanted] = []
    unseen: set[AlertKind] = set()
    for kind, condition in CONDITIONS.items():
        said = condition(kind, sight)
        if said is None:
            unseen.add(kind)
        else:
            wanted += map(_make_visible, said)
    return Found(tuple(wanted), frozenset(unseen))


def _make_visible(wanted: Wanted) -> Wanted:
    """Return what can be told: names of documents and the words of servers come from outside, and are never refused."""
    return wanted._replace(
        subject=make_visible(wanted.subject),
        detail=make_visible(wanted.detail, MAX_TEXT),
        sample=tuple(map(make_visible, wanted.sample)),
    )


Said = Sequence[Wanted] | None
Condition = Callable[[AlertKind, Sight], Said]


def _want(kind: AlertKind, waiting: Waiting, detail: str, subject: str = "") -> list[Wanted]:
    if not waiting.count:
        return []
    return [Wanted(kind, subject, waiting.count, waiting.since, detail, waiting.sample)]


def _each(kind: AlertKind, groups: Mapping[str, Waiting], say: Callable[[str, Waiting], str]) -> list[Wanted]:
    return [each for name, waiting in groups.items() for each in _want(kind, waiting, say(name, waiting), name)]


def _ledger(kind: AlertKind, sight: Sight) -> Said:
    books = sight.seen.books
    if books is None:
        return None
    if not books.difference:
        return []
    off = abs(books.difference)
    lost = "收到而不在收件箱中" if books.difference > 0 else "在收件箱中而未记收到"
    return [Wanted(kind, "", off, None, f"{off:,} 份报文{lost}，请运行 xinglin ledger 核对")]


def _outbox(kind: AlertKind, sight: Sight) -> Said:
    waiting, limit = sight.seen.unsent, THRESHOLDS.unsent
    detail = f"待发 {waiting.count:,} 份，最早的已等待超过 {_minutes(limit)} 分钟"
    return _want_if_longer(kind, sight, waiting, limit, detail)


def _touched(kind: AlertKind, sight: Sight) -> Said:
    waiting, limit = sight.seen.touched, THRESHOLDS.unassessed
    told = f"最早的已等待超过 {_minutes(limit)} 分钟，当前等级和名单可能已过时"
    return _want_if_longer(kind, sight, waiting, limit, f"待评价的变动 {waiting.count:,} 项，{told}")


def _confirmed(kind: AlertKind, sight: Sight) -> Said:
    waiting, limit = sight.seen.confirmed, THRESHOLDS.unexecuted
    told = f"已同意超过 {_minutes(limit)} 分钟仍未执行，见 scheduler 日志（confirmed_not_…）"
    return _want_if_longer(kind, sight, waiting, limit, f"{waiting.count:,} 项{told}")


def _want_if_longer(kind: AlertKind, sight: Sight, waiting: Waiting, limit: timedelta, detail: str) -> Said:
    return _want(kind, waiting, detail) if waiting.age(sight.now) > limit else []


def _unconfirmed(kind: AlertKind, sight: Sight) -> Said:
    waiting = sight.seen.unconfirmed
    return _want(kind, waiting, f"{waiting.count:,} 份消息取出 30 秒仍未获确认，可能有 relay 中断")


def _intake(kind: AlertKind, sight: Sight) -> Said:
    if sight.flow is None or sight.flow.lost:
        return None
    wanted = []
    for each in sight.flow.inbound:
        waited = sight.now - each.since
        unread = each.consumers == 0
        if not unread and not _is_idle(sight):
            continue
        if waited < (THRESHOLDS.unread if unread else THRESHOLDS.untaken):
            return None  # not seen for long enough, by who looks
        why = "无人接收" if unread else f"{_minutes(THRESHOLDS.untaken)} 分钟内没有收进一份"
        wanted.append(Wanted(kind, each.queue, each.ready, each.since, f"队列中有 {each.ready:,} 份报文，{why}"))
    return wanted


def _is_idle(sight: Sight) -> bool:
    taken_at = sight.seen.taken_at
    return taken_at is None or sight.now - taken_at > THRESHOLDS.untaken


def _workers(kind: AlertKind, sight: Sight) -> Said:
    """Only a scheduler that has been on the roll for a while can tell: what runs without one is nobody's outage."""
    seen, patience = sight.seen, THRESHOLDS.missing
    watching = [row.since for row in _select_heard(seen) if row.kind in ("scheduler", "all")]
    if not watching:
        return []
    wanted = []
    for work, alive in seen.at_work.items():
        heard = [row.ended_at or row.heard_at for row in seen.workers if row.kind in doing(work)]
        since = max([*heard, min(watching)])
        if not alive and seen.rolled_at - since >= patience:
            wanted.append(Wanted(kind, work, 1, since, f"没有 {work} 在运行，请在其主机上启动 xinglin worker {work}"))
    return wanted


def _select_heard(seen: Observation) -> list[WorkerRow]:
    """Return the workers that have not ended and were heard lately: one that was killed stays on the roll for weeks."""
    return [row for row in seen.workers if row.ended_at is None and row.heard_at > seen.rolled_at - THRESHOLDS.missing]


def _unroutable(kind: AlertKind, sight: Sight) -> Said:
    if sight.flow is not None and sight.flow.lost:
        return None  # a queue that was missing is not there because nobody can look
    stuck = {each.routing_key: each.waiting for each in sight.seen.troubled if each.trouble == _NOT_TAKEN}
    wanted = _each(
        kind,
        stuck,
        lambda key, waiting: (
            f"没有队列接收 {key}，{waiting.count:,} 份消息未能发出：请重新启动任一 worker 补齐队列和绑定"
        ),
    )
    missing = sight.flow.missing if sight.flow is not None else ()
    detail = "队列不存在，发往其中的消息会丢失或留在发件箱：请重新启动任一 worker 补齐"
    return wanted + [Wanted(kind, queue, 1, None, f"{queue} {detail}") for queue in missing if queue not in stuck]


def _unopened(kind: AlertKind, sight: Sight) -> Said:
    stuck = {each.routing_key: each.waiting for each in sight.seen.troubled if each.trouble == _UNOPENED}
    return _each(
        kind,
        stuck,
        lambda _, waiting: f"发件箱中有 {waiting.count:,} 份消息无法打开，已留存未发，请运行 xinglin verify 核查",
    )


def _alarm(kind: AlertKind, sight: Sight) -> Said:
    if sight.flow is None:
        return None
    if sight.flow.lost_at is not None:
        if sight.now - sight.flow.lost_at < THRESHOLDS.away:
            return None
        return [Wanted(kind, "", 1, sight.flow.lost_at, f"无法连接：{sight.flow.lost}")]
    alarm = sight.flow.alarm
    return [Wanted(kind, "", 1, None, f"已停止接收消息：{alarm}")] if alarm else []


def _dead(kind: AlertKind, sight: Sight) -> Said:
    if sight.flow is None or sight.flow.lost:
        return None
    dead = sight.flow.dead
    return [Wanted(kind, "", dead, None, f"死信队列中有 {dead:,} 份，查明原因后移回原队列")] if dead else []


def _notices(kind: AlertKind, sight: Sight) -> Said:
    return _each(kind, sight.seen.notices_overdue, lambda _, waiting: f"{waiting.count:,} 件通知逾期未反馈，请催办")


def _lifts(kind: AlertKind, sight: Sight) -> Said:
    return _each(
        kind,
        sight.seen.lifts_overdue,
        lambda _, waiting: f"{waiting.count:,} 件解除逾期未确认，当事人可能仍受惩戒，请立即催办（xinglin closure）",
    )


def _feed_late(kind: AlertKind, sight: Sight) -> Said:
    late = {feed: waiting.count for feed, waiting in sight.seen.feed_rows_late.items()}
    return _each(
        kind,
        sight.seen.feed_rows_near,
        lambda feed, waiting: (
            f"{waiting.count:,} 条数据须在下一工作日前报送，其中 {late.get(feed, 0):,} 条已逾期（xinglin feed work）"
        ),
    )


def _feed_refused(kind: AlertKind, sight: Sight) -> Said:
    return _each(
        kind,
        sight.seen.feed_rows_refused,
        lambda _, waiting: f"{waiting.count:,} 条数据被退回，请来源单位更正（xinglin feed work）",
    )


def _transfers(kind: AlertKind, sight: Sight) -> Said:
    waiting = sight.seen.transfers_overdue
    detail = f"{waiting.count:,} 件处罚涉嫌犯罪，限期内未见同一机关就同一当事人移送案件，请核实是否已移送公安机关"
    return _want(kind, waiting, detail)


def _duties(kind: AlertKind, sight: Sight) -> Said:
    return _each(
        kind,
        sight.seen.duties_missed,
        lambda _, waiting: f"{waiting.count:,} 项职责逾期未完成，请催办（xinglin duties --state missed）",
    )


def _answers_near(kind: AlertKind, sight: Sight) -> Said:
    return _each(kind, sight.seen.answers_near, lambda step, waiting: _tell_answers(step, waiting, "临近限期"))


def _answers_overdue(kind: AlertKind, sight: Sight) -> Said:
    return _each(kind, sight.seen.answers_overdue, lambda step, waiting: _tell_answers(step, waiting, "已逾期"))


def _tell_answers(step: str, waiting: Waiting, how: str) -> str:
    kind, _, state = step.partition("/")
    clock = CLOCKS[kind, state]
    longer = f"；{clock.longer_word}按较长期限" if clock.longer is not None else ""
    return f"{waiting.count:,} 件{clock.waits}{how}（{clock.word}{longer}），见待办"


def _reviews(kind: AlertKind, sight: Sight) -> Said:
    return _each(
        kind,
        sight.seen.reviews_overdue,
        lambda _, waiting: f"{waiting.count:,} 件低于公布等级的变动逾期未核实，请指定人员核实（xinglin review）",
    )


def _records(kind: AlertKind, sight: Sight) -> Said:
    waiting = sight.seen.records_due
    detail = f"{waiting.count:,} 条记录到期后未能更新，见 scheduler 日志（settling_failed）"
    return _want_if_longer(kind, sight, waiting, THRESHOLDS.unsettled, detail)


def _internal(kind: AlertKind, sight: Sight) -> Said:
    failed = sight.seen.parked.get(Reason.INTERNAL.value)
    if failed is None:
        return []
    detail = f"{failed.waiting.count:,} 份报文因程序错误挂起，请把编号和日志交给维护人员"
    return _want(kind, failed.waiting, detail)


def _growing(kind: AlertKind, sight: Sight) -> Said:
    """Let what holds go on until half as many are left, or it would end and begin again about the threshold."""
    held = {row.subject for row in sight.seen.alerts if row.kind == kind}
    return [
        Wanted(kind, reason, each.fresh, None, f"一小时内因 {reason} 挂起 {each.fresh:,} 份", each.waiting.sample)
        for reason, each in sight.seen.parked.items()
        if each.fresh > (THRESHOLDS.fresh // 2 if reason in held else THRESHOLDS.fresh)
    ]


def _untouched(kind: AlertKind, sight: Sight) -> Said:
    old = {reason: each.untouched for reason, each in sight.seen.parked.items() if _is_left(each.untouched, sight)}
    days = THRESHOLDS.untouched_days
    return _each(kind, old, lambda _, waiting: f"{waiting.count:,} 份无人处理，最早的已超过 {days} 个工作日")


def _is_left(waiting: Waiting, sight: Sight) -> bool:
    if waiting.since is None:
        return False
    day = waiting.since.astimezone(_SHANGHAI).date()
    return sight.law.calendar.add_working_days(day, THRESHOLDS.untouched_days).on < sight.seen.at.today


def _half(kind: AlertKind, sight: Sight) -> Said:
    waiting = sight.seen.files_half
    detail = f"{waiting.count:,} 个表格收下后没有送完，其余的行无人办理：再次提交同一文件，或在控制台继续报送"
    return _want(kind, waiting, detail)


def _silent(kind: AlertKind, sight: Sight) -> Said:
    if not sight.seen.sources:
        return None
    return [
        Wanted(kind, each.source, 1, each.last_heard, f"{each.source} 已超过平时间隔的 {TOO_LONG} 倍没有报文")
        for each in sight.seen.sources
        if each.state is SourceState.SILENT
    ]


def _cases(kind: AlertKind, sight: Sight) -> Said:
    wanted: list[Wanted] = []
    for each in sight.seen.cases:
        if each.kind == kind:
            more = f"（共 {each.waiting.count:,} 件，此为最早）" if each.waiting.count > 1 else ""
            wanted += _want(kind, each.waiting, f"{each.detail}{more}", each.subject)
    return wanted


def _calendar(kind: AlertKind, sight: Sight) -> Said:
    today = sight.seen.at.today
    due = [sight.law.due(name, day) for name in get_args(DeadlineName) for day in (today, today + THRESHOLDS.calendar)]
    if all(deadline.covered for deadline in due):
        return []
    year = next(year for year in count(today.year) if year not in sight.law.calendar.years)
    said = "节假日安排未公布或未录入，期限按法定节假日推算并提前一个工作日，请补录节假日表"
    return [Wanted(kind, str(year), 1, None, f"{year} 年{said}")]


def _clocks(kind: AlertKind, sight: Sight) -> Said:
    seen, limit = sight.seen, THRESHOLDS.clock / timedelta(milliseconds=1)
    off = {
        row.host: row.clock_off_ms
        for row in _select_heard(seen)
        if row.clock_off_ms is not None and abs(row.clock_off_ms) >= limit
    }
    return [Wanted(kind, host, 1, None, f"该主机时钟与数据库相差 {off[host] / 1000:+.1f} 秒") for host in sorted(off)]


def _snapshot(kind: AlertKind, sight: Sight) -> Said:
    age = sight.seen.oldest_transaction
    if age is None or age <= THRESHOLDS.transaction:
        return []
    detail = f"有事务打开超过 {_minutes(THRESHOLDS.transaction)} 分钟，其间发出或删除的行都无法清理"
    return [Wanted(kind, "", 1, None, detail)]


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


CONDITIONS: Mapping[AlertKind, Condition] = {
    AlertKind.LEDGER_UNBALANCED: _ledger,
    AlertKind.INTERNAL_ERROR: _internal,
    AlertKind.INTAKE_STOPPED: _intake,
    AlertKind.WORKER_MISSING: _workers,
    AlertKind.OUTBOX_OLD: _outbox,
    AlertKind.TOUCHED_OLD: _touched,
    AlertKind.CONFIRM_LAG: _unconfirmed,
    AlertKind.CONFIRMED_UNSENT: _confirmed,
    AlertKind.QUEUE_MISSING: _unroutable,
    AlertKind.DISPATCH_UNSOUND: _unopened,
    AlertKind.BROKER_ALARM: _alarm,
    AlertKind.DEAD_LETTERS: _dead,
    AlertKind.LIFT_OVERDUE: _lifts,
    AlertKind.NOTICE_OVERDUE: _notices,
    AlertKind.FEED_LATE: _feed_late,
    AlertKind.FEED_REFUSED: _feed_refused,
    AlertKind.TRANSFER_OVERDUE: _transfers,
    AlertKind.DUTY_MISSED: _duties,
    AlertKind.ANSWER_NEAR: _answers_near,
    AlertKind.ANSWER_OVERDUE: _answers_overdue,
    AlertKind.REVIEW_OVERDUE: _reviews,
    AlertKind.RECORDS_DUE: _records,
    AlertKind.PARKED_GROWING: _growing,
    AlertKind.PARKED_OLD: _untouched,
    AlertKind.FILE_HALF: _half,
    AlertKind.SOURCE_SILENT: _silent,
    **dict.fromkeys((kind for kind in AlertKind if kind.closable), _cases),
    AlertKind.CALENDAR_UNCOVERED: _calendar,
    AlertKind.CLOCK_OFF: _clocks,
    AlertKind.OLD_SNAPSHOT: _snapshot,
}
"""The condition of each kind. Cases are judged alike: while one is open, the alert holds."""


def sort_subjects(wanted: Iterable[Wanted]) -> dict[tuple[str, str], Wanted]:
    """Return the wanted alerts by kind and subject."""
    return {(each.kind.value, each.subject): each for each in wanted}
