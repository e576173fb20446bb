"""Days: as text in every form, as days of the spreadsheet, as serial numbers of both epochs."""

from __future__ import annotations

from datetime import date, datetime, time

from schemas.file_reasons import CellReason
from tests.unit.files.books import Shown, text, xls, xlsx
from tests.unit.files.messy.rows import HEAD, ROW, row, said
from tests.unit.files.seen import Case, Said, Seen

_USUAL = ["2026-01-05", " 2026-01-05 ", "2026/01/05", "2026/1/5", "2026-1-5", " 2026/01/5"]
"""As templates and spreadsheets write a day: there is nothing to look at."""
_TEXTS = [
    "2026.01.05", "2026年1月5日", "2026 年 01 月 05 日", "20260105", "2026-01-05 00:00:00",
    "2026/1/5 0:00", "２０２６／１／５", "二〇二六年一月五日", "2026-01-05T00:00:00+08:00",
]  # fmt: skip
_CHINESE = (27, 28, 31, 36, 50, 57, 58)
"""Built-in formats of Chinese days, which have no text in the file."""


def _read(written: str, to: str = "2026-01-05") -> Said:
    return CellReason.READ_AS, f"「{written}」读作「{to}」"


def _serial(written: str, to: str = "2026-01-05") -> Said:
    return CellReason.WORKED_OUT, f"{written} 按日期读作 {to}"


def _unclear(says: str) -> Said:
    return CellReason.DATE_UNCLEAR, says


def _days(*days: object) -> list[list[object]]:
    return [HEAD, *(row(CF_JDRQ=day) for day in days)]


def _ends(*days: object) -> list[list[object]]:
    return [HEAD, *(row(CF_GSJZQ=day) for day in days)]


def _no_day(number: int, reason: CellReason, says: str) -> Seen:
    return said(number, {}, {"F": (reason, says)}, CF_JDRQ=None)


