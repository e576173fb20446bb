"""Alerts about the way of the messages: into the archive, and out of it."""

from __future__ import annotations

from deploy.watch import limits
from deploy.watch.alerts.alert import Alert, shared
from deploy.watch.asking import DEAD, INBOUND, quantile, rate, worst
from deploy.watch.recording import CONSUMERS, MESSAGES
from schemas.alerts import AlertKind, Urgency

_RETURNED = 'xinglin_archive_unsent_troubled{trouble="returned"}'
_TAKING = rate("xinglin_intake_messages_total", f"{limits.UNTAKEN_MINUTES:g}m")

FLOW = (
    shared(
        AlertKind.OUTBOX_OLD,
        f"{worst('xinglin_archive_unsent_oldest_seconds')} > {limits.OLDEST_UNSENT:g}",
        "5m",
        "发件箱中最早的一份消息已等待 {{ $value | humanizeDuration }}，通知和报送未能发出。",
    ),
    shared(
        AlertKind.CONFIRM_LAG,
        f"{quantile(0.99, 'xinglin_relay_confirm_seconds', '5m')} > {limits.CONFIRMED_WITHIN:g}",
        "5m",
        "最慢的 1% 消息从发出到消息中间件确认超过 {{ $value | humanizeDuration }}。",
    ),
    shared(
        AlertKind.INTAKE_STOPPED,
        f'{MESSAGES}{{queue=~"{INBOUND}"}} > 0 unless on () ({_TAKING} > 0)',
        f"{limits.UNTAKEN_MINUTES:g}m",
        "队列 {{ $labels.queue }} 中有 {{ $value }} 份报文等待，"
        f"{limits.UNTAKEN_MINUTES:g} 分钟以来没有处理任何报文。",
        about="{{ $labels.queue }}",
    ),
    shared(
        AlertKind.INTAKE_STOPPED,
        f'{CONSUMERS}{{queue=~"{INBOUND}"}} == 0 and on (queue) {MESSAGES} > 0',
        f"{limits.UNREAD_MINUTES:g}m",
        "队列 {{ $labels.queue }} 中有报文等待，但没有 intake 接收该队列。",
        about="{{ $labels.queue }}",
        name="IntakeMissing",
    ),
    Alert(
        "intake-old",
        Urgency.TICKET,
        f"{quantile(0.99, 'xinglin_intake_delay_seconds', '15m', 'source')} > {limits.COMMITTED_WITHIN:g}",
        "15m",
        "来源 {{ $labels.source }} 的报文入库迟缓",
        "来源 {{ $labels.source }} 最慢的 1% 报文从生成到入库超过 {{ $value | humanizeDuration }}。",
    ),
    shared(
        AlertKind.QUEUE_MISSING,
        # The broker's own count of what it returned has also what doctor and scheduler try it with.
        f"{worst(_RETURNED)} > 0",
        "5m",
        "发件箱中有 {{ $value }} 份消息被消息中间件退回：接收单位的队列缺失或未绑定。",
    ),
    shared(
        AlertKind.DEAD_LETTERS,
        f'{MESSAGES}{{queue="{DEAD}"}} > 0',
        "0m",
        "死信队列 {{ $labels.queue }} 中有 {{ $value }} 份报文，请查明原因后移回原队列，切勿清空。",
    ),
    Alert(
        "connection-down",
        Urgency.PAGE,
        # An intake without messages does not try the database again; the heart of its process does.
        'min by (worker, to) (xinglin_connection_up{worker!="intake"} or xinglin_connection_up{to="broker"}) == 0',
        "5m",
        "{{ $labels.worker }} 与 {{ $labels.to }} 的连接中断",
        "{{ $labels.worker }} 与 {{ $labels.to }} 的连接中断已超过 5 分钟；恢复后自动继续，不丢报文。",
    ),
    Alert(
        "database-conflict",
        Urgency.TICKET,
        f"{rate('xinglin_retries_total', '5m', 'worker', 'trouble')} > {limits.RETRIES_A_SECOND}",
        "5m",
        "{{ $labels.worker }} 频繁重试",
        "{{ $labels.worker }} 因 {{ $labels.trouble }} 每秒重试 {{ $value | humanize }} 次。",
    ),
)
