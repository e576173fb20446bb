"""Sheets: several, hidden ones, hidden columns and rows, merged cells, examples."""

from __future__ import annotations

from schemas.file_reasons import CellReason, FileReason
from tests.unit.files.books import Page, xls, xlsx
from tests.unit.files.messy.rows import HEAD, ROW, row, said
from tests.unit.files.seen import Case, Seen

_MERGED = (CellReason.MERGED, "取自第 2 行的合并单元格")
_HIDDEN = Page([HEAD, ROW], "作废", hidden=True)
_LISTS = Page([["警告"], ["罚款"]], "选项", very_hidden=True)
_NO_HEADER = "前 20 行内没有任何模板的表头，未读入"


def _foot(number: int, letter: str, label: str) -> Seen:
    return Seen(number, {}, {}, {letter: (CellReason.FOOTING, f"有“{label}”，像是表尾，不是一件")})


CASES = [
    Case(
        "表尾的填表人、合计和制表日期",
        "a.xlsx",
        xlsx(
            Page(
                [
                    [*HEAD, "承办人"],
                    ROW,
                    ["合 计", "", "", "", 0.2],
                    ["", "", "", "", "2", "", "", "共计：1件"],
                    ["填表人：张三", "", "", "审核人（签字）：李四"],
                    ["制表日期：2026年1月31日"],
                    ["", "", "", "", "0.2"],
                    row(CF_XDR_MC="合计", CF_CFLB="", CF_NR_FK=""),
                    [*row(CF_GSJZQ=""), "联系人：王五"],
                ],
                merged=("A6:G6",),
            )
        ),
        (
            said(2),
            _foot(3, "A", "合计"),
            _foot(4, "H", "共计"),
            _foot(5, "A", "填表人"),
            _foot(6, "A", "制表日期"),
            Seen(7, {"CF_NR_FK": "0.2"}),
            said(8, CF_XDR_MC="合计", CF_CFLB=None, CF_NR_FK=None),
            said(9, CF_GSJZQ=None),
        ),
        notes=("模板中没有的列未读入：H 列「承办人」",),
    ),
    Case(
        "几张工作表",
        "a.xlsx",
        xlsx(
            Page([HEAD, ROW], "一月"),
            Page([[], HEAD, row(CF_WSH="罚2号")], "二月"),
            Page([["填表说明"], ["一、日期写作 2026-01-05"]], "说明"),
            Page([], "Sheet4"),
            Page([["序号", "列名"], ["1", "决定书文号"], ["2", "处罚决定日期"]], "填写说明"),
        ),
        (said(2), said(3, CF_WSH="罚2号")),
        left_out=(("说明", _NO_HEADER), ("Sheet4", "空白的工作表"), ("填写说明", "模板的填写说明，不是数据")),
    ),
    Case(
        "隐藏的工作表",
        "a.xlsx",
        xlsx(Page([HEAD, ROW], "公示"), _HIDDEN, _LISTS),
        (said(2),),
        left_out=(("作废", "隐藏的工作表，未读入"), ("选项", "隐藏的工作表，未读入")),
    ),
    Case(
        "隐藏的工作表（XLS）",
        "a.xls",
        xls(Page([HEAD, ROW], "公示"), _HIDDEN),
        (said(2),),
        left_out=(("作废", "隐藏的工作表，未读入"),),
    ),
    Case(
        "第二张工作表缺少必填列",
        "a.xlsx",
        xlsx([HEAD, ROW], [HEAD[:5], ROW[:5]]),
        refused=(FileReason.COLUMN_MISSING, "工作表「表2」"),
    ),
    Case(
        "隐藏的列和行",
        "a.xlsx",
        xlsx(Page([HEAD, ROW, row(CF_WSH="罚2号")], hidden_columns="BEJ", hidden_rows=(3,))),
        (said(2), said(3, CF_WSH="罚2号")),
        notes=("隐藏的列也已读入：B、E", "隐藏或被筛选掉的 1 行也已读入"),
    ),
    Case(
        "隐藏的列和行（XLS）",
        "a.xls",
        xls(Page([HEAD, ROW, row(CF_WSH="罚2号")], hidden_columns="BE", hidden_rows=(3,))),
        (said(2), said(3, CF_WSH="罚2号")),
        notes=("隐藏的列也已读入：B、E", "隐藏或被筛选掉的 1 行也已读入"),
    ),
    Case(
        "合并的数据单元格",
        "a.xlsx",
        xlsx(
            Page(
                [
                    HEAD,
                    ROW,
                    row(CF_XDR_MC="", CF_XDR_SHXYM="", CF_WSH="罚2号"),
                    row(CF_XDR_MC="乙诊所", CF_WSH="罚3号"),
                ],
                merged=("A2:A3", "B2:B3"),
            )
        ),
        (said(2), said(3, {"A": _MERGED, "B": _MERGED}, CF_WSH="罚2号"), said(4, CF_XDR_MC="乙诊所", CF_WSH="罚3号")),
    ),
    Case(
        "合并的数据单元格（XLS）",
        "a.xls",
        xls(Page([HEAD, ROW, row(CF_XDR_MC="", CF_WSH="罚2号")], merged=("A2:A3",))),
        (said(2), said(3, {"A": _MERGED}, CF_WSH="罚2号")),
    ),
    Case(
        "合并的日期序号",
        "a.xlsx",
        xlsx(Page([HEAD, row(CF_JDRQ=46027), row(CF_JDRQ="", CF_WSH="罚2号")], merged=("F2:F3",))),
        (
            said(2, {"F": (CellReason.WORKED_OUT, "46027 按日期读作 2026-01-05")}),
            said(
                3,
                {"F": (CellReason.WORKED_OUT, "46027 按日期读作 2026-01-05；取自第 2 行的合并单元格")},
                CF_WSH="罚2号",
            ),
        ),
    ),
    Case(
        "横向合并的数据单元格",
        "a.xlsx",
        xlsx(Page([HEAD, row(CF_XDR_SHXYM="")], merged=("A2:B2",))),
        (
            said(
                2,
                {},
                {"A": (CellReason.MERGED_ACROSS, "第 2 行的合并单元格跨越多列")},
                CF_XDR_MC=None,
                CF_XDR_SHXYM=None,
            ),
        ),
    ),
    Case(
        "合并后整行空白",
        "a.xlsx",
        xlsx(Page([HEAD, ROW, [], row(CF_XDR_MC="乙诊所", CF_WSH="罚2号")], merged=("A2:A3",))),
        (said(2), said(4, CF_XDR_MC="乙诊所", CF_WSH="罚2号")),
    ),
    Case("中间的空行", "a.xlsx", xlsx([HEAD, ROW, [], [], row(CF_WSH="罚2号")]), (said(2), said(5, CF_WSH="罚2号"))),
    Case("示例行", "a.xlsx", xlsx([HEAD, row(CF_XDR_MC="示例：甲诊所"), ROW]), (said(3),)),
    Case(
        "示例行只改了一半",
        "a.xlsx",
        xlsx([HEAD, row(CF_WSH="示例：豫舞卫医罚〔2026〕1号"), row(CF_WSH="罚2号")]),
        (said(3, CF_WSH="罚2号"),),
    ),
    Case(
        "表头重复、注、页码",
        "a.xlsx",
        xlsx(
            [
                HEAD,
                ROW,
                ["第1页 共2页"],
                HEAD,
                row(CF_WSH="罚2号"),
                [
                    "",
                    "注：1.本表一式两份，一份报市卫生健康委员会，一份留存备查；2.罚款金额按决定书填写；3.联系电话另附，有疑问的请及时反馈。",
                ],
                ["说明1、以上均已公示"],
                ["以下空白"],
                row(CF_XDR_MC="说明：店", CF_WSH="罚3号"),
                ["注册地址不详"],
            ]
        ),
        (
            said(2),
            _foot(3, "A", "第1页"),
            Seen(4, {}, {}, {"A": (CellReason.FOOTING, "与表头相同，不是一件")}),
            said(5, CF_WSH="罚2号"),
            _foot(6, "B", "注"),
            _foot(7, "A", "说明"),
            _foot(8, "A", "以下空白"),
            said(9, CF_XDR_MC="说明：店", CF_WSH="罚3号"),
            Seen(10, {"CF_XDR_MC": "注册地址不详"}),
        ),
    ),
    Case(
        "末尾的落款",
        "a.xlsx",
        xlsx([HEAD, ROW, ["填表人：张三"]]),
        (said(2), _foot(3, "A", "填表人")),
    ),
]
