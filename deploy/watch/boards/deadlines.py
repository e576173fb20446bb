"""法定期限: what the law wants by a day: replies, lifts, rows, transfers, and days of change."""

from __future__ import annotations

from deploy.watch.asking import total, worst
from deploy.watch.panels import COUNT, PARTS, SECONDS, Board, Drawing, Line, Number, Part
from deploy.watch.recording import BALANCED, FEEDS_IN_TIME, LIFTS_IN_TIME, kept_always

DEADLINES = Board(
    "xinglin-deadlines",
    "杏林：法定期限",
    "回执、解除、报送、移送各按法定期限办理的情况；期限按工作日计算，由档案判断是否逾期。",
    (
        Part(
            "逾期",
            (
                Number(
                    "逾期未回执", "逾期未作出回执的通知。", COUNT, total("xinglin_archive_notices_overdue"), bad_from=1
                ),
                Number(
                    "逾期未确认解除",
                    "已解除而接收单位逾期未确认的通知：可能仍有人因已消除的事实受到惩戒。",
                    COUNT,
                    total("xinglin_archive_lifts_overdue"),
                    bad_from=1,
                ),
                Number(
                    "逾期未报送",
                    "法定期限内没有结果的数据行。",
                    COUNT,
                    total("xinglin_archive_feed_rows_late"),
                    bad_from=1,
                ),
                Number(
                    "被退回",
                    "平台退回、尚待更正的数据行。",
                    COUNT,
                    total("xinglin_archive_feed_rows_refused"),
                    bad_from=1,
                ),
                Number(
                    "逾期未移送",
                    "涉嫌犯罪而限期内未见移送的处罚。",
                    COUNT,
                    total("xinglin_archive_transfers_overdue"),
                    bad_from=1,
                ),
                Number(
                    "逾期未完成的职责",
                    "评价制度规定的职责中逾期未完成的。",
                    COUNT,
                    total("xinglin_archive_duties_missed"),
                    bad_from=1,
                ),
                Number(
                    "到期待处理",
                    "变更之日已到、尚未重新认定的记录；scheduler 每分钟处理。",
                    COUNT,
                    total("xinglin_archive_records_due"),
                ),
            ),
        ),
        Part(
            "承诺（30 天）",
            (
                Number(
                    "报送均在期限内",
                    "承诺：全部数据行在法定期限内报送。数值为没有逾期数据行的时间占比。",
                    PARTS,
                    kept_always(FEEDS_IN_TIME, "30d"),
                    width=8,
                    bad_below=1,
                ),
                Number(
                    "解除均按期确认",
                    "承诺：全部解除按期确认。数值为没有逾期解除的时间占比。",
                    PARTS,
                    kept_always(LIFTS_IN_TIME, "30d"),
                    width=8,
                    bad_below=1,
                ),
                Number(
                    "收件总账始终平衡",
                    "承诺：收件总账始终平衡。数值为账平的时间占比。",
                    PARTS,
                    kept_always(BALANCED, "30d"),
                    width=8,
                    bad_below=1,
                ),
            ),
        ),
        Part(
            "通知",
            (
                Drawing(
                    "逾期未回执",
                    "按接收单位。",
                    COUNT,
                    (Line(worst("xinglin_archive_notices_overdue"), "{{agency}}"),),
                    width=12,
                    limit=1,
                ),
                Drawing(
                    "最早逾期未回执",
                    "各单位最早一份已逾期的时间。",
                    SECONDS,
                    (Line(worst("xinglin_archive_notices_overdue_oldest_seconds"), "{{agency}}"),),
                    width=12,
                ),
                Drawing(
                    "逾期未确认解除",
                    "按接收单位。",
                    COUNT,
                    (Line(worst("xinglin_archive_lifts_overdue"), "{{agency}}"),),
                    width=12,
                    limit=1,
                ),
                Drawing(
                    "最早逾期未确认解除",
                    "各单位最早一份已逾期的时间。",
                    SECONDS,
                    (Line(worst("xinglin_archive_lifts_overdue_oldest_seconds"), "{{agency}}"),),
                    width=12,
                ),
            ),
        ),
        Part(
            "报送与移送",
            (
                Drawing(
                    "逾期未报送",
                    "按平台。",
                    COUNT,
                    (Line(worst("xinglin_archive_feed_rows_late"), "{{feed}}"),),
                    limit=1,
                ),
                Drawing(
                    "被退回",
                    "按平台。",
                    COUNT,
                    (Line(worst("xinglin_archive_feed_rows_refused"), "{{feed}}"),),
                    limit=1,
                ),
                Drawing(
                    "移送与到期",
                    "逾期未移送的处罚，到期待处理的记录。",
                    COUNT,
                    (
                        Line(worst("xinglin_archive_transfers_overdue"), "逾期未移送"),
                        Line(worst("xinglin_archive_records_due"), "到期待处理"),
                    ),
                ),
            ),
        ),
    ),
)
