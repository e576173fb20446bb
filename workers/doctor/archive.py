"""The doctor at the archive, on either store: tables, keys, and work that nobody has done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Connection, Engine

from credit.rules import Moment
from credit.store import keymark, migrate
from credit.store.engine import StoreUnavailable, reading
from credit.store.queries.backlog import Backlog, read_backlog
from credit.vault import Keyring
from schemas.errors import ConfigurationError
from workers.broker import Fate
from workers.doctor.finding import Finding, Judgement, conclude, fine, judge, refuse, warn

OLDEST_UNSENT = timedelta(minutes=5)
OLDEST_PARKED = timedelta(days=1)


def examine(engine: Engine, keyring: Keyring | None, at: Moment) -> list[Finding]:
    """Return what is to be said about the archive behind an engine; it changes nothing there.

    Without keys that could be read, only the tables are looked at.
    """
    try:
        migrate.check(engine)
    except ConfigurationError as error:
        return [conclude("archive.tables", _refuse_tables(error))]
    except StoreUnavailable:
        return []  # said by those who look at the store itself
    findings = [conclude("archive.tables", fine("at the version of this program"))]
    with reading(engine) as connection:
        if keyring is not None:
            findings.append(conclude("archive.keys", _judge_keys(connection, keyring)))
        findings += judge(RULES, read_backlog(connection, at))
    return findings


def _refuse_tables(error: ConfigurationError) -> Judgement:
    return refuse(str(error), "先备份，再运行 xinglin db upgrade；若表比程序新，请升级程序。")


def _judge_keys(connection: Connection, keyring: Keyring) -> Judgement:
    if not keymark.is_marked(connection):
        return fine("a new archive; the keys of the first worker become its keys")
    try:
        keymark.check_keys(connection, keyring)
    except ConfigurationError as error:
        return refuse(str(error), "恢复写入该档案时所用的密钥文件；用错误的密钥无法读取，也查不到任何主体。")
    return fine("the keys are the archive's")


def _judge_unsent(backlog: Backlog) -> Judgement:
    waiting = backlog.unsent
    found = f"{waiting.count} messages to send, the oldest since {_rough(waiting.oldest)}"
    if waiting.count and waiting.oldest > OLDEST_UNSENT:
        return warn(found, "查看 xinglin worker relay 是否在运行及其日志；消息仍在发件箱，不会丢失。")
    return fine(found if waiting.count else "nothing to send")


def _judge_unroutable(backlog: Backlog) -> Judgement:
    unroutable = sorted({each.routing_key for each in backlog.troubled if each.trouble == Fate.RETURNED.value})
    if unroutable:
        return warn(
            f"no queue is bound for {', '.join(unroutable)}",
            "重新启动 xinglin worker 以补齐绑定；若 routing.yaml 已删去该单位，请先恢复。",
        )
    return fine("every routing key reached a queue")


def _judge_parked(backlog: Backlog) -> Judgement:
    waiting = backlog.parked
    found = f"{waiting.count} parked messages, the oldest since {_rough(waiting.oldest)}"
    if waiting.count and waiting.oldest > OLDEST_PARKED:
        return warn(found, "用 xinglin parked list 逐条处理：修正、重放或注明原因后丢弃。")
    return fine(found if waiting.count else "nothing is parked")


def _rough(age: timedelta) -> timedelta:
    return timedelta(seconds=round(age.total_seconds()))


RULES: Mapping[str, Callable[[Backlog], Judgement]] = {
    "archive.outbox": _judge_unsent,
    "archive.unroutable": _judge_unroutable,
    "archive.parked": _judge_parked,
}
