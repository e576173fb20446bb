"""队列和服务器: the workers, the queues, and the servers below them by their own exporters."""

from __future__ import annotations

from deploy.watch import limits
from deploy.watch.asking import DATABASE, DEAD, FREE_PART, INBOUND, quantile, rate
from deploy.watch.panels import BYTES, COUNT, EACH_SECOND, PARTS, SECONDS, Board, Drawing, Line, Number, Part
from deploy.watch.recording import CONSUMERS, MESSAGES

_AGE = "time() - max(xinglin_archive_observed_timestamp_seconds)"
_ALARMS = "max(rabbitmq_alarms_memory_used_watermark + rabbitmq_alarms_free_disk_space_watermark)"


def _workers(kind: str) -> str:
    return f'max(xinglin_archive_workers{{kind="{kind}"}})'


SERVERS = Board(
    "xinglin-servers",
    "杏林：队列和服务器",
    "进程、队列、消息中间件、数据库和主机。消息中间件、数据库、主机的指标来自各自的 exporter。",
    (
        Part(
            "进程",
            (
                *(
                    Number(
                        f"{kind} 进程", f"正在工作的 {kind} 进程数。", COUNT, _workers(kind), bad_below=1, decimals=0
                    )
                    for kind in ("intake", "relay", "scheduler")
                ),
                Number(
                    "上次查看档案",
                    "scheduler 上次查看档案距今的时间；过久则档案告警失灵。",
                    SECONDS,
                    _AGE,
                    bad_from=limits.OBSERVED_WITHIN,
                ),
                Number("死信", "死信队列中的报文。", COUNT, f'{MESSAGES}{{queue="{DEAD}"}}', bad_from=1),
                Number("消息中间件告警", "内存或磁盘不足，停止接收报文。", COUNT, _ALARMS, bad_from=1),
                Drawing(
                    "连接",
                    "各进程与消息中间件（broker）和数据库（database）的连接：1 正常，0 中断。",
                    COUNT,
                    (Line("min by (worker, to) (xinglin_connection_up)", "{{worker}} {{to}}"),),
                ),
                Drawing(
                    "重试",
                    "每秒重试次数，按进程和原因。红线为告警界限。",
                    EACH_SECOND,
                    (Line(rate("xinglin_retries_total", "5m", "worker", "trouble"), "{{worker}} {{trouble}}"),),
                    limit=limits.RETRIES_A_SECOND,
                ),
                Drawing(
                    "心跳",
                    "各进程上次在档案登记距今的时间。",
                    SECONDS,
                    (Line("time() - xinglin_worker_heartbeat_timestamp_seconds", "{{instance}}"),),
                    limit=limits.OBSERVED_WITHIN,
                ),
                Drawing(
                    "scheduler 每轮用时",
                    "每轮处理到期事项的用时。",
                    SECONDS,
                    tuple(
                        Line(quantile(part, "xinglin_scheduler_round_seconds", "15m"), name)
                        for part, name in ((0.5, "一半"), (0.99, "最慢的 1%"))
                    ),
                ),
                Drawing(
                    "scheduler 上一轮",
                    "上一轮结束距今的时间；每分钟应有一轮。",
                    SECONDS,
                    (Line("time() - max(xinglin_scheduler_last_round_timestamp_seconds)", "上一轮"),),
                ),
                Drawing(
                    "版本",
                    "运行中的进程，按种类和版本；升级期间会有两种版本。",
                    COUNT,
                    (Line("count by (kind, version) (xinglin_worker_info)", "{{kind}} {{version}}"),),
                ),
            ),
        ),
        Part(
            "队列",
            (
                Drawing(
                    "收件队列", "等待处理的报文。", COUNT, (Line(f'{MESSAGES}{{queue=~"{INBOUND}"}}', "{{queue}}"),)
                ),
                Drawing(
                    "其他队列",
                    "接收单位和平台尚未读取的消息，以及死信。",
                    COUNT,
                    (Line(f'{MESSAGES}{{queue!~"{INBOUND}"}}', "{{queue}}"),),
                ),
                Drawing("接收者", "各队列的接收者数。", COUNT, (Line(CONSUMERS, "{{queue}}"),)),
            ),
        ),
        Part(
            "消息中间件（RabbitMQ）",
            (
                Drawing(
                    "内存",
                    "已用内存与上限。",
                    BYTES,
                    (
                        Line("rabbitmq_process_resident_memory_bytes", "{{instance}} 已用"),
                        Line("rabbitmq_resident_memory_limit_bytes", "{{instance}} 上限"),
                    ),
                ),
                Drawing(
                    "磁盘",
                    "可用空间与下限。",
                    BYTES,
                    (
                        Line("rabbitmq_disk_space_available_bytes", "{{instance}} 可用"),
                        Line("rabbitmq_disk_space_available_limit_bytes", "{{instance}} 下限"),
                    ),
                ),
                Drawing(
                    "报文",
                    "每秒收到、确认和交付的报文。",
                    EACH_SECOND,
                    (
                        Line("sum(rate(rabbitmq_global_messages_received_total[5m]))", "收到"),
                        Line("sum(rate(rabbitmq_global_messages_confirmed_total[5m]))", "确认"),
                        Line("sum(rate(rabbitmq_global_messages_delivered_total[5m]))", "交付"),
                    ),
                ),
            ),
        ),
        Part(
            "数据库（PostgreSQL）",
            (
                Drawing(
                    "连接",
                    "按状态，以及上限。",
                    COUNT,
                    (
                        Line(f'sum by (state) (pg_stat_activity_count{{datname="{DATABASE}"}})', "{{state}}"),
                        Line("max(pg_settings_max_connections)", "上限"),
                    ),
                    width=6,
                ),
                Drawing(
                    "最长的事务",
                    "按状态。红线为告警界限。",
                    SECONDS,
                    (Line(f'max by (state) (pg_stat_activity_max_tx_duration{{datname="{DATABASE}"}})', "{{state}}"),),
                    width=6,
                    limit=limits.OLDEST_TRANSACTION,
                ),
                Drawing(
                    "事务",
                    "每秒提交与回滚。",
                    EACH_SECOND,
                    (
                        Line(f'sum(rate(pg_stat_database_xact_commit{{datname="{DATABASE}"}}[5m]))', "提交"),
                        Line(f'sum(rate(pg_stat_database_xact_rollback{{datname="{DATABASE}"}}[5m]))', "回滚"),
                    ),
                    width=6,
                ),
                Drawing(
                    "大小",
                    "数据库在磁盘上的大小。",
                    BYTES,
                    (Line(f'max(pg_database_size_bytes{{datname="{DATABASE}"}})', "大小"),),
                    width=6,
                ),
            ),
        ),
        Part(
            "主机",
            (
                Drawing(
                    "处理器",
                    "忙碌的比例。",
                    PARTS,
                    (Line('1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))', "{{instance}}"),),
                ),
                Drawing(
                    "内存",
                    "可用的比例。",
                    PARTS,
                    (Line("node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"),),
                ),
                Drawing(
                    "磁盘",
                    f"可用的比例；低于 {limits.FREE_DISK:.0%} 告警。",
                    PARTS,
                    (Line(FREE_PART, "{{instance}} {{mountpoint}}"),),
                ),
            ),
        ),
    ),
)
