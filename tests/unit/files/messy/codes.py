"""Codes: as numbers that have lost digits, in full width, behind apostrophes, in small letters, as days."""

from __future__ import annotations

from datetime import date

from schemas.file_reasons import CellReason
from tests.unit.files.books import Formula, Shown, replaced, text, xls, xlsx
from tests.unit.files.messy.rows import USCC
from tests.unit.files.seen import Case, Said, Seen
from workers.files.grid import Fault

_HEAD = ["行政相对人名称", "统一社会信用代码", "组织机构代码", "证件号码", "文号", "处罚决定日期"]
_ROW = ["甲诊所", USCC, "MA9K2F7Q0", "41048119800101123X", "罚1号", "2026-01-05"]
_CODES = ("CF_XDR_MC", "CF_XDR_SHXYM", "CF_XDR_ZZJG", "CF_XDR_ZJHM", "CF_WSH", "CF_JDRQ")
_PLAIN = dict(zip(_CODES, _ROW, strict=True))
_LOST = (CellReason.NUMBER_AS_FLOAT, "号码以数字格式保存，15 位以后的数字已经丢失")
_AS_NUMBER = (CellReason.READ_AS, "号码以数字格式保存，读作「")


def _row(**changes: object) -> list[object]:
    return list((_PLAIN | changes).values())


def _seen(
    number: int, notes: dict[str, Said] | None = None, refusals: dict[str, Said] | None = None, **changes: str | None
) -> Seen:
    values = {code: value for code, value in (_PLAIN | changes).items() if value is not None}
    return Seen(number, values, notes or {}, refusals or {})


