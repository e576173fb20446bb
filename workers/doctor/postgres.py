"""The doctor at PostgreSQL: does it keep what it has committed, and can a full batch always be committed?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from credit.store.engine import StoreUnavailable, reading
from credit.store.queries.observation import read_oldest_transaction
from workers.doctor.finding import Finding, Judgement, conclude, fine, judge, refuse, say_age, warn
from workers.intake import BatchLimits

OLDEST_VERSION = 13
LOCKS_PER_MESSAGE = 3
"""The record that a message states or acts on, the act itself, and the person: the most that one message locks."""
BATCHES_AT_ONCE = 4
"""Full batches that should fit at the same time: two intakes, the scheduler, a replay."""
LONGEST_TRANSACTION = timedelta(minutes=10)
LARGEST_OFFSET = timedelta(seconds=1)

_SETTINGS = (
    "fsync",
    "full_page_writes",
    "synchronous_commit",
    "max_locks_per_transaction",
    "max_connections",
    "max_prepared_transactions",
    "server_version_num",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
)
_IDLE_SLOTS = "SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY slot_name"


@dataclass(frozen=True, slots=True)
class Observed:
    """PostgreSQL as a session of Xinglin finds it; settings in PostgreSQL's own units."""

    settings: dict[str, str]
    default_commit: str
    standby: bool
    oldest_transaction: timedelta
    idle_slots: tuple[str, ...]
    clock_offset: timedelta


def examine(engine: Engine) -> list[Finding]:
    """Return what is to be said about the server behind an engine; it changes nothing there."""
    try:
        observed = observe(engine)
    except StoreUnavailable as error:
        return [conclude("postgres.reachable", _refuse_unreachable(error))]
    return judge(RULES, observed)


def observe(engine: Engine) -> Observed:
    """Look at the server in a session set up like those of the workers.

    Raises:
        StoreUnavailable: it cannot be reached.
    """
    with reading(engine) as connection:
        before = datetime.now(UTC)
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        ours = before + (datetime.now(UTC) - before) / 2
        return Observed(
            settings=_read_settings(connection),
            default_commit=_read_default_commit(engine),
            standby=connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one(),
            oldest_transaction=read_oldest_transaction(connection) or timedelta(),
            idle_slots=tuple(connection.execute(text(_IDLE_SLOTS)).scalars()),
            clock_offset=theirs - ours,
        )


def _read_settings(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"), {"names": list(_SETTINGS)}
    )
    return {row.name: row.setting for row in rows}


