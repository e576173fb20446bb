"""Text files: encodings, separators, quotes, line breaks, what may not be in them."""

from __future__ import annotations

from schemas.file_reasons import CellReason, FileReason
from tests.unit.files.books import text
from tests.unit.files.messy.rows import HEAD, ROW, row, said
from tests.unit.files.seen import Case

_ROWS = [HEAD, ROW]
_RARE = row(CF_XDR_MC="㐂龢𠮷诊所")  # a letter of four bytes in GB18030 and one beyond the first plane
_FILLERS = ["无", "/", "－－", "N/A", "null", "------------", "暂无名称"]


def _end(data: bytes) -> bytes:
    return text(_ROWS, "utf-8") + data + text([ROW], "utf-8")


CASES = [
    Case("UTF-8 带 BOM", "a.csv", text(_ROWS), (said(2),)),
    Case("UTF-8 不带 BOM", "a.csv", text(_ROWS, "utf-8"), (said(2),)),
    Case(
        "GB18030",
        "a.csv",
        text([*_ROWS, _RARE], "gb18030"),
        (said(2), said(3, CF_XDR_MC="㐂龢𠮷诊所")),
        notes=("按 GB18030 编码读入",),
    ),
    Case("GBK", "a.txt", text(_ROWS, "gbk"), (said(2),), notes=("按 GB18030 编码读入",)),
    Case(
        "UTF-16",
        "a.csv",
        text([*_ROWS, _RARE], "utf-16"),
        (said(2), said(3, CF_XDR_MC="㐂龢𠮷诊所")),
        notes=("按 UTF-16 编码读入",),
    ),
    Case(
        "UTF-16，大端，制表符",
        "a.txt",
        b"\xfe\xff" + text(_ROWS, "utf-16-be", "\t"),
        (said(2),),
        notes=("按 UTF-16 编码读入",),
    ),
    Case("分号分隔", "a.csv", text(_ROWS, separator=";"), (said(2),)),
    Case("制表符分隔", "a.tsv", text(_ROWS, separator="\t"), (said(2),)),
    Case("分隔符前的标题行有逗号", "a.csv", text([["表，一, 二, 三"], *_ROWS], separator="\t"), (said(3),)),
    Case(
        "引号、换行和逗号",
        "a.csv",
        text([HEAD, row(CF_XDR_MC='舞钢"口腔",诊所\r\n（分所）'), ROW]),
        (said(2, CF_XDR_MC='舞钢"口腔",诊所\r\n（分所）'), said(3)),
    ),
    Case("换行只有 LF，末行没有换行", "a.csv", text(_ROWS).replace(b"\r\n", b"\n").rstrip(), (said(2),)),
    Case("空行和只有逗号的行", "a.csv", text([HEAD, [], [""] * 7, ROW]), (said(4),)),
    Case("行尾少列和多空列", "a.csv", text([HEAD, ROW[:6], [*ROW, "", "", ""]]), (said(2, CF_GSJZQ=None), said(3))),
    Case(
        "撇号后的等号",
        "a.csv",
        text(
            [
                HEAD,
                row(CF_XDR_MC="'=HYPERLINK(1)诊所", CF_WSH="'-12号"),
                row(CF_XDR_MC="'口腔'诊所"),
                row(CF_XDR_MC="'@诊所"),
            ]
        ),
        (
            said(2, CF_XDR_MC="=HYPERLINK(1)诊所", CF_WSH="-12号"),
            said(3, CF_XDR_MC="'口腔'诊所"),
            said(4, CF_XDR_MC="@诊所"),
        ),
    ),
    Case(
        "必填文字的占位文字",
        "a.csv",
        text([HEAD, *(row(CF_XDR_MC=written) for written in _FILLERS), row(CF_XDR_MC="无名诊所")]),
        (
            *(
                said(at, {}, {"A": (CellReason.VOID, f"「{written}」只是占位文字")}, CF_XDR_MC=None)
                for at, written in enumerate(_FILLERS, 2)
            ),
            said(9, CF_XDR_MC="无名诊所"),
        ),
    ),
    Case(
        "坏的 UTF-8",
        "a.csv",
        _end(b"\xe5\x8f,\xff\xff,1\r\n"),
        refused=(FileReason.CHARSET, "UTF-8、GB18030 编码的文本：第 3 行"),
    ),
    Case(
        "坏的 UTF-8 带 BOM",
        "a.csv",
        b"\xef\xbb\xbf" + _end(b"\xd3\xc2"),
        refused=(FileReason.CHARSET, "不是 UTF-8 编码的文本：第 3 行"),
    ),
    Case("UTF-8 中的代理", "a.csv", b"\xef\xbb\xbf" + _end(b"\xed\xa0\x80,"), refused=(FileReason.CHARSET, "第 3 行")),
    Case(
        "UTF-16 中的代理", "a.csv", text(_ROWS, "utf-16") + b"\x00\xd8\x2c\x00", refused=(FileReason.CHARSET, "UTF-16")
    ),
    Case(
        "空字符",
        "a.csv",
        text([*_ROWS] * 40, "utf-8") + "甲\0".encode(),
        refused=(FileReason.LETTER, "第 81 行含有空字符"),
    ),
    Case("引号没有结束", "a.csv", _end(b'"a,b\r\n'), refused=(FileReason.QUOTES, "第 3 行")),
    Case(
        "引号后有文字", "a.csv", _end(b'"a"b,c\r\n'), refused=(FileReason.QUOTES, "第 3 行（文件第 3 行）的引号不配对")
    ),
    Case(
        "单元格过长",
        "a.csv",
        text([HEAD, row(CF_XDR_MC="甲" * 32_768)]),
        refused=(FileReason.CELL_TOO_LONG, "第 2 行有单元格超过 32,767 个字符"),
    ),
    Case(
        "单元格远远过长",
        "a.csv",
        text([HEAD, row(CF_XDR_MC="甲" * 140_000)]),
        refused=(FileReason.CELL_TOO_LONG, "第 2 行的单元格过长"),
    ),
    Case(
        "一行远远过长",
        "a.csv",
        text([HEAD, row(CF_XDR_MC="a" * (4 << 20))]),
        refused=(FileReason.CELL_TOO_LONG, "有一行超过 4 MiB"),
    ),
    Case("列数过多", "a.csv", text([[*HEAD, *("x" * 400)], ROW]), refused=(FileReason.COLUMNS, "第 1 行超过 400 列")),
    Case("没有已知标题", "a.csv", text([["a", "b"], ["1", "2"]]), refused=(FileReason.HEADER_UNKNOWN, "前 20 行内")),
]
