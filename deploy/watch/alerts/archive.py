"""Alerts about what is true of the archive: what lies parked, what is past its day, and what it raised itself."""

from __future__ import annotations

from deploy.watch import limits
from deploy.watch.alerts.alert import Alert, Severity
from deploy.watch.asking import worst

_PARKED = worst("xinglin_archive_parked")
_PARKED_AN_HOUR_AGO = worst("xinglin_archive_parked offset 1h")
_INTERNAL = 'xinglin_archive_parked{reason="internal.error"}'
_TAKEN = "increase(xinglin_intake_messages_total[1h])"
_TAKEN_AS_PARKED = 'increase(xinglin_intake_messages_total{outcome="parked"}[1h])'

ARCHIVE = (
    Alert(
        "ledger-unbalanced",
        Severity.PAGE,
        f"{worst('xinglin_archive_ledger_difference')} != 0",
        "0m",
        "收件账不平",
        "收件账相差 {{ $value }} 份：有收到的报文不知去向。请停止 intake 和 relay，保留数据库副本并联系开发人员。",
    ),
    Alert(
        "internal-error",
        Severity.PAGE,
        f"{worst(_INTERNAL)} > 0",
        "0m",
        "处理报文时发生内部错误",
        "{{ $value }} 份报文因内部错误（internal.error）挂起，报文已保留。请将日志交开发人员，修复后重放。",
    ),
    Alert(
        "parked-growing",
        Severity.TICKET,
        # A reason that was not there an hour ago counts from nothing; without a look an hour ago nothing is known.
        f"{_PARKED} - ({_PARKED_AN_HOUR_AGO} or 0 * {_PARKED}) > {limits.PARKED_IN_AN_HOUR}"
        " and on () xinglin_archive_observed_timestamp_seconds offset 1h",
        "0m",
        "挂起报文增多：{{ $labels.reason }}",
        "一小时内因 {{ $labels.reason }} 新增 {{ $value }} 份挂起报文。",
    ),
    Alert(
        "parked-growing",
        Severity.TICKET,
        f"sum({_TAKEN_AS_PARKED}) / sum({_TAKEN}) > {limits.PARKED_PART}"
        f" and sum({_TAKEN_AS_PARKED}) > {limits.PARKED_IN_AN_HOUR}",
        "0m",
        "挂起报文占比过高",
        "一小时内收到的报文有 {{ $value | humanizePercentage }} 挂起。",
        name="ParkedPart",
    ),
    Alert(
        "notice-overdue",
        Severity.TICKET,
        f"{worst('xinglin_archive_notices_overdue')} > 0",
        "0m",
        "{{ $labels.agency }} 逾期未回执",
        "{{ $labels.agency }} 有 {{ $value }} 份通知逾期未作出回执。",
    ),
    Alert(
        "lift-overdue",
        Severity.PAGE,
        f"{worst('xinglin_archive_lifts_overdue')} > 0",
        "0m",
        "{{ $labels.agency }} 逾期未确认解除",
        "{{ $labels.agency }} 有 {{ $value }} 份已解除的通知逾期未确认：可能仍有人因已消除的事实受到惩戒。",
    ),
    Alert(
        "feed-refused",
        Severity.TICKET,
        f"{worst('xinglin_archive_feed_rows_refused')} > 0",
        "0m",
        "{{ $labels.feed }} 退回数据行",
        "{{ $labels.feed }} 退回了 {{ $value }} 个数据行，请在来源处更正。",
    ),
    Alert(
        "transfer-overdue",
        Severity.PAGE,
        f"{worst('xinglin_archive_transfers_overdue')} > 0",
        "0m",
        "涉嫌犯罪案件逾期未移送",
        "{{ $value }} 件处罚涉嫌犯罪，限期内未见移送，请核实是否已移送公安机关。",
    ),
    Alert(
        "worker-missing",
        Severity.PAGE,
        f"{worst('xinglin_archive_workers')} == 0",
        "2m",
        "没有 {{ $labels.kind }} 在运行",
        "没有任何 {{ $labels.kind }} 进程在工作，请启动或查明其停止的原因。",
    ),
)

FORWARDED = (
    "calendar-uncovered",
    "clock-off",
    "dispatch-unsound",
    "feed-late",
    "number-unsound",
    "outbox-forgotten",
    "parked-old",
    "party-disputed",
    "record-disputed",
    "records-due",
    "source-silent",
    "split-target",
    "withdrawn-revised",
)
"""What only the archive can judge, by its calendar or by what intake and relay saw: its open alerts are passed on."""

_FORWARDED = "|".join(FORWARDED)
_OPEN = worst(f'xinglin_archive_alerts_open{{alert=~"{_FORWARDED}"}}')
PASSED_ON = (
    Alert(
        "{{ $labels.alert }}",
        Severity.AS_RAISED,
        f"{_OPEN} > 0",
        "0m",
        "档案告警：{{ $labels.alert }}",
        "{{ $labels.alert }} 有 {{ $value }} 项未了结，详情见 xinglin alerts --open。",
        name="ArchiveAlert",
    ),
)