def _read_default_commit(engine: Engine) -> str:
    """Ask a session that asks for nothing: what psql, a restore or another program would get."""
    plain = create_engine(engine.url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    with plain.connect() as connection:
        return str(connection.execute(text("SHOW synchronous_commit")).scalar_one())


def _refuse_unreachable(error: StoreUnavailable) -> Judgement:
    return refuse(str(error), f"数据库无法连接：{error}", "检查 XINGLIN_DATABASE_URL、网络和数据库服务。")


def _judge_reachable(_observed: Observed) -> Judgement:
    return fine("connected", "已连接")


def _judge_version(observed: Observed) -> Judgement:
    number = int(observed.settings["server_version_num"])
    found = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number // 10000 < OLDEST_VERSION:
        return refuse(found, f"{found}，版本过低", f"请升级到 PostgreSQL {OLDEST_VERSION} 或更高版本。")
    return fine(found, found)


def _judge_primary(observed: Observed) -> Judgement:
    if observed.standby:
        return refuse(
            "a standby, which cannot be written to",
            "这是备库（standby），不能写入",
            "XINGLIN_DATABASE_URL 应指向主库。",
        )
    return fine("a primary", "这是主库（primary）")


def _judge_disk(observed: Observed) -> Judgement:
    off = [name for name in ("fsync", "full_page_writes") if observed.settings[name] != "on"]
    if off:
        return refuse(
            f"{' and '.join(off)} off: a power cut can destroy what was committed",
            f"{'、'.join(off)} 已关闭：断电可能毁掉已提交的数据",
            "在 postgresql.conf 中设 fsync = on、full_page_writes = on，然后重新加载配置。",
        )
    return fine("fsync and full_page_writes are on", "fsync、full_page_writes 均已开启")


def _judge_commit(observed: Observed) -> Judgement:
    ours, default = observed.settings["synchronous_commit"], observed.default_commit
    if ours == "off":
        return refuse(
            "synchronous_commit is off in Xinglin's own sessions: messages are acknowledged before they are on disk",
            "本系统的会话中 synchronous_commit 为 off：报文尚未写入磁盘就已确认",
            "连接池（如 PgBouncer）丢弃了会话参数：关闭 ignore_startup_parameters，或设 synchronous_commit = on。",
        )
    if default == "off":
        return warn(
            f"synchronous_commit is {ours} for Xinglin, but off for every other session",
            f"synchronous_commit 对本系统为 {ours}，对其他会话为 off",
            "在服务器、数据库和角色上设 synchronous_commit = on，以免人工修复的数据丢失。",
        )
    found = f"synchronous_commit is {ours} for Xinglin, {default} by default"
    return fine(found, f"synchronous_commit 对本系统为 {ours}，默认为 {default}")


def _judge_locks(observed: Observed) -> Judgement:
    each, connections, prepared = (
        int(observed.settings[name])
        for name in ("max_locks_per_transaction", "max_connections", "max_prepared_transactions")
    )
    slots = each * (connections + prepared)
    batch = BatchLimits().messages * LOCKS_PER_MESSAGE
    found = (
        f"{each} x ({connections} + {prepared}) = {slots} locks; "
        f"a batch takes up to {BatchLimits().messages} x {LOCKS_PER_MESSAGE} = {batch}"
    )
    told = (
        f"可加锁 {each} × ({connections} + {prepared}) = {slots:,} 个；"
        f"每批最多占 {BatchLimits().messages} × {LOCKS_PER_MESSAGE} = {batch:,} 个"
    )
    wanted = -(-batch * BATCHES_AT_ONCE // (connections + prepared))
    advice = f"在 postgresql.conf 中设 max_locks_per_transaction = {wanted} 或更大，然后重启数据库。"
    if slots < batch:
        return refuse(found, told, advice)
    if slots < batch * BATCHES_AT_ONCE:
        return warn(found, told, advice)
    return fine(found, told)


def _judge_timeouts(observed: Observed) -> Judgement:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    endless = [name for name in names if observed.settings[name] == "0"]
    if endless:
        return warn(
            f"no limit in Xinglin's sessions: {', '.join(endless)}",
            f"本系统的会话没有时限：{'、'.join(endless)}",
            "连接池（如 PgBouncer）丢弃了会话参数：请让它放行 options，否则挂起的事务会一直占锁。",
        )
    limits = {name: int(observed.settings[name]) // 1000 for name in names}
    return fine(
        ", ".join(f"{name} {seconds} s" for name, seconds in limits.items()),
        "、".join(f"{name} {seconds} 秒" for name, seconds in limits.items()),
    )


def _judge_transactions(observed: Observed) -> Judgement:
    age = timedelta(seconds=round(observed.oldest_transaction.total_seconds()))
    if age > LONGEST_TRANSACTION:
        return warn(
            f"a transaction has been open for {age}: nothing that was sent or deleted since can be cleared",
            f"有事务已打开 {say_age(age)}：其间发出或删除的行都无法清理",
            "用 pg_stat_activity、pg_prepared_xacts 找到该事务，与其负责人核实后结束它。",
        )
    return fine(f"the oldest open transaction is {age} old", f"最早的未结束事务已打开 {say_age(age)}")


def _judge_slots(observed: Observed) -> Judgement:
    if observed.idle_slots:
        return warn(
            f"nobody reads the replication slots {', '.join(observed.idle_slots)}; their log fills the disk",
            f"复制槽（replication slot）{'、'.join(observed.idle_slots)} 无人读取，其日志会占满磁盘",
            "恢复订阅方，或用 pg_drop_replication_slot 删除不再使用的复制槽；并设 max_slot_wal_keep_size。",
        )
    return fine("every replication slot is read", "复制槽（replication slot）均有人读取")


def _judge_clock(observed: Observed) -> Judgement:
    seconds = observed.clock_offset.total_seconds()
    if abs(observed.clock_offset) >= LARGEST_OFFSET:
        return warn(
            f"the database's clock is {seconds:+.1f} s from this host's",
            f"数据库的时钟与本机相差 {seconds:+.1f} 秒",
            "两台主机都启用时间同步（chrony 或 NTP）：租约和期限按主机时间计算。",
        )
    return fine(
        f"the database's clock is {seconds:+.3f} s from this host's", f"数据库的时钟与本机相差 {seconds:+.3f} 秒"
    )


RULES: Mapping[str, Callable[[Observed], Judgement]] = {
    "postgres.reachable": _judge_reachable,
    "postgres.version": _judge_version,
    "postgres.primary": _judge_primary,
    "postgres.disk": _judge_disk,
    "postgres.commit": _judge_commit,
    "postgres.locks": _judge_locks,
    "postgres.timeouts": _judge_timeouts,
    "postgres.transactions": _judge_transactions,
    "postgres.slots": _judge_slots,
    "postgres.clock": _judge_clock,
}