CASES = [
    Case("号码为文本", "a.xlsx", xlsx([_HEAD, _ROW]), (_seen(2),)),
    Case(
        "身份证号为数字",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                _row(CF_XDR_ZJHM=410481198001011234),
                _row(CF_XDR_ZJHM=Shown(410481198001011234, "0")),
                _row(CF_XDR_ZJHM=1e15),
                _row(CF_XDR_ZJHM=999999999999999),
            ]
        ),
        (
            _seen(2, {}, {"D": _LOST}, CF_XDR_ZJHM=None),
            _seen(3, {}, {"D": _LOST}, CF_XDR_ZJHM=None),
            _seen(4, {}, {"D": _LOST}, CF_XDR_ZJHM=None),
            _seen(5, {"D": _AS_NUMBER}, CF_XDR_ZJHM="999999999999999"),
        ),
    ),
    Case(
        "身份证号为数字（XLS）",
        "a.xls",
        xls([_HEAD, _row(CF_XDR_ZJHM=410481198001011234), _row(CF_XDR_ZJHM=410481800101123)]),
        (_seen(2, {}, {"D": _LOST}, CF_XDR_ZJHM=None), _seen(3, {"D": _AS_NUMBER}, CF_XDR_ZJHM="410481800101123")),
    ),
    Case(
        "身份证号为科学计数（CSV）",
        "a.csv",
        text([_HEAD, _row(CF_XDR_ZJHM="4.10481E+17"), _row(CF_XDR_ZJHM="4E+17"), _row(CF_XDR_ZJHM="1E5")]),  # type: ignore[list-item]
        (
            _seen(2, {}, {"D": _LOST}, CF_XDR_ZJHM=None),
            _seen(3, {}, {"D": _LOST}, CF_XDR_ZJHM=None),
            _seen(4, CF_XDR_ZJHM="1E5"),
        ),
    ),
    Case(
        "定长的号码丢失前导零",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                _row(CF_XDR_ZZJG=12345678),
                _row(CF_XDR_ZZJG=123456789),
                _row(CF_XDR_ZZJG=Shown(5485674, "000000000")),
                _row(CF_XDR_SHXYM=410481000012345),
                _row(CF_WSH=12),
            ]
        ),
        (
            _seen(2, {}, {"C": (CellReason.ZEROS_LOST, "号码以数字格式保存，只有 8 位，应为 9 位")}, CF_XDR_ZZJG=None),
            _seen(3, {"C": _AS_NUMBER}, CF_XDR_ZZJG="123456789"),
            _seen(4, {}, {"C": (CellReason.ZEROS_LOST, "号码以数字格式保存，只有 7 位，应为 9 位")}, CF_XDR_ZZJG=None),
            _seen(
                5, {}, {"B": (CellReason.ZEROS_LOST, "号码以数字格式保存，只有 15 位，应为 18 位")}, CF_XDR_SHXYM=None
            ),
            _seen(6, {"E": _AS_NUMBER}, CF_WSH="12"),
        ),
    ),
    Case(
        "号码前有撇号",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                _row(CF_XDR_ZJHM="'41048119800101123X"),
                _row(CF_XDR_ZJHM="’41048119800101123X"),
                _row(CF_XDR_SHXYM="＇" + USCC),
            ]
        ),
        (
            _seen(2, {"D": (CellReason.READ_AS, "「'41048…3X」读作「410481…3X」")}),
            _seen(3, {"D": (CellReason.READ_AS, "「’41048…3X」读作「410481…3X」")}),
            _seen(4, {"B": (CellReason.READ_AS, f"「＇{USCC}」读作「{USCC}」")}),
        ),
    ),
    Case(
        "号码写作公式（CSV）",
        "a.csv",
        text([_HEAD, _row(CF_XDR_ZZJG='="012345678"', CF_XDR_ZJHM="41048119800101123X\t")]),  # type: ignore[list-item]
        (_seen(2, {"C": (CellReason.READ_AS, '「="012345678"」读作「012345678」')}, CF_XDR_ZZJG="012345678"),),
    ),
    Case(
        "号码为全角",
        "a.xlsx",
        xlsx([_HEAD, _row(CF_XDR_SHXYM="９１４１０４８１ＭＡ９Ｋ２Ｆ７Ｑ０Ｒ", CF_WSH="豫舞卫医罚〔２０２６〕１２号")]),
        (
            _seen(
                2,
                {
                    "B": (CellReason.READ_AS, f"「９１４１０４８１ＭＡ９Ｋ２Ｆ７Ｑ０Ｒ」读作「{USCC}」"),
                    "E": (CellReason.READ_AS, "「豫舞卫医罚〔２０２６〕１２号」读作「豫舞卫医罚〔2026〕12号」"),
                },
                CF_WSH="豫舞卫医罚〔2026〕12号",
            ),
        ),
    ),
    Case(
        "号码带看不见的字符",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                _row(CF_XDR_SHXYM=f"\ufeff{USCC[:8]}\u200b{USCC[8:]}", CF_XDR_ZJHM="\u202a41048119800101123X\u202c"),
            ]
        ),
        (
            _seen(
                2,
                {
                    "B": (CellReason.READ_AS, f"去掉看不见的字符，读作「{USCC}」"),
                    "D": (CellReason.READ_AS, "去掉看不见的字符，读作「410481…3X」"),
                },
            ),
        ),
    ),
    Case(
        "号码为小写",
        "a.xlsx",
        xlsx([_HEAD, _row(CF_XDR_SHXYM=USCC.lower(), CF_XDR_ZJHM="41048119800101123x", CF_WSH="No.12a")]),
        (
            _seen(
                2,
                {
                    "B": (CellReason.READ_AS, f"「{USCC.lower()}」读作「{USCC}」"),
                    "D": (CellReason.READ_AS, "「410481…3x」读作「410481…3X」"),
                },
                CF_WSH="No.12a",
            ),
        ),
    ),
    Case(
        "号码的占位文字",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                _row(CF_XDR_ZZJG="/", CF_XDR_ZJHM="无"),
                _row(CF_XDR_ZZJG="-", CF_XDR_ZJHM="N/A"),
                _row(CF_XDR_ZZJG="null", CF_XDR_ZJHM="0"),
                _row(CF_WSH="无"),
                _row(CF_WSH="－－"),
                _row(CF_WSH="见附件"),
                _row(CF_WSH="0000"),
            ]
        ),
        (
            _seen(
                2,
                {"C": (CellReason.FILLER, "「/」视为空"), "D": (CellReason.FILLER, "「无」视为空")},
                CF_XDR_ZZJG=None,
                CF_XDR_ZJHM=None,
            ),
            _seen(
                3,
                {"C": (CellReason.FILLER, "「-」视为空"), "D": (CellReason.FILLER, "「N/A」视为空")},
                CF_XDR_ZZJG=None,
                CF_XDR_ZJHM=None,
            ),
            _seen(
                4,
                {"C": (CellReason.FILLER, "「null」视为空"), "D": (CellReason.FILLER, "「0」视为空")},
                CF_XDR_ZZJG=None,
                CF_XDR_ZJHM=None,
            ),
            _seen(5, {}, {"E": (CellReason.VOID, "「无」只是占位文字")}, CF_WSH=None),
            _seen(6, {}, {"E": (CellReason.VOID, "「－－」只是占位文字")}, CF_WSH=None),
            _seen(7, CF_WSH="见附件"),
            _seen(8, CF_WSH="0000"),
        ),
    ),
    Case(
        "号码变成了日期",
        "a.xlsx",
        xlsx([_HEAD, _row(CF_WSH=date(2026, 1, 5)), _row(CF_WSH=True), _row(CF_WSH=1.5), _row(CF_WSH=-3)]),
        (
            _seen(2, {}, {"E": (CellReason.KIND_WRONG, "号码被表格软件转成了日期")}, CF_WSH=None),
            _seen(3, {}, {"E": (CellReason.KIND_WRONG, "单元格是时间或 TRUE、FALSE，不是号码")}, CF_WSH=None),
            _seen(4, {}, {"E": (CellReason.KIND_WRONG, "号码以带小数或负的数字保存")}, CF_WSH=None),
            _seen(5, {}, {"E": (CellReason.KIND_WRONG, "号码以带小数或负的数字保存")}, CF_WSH=None),
        ),
    ),
    Case(
        "公式及其错误",
        "a.xlsx",
        xlsx(
            [
                _HEAD,
                _row(CF_XDR_MC=Formula("=B9", "乙诊所"), CF_WSH=Formula("=1+1", "罚2号")),
                _row(CF_XDR_ZZJG=Fault("#DIV/0!"), CF_JDRQ=Fault("#N/A")),
                _row(CF_XDR_SHXYM="#REF!"),
            ]
        ),
        (
            _seen(2, CF_XDR_MC="乙诊所", CF_WSH="罚2号"),
            _seen(
                3,
                {},
                {
                    "C": (CellReason.ERROR_VALUE, "单元格是公式错误 #DIV/0!"),
                    "F": (CellReason.ERROR_VALUE, "单元格是公式错误 #N/A"),
                },
                CF_XDR_ZZJG=None,
                CF_JDRQ=None,
            ),
            _seen(4, {}, {"B": (CellReason.ERROR_VALUE, "单元格是公式错误 #REF!")}, CF_XDR_SHXYM=None),
        ),
    ),
    Case(
        "公式还没有算出值",
        "a.xlsx",
        replaced(
            replaced(
                replaced(
                    xlsx(
                        [
                            _HEAD,
                            _row(CF_JDRQ=Formula("=A1", 1111)),
                            _row(CF_XDR_ZZJG=Formula("=A2", 2222)),
                            _row(CF_WSH=Formula("=A3", 3333)),
                        ]
                    ),
                    "xl/worksheets/sheet1.xml",
                    b"<v>1111</v>",
                    b"",
                ),
                "xl/worksheets/sheet1.xml",
                b"<v>2222</v>",
                b"<v/>",
            ),
            "xl/worksheets/sheet1.xml",
            b"<v>3333</v>",
            b"<v></v>",
        ),
        (
            _seen(2, {}, {"F": (CellReason.ERROR_VALUE, "公式还没有算出值")}, CF_JDRQ=None),
            _seen(3, {}, {"C": (CellReason.ERROR_VALUE, "公式还没有算出值")}, CF_XDR_ZZJG=None),
            _seen(4, {}, {"E": (CellReason.ERROR_VALUE, "公式还没有算出值")}, CF_WSH=None),
        ),
    ),
    Case(
        "公式的值为空",
        "a.xlsx",
        replaced(
            xlsx([_HEAD, _row(CF_XDR_ZZJG=Formula('=""', "空"))]),
            "xl/worksheets/sheet1.xml",
            "<v>空</v>".encode(),
            b"<v></v>",
        ),
        (_seen(2, CF_XDR_ZZJG=None),),
    ),
    Case(
        "公式错误（XLS）",
        "a.xls",
        xls([_HEAD, _row(CF_XDR_ZZJG=Fault("#DIV/0!")), [Fault("#NAME?")]]),
        (
            _seen(2, {}, {"C": (CellReason.ERROR_VALUE, "单元格是公式错误 #DIV/0!")}, CF_XDR_ZZJG=None),
            Seen(3, {}, {}, {"A": (CellReason.ERROR_VALUE, "单元格是公式错误 #NAME?")}),
        ),
    ),
    Case(
        "整行只有公式错误",
        "a.xlsx",
        xlsx([_HEAD, _ROW, [], ["", Fault("#VALUE!")]]),
        (_seen(2), Seen(4, {}, {}, {"B": (CellReason.ERROR_VALUE, "单元格是公式错误 #VALUE!")})),
    ),
]
