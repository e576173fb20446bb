"""Alerts about what Xinglin needs, and about those who watch: what only Prometheus can see."""

from __future__ import annotations

from deploy.watch import limits
from deploy.watch.alerts.alert import MACHINE, Alert, shared
from deploy.watch.asking import DATABASE, FREE_PART
from schemas.alerts import AlertKind, Urgency

_OBSERVED = "xinglin_archive_observed_timestamp_seconds"
_ROUNDS = "xinglin_scheduler_rounds_total"
_HEARTBEAT = "xinglin_worker_heartbeat_timestamp_seconds"

AROUND = (
    Alert(
        "watcher-dead",
        Urgency.PAGE,
        f"time() - max({_OBSERVED}) > {limits.OBSERVED_WITHIN:g} or absent({_OBSERVED})",
        "1m",
        "无人查看档案",
        "没有 scheduler 在查看档案：档案的各项告警此刻都发不出来，期限也无人处理。",
    ),
    Alert(
        "watcher-dead",
        Urgency.PAGE,
        f"sum(increase({_ROUNDS}[{limits.ROUND_MINUTES}m])) == 0",
        "5m",
        "scheduler 久未完成一轮",
        f"{limits.ROUND_MINUTES} 分钟以来没有任何 scheduler 完成一轮：到期事项和告警都未处理。",
        name="RoundMissing",
    ),
    Alert(
        "heartbeat-lost",
        Urgency.TICKET,
        f"time() - {_HEARTBEAT} > {limits.OBSERVED_WITHIN:g}",
        "1m",
        "{{ $labels.instance }} 的进程没有心跳",
        "{{ $labels.instance }} 的进程仍在运行，但已有 {{ $value | humanizeDuration }} 未在档案登记："
        "卡住，或连不上数据库。",
    ),
    Alert(
        "scrape-failed",
        Urgency.TICKET,
        'up{job=~"xinglin|rabbitmq|rabbitmq-queues|postgres|node"} == 0',
        "5m",
        "{{ $labels.job }} {{ $labels.instance }} 取不到指标",
        "Prometheus 5 分钟以来取不到 {{ $labels.job }} {{ $labels.instance }} 的指标：进程已停、端口未开或网络不通。",
    ),
    shared(
        AlertKind.BROKER_ALARM,
        "max by (instance) (rabbitmq_alarms_memory_used_watermark + rabbitmq_alarms_free_disk_space_watermark) > 0",
        "0m",
        "{{ $labels.instance }} 的内存或磁盘不足，已停止接收任何报文。请腾出空间，查看哪个队列无人读取。",
    ),
    Alert(
        "database-down",
        Urgency.PAGE,
        "pg_up == 0",
        "1m",
        "数据库 {{ $labels.instance }} 连不上",
        "{{ $labels.instance }} 连不上数据库；收件和发送都已停止，恢复后自动继续。",
    ),
    shared(
        AlertKind.OLD_SNAPSHOT,
        "max by (datname, state) (pg_stat_activity_max_tx_duration"
        f'{{datname="{DATABASE}"}}) > {limits.OLDEST_TRANSACTION:g}',
        "0m",
        "数据库 {{ $labels.datname }} 有事务（{{ $labels.state }}）已开 {{ $value | humanizeDuration }}，"
        "发件箱无法清理。",
    ),
    Alert(
        "disk-full",
        Urgency.TICKET,
        f"{FREE_PART} < {limits.FREE_DISK}",
        "15m",
        "{{ $labels.instance }} 的 {{ $labels.mountpoint }} 磁盘将满",
        "{{ $labels.instance }} 的 {{ $labels.mountpoint }} 只剩 {{ $value | humanizePercentage }} 可用空间。",
    ),
    Alert(
        "watching",
        MACHINE,
        "vector(1)",
        "0m",
        "Prometheus 在值守",
        "此告警始终存在。收不到它，说明 Prometheus 或 Alertmanager 已停。",
    ),
)
