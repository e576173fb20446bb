"""Amounts, numbers, flags and choices."""

from __future__ import annotations

from datetime import date

from schemas.file_reasons import CellReason
from tests.unit.files.books import Shown, replaced, text, xls, xlsx
from tests.unit.files.messy.rows import HEAD, row, said
from tests.unit.files.seen import Case, Said, Seen

_HEAD = ["行政相对人名称", "文号", "处罚决定日期", "是否听证", "状态", "人数", "备注"]
_PLAIN = {"CF_XDR_MC": "甲诊所", "CF_WSH": "罚1号", "CF_JDRQ": "2026-01-05"}


def _row(flag: object = "", state: object = "", count: object = "", remark: object = "") -> list[object]:
    return [*_PLAIN.values(), flag, state, count, remark]


def _seen(
    number: int, notes: dict[str, Said] | None = None, refusals: dict[str, Said] | None = None, **values: str
) -> Seen:
    return Seen(number, _PLAIN | values, notes or {}, refusals or {})


def _read(written: str, to: str) -> Said:
    return CellReason.READ_AS, f"「{written}」读作「{to}」"


def _filler(written: str) -> Said:
    return CellReason.FILLER, f"「{written}」视为空"


def _amounts(*amounts: object) -> list[list[object]]:
    return [HEAD, *(row(CF_NR_FK=amount) for amount in amounts)]


def _amount(number: int, written: str, to: str) -> Seen:
    return said(number, {"E": (CellReason.WORKED_OUT, f"「{written}」换算为 {to} 万元")}, CF_NR_FK=to)


def _moved(written: str) -> Said:
    return CellReason.AMOUNT_UNCLEAR, f"「{written}」显示的数与单元格的值不同，先把格式改为“常规”"


def _unclear(number: int, written: str) -> Seen:
    return said(number, {}, {"E": _moved(written)}, CF_NR_FK=None)


_IN_YUAN = xlsx(_amounts(Shown(2000, '0"元"'), 2000))


