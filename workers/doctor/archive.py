"""The doctor at the archive, on either store: tables, keys, and work that nobody has done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, func, select

from credit.store import keymark, migrate, tables
from credit.store.engine import StoreUnavailable, reading
from credit.vault import Keyring
from schemas.errors import ConfigurationError
from workers.broker import Fate
from workers.doctor.finding import Finding, Judgement, conclude, fine, judge, refuse, say_age, warn

OLDEST_UNSENT = timedelta(minutes=5)
OLDEST_PARKED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that wait for a relay or a person: how many, and since when the oldest."""

    count: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Observed:
    """What waits in an archive; `unroutable` are routing keys that reached no queue."""

    unsent: Waiting
    unroutable: tuple[str, ...]
    parked: Waiting


def examine(engine: Engine, keyring: Keyring | None, now: datetime) -> list[Finding]:
    """Return what is to be said about the archive behind an engine; it changes nothing there.

    Without keys that could be read, only the tables are looked at.
    """
    try:
        migrate.check(engine)
    except ConfigurationError as error:
        return [conclude("archive.tables", _refuse_tables(error))]
    except StoreUnavailable:
        return []  # said by those who look at the store itself
    findings = [conclude("archive.tables", fine("at the version of this program", "数据表与本程序版本一致"))]
    with reading(engine) as connection:
        if keyring is not None:
            findings.append(conclude("archive.keys", _judge_keys(connection, keyring)))
        findings += judge(RULES, observe(connection, now))
    return findings


def observe(connection: Connection, now: datetime) -> Observed:
    """Count what waits."""
    outbox, unsent, parked = tables.outbox, tables.unsent, tables.parked
    waiting = outbox.join(unsent, unsent.c.outbox_id == outbox.c.outbox_id)
    returned = select(outbox.c.routing_key).select_from(waiting).where(unsent.c.trouble == Fate.RETURNED.value)
    still_open = select(func.count(), func.min(parked.c.parked_at)).where(parked.c.closed_at.is_(None))
    return Observed(
        unsent=_count(connection, select(func.count(), func.min(outbox.c.created_at)).select_from(waiting), now),
        unroutable=tuple(connection.execute(returned.distinct().order_by(outbox.c.routing_key)).scalars()),
        parked=_count(connection, still_open, now),
    )


def _count(connection: Connection, counted: Select[int, datetime], now: datetime) -> Waiting:
    count, oldest = connection.execute(counted).one()
    return Waiting(count, now - oldest if oldest else timedelta())


def _refuse_tables(error: ConfigurationError) -> Judgement:
    return refuse(
        str(error),
        f"数据表与本程序版本不一致：{error}",
        "先备份，再运行 xinglin db upgrade；若表比程序新，请升级程序。",
    )


def _judge_keys(connection: Connection, keyring: Keyring) -> Judgement:
    marked = connection.execute(select(func.count()).select_from(tables.keymark)).scalar_one()
    if not marked:
        return fine("a new archive; the keys of the first worker become its keys", "新档案：以首个进程的密钥为准")
    try:
        keymark.check_keys(connection, keyring)
    except ConfigurationError as error:
        return refuse(
            str(error),
            f"密钥不是写入该档案时所用的：{error}",
            "恢复写入该档案时所用的密钥文件；用错误的密钥无法读取，也查不到任何主体。",
        )
    return fine("the keys are the archive's", "密钥与档案相符")


def _judge_unsent(observed: Observed) -> Judgement:
    waiting = observed.unsent
    found = f"{waiting.count} messages to send, the oldest since {_rough(waiting.oldest)}"
    told = f"待发 {waiting.count:,} 份，最早的已等待 {say_age(waiting.oldest)}"
    if waiting.count and waiting.oldest > OLDEST_UNSENT:
        return warn(found, told, "查看 xinglin worker relay 是否在运行及其日志；消息仍在发件箱，不会丢失。")
    return fine(found, told) if waiting.count else fine("nothing to send", "发件箱没有待发消息")


def _judge_unroutable(observed: Observed) -> Judgement:
    if observed.unroutable:
        return warn(
            f"no queue is bound for {', '.join(observed.unroutable)}",
            f"没有队列（queue）接收以下路由键（routing key）：{'、'.join(observed.unroutable)}",
            "重新启动 xinglin worker 以补齐绑定；若 routing.yaml 已删去该单位，请先恢复。",
        )
    return fine("every routing key reached a queue", "每个路由键都有队列接收")


def _judge_parked(observed: Observed) -> Judgement:
    waiting = observed.parked
    found = f"{waiting.count} parked messages, the oldest since {_rough(waiting.oldest)}"
    told = f"挂起 {waiting.count:,} 份，最早的已等待 {say_age(waiting.oldest)}"
    if waiting.count and waiting.oldest > OLDEST_PARKED:
        return warn(found, told, "用 xinglin parked list 逐条处理：修正、重放，或注明原因后作废。")
    return fine(found, told) if waiting.count else fine("nothing is parked", "没有挂起的报文")


def _rough(age: timedelta) -> timedelta:
    return timedelta(seconds=round(age.total_seconds()))


RULES: Mapping[str, Callable[[Observed], Judgement]] = {
    "archive.outbox": _judge_unsent,
    "archive.unroutable": _judge_unroutable,
    "archive.parked": _judge_parked,
}
