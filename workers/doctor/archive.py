"""The doctor at the archive, on either store: tables, keys, and work that nobody has done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from credit.record.rows import WorkerRow
from credit.rules import Moment
from credit.store import keymark, migrate, roll
from credit.store.engine import StoreUnavailable, reading
from credit.store.outbox import UNOPENED
from credit.store.queries.accounts import are_bound, exist
from credit.store.queries.observation import observe
from credit.telling.observation import Observation
from credit.vault import Keyring
from schemas.errors import ConfigurationError
from workers.broker import Fate
from workers.doctor.finding import Finding, Judgement, conclude, fine, judge, refuse, say_age, warn
from workers.doctor.program import Program
from workers.editions import Editions

OLDEST_UNSENT = timedelta(minutes=5)
OLDEST_PARKED = timedelta(days=1)
OLDEST_PREPARED = timedelta(days=15)
LARGEST_OFFSET_MS = 1000


@dataclass(frozen=True, slots=True)
class Roll:
    """Who is on the roll of an archive, as of its time, and which routing and law are at hand; None: they are not."""

    rows: tuple[WorkerRow, ...]
    now: datetime
    mine: Editions | None


def examine(engine: Engine, found: Program, at: Moment, mine: Editions | None) -> list[Finding]:
    """Return what is to be said about the archive behind an engine; it changes nothing there.

    Without keys that could be read, their row is left out; without the law no penalty is late; without routes nobody
    misses a carrier. `mine` are the routing and law that the settings name.
    """
    try:
        migrate.check(engine)
    except ConfigurationError as error:
        return [conclude("archive.tables", _refuse_tables(error))]
    except StoreUnavailable:
        return []  # said by those who look at the store itself
    findings = [conclude("archive.tables", fine("at the version of this program", "数据表与本程序版本一致"))]
    with reading(engine) as connection:
        if found.keyring is not None:
            findings.append(conclude("archive.keys", _judge_keys(connection, found.keyring)))
        needed = found.routes.workers if found.routes is not None else ()
        seen = observe(connection, at, found.law, workers=needed, books=True)
        findings.append(conclude("archive.workers", judge_workers(Roll(seen.workers, seen.rolled_at, mine))))
        findings += judge(RULES, seen)
        findings.append(conclude("archive.accounts", _judge_accounts(connection)))
    return findings


def _refuse_tables(error: ConfigurationError) -> Judgement:
    return refuse(
        str(error),
        f"数据表与本程序版本不一致：{error}",
        "先备份，再运行 xinglin db upgrade；若表比程序新，请升级程序。",
    )


def _judge_keys(connection: Connection, keyring: Keyring) -> Judgement:
    if not keymark.is_marked(connection):
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


def _judge_accounts(connection: Connection) -> Judgement:
    if not exist(connection):
        return fine("no accounts: the command line asks for no right", "没有账号：命令行不查权限，以 --by 所填姓名留存")
    if not are_bound(connection):
        return warn(
            "no account is bound to a system user: the command line asks for no right",
            "没有账号绑定系统用户：命令行不查权限，以 --by 所填姓名留存",
            "请为在命令行办理的人员新建账号时写明 --system-user。",
        )
    return fine("the command line asks for the rights of accounts", "命令行按系统用户所绑定账号的权限办理")


def judge_workers(seen: Roll) -> Judgement:
    """Warn of workers that have loaded other files than those at hand or than each other, are silent, or in trouble."""
    busy = [row for row in seen.rows if roll.is_at_work(row, seen.now)]
    wrong = _find_differing(busy, seen.mine)
    silent = [row for row in _find_last(seen.rows) if row.ended_at is None and row not in busy]
    wrong += [_Wrong(f"silent: {_name(row)}", f"无响应：{_name(row)}") for row in silent]
    troubled = [row for row in busy if row.trouble]
    wrong += [_Wrong(f"{_name(row)}: {row.trouble}", f"{_name(row)}：{row.trouble}") for row in troubled]
    if wrong:
        return warn(
            "; ".join(each.found for each in wrong),
            "；".join(each.told for each in wrong),
            "用 xinglin workers 查看；在各主机放好同样的文件，对所指的 worker 发送 SIGHUP 或重新启动。",
        )
    if not busy:
        return fine("no worker is at work", "没有 worker 在运行")
    if seen.mine is None:
        return fine(f"{len(busy)} workers, all by one routing and law", f"{len(busy)} 个 worker，路由和法规一致")
    found = f"{len(busy)} workers at work by the routing and law at hand ({seen.mine})"
    return fine(found, f"{len(busy)} 个 worker 在运行，所载路由和法规与此处一致（{seen.mine}）")


def _find_last(rows: Sequence[WorkerRow]) -> list[WorkerRow]:
    """Return of each kind the one heard last: one that was killed and started anew is not missed."""
    last: dict[str, WorkerRow] = {}
    for row in sorted(rows, key=lambda row: row.heard_at):
        last[row.kind] = row
    return list(last.values())


class _Wrong(NamedTuple):
    """Something about a worker, in English and in Chinese."""

    found: str
    told: str


def _find_differing(busy: Sequence[WorkerRow], mine: Editions | None) -> list[_Wrong]:
    """Name those with other files than are at hand; where nothing is at hand, all, if they differ from each other."""
    loaded = {row.worker_id: Editions(row.routing, row.law) for row in busy}
    among = set(loaded.values()) | ({mine} if mine is not None else set())
    if len(among) < 2:
        return []
    names = [f"{_name(row)} ({loaded[row.worker_id]})" for row in busy if loaded[row.worker_id] != mine]
    told = f"此处为 {mine}" if mine is not None else "彼此不同"
    return [
        _Wrong(f"other routing or law than {mine or 'each other'}: {name}", f"所载路由或法规不同（{told}）：{name}")
        for name in names
    ]


def _name(row: WorkerRow) -> str:
    return f"{row.kind}@{row.host}:{row.pid}"


def _judge_at_work(seen: Observation) -> Judgement:
    """Warn of kinds of work that nobody does; an embedded home that no worker ever worked at is fed by hand."""
    missing = [kind for kind, alive in seen.at_work.items() if not alive]
    if not missing:
        found = ", ".join(f"{alive} {kind}" for kind, alive in seen.at_work.items())
        return fine(f"at work: {found}", f"均有 worker 在运行：{found}")
    if not seen.workers and seen.oldest_transaction is None:
        return fine("no worker was ever at work here", "这一单机目录从未运行 worker，由 xinglin ingest 逐次处理")
    return warn(
        f"no worker is alive for {', '.join(missing)}",
        f"没有 worker 在运行：{'、'.join(missing)}",
        "在其主机上启动 xinglin worker，再用 xinglin workers 查看；在此之前报文无人接收、消息无人发出或到期无人办理。",
    )


def _judge_versions(seen: Observation) -> Judgement:
    """Warn of workers of other versions than the program at hand: each may write what the other does not read."""
    mine = version("xinglin")
    others = [row for row in _find_busy(seen) if row.version != mine]
    if others:
        names = [f"{_name(row)} ({row.version})" for row in others]
        return warn(
            f"this is {mine}, and of other versions are {', '.join(names)}",
            f"此处为 {mine}，下列 worker 为其他版本：{'、'.join(names)}",
            "在其主机上停止旧版本的 worker，安装同一版本后重新启动。",
        )
    return fine(f"every worker is of version {mine}", f"各 worker 均为 {mine} 版")


def _judge_clocks(seen: Observation) -> Judgement:
    """Warn of hosts of workers whose clocks differ from the database's."""
    off = {row.host: row.clock_off_ms for row in _find_busy(seen) if abs(row.clock_off_ms or 0) >= LARGEST_OFFSET_MS}
    if off:
        told = [f"{host} {milliseconds / 1000:+.1f}" for host, milliseconds in sorted(off.items()) if milliseconds]
        return warn(
            f"clocks differ from the database's, in seconds: {', '.join(told)}",
            f"下列主机的时钟与数据库相差（秒）：{'、'.join(told)}",
            "各主机启用时间同步（chrony 或 NTP）：期限按主机时间计算。",
        )
    return fine("no worker's clock differs by a second", "各 worker 的时钟相差不到一秒")


