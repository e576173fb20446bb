"""A spreadsheet as clerks hand it in: a dozen penalties, with the usual disorder in half of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workers.demo.town.desk import HEALTH
from workers.demo.town.people import Institution, town

SHEET = "行政处罚"
_TITLE = "舞钢市卫生健康委员会行政处罚信息报送表"
_HEADINGS = (
    "序号",
    "行政相对人名称",
    "行政相对人类别",
    "统一社会信用代码",
    "法定代表人",
    "证件类型",
    "证件号码",
    "行政处罚决定书文号",
    "违法行为类型",
    "违法事实",
    "处罚依据",
    "处罚类别",
    "处罚内容",
    "罚款金额（万元）",
    "处罚决定日期",
    "处罚有效期",
    "处罚机关",
    "处罚机关统一社会信用代码",
    "数据来源单位",
    "数据来源单位统一社会信用代码",
    "简易程序",
    "涉嫌犯罪",
    "行为",
)
_WIDTHS = (6, 24, 16, 22, 12, 10, 22, 24, 24, 30, 28, 14, 24, 12, 16, 14, 24, 22, 24, 22, 10, 10, 10)
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_EXCEL_EPOCH = date(1899, 12, 30)

Cells = dict[str, Any]


def write_messy(path: Path, today: date) -> None:
    """Write the spreadsheet; its decisions are of the weeks before `today`."""
    with Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet(SHEET)
        title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        middle = {"bold": True, "align": "center", "valign": "vcenter"}
        head = book.add_format(middle | {"bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        sheet.merge_range(0, 0, 0, len(_HEADINGS) - 1, _TITLE, title)
        sheet.set_row(0, 30)
        sheet.set_row(1, 36)
        for column, (heading, width) in enumerate(zip(_HEADINGS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, heading, head)
        sheet.freeze_panes(2, 2)
        text = book.add_format({"border": 1, "valign": "vcenter"})
        day = book.add_format({"border": 1, "valign": "vcenter", "num_format": "yyyy/m/d"})
        for number, cells in enumerate(_rows(today), 1):
            _write(sheet, number + 1, {"序号": number} | cells, text, day)


def _write(sheet: Worksheet, row: int, cells: Cells, text: Format, day: Format) -> None:
    for column, heading in enumerate(_HEADINGS):
        match cells.get(heading):
            case None:
                sheet.write_blank(row, column, None, text)
            case str() as said:
                sheet.write_string(row, column, said, text)
            case date() as on:
                sheet.write_datetime(row, column, datetime(on.year, on.month, on.day), day)  # noqa: DTZ001
            case number:
                sheet.write_number(row, column, number, text)


def _rows(today: date) -> list[Cells]:
    places = town().medical
    first = _penalty(places[0], 901, today - timedelta(days=40))
    on = today - timedelta(days=30)
    return [
        first,
        _penalty(places[1], 902, on) | {"处罚决定日期": (on - _EXCEL_EPOCH).days},
        _penalty(places[2], 903, on) | {"处罚决定日期": f"{on.year}年{on.month}月{on.day}日", "处罚有效期": "长期"},
        _penalty(places[3], 904, on) | {"统一社会信用代码": places[3].uscc.translate(_FULL_WIDTH)},
        _penalty(places[4], 905, on) | {"统一社会信用代码": _wrong(places[4].uscc)},
        _person(906, on) | {"证件号码": 411481198001011234.0},
        _penalty(places[5], 907, on) | {"罚款金额（万元）": "2,000元"},
        _penalty(places[6], 908, on) | {"行政处罚决定书文号": "无"},
        dict(first),
        first | {"罚款金额（万元）": 0.3, "处罚内容": "罚款人民币3000元"},
        _penalty(places[7], 911, on) | {"处罚内容": "/"},
        _penalty(places[8], 912, on) | {"处罚决定日期": today + timedelta(days=300)},
    ]


def _penalty(place: Institution, number: int, on: date) -> Cells:
    return {
        "行政相对人名称": place.name,
        "行政相对人类别": "法人及非法人组织",
        "统一社会信用代码": place.uscc,
        "法定代表人": "样本负责人",
        "行政处罚决定书文号": f"舞卫医罚〔{on.year}〕{number}号",
        "违法行为类型": "未按规定书写病历",
        "违法事实": "检查发现该机构未按照规定书写、保管病历资料",
        "处罚依据": "《医疗纠纷预防和处理条例》第四十七条第（四）项",
        "处罚类别": "罚款",
        "处罚内容": "罚款人民币2000元",
        "罚款金额（万元）": 0.2,
        "处罚决定日期": on,
        "处罚有效期": f"{on.year + 1}-{on.month:02}-{min(on.day, 28):02}",
        "处罚机关": HEALTH["name"],
        "处罚机关统一社会信用代码": HEALTH["code"],
        "数据来源单位": HEALTH["name"],
        "数据来源单位统一社会信用代码": HEALTH["code"],
        "简易程序": "否",
        "涉嫌犯罪": "否",
        "行为": "其他",
    }


def _person(number: int, on: date) -> Cells:
    cells = _penalty(town().medical[0], number, on)
    return cells | {
        "行政相对人名称": "样本医师",
        "行政相对人类别": "自然人",
        "统一社会信用代码": None,
        "法定代表人": None,
        "证件类型": "身份证",
    }


def _wrong(uscc: str) -> str:
    """Return a code with another check character than it has."""
    return uscc[:-1] + ("A" if uscc[-1] != "A" else "B")
