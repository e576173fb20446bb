"""Files of penalties for tests: a CSV of the national items by their codes, as small or large as a test wants it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import xlsxwriter

PENALTY = {
    "CF_XDR_MC": "舞钢市样本美发店",
    "CF_XDR_LB": "个体工商户",
    "CF_XDR_SHXYM": "92410481MA9TK8C741",
    "CF_FRDB": "样本经营者",
    "CF_WSH": "舞卫公罚〔2026〕31号",
    "CF_WFXW": "未取得公共场所卫生许可证擅自营业",
    "CF_SY": "检查发现该店未取得公共场所卫生许可证营业两个月",
    "CF_YJ": "《公共场所卫生管理条例实施细则》第三十五条",
    "CF_CFLB": "警告；罚款",
    "CF_NR": "警告，罚款人民币2000元",
    "CF_NR_FK": "0.200000",
    "CF_JDRQ": "2026/04/13",
    "CF_YXQ": "2027/04/13",
    "CF_GSJZQ": "2027/04/13",
    "CF_CFJG": "舞钢市卫生健康委员会",
    "CF_CFJGDM": "11410481983690064T",
    "CF_SJLY": "舞钢市卫生健康委员会",
    "CF_SJLYDM": "11410481983690064T",
    "summary_procedure": "否",
    "suspected_crime": "否",
    "conduct": "其他",
}
"""A penalty as a row states it, by the codes of the columns."""


PERSON = {
    "CF_XDR_MC": "样本甲",
    "CF_XDR_LB": "自然人",
    "CF_XDR_SHXYM": "",
    "CF_FRDB": "",
    "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "110101199003070011",
}
"""What a penalty of a person states otherwise."""


def penalty(number: int, **changes: str) -> dict[str, str]:
    """Return a row with a document number of its own."""
    return PENALTY | {"CF_WSH": f"舞卫公罚〔2026〕{number}号"} | changes


def write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows under the codes of their columns; a row may have columns that the first has not."""
    rows = list(rows)
    columns = list(dict.fromkeys(code for row in rows for code in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows of the same columns under their codes into a workbook, every cell as text."""
    rows = list(rows)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, line in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            for column, said in enumerate(line):
                sheet.write_string(at, column, said)
    return path