def _find_busy(seen: Observation) -> list[WorkerRow]:
    return [row for row in seen.workers if roll.is_at_work(row, seen.rolled_at)]


def _judge_ledger(seen: Observation) -> Judgement:
    difference = seen.books.difference if seen.books is not None else 0
    if difference:
        return warn(
            f"{difference} more deliveries were received than are in the inbox",
            f"收到的份数与收件箱相差 {difference:,} 份",
            "运行 xinglin ledger 和 xinglin verify；可能有人改动过数据库，请与备份核对。",
        )
    return fine("every delivery that was received is in the inbox", "收到的每份报文均在收件箱中")


def _judge_forgotten(seen: Observation) -> Judgement:
    found = seen.books.forgotten if seen.books is not None else 0
    if found:
        return warn(
            f"{found} messages in the outbox that nobody would send",
            f"发件箱中有 {found:,} 份消息无人发送",
            "确认 xinglin worker scheduler 在运行：它会在下一轮补发并告警；是哪个旧版本写入的，查 xinglin workers。",
        )
    return fine("every message is sent or to be sent", "每份消息均已发出或待发")


def _judge_unsent(seen: Observation) -> Judgement:
    waiting, age = seen.unsent, seen.unsent.age(seen.at.now)
    found = f"{waiting.count} messages to send, the oldest since {_rough(age)}"
    told = f"待发 {waiting.count:,} 份，最早的已等待 {say_age(age)}"
    if age > OLDEST_UNSENT:
        return warn(found, told, "查看 xinglin worker relay 是否在运行及其日志；消息仍在发件箱，不会丢失。")
    return fine(found, told) if waiting.count else fine("nothing to send", "发件箱没有待发消息")


