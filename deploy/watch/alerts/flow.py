"""Alerts about the way of the messages: into the archive, and out of it."""

from __future__ import annotations

from deploy.watch import limits
from deploy.watch.alerts.alert import Alert, Severity
from deploy.watch.asking import DEAD, INBOUND, quantile, rate, worst
from deploy.watch.recording import CONSUMERS, MESSAGES

_RETURNED = 'xinglin_archive_unsent_troubled{trouble="returned"}'
_TAKING = rate("xinglin_intake_messages_total", "5m")

FLOW = (
    Alert(
        "outbox-old",
        Severity.PAGE,
        f"{worst('xinglin_archive_unsent_oldest_seconds')} > {limits.OLDEST_UNSENT:g}",
        "5m",
        "发件箱积压",
        "发件箱中最早的一份消息已等待 {{ $value | humanizeDuration }}，通知和报送未能发出。",
    ),
    Alert(
        "confirm-lag",
        Severity.PAGE,
        f"{quantile(0.99, 'xinglin_relay_confirm_seconds', '5m')} > {limits.CONFIRMED_WITHIN:g}",
        "5m",
        "消息中间件确认缓慢",
        "最慢的 1% 消息从发出到消息中间件确认超过 {{ $value | humanizeDuration }}。",
    ),
    Alert(
        "intake-stopped",
        Severity.PAGE,
        f'{MESSAGES}{{queue=~"{INBOUND}"}} > 0 unless on () ({_TAKING} > 0)',
        "5m",
        "收件停止：队列 {{ $labels.queue }} 的报文无人处理",
        "队列 {{ $labels.queue }} 中有 {{ $value }} 份报文等待，5 分钟以来没有处理任何报文。",
    ),
    Alert(
        "intake-stopped",
        Severity.PAGE,
        f'{CONSUMERS}{{queue=~"{INBOUND}"}} == 0 and on (queue) {MESSAGES} > 0',
        "5m",
        "收件停止：队列 {{ $labels.queue }} 无人接收",
        "队列 {{ $labels.queue }} 中有报文等待，但没有 intake 接收该队列。",
        name="IntakeMissing",
    ),
    Alert(
        "intake-old",
        Severity.TICKET,
        f"{quantile(0.99, 'xinglin_intake_delay_seconds', '15m', 'source')} > {limits.COMMITTED_WITHIN:g}",
        "15m",
        "来源 {{ $labels.source }} 的报文入库迟缓",
        "来源 {{ $labels.source }} 最慢的 1% 报文从生成到入库超过 {{ $value | humanizeDuration }}。",
    ),
    Alert(
        "queue-missing",
        Severity.PAGE,
        # The broker's own count of what it returned has also what doctor and scheduler try it with.
        f"{worst(_RETURNED)} > 0",
        "5m",
        "有消息没有队列接收",
        "发件箱中有 {{ $value }} 份消息被消息中间件退回：接收单位的队列缺失或未绑定。",
    ),
    Alert(
        "dead-letters",
        Severity.TICKET,
        f'{MESSAGES}{{queue="{DEAD}"}} > 0',
        "0m",
        "死信队列中有报文",
        "死信队列 {{ $labels.queue }} 中有 {{ $value }} 份报文，请查明原因后移回原队列，切勿清空。",
    ),
    Alert(
        "connection-down",
        Severity.PAGE,
        "min by (worker, to) (xinglin_connection_up) == 0",
        "5m",
        "{{ $labels.worker }} 与 {{ $labels.to }} 的连接中断",
        "{{ $labels.worker }} 与 {{ $labels.to }} 的连接中断已超过 5 分钟；恢复后自动继续，不丢报文。",
    ),
    Alert(
        "database-conflict",
        Severity.TICKET,
        f"{rate('xinglin_retries_total', '5m', 'worker', 'trouble')} > {limits.RETRIES_A_SECOND}",
        "5m",
        "{{ $labels.worker }} 频繁重试",
        "{{ $labels.worker }} 因 {{ $labels.trouble }} 每秒重试 {{ $value | humanize }} 次。",
    ),
)
