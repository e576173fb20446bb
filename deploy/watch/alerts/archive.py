"""Alerts about what is true of the archive: what lies parked, and what is past its day."""

from __future__ import annotations

from deploy.watch import limits
from deploy.watch.alerts.alert import shared
from deploy.watch.asking import LOOKED, worst
from schemas.alerts import AlertKind

_PARKED = worst("xinglin_archive_parked")
_PARKED_AN_HOUR_AGO = worst("xinglin_archive_parked offset 1h")
_INTERNAL = 'xinglin_archive_parked{reason="internal.error"}'
_TAKEN = "increase(xinglin_intake_messages_total[1h])"
_TAKEN_AS_PARKED = 'increase(xinglin_intake_messages_total{outcome="parked"}[1h])'

ARCHIVE = (
    shared(
        AlertKind.LEDGER_UNBALANCED,
        f"{worst('xinglin_archive_ledger_difference')} != 0",
        "0m",
        "收件总账相差 {{ $value }} 份：有收到的报文不知去向。请停止 intake 和 relay，保留数据库副本并联系开发人员。",
    ),
    shared(
        AlertKind.INTERNAL_ERROR,
        f"{worst(_INTERNAL)} > 0",
        "0m",
        "{{ $value }} 份报文因内部错误（internal.error）挂起，报文已保留。请将日志交开发人员，修复后重放。",
    ),
    shared(
        AlertKind.PARKED_GROWING,
        # A reason that was not there an hour ago counts from nothing; without a look an hour ago nothing is known.
        f"{_PARKED} - ({_PARKED_AN_HOUR_AGO} or 0 * {_PARKED}) > {limits.PARKED_IN_AN_HOUR}"
        f" and on () {LOOKED} offset 1h",
        "0m",
        "一小时内因 {{ $labels.reason }} 新增 {{ $value }} 份挂起报文。",
        about="{{ $labels.reason }}",
    ),
    shared(
        AlertKind.PARKED_GROWING,
        f"sum({_TAKEN_AS_PARKED}) / sum({_TAKEN}) > {limits.PARKED_PART}"
        f" and sum({_TAKEN_AS_PARKED}) > {limits.PARKED_IN_AN_HOUR}",
        "0m",
        "一小时内收到的报文有 {{ $value | humanizePercentage }} 挂起。",
        name="ParkedPart",
    ),
    shared(
        AlertKind.NOTICE_OVERDUE,
        f"{worst('xinglin_archive_notices_overdue')} > 0",
        "0m",
        "{{ $labels.agency }} 有 {{ $value }} 份通知逾期未作出回执。",
        about="{{ $labels.agency }}",
    ),
    shared(
        AlertKind.LIFT_OVERDUE,
        f"{worst('xinglin_archive_lifts_overdue')} > 0",
        "0m",
        "{{ $labels.agency }} 有 {{ $value }} 份已解除的通知逾期未确认：可能仍有人因已消除的事实受到惩戒。",
        about="{{ $labels.agency }}",
    ),
    shared(
        AlertKind.FEED_REFUSED,
        f"{worst('xinglin_archive_feed_rows_refused')} > 0",
        "0m",
        "{{ $labels.feed }} 退回了 {{ $value }} 个数据行，请在来源处更正。",
        about="{{ $labels.feed }}",
    ),
    shared(
        AlertKind.TRANSFER_OVERDUE,
        f"{worst('xinglin_archive_transfers_overdue')} > 0",
        "0m",
        "{{ $value }} 件处罚涉嫌犯罪，限期内未见移送，请核实是否已移送公安机关。",
    ),
    shared(
        AlertKind.DUTY_MISSED,
        f"{worst('xinglin_archive_duties_missed')} > 0",
        "0m",
        "{{ $labels.unit }} 有 {{ $value }} 项职责逾期未完成，请催办。",
        about="{{ $labels.unit }}",
    ),
    shared(
        AlertKind.WORKER_MISSING,
        f"{worst('xinglin_archive_workers')} == 0",
        f"{limits.MISSING_MINUTES:g}m",
        "没有任何 {{ $labels.kind }} 进程在工作，请启动或查明其停止的原因。",
        about="{{ $labels.kind }}",
    ),
)
