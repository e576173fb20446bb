"""Headings: in any order, below titles, in two rows, marked, unknown, missing, twice, of another template."""

from __future__ import annotations

from schemas.file_reasons import CellReason, FileReason
from tests.unit.files.books import Page, text, xlsx
from tests.unit.files.messy.rows import CODES, HEAD, ROW, USCC, row, said
from tests.unit.files.seen import Case, Seen

_WIDE_MARKS = [
    "行政相对人名称 ＊",
    "统一社会\n信用代码",
    "*行政处罚决定书文号",
    "处罚类别（选填）",
    "罚款金额(万元)",
    "★处罚决定日期(必填)",
    " 公示　截止期：",
]

CASES = [
    Case("标题为代码", "a.xlsx", xlsx([list(CODES), ROW]), (said(2),)),
    Case("代码为小写", "a.xlsx", xlsx([[code.lower() for code in CODES], ROW]), (said(2),)),
    Case("列的顺序相反", "a.xlsx", xlsx([HEAD[::-1], ROW[::-1]]), (said(2),)),
    Case("标题有标记、空格、换行和全角", "a.xlsx", xlsx([_WIDE_MARKS, ROW]), (said(2),)),
    Case("标题带序号", "a.xlsx", xlsx([[f"{at}.{title}" for at, title in enumerate(HEAD, 1)], ROW]), (said(2),)),
    Case(
        "标题上面有标题行和说明行",
        "a.xlsx",
        xlsx(
            Page(
                [
                    ["舞钢市行政处罚信息公示表"],
                    ["填报单位：舞钢市卫生健康委员会", "", "填报日期：2026年1月"],
                    [],
                    HEAD,
                    ROW,
                ],
                merged=("A1:G1",),
            )
        ),
        (said(5),),
    ),
    Case("标题前有空行空列", "a.xlsx", xlsx([[], [], ["", *HEAD], ["", *ROW]]), (said(4),)),
    Case("标题在第20行", "a.xlsx", xlsx([*([["说明"]] * 19), HEAD, ROW]), (said(21),)),
    Case(
        "标题在第21行",
        "a.xlsx",
        xlsx([*([["说明"]] * 20), HEAD, ROW]),
        refused=(FileReason.HEADER_UNKNOWN, "前 20 行"),
    ),
    Case(
        "两行标题，分组合并",
        "a.xlsx",
        xlsx(
            Page(
                [
                    ["行政相对人名称", "行政相对人代码", "", "行政处罚决定书文号", "处罚决定日期", "处罚机关", ""],
                    ["", "统一社会信用代码", "组织机构代码", "", "", "名称", "统一社会信用代码"],
                    ["甲诊所", USCC, "MA9K2F7Q0", "罚1号", "2026-01-05", "舞钢市卫健委", "11410481983690064T"],
                ],
                merged=("A1:A2", "B1:C1", "D1:D2", "E1:E2", "F1:G1"),
            )
        ),
        (
            Seen(
                3,
                {
                    "CF_XDR_MC": "甲诊所",
                    "CF_XDR_SHXYM": USCC,
                    "CF_XDR_ZZJG": "MA9K2F7Q0",
                    "CF_WSH": "罚1号",
                    "CF_JDRQ": "2026-01-05",
                    "CF_CFJG": "舞钢市卫健委",
                    "CF_CFJGDM": "11410481983690064T",
                },
            ),
        ),
    ),
    Case(
        "分组下的通名不归于相对人",
        "a.xlsx",
        xlsx(
            Page(
                [
                    ["行政相对人名称", "行政处罚决定书文号", "处罚决定日期", "执法单位", ""],
                    ["", "", "", "名称", "统一社会信用代码"],
                    ["甲诊所", "罚1号", "2026-01-05", "舞钢市卫健委", "11410481983690064T"],
                ],
                merged=("A1:A2", "B1:B2", "C1:C2", "D1:E1"),
            )
        ),
        (Seen(3, {"CF_XDR_MC": "甲诊所", "CF_WSH": "罚1号", "CF_JDRQ": "2026-01-05"}),),
        notes=(
            (
                "模板中没有的列未读入：D 列「执法单位名称」、"
                "E 列「执法单位统一社会信用代码」，是否为「行政相对人代码_1（统一社会信用代码）」？"
            ),
        ),
    ),
    Case("标题下一行为代码", "a.xlsx", xlsx([HEAD, list(CODES), ROW]), (said(3),)),
    Case(
        "两行标题不一致",
        "a.xlsx",
        xlsx([HEAD, [*CODES[:3], "CF_NR_FK", "CF_CFLB", *CODES[5:]], ROW]),
        refused=(FileReason.HEADER_AMBIGUOUS, "D 列的两行表头不一致：上行为「处罚类别」，下行为「罚款金额（万元）」"),
    ),
    Case(
        "分组只写在第一列，下面先代码后名称",
        "a.csv",
        text(
            [
                ["行政相对人名称", "文号", "处罚决定日期", "处罚机关", ""],
                ["", "", "", "处罚机关统一社会信用代码", "处罚机关"],
                ["甲诊所", "罚1号", "2026-01-05", "11410481983690064T", "舞钢市卫健委"],
            ]
        ),
        (
            Seen(
                3,
                {
                    "CF_XDR_MC": "甲诊所",
                    "CF_WSH": "罚1号",
                    "CF_JDRQ": "2026-01-05",
                    "CF_CFJGDM": "11410481983690064T",
                    "CF_CFJG": "舞钢市卫健委",
                },
            ),
        ),
    ),
    Case(
        "多出的列",
        "a.xlsx",
        xlsx([["序号", *HEAD, "承办人 (Ａ)"], ["1", *ROW, "张三"]]),
        (said(2),),
        notes=("模板中没有的列未读入：A 列「序号」、I 列「承办人 (Ａ)」",),
    ),
    Case(
        "写错的标题",
        "a.xlsx",
        xlsx([[*HEAD[:6], "公示截至期"], ROW]),
        (said(2, CF_GSJZQ=None),),
        notes=("模板中没有的列未读入：G 列「公示截至期」，是否为「公示截止期」？",),
    ),
    Case(
        "缺少必填列",
        "a.xlsx",
        xlsx([HEAD[:5], ROW[:5]]),
        refused=(FileReason.COLUMN_MISSING, "工作表「表1」：按模板「处罚」读，第 1 行的表头缺少必填列：处罚决定日期"),
    ),
    Case(
        "必填列写错",
        "a.xlsx",
        xlsx([[*HEAD[:5], "处罚决定日"], ROW[:6]]),
        refused=(FileReason.COLUMN_MISSING, "F 列的「处罚决定日」是否为「处罚决定日期」"),
    ),
    Case(
        "同一列两次",
        "a.xlsx",
        xlsx([[*HEAD, "文号"], [*ROW, "罚2号"]]),
        refused=(FileReason.HEADER_TWICE, "「行政处罚决定书文号」在 C 列和 H 列都有"),
    ),
    Case(
        "另一模板",
        "a.xlsx",
        xlsx([["许可决定文书号", "行政相对人名称", "有效期至", "备注"], ["许1号", "甲诊所", "2026-12-31", "首次"]]),
        (Seen(2, {"XK_WSH": "许1号", "XK_XDR_MC": "甲诊所", "XK_YXQZI": "2026-12-31", "BZ": "首次"}),),
    ),
    Case(
        "标题几乎都不认识",
        "a.xlsx",
        xlsx([["处罚表"], ["企业", "行政相对人名称", "案号", "文号"], ["甲", "乙", "1", "2"]]),
        refused=(
            FileReason.HEADER_UNKNOWN,
            "最接近的模板是「处罚」，第 2 行只认出「行政相对人名称」、「行政处罚决定书文号」",
        ),
    ),
    Case(
        "没有标题",
        "a.xlsx",
        xlsx([ROW, ROW]),
        refused=(FileReason.HEADER_UNKNOWN, "没有任何模板的表头"),
    ),
    Case(
        "标题为元",
        "a.xlsx",
        xlsx(
            [
                [*HEAD[:4], "罚款金额（元）", *HEAD[5:]],
                row(CF_NR_FK="2000"),
                row(CF_NR_FK=2500),
                row(CF_NR_FK="3,000元"),
                row(CF_NR_FK="0.001"),
                row(CF_NR_FK=""),
            ]
        ),
        (
            said(2, {"E": (CellReason.WORKED_OUT, "「2000（元）」换算为 0.2 万元")}),
            said(3, {"E": (CellReason.WORKED_OUT, "「2500（元）」换算为 0.25 万元")}, CF_NR_FK="0.25"),
            said(4, {"E": (CellReason.WORKED_OUT, "「3,000元」换算为 0.3 万元")}, CF_NR_FK="0.3"),
            said(5, {}, {"E": (CellReason.AMOUNT_UNCLEAR, "「0.001（元）」换算为万元后超过六位小数")}, CF_NR_FK=None),
            said(6, CF_NR_FK=None),
        ),
        notes=("金额以元填写、换算为万元的列：E",),
    ),
    Case(
        "表上写明单位为元",
        "a.xlsx",
        xlsx([["处罚表", "", "（单位：元）"], [*HEAD[:4], "罚款金额", *HEAD[5:]], row(CF_NR_FK=2000)]),
        (said(3, {"E": (CellReason.WORKED_OUT, "「2000（元）」换算为 0.2 万元")}),),
        notes=("金额以元填写、换算为万元的列：E",),
    ),
    Case(
        "表上写明单位为元，金额写法各异",
        "a.csv",
        text(
            [
                ["单位：元"],
                [*HEAD[:4], "罚款金额", *HEAD[5:]],
                *(row(CF_NR_FK=each) for each in ("500.", "5E+02", "0.5e3")),
            ]
        ),
        tuple(
            said(number, {"E": (CellReason.WORKED_OUT, f"「{each}（元）」换算为 0.05 万元")}, CF_NR_FK="0.05")
            for number, each in ((3, "500."), (4, "5E+02"), (5, "0.5e3"))
        ),
        notes=("金额以元填写、换算为万元的列：E",),
    ),
    Case(
        "填报单位的名称以元开头",
        "a.xlsx",
        xlsx([["填报单位：元氏县卫生健康局"], ["单位：万元"], [*HEAD[:4], "罚款金额", *HEAD[5:]], ROW]),
        (said(4),),
    ),
    Case(
        "标题后括号内为代码",
        "a.xlsx",
        xlsx([[f"{title}（{code}）" for title, code in zip(HEAD, CODES, strict=True)], ROW]),
        (said(2),),
    ),
    Case(
        "标题前为代码",
        "a.csv",
        text([[f"{code} {title}" for title, code in zip(HEAD, CODES, strict=True)], ROW]),
        (said(2),),
    ),
    Case("标题在方头括号内", "a.csv", text([[f"【{title}】" for title in HEAD], ROW]), (said(2),)),
    Case("标题含看不见的字符", "a.csv", text([[f"\ufeff{title}\u200b" for title in HEAD], ROW]), (said(2),)),
    Case(
        "标题上面有单位，下面一行为代码",
        "a.xlsx",
        xlsx([["处罚表"], ["", "", "", "单位：万元"], HEAD, list(CODES), ROW]),
        (said(5),),
    ),
    Case(
        "自己的一列名为办理结果",
        "a.xlsx",
        xlsx([[*HEAD, "办理结果", "经办人"], [*ROW, "已结案", "张三"]]),
        (said(2),),
        notes=("模板中没有的列未读入：H 列「办理结果」、I 列「经办人」",),
    ),
    Case(
        "办理结果文件再次提交",
        "a.xlsx",
        xlsx(
            [
                [*HEAD, "办理结果", "说明", "办理编号"],
                [*ROW, "未受理", "金额有误", "sheet-1"],
                [*row(CF_WSH="罚2号"), "已受理", "", ""],
            ],
            Page([HEAD, ROW], "办理汇总"),
        ),
        (said(2), said(3, CF_WSH="罚2号")),
        left_out=(("办理汇总", "办理结果的汇总，不是数据"),),
    ),
    Case("尾部空白行列", "a.xlsx", xlsx([[*HEAD, " ", ""], [*ROW, "", " "], [" ", "　"], []]), (said(2),)),
    Case("标题后没有数据", "a.csv", text([HEAD]), ()),
]