CASES = [
    Case(
        "日期为文本",
        "a.xlsx",
        xlsx(_days(*_USUAL, *_TEXTS)),
        (*map(said, range(2, 8)), *(said(at, {"F": _read(written)}) for at, written in enumerate(_TEXTS, 8))),
    ),
    Case(
        "日期为文本（CSV）",
        "a.csv",
        text(_days(*_USUAL, *_TEXTS)),  # type: ignore[arg-type]
        (*map(said, range(2, 8)), *(said(at, {"F": _read(written)}) for at, written in enumerate(_TEXTS, 8))),
    ),
    Case(
        "日期不能识别，原样送审",
        "a.xlsx",
        xlsx(_days("26/1/5", "2026-13-05", "5/1/2026", "2026年1月", "昨天")),
        (
            said(2, CF_JDRQ="26/1/5"),
            said(3, CF_JDRQ="2026-13-05"),
            said(4, CF_JDRQ="5/1/2026"),
            said(5, CF_JDRQ="2026年1月"),
            said(6, CF_JDRQ="昨天"),
        ),
    ),
    Case(
        "文本日期早于 1900 年 3 月",
        "a.csv",
        text(_days("1900-01-01", "1900/2/28", "1900-03-01")),  # type: ignore[arg-type]
        (
            said(2, {}, {"F": (CellReason.DATE_UNCLEAR, "单元格显示为 1900-01-01，可能是数字")}, CF_JDRQ=None),
            said(3, {}, {"F": (CellReason.DATE_UNCLEAR, "单元格显示为 1900-02-28，可能是数字")}, CF_JDRQ=None),
            said(4, CF_JDRQ="1900-03-01"),
        ),
    ),
    Case(
        "长期",
        "a.xlsx",
        xlsx(
            _ends(
                "长期", "9999/12/31", "9999-12-31", "长期有效", "2099-12-31", date(9999, 12, 31), 2958465, "2026-06-30"
            )
        ),
        (
            said(2, {"G": _read("长期", "2099-12-31")}, CF_GSJZQ="2099-12-31"),
            said(3, {"G": _read("9999/12/31", "2099-12-31")}, CF_GSJZQ="2099-12-31"),
            said(4, {"G": _read("9999-12-31", "2099-12-31")}, CF_GSJZQ="2099-12-31"),
            said(5, {"G": _read("长期有效", "2099-12-31")}, CF_GSJZQ="2099-12-31"),
            said(6, CF_GSJZQ="2099-12-31"),
            said(7, {"G": _read("9999-12-31", "2099-12-31")}, CF_GSJZQ="2099-12-31"),
            said(8, {"G": _serial("2958465", "2099-12-31")}, CF_GSJZQ="2099-12-31"),
            said(9, CF_GSJZQ="2026-06-30"),
        ),
    ),
    Case("决定日期写长期", "a.xlsx", xlsx(_days("长期")), (said(2, CF_JDRQ="长期"),)),
    Case(
        "日期单元格",
        "a.xlsx",
        xlsx(_days(date(2026, 1, 5), datetime(2026, 1, 5), datetime(2026, 1, 5, 9, 30))),  # noqa: DTZ001
        (said(2), said(3), said(4, {"F": _read("2026-01-05 09:30")})),
    ),
    Case(
        "内置的中文日期格式",
        "a.xlsx",
        xlsx(_days(*(Shown(46027, form) for form in (14, 22, *_CHINESE)), Shown(46027, '[$-804]yyyy"年"m"月"d"日"'))),
        tuple(said(at) for at in range(2, 12)),
    ),
    Case(
        "日期单元格，1904 年起算",
        "a.xlsx",
        xlsx(_days(Shown(46027 - 1462, 14), 46027 - 1462), from_1904=True),
        (said(2), said(3, {"F": _serial("44565")})),
    ),
    Case(
        "日期单元格（XLS）",
        "a.xls",
        xls(_days(date(2026, 1, 5), 46027, "2026/1/5")),
        (said(2), said(3, {"F": _serial("46027")}), said(4)),
    ),
    Case(
        "日期单元格，1904 年起算（XLS）",
        "a.xls",
        xls(_days(Shown(46027 - 1462, "yyyy-mm-dd"), 46027 - 1462), from_1904=True),
        (said(2), said(3, {"F": _serial("44565")})),
    ),
    Case(
        "日期的序号",
        "a.xlsx",
        xlsx(_days(46027, 46027.5, "46027", 20260105, "46027.0")),
        (
            said(2, {"F": _serial("46027")}),
            said(3, {"F": _serial("46027.5")}),
            said(4, {"F": _serial("46027")}),
            said(5, {"F": _read("20260105")}),
            said(6, CF_JDRQ="46027.0"),
        ),
    ),
    Case(
        "日期的序号（CSV）不知从何年起算",
        "a.csv",
        text(_days("46027")),  # type: ignore[arg-type]
        (_no_day(2, CellReason.DATE_UNCLEAR, "「46027」可能是日期的序号，而文件没有说明从哪一年起算"),),
    ),
    Case(
        "不是日期的数字",
        "a.xlsx",
        xlsx(_days(2026, 202601, 20261305, 0.5, -1, 73416, 25568)),
        (
            _no_day(2, *_unclear("数字「2026」不是日期")),
            _no_day(3, *_unclear("数字「202601」不是日期")),
            _no_day(4, *_unclear("数字「20261305」不是日期")),
            _no_day(5, *_unclear("数字「0.5」不是日期")),
            _no_day(6, *_unclear("数字「-1」不是日期")),
            _no_day(7, *_unclear("数字「73416」不是日期")),
            _no_day(8, *_unclear("数字「25568」不是日期")),
        ),
    ),
    Case(
        "序号的首尾两日",
        "a.xlsx",
        xlsx(_days(25569, 73415)),
        (
            said(2, {"F": _serial("25569", "1970-01-01")}, CF_JDRQ="1970-01-01"),
            said(3, {"F": _serial("73415", "2100-12-31")}, CF_JDRQ="2100-12-31"),
        ),
    ),
    Case(
        "日期列中的其他类型",
        "a.xlsx",
        xlsx(_days(*[True], time(8, 30), Shown(2, 14), Shown(0.5, "[h]:mm"))),
        (
            _no_day(2, CellReason.KIND_WRONG, "单元格是 TRUE、FALSE，或只有时间"),
            _no_day(3, CellReason.DATE_UNCLEAR, "数字「0.354"),
            _no_day(4, CellReason.DATE_UNCLEAR, "单元格显示为 1900-01-02，可能是数字误设为日期格式"),
            _no_day(5, CellReason.KIND_WRONG, "单元格是 TRUE、FALSE，或只有时间"),
        ),
    ),
    Case(
        "日期的占位文字",
        "a.xlsx",
        xlsx([*_ends("/", "无", "-", "N/A", "null", "——"), row(CF_JDRQ="/")]),
        (
            *(
                said(at, {"G": (CellReason.FILLER, f"「{written}」视为空")}, CF_GSJZQ=None)
                for at, written in enumerate(["/", "无", "-", "N/A", "null", "——"], 2)
            ),
            said(8, CF_JDRQ="/"),
        ),
    ),
    Case("日期为空", "a.xlsx", xlsx([HEAD, row(CF_GSJZQ=None), ROW]), (said(2, CF_GSJZQ=None), said(3))),
]