def _judge_unroutable(seen: Observation) -> Judgement:
    unroutable = sorted({each.routing_key for each in seen.troubled if each.trouble == Fate.RETURNED.value})
    if any(key.startswith("alert.") for key in unroutable):
        return refuse(
            f"no queue is bound for {', '.join(unroutable)}: no alert reaches anybody",
            f"没有队列（queue）接收以下路由键（routing key），其中有告警，无人能收到：{'、'.join(unroutable)}",
            "立即重新启动 xinglin worker 以补齐队列和绑定；此前以日志（no_queue）和本检查为准。",
        )
    if unroutable:
        return warn(
            f"no queue is bound for {', '.join(unroutable)}",
            f"没有队列（queue）接收以下路由键（routing key）：{'、'.join(unroutable)}",
            "重新启动 xinglin worker 以补齐绑定；若 routing.yaml 已删去该单位，请先恢复。",
        )
    return fine("every routing key reached a queue", "每个路由键都有队列接收")


def _judge_unopened(seen: Observation) -> Judgement:
    unopened = sum(each.waiting.count for each in seen.troubled if each.trouble == UNOPENED)
    if unopened:
        return warn(
            f"{unopened} messages to send cannot be opened",
            f"发件箱有 {unopened:,} 份无法打开，未能发出",
            "运行 xinglin verify 查明是哪些行，从备份恢复；恢复后自动发出，同一事项的后续消息在此之前不会发出。",
        )
    return fine("every message to send was opened", "待发消息均可打开")


def _judge_confirmed(seen: Observation) -> Judgement:
    waiting, age = seen.confirmed, seen.confirmed.age(seen.at.now)
    if not waiting.count:
        return fine("what was confirmed by a second person is carried out", "经第二人同意的事项均已执行")
    found = f"{waiting.count} confirmed proposals whose message is not sent, the oldest since {_rough(age)}"
    told = f"已同意而尚未执行的事项 {waiting.count:,} 项，最早的已等待 {say_age(age)}"
    if age > OLDEST_UNSENT:
        return warn(
            found, told, "查看 xinglin worker scheduler 是否在运行及其日志（confirmed_not_…）：恢复后自动发出。"
        )
    return fine(found, told)


def _judge_parked(seen: Observation) -> Judgement:
    count = sum(each.waiting.count for each in seen.parked.values())
    age = max((each.waiting.age(seen.at.now) for each in seen.parked.values()), default=timedelta())
    found = f"{count} parked messages, the oldest since {_rough(age)}"
    told = f"挂起 {count:,} 份，最早的已等待 {say_age(age)}"
    if age > OLDEST_PARKED:
        return warn(found, told, "用 xinglin parked list 逐条处理：修正、重放，或注明原因后作废。")
    return fine(found, told) if count else fine("nothing is parked", "没有挂起的报文")


def _judge_prepared(seen: Observation) -> Judgement:
    waiting, age = seen.prepared, seen.prepared.age(seen.at.now)
    found = f"{waiting.count} notices wait until the party is told, the oldest since {_rough(age)}"
    told = f"待告知当事人后发出的通知 {waiting.count:,} 件，最早的已等待 {say_age(age)}"
    if age > OLDEST_PREPARED:
        return warn(
            found,
            told,
            "用 xinglin notices --state prepared 查看；决定机关送达告知书并报送 credit.office.told.v1 后自动发出。",
        )
    return fine(found, told) if waiting.count else fine("no notice waits for its party", "没有待告知当事人的通知")


def _judge_half(seen: Observation) -> Judgement:
    half = seen.files_half
    if half.count:
        return warn(
            f"{half.count} files were taken and not sent to the last row: {', '.join(half.sample)}",
            f"收下后没有送完的表格 {half.count:,} 个：{'、'.join(half.sample)}",
            "用 xinglin files 查看；再次提交同一文件，或在控制台的该表格页面按“继续报送”，已送的行不会重复办理。",
        )
    return fine("every file that was taken was sent to its last row", "收下的表格均已送完")


def _judge_unserved(seen: Observation) -> Judgement:
    """Say how many; no warning, as few sources report what they served."""
    count = seen.books.unserved.count if seen.books is not None else 0
    if not count:
        return fine("no penalty lacks its notice of repair", "没有逾期未见信用修复告知书的行政处罚")
    return fine(
        f"{count} penalties in force without a notice of repair on record after its day",
        f"逾期未见送达信用修复告知书的行政处罚 {count:,} 件",
        "告知书应随处罚决定书送达；已送达的，由决定机关以 credit.office.told.v1（paper: repair_notice）报送。",
    )


def _rough(age: timedelta) -> timedelta:
    return timedelta(seconds=round(age.total_seconds()))


RULES: Mapping[str, Callable[[Observation], Judgement]] = {
    "archive.at-work": _judge_at_work,
    "archive.versions": _judge_versions,
    "archive.clocks": _judge_clocks,
    "archive.ledger": _judge_ledger,
    "archive.outbox": _judge_unsent,
    "archive.forgotten": _judge_forgotten,
    "archive.unroutable": _judge_unroutable,
    "archive.unopened": _judge_unopened,
    "archive.confirmed": _judge_confirmed,
    "archive.parked": _judge_parked,
    "archive.prepared": _judge_prepared,
    "archive.files": _judge_half,
    "archive.repair-notices": _judge_unserved,
}
