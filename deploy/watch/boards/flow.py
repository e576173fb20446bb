"""流向: what comes in, what becomes of it, what goes out, and how fast."""

from __future__ import annotations

from credit.record.merging import Outcome
from deploy.watch import limits
from deploy.watch.asking import quantile, rate, total, worst
from deploy.watch.panels import COUNT, EACH_SECOND, PARTS, SECONDS, Board, Drawing, Line, Number, Part
from deploy.watch.recording import COMMITTED, COMMITTED_SOON, NOTICED, NOTICED_SOON, kept

_PARKED = worst("xinglin_archive_parked")
_OUTCOMES = "，".join(f"{outcome.value} {outcome.word}" for outcome in Outcome)
_BATCHES = "rate(xinglin_intake_batch_messages_{}[5m])"

FLOW = Board(
    "xinglin-flow",
    "杏林：流向",
    "报文从各来源到档案，通知和数据行从档案到各单位和平台：数量、去向与快慢。",
    (
        Part(
            "概览",
            (
                Number(
                    "未了结告警",
                    "档案已发出、尚未了结的告警。",
                    COUNT,
                    total("xinglin_archive_alerts_open"),
                    bad_from=1,
                ),
                Number("挂起报文", "不能使用而等待人工处理的报文。", COUNT, total("xinglin_archive_parked")),
                Number("待发消息", "发件箱中尚未发出的消息。", COUNT, worst("xinglin_archive_unsent")),
                Number(
                    "最早待发",
                    "发件箱中最早一份消息已等待的时间。",
                    SECONDS,
                    worst("xinglin_archive_unsent_oldest_seconds"),
                    bad_from=limits.OLDEST_UNSENT,
                ),
                Number(
                    "一分钟内入库（30 天）",
                    f"承诺：{limits.SLO_COMMITTED:.0%} 的报文在其所载时间后一分钟内入库。",
                    PARTS,
                    kept(COMMITTED_SOON, COMMITTED, "30d"),
                    bad_below=limits.SLO_COMMITTED,
                ),
                Number(
                    "五分钟内通知（30 天）",
                    f"承诺：{limits.SLO_NOTICED:.1%} 的通知在入库后五分钟内送达消息中间件。",
                    PARTS,
                    kept(NOTICED_SOON, NOTICED, "30d"),
                    bad_below=limits.SLO_NOTICED,
                ),
            ),
        ),
        Part(
            "收件",
            (
                Drawing(
                    "各来源收件",
                    "每秒入库的报文，按来源。",
                    EACH_SECOND,
                    (Line(rate("xinglin_intake_messages_total", "5m", "source"), "{{source}}"),),
                ),
                Drawing(
                    "处理结果",
                    f"每秒入库的报文，按结果：{_OUTCOMES}。",
                    EACH_SECOND,
                    (Line(rate("xinglin_intake_messages_total", "5m", "outcome"), "{{outcome}}"),),
                ),
                Drawing(
                    "从生成到入库（最慢的 1%）",
                    "报文所载时间到入库，按来源。红线为告警界限。",
                    SECONDS,
                    (Line(quantile(0.99, "xinglin_intake_delay_seconds", "15m", "source"), "{{source}}"),),
                    limit=limits.COMMITTED_WITHIN,
                ),
                Drawing(
                    "批次用时",
                    "从取出到入库。",
                    SECONDS,
                    tuple(
                        Line(quantile(part, "xinglin_intake_batch_seconds", "5m"), name)
                        for part, name in ((0.5, "一半"), (0.99, "最慢的 1%"))
                    ),
                    width=12,
                ),
                Drawing(
                    "每批报文",
                    "每批的平均报文数。",
                    COUNT,
                    (Line(f"sum({_BATCHES.format('sum')}) / sum({_BATCHES.format('count')})", "平均"),),
                    width=12,
                ),
            ),
        ),
        Part(
            "挂起",
            (
                Drawing("挂起报文", "等待人工处理的报文，按原因。", COUNT, (Line(_PARKED, "{{reason}}"),), width=12),
                Drawing(
                    "最早挂起",
                    "各原因中最早一份已挂起的时间。",
                    SECONDS,
                    (Line(worst("xinglin_archive_parked_oldest_seconds"), "{{reason}}"),),
                    width=12,
                ),
            ),
        ),
        Part(
            "发件",
            (
                Drawing(
                    "发出",
                    "每秒发出的消息，按种类和结果：notice 通知，feed 数据行，assessment 评价，alert 告警。",
                    EACH_SECOND,
                    (Line(rate("xinglin_relay_messages_total", "5m", "family", "fate"), "{{family}} {{fate}}"),),
                ),
                Drawing(
                    "消息中间件确认（最慢的 1%）",
                    "从发出到确认。红线为告警界限。",
                    SECONDS,
                    (Line(quantile(0.99, "xinglin_relay_confirm_seconds", "5m"), "确认"),),
                    limit=limits.CONFIRMED_WITHIN,
                ),
                Drawing(
                    "从入库到送达（最慢的 1%）",
                    "入库到消息中间件确认，按种类。",
                    SECONDS,
                    (Line(quantile(0.99, "xinglin_relay_delay_seconds", "15m", "family"), "{{family}}"),),
                ),
                Drawing(
                    "待发消息",
                    "发件箱中尚未发出的，以及上次未能发出的。",
                    COUNT,
                    (
                        Line(worst("xinglin_archive_unsent"), "待发"),
                        Line(worst("xinglin_archive_unsent_troubled"), "未能发出：{{trouble}}"),
                    ),
                ),
                Drawing(
                    "最早待发",
                    "发件箱中最早一份消息已等待的时间。红线为告警界限。",
                    SECONDS,
                    (Line(worst("xinglin_archive_unsent_oldest_seconds"), "最早"),),
                    limit=limits.OLDEST_UNSENT,
                ),
                Drawing(
                    "发件箱",
                    "sent 已发出（保留 30 天），unsent 待发；forgotten 无人会发出，应始终为零。",
                    COUNT,
                    (Line(worst("xinglin_archive_outbox"), "{{state}}"),),
                ),
            ),
        ),
        Part(
            "评价",
            (
                Drawing(
                    "待评价的变动",
                    "主体已有变动、当前等级和名单尚未更新的，每次变动计一项。",
                    COUNT,
                    (Line(worst("xinglin_archive_touched"), "待评价"),),
                    width=6,
                ),
                Drawing(
                    "最早待评价",
                    "最早一项变动已等待的时间。红线为告警界限。",
                    SECONDS,
                    (Line(worst("xinglin_archive_touched_oldest_seconds"), "最早"),),
                    width=6,
                    limit=limits.OLDEST_TOUCHED,
                ),
                Drawing(
                    "评价数",
                    "每秒评价的主体。",
                    EACH_SECOND,
                    (Line(rate("xinglin_assessor_subjects_total", "5m"), "主体"),),
                    width=6,
                ),
                Drawing(
                    "每批评价用时",
                    "一批主体从取出到提交的用时。",
                    SECONDS,
                    tuple(
                        Line(quantile(part, "xinglin_assessor_batch_seconds", "15m"), name)
                        for part, name in ((0.5, "一半"), (0.99, "最慢的 1%"))
                    ),
                    width=6,
                ),
            ),
        ),
        Part(
            "来源",
            (
                Drawing(
                    "来源静默",
                    "各来源已有多久未来报，只计工作日（每日 24 小时）。",
                    SECONDS,
                    (Line(worst("xinglin_archive_source_silence_seconds"), "{{source}}"),),
                    width=12,
                ),
                Drawing(
                    "平常间隔",
                    "各来源平常的间隔，只计工作日（每日 24 小时）。",
                    SECONDS,
                    (Line(worst("xinglin_archive_source_gap_seconds"), "{{source}}"),),
                    width=12,
                ),
            ),
        ),
    ),
)