CASES = [
    Case(
        "金额为数字",
        "a.xlsx",
        xlsx(_amounts(0.2, 2000.0, 0.1 + 0.2, 0.00005, 0, Shown(0.25, "0.00"))),
        (
            said(2),
            said(3, CF_NR_FK="2000"),
            said(4, CF_NR_FK="0.3"),
            said(5, CF_NR_FK="0.00005"),
            said(6, CF_NR_FK="0"),
            said(7, CF_NR_FK="0.25"),
        ),
    ),
    Case(
        "金额带单位",
        "a.xlsx",
        xlsx(_amounts("2,000元", "2000元整", "¥2000元", "人民币2000元", "0.2万元", "0.2 万", "２０００元", "1亿元")),
        (
            _amount(2, "2,000元", "0.2"),
            _amount(3, "2000元整", "0.2"),
            _amount(4, "¥2000元", "0.2"),
            _amount(5, "人民币2000元", "0.2"),
            said(6, {"E": _read("0.2万元", "0.2")}),
            _amount(7, "0.2 万", "0.2"),
            _amount(8, "２０００元", "0.2"),
            _amount(9, "1亿元", "10000"),
        ),
    ),
    *(
        Case(
            f"金额的单位在单元格格式里（{name}）",
            f"a.{name}",
            make(
                _amounts(
                    Shown(2000, '0"元"'),
                    Shown(2000.5, '#,##0.00"元";[Red]-#,##0.00"元"'),
                    Shown(0.2, '0.00\\ "万元"'),
                    Shown(2000, '"¥"#,##0"元整"'),
                    Shown(2000, 'General"元"'),
                    Shown(2000, '0!.0,"万元"'),
                    Shown(2000, '0"."0000"万元"'),
                    Shown(2, "#,##0.00,"),
                    Shown(20000, "0!.0000"),
                    Shown(20000, '[<10000]0;0!.0,"万元"'),
                    Shown(5, '[<1]0.00"元";0"万元"'),
                    Shown(2000, '[=0]"";0"元"'),
                    Shown(2000, "0[$元-804]"),
                    Shown(2, '0","000'),
                    Shown(0.2, '"¥"#,##0.00'),
                    "0.2",
                )
            ),
            (
                _amount(2, "2000元", "0.2"),
                _amount(3, "2000.5元", "0.20005"),
                said(4, {"E": _read("0.2万元", "0.2")}),
                _amount(5, "2000元整", "0.2"),
                _amount(6, "2000元", "0.2"),
                _unclear(7, '2000（单元格格式 0!.0,"万元"）'),
                _unclear(8, '2000（单元格格式 0"."0000"万元"）'),
                _unclear(9, "2（单元格格式 #,##0.00,）"),
                _unclear(10, "20000（单元格格式 0!.0000）"),
                _unclear(11, '20000（单元格格式 [<10000]0;0!.0,"万元"）'),
                _unclear(12, '5（单元格格式 [<1]0.00"元";0"万元"）'),
                _amount(13, "2000元", "0.2"),
                _amount(14, "2000元", "0.2"),
                said(15, CF_NR_FK="2"),
                said(16),
                said(17),
            ),
        )
        for name, make in (("xlsx", xlsx), ("xls", xls))
    ),
    Case(
        "单位在格式里的相邻单元格（XLS）",
        "a.xls",
        xls([_HEAD, _row(count=Shown(5, "0"), remark=Shown(6, '0"元"')), _row(count=Shown(7, '0"元"'), remark=8)]),
        (_seen(2, CF_RS="5", BZ="6元"), _seen(3, CF_RS="7元", BZ="8")),
    ),
    Case(
        "格式让数显示为另一个数的，哪一列都不读",
        "a.xlsx",
        xlsx([_HEAD, _row(count=Shown(5000, "0,"), remark=Shown(20000, '0!.0,"万元"'))]),
        (_seen(2, {}, {"F": _moved("5000（单元格格式 0,）"), "G": _moved('20000（单元格格式 0!.0,"万元"）')}),),
    ),
    Case(
        "样式写在位置之前",
        "a.xlsx",
        replaced(_IN_YUAN, "xl/worksheets/sheet1.xml", b'r="E2" s="1"', b'cm="0" s = \'1\' r="E2"'),
        (_amount(2, "2000元", "0.2"), said(3, CF_NR_FK="2000")),
    ),
    Case(
        "没有写样式的单元格是第一种样式",
        "a.xlsx",
        replaced(
            _IN_YUAN,
            "xl/styles.xml",
            b'<cellXfs count="2"><xf numFmtId="0"',
            b'<cellXfs count="2"><xf numFmtId="164"',
        ),
        (_amount(2, "2000元", "0.2"), _amount(3, "2000元", "0.2")),
    ),
    Case(
        "金额带分隔符",
        "a.csv",
        text(
            _amounts(
                "1,000", "12,345.6", "０．２", " 0.2 ", "1,00", "0.2.1", "约2000元", "贰仟元", "-1", "5E-5", "2.", ".2"
            )  # type: ignore[arg-type]
        ),
        (
            said(2, {"E": _read("1,000", "1000")}, CF_NR_FK="1000"),
            said(3, {"E": _read("12,345.6", "12345.6")}, CF_NR_FK="12345.6"),
            said(4, {"E": _read("０．２", "0.2")}),
            said(5),
            said(6, CF_NR_FK="1,00"),
            said(7, CF_NR_FK="0.2.1"),
            said(8, CF_NR_FK="约2000元"),
            said(9, CF_NR_FK="贰仟元"),
            said(10, CF_NR_FK="-1"),
            said(11, {"E": _read("5E-5", "0.00005")}, CF_NR_FK="0.00005"),
            said(12, {"E": _read("2.", "2")}, CF_NR_FK="2"),
            said(13, {"E": _read(".2", "0.2")}),
        ),
    ),
    Case(
        "金额的占位文字和其他类型",
        "a.xlsx",
        xlsx(_amounts("/", "无", "0", date(2026, 1, 5), *[True], 1e15, "0.001元", "￥2,000.00")),
        (
            said(2, {"E": _filler("/")}, CF_NR_FK=None),
            said(3, {"E": _filler("无")}, CF_NR_FK=None),
            said(4, CF_NR_FK="0"),
            said(5, {}, {"E": (CellReason.KIND_WRONG, "单元格是日期、时间或 TRUE、FALSE，不是金额")}, CF_NR_FK=None),
            said(6, {}, {"E": (CellReason.KIND_WRONG, "单元格是日期、时间或 TRUE、FALSE，不是金额")}, CF_NR_FK=None),
            said(7, {}, {"E": (CellReason.AMOUNT_UNCLEAR, "数字过大，不是金额")}, CF_NR_FK=None),
            said(8, {}, {"E": (CellReason.AMOUNT_UNCLEAR, "「0.001元」换算为万元后超过六位小数")}, CF_NR_FK=None),
            said(9, {}, {"E": (CellReason.AMOUNT_UNCLEAR, "「￥2,000.00」有货币符号而没有单位")}, CF_NR_FK=None),
        ),
    ),
    Case(
        "是与否",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                *map(
                    _row,
                    [
                        "是",
                        "否",
                        True,
                        False,
                        1,
                        0,
                        "√",
                        "×",
                        "Y",
                        "no",
                        "TRUE",
                        "１",
                        "/",
                        "可能",
                        2,
                        date(2026, 1, 5),
                    ],
                ),
            ]
        ),
        (
            _seen(2, CF_TZ="是"),
            _seen(3, CF_TZ="否"),
            _seen(4, CF_TZ="是"),
            _seen(5, CF_TZ="否"),
            _seen(6, {"D": _read("1", "是")}, CF_TZ="是"),
            _seen(7, {"D": _read("0", "否")}, CF_TZ="否"),
            _seen(8, {"D": _read("√", "是")}, CF_TZ="是"),
            _seen(9, {"D": _read("×", "否")}, CF_TZ="否"),
            _seen(10, {"D": _read("Y", "是")}, CF_TZ="是"),
            _seen(11, {"D": _read("no", "否")}, CF_TZ="否"),
            _seen(12, {"D": _read("TRUE", "是")}, CF_TZ="是"),
            _seen(13, {"D": _read("１", "是")}, CF_TZ="是"),
            _seen(14, {"D": _filler("/")}),
            _seen(15, CF_TZ="可能"),
            _seen(16, {}, {"D": (CellReason.FLAG_UNCLEAR, "单元格是数字")}),
            _seen(17, {}, {"D": (CellReason.KIND_WRONG, "单元格是日期或时间")}),
        ),
    ),
    Case(
        "选项",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                *(
                    _row(state=state)
                    for state in ["正常", "0", " 撤 销 ", 0, 1, 2, 3, "其他-备注", "无", date(2026, 1, 5)]
                ),
            ]
        ),
        (
            _seen(2, CF_ZT="正常"),
            _seen(3, CF_ZT="0"),
            _seen(4, {"E": _read("撤 销", "撤销")}, CF_ZT="撤销"),
            _seen(5, CF_ZT="0"),
            _seen(6, {"E": _read("1", "撤销")}, CF_ZT="撤销"),
            _seen(7, CF_ZT="2"),
            _seen(8, {}, {"E": (CellReason.CHOICE_UNKNOWN, "数字「3」不在可选范围内")}),
            _seen(9, CF_ZT="其他-备注"),
            _seen(10, {"E": _filler("无")}),
            _seen(11, {}, {"E": (CellReason.KIND_WRONG, "单元格是日期、时间")}),
        ),
    ),
    Case(
        "几个选项",
        "a.xlsx",
        xlsx(
            [
                HEAD,
                *(
                    row(CF_CFLB=kinds)
                    for kinds in [
                        "警告；罚款",
                        "警告、罚款",
                        "警告,罚款",
                        "警告;没收违法所得\n罚款",
                        "罚款",
                        "警告；通报批评",
                        "警 告",
                    ]
                ),
            ]
        ),
        (
            said(2),
            said(3, {"D": _read("警告、罚款", "警告；罚款")}),
            said(4, {"D": _read("警告,罚款", "警告；罚款")}),
            said(
                5,
                {"D": _read("警告;没收违法所得\n罚款", "警告；没收违法所得；罚款")},
                CF_CFLB="警告；没收违法所得；罚款",
            ),
            said(6, CF_CFLB="罚款"),
            said(7, CF_CFLB="警告；通报批评"),
            said(8, {"D": _read("警 告", "警告")}, CF_CFLB="警告"),
        ),
    ),
    Case(
        "数字",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                *(
                    _row(count=count)
                    for count in [3, 3.0, 4.5, "3", "1,200", "３", "3.0", "无", 1e16, "三", date(2026, 1, 5)]
                ),
            ]
        ),
        (
            _seen(2, CF_RS="3"),
            _seen(3, CF_RS="3"),
            _seen(4, CF_RS="4.5"),
            _seen(5, CF_RS="3"),
            _seen(6, {"F": _read("1,200", "1200")}, CF_RS="1200"),
            _seen(7, {"F": _read("３", "3")}, CF_RS="3"),
            _seen(8, {"F": _read("3.0", "3")}, CF_RS="3"),
            _seen(9, {"F": _filler("无")}),
            _seen(10, {}, {"F": (CellReason.NUMBER_AS_FLOAT, "号码以数字格式保存")}),
            _seen(11, CF_RS="三"),
            _seen(12, {}, {"F": (CellReason.KIND_WRONG, "单元格是日期、时间")}),
        ),
    ),
    Case(
        "文字列中的其他类型",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                *(
                    _row(remark=remark)
                    for remark in [
                        12,
                        1.5,
                        date(2026, 1, 5),
                        True,
                        1e15,
                        "无",
                        "  首次  ",
                        "ＡＢＣ",
                        "=1+1",
                        "@SUM(A1)",
                    ]
                ),
            ]
        ),
        (
            _seen(2, BZ="12"),
            _seen(3, BZ="1.5"),
            _seen(4, {"G": _read("日期", "2026-01-05")}, BZ="2026-01-05"),
            _seen(5, {"G": _read("TRUE", "是")}, BZ="是"),
            _seen(6, {}, {"G": (CellReason.NUMBER_AS_FLOAT, "号码以数字格式保存")}),
            _seen(7, {"G": _filler("无")}),
            _seen(8, BZ="首次"),
            _seen(9, BZ="ＡＢＣ"),
            _seen(10, BZ="=1+1"),
            _seen(11, BZ="@SUM(A1)"),
        ),
    ),
]
