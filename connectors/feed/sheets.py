"""The files in which platforms answer: a row is the answer to a row that they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from connectors import cells
from schemas import forms
from schemas.reasons import Reason
from schemas.sheets import REVISION, Column, Context, Kind, RowUnusable, Stated, Template, Written

RESULT = "credit.feed.result.v1"
_ACCEPTED = "0000"
_TAKEN = frozenset({"成功", "入库成功", "上报成功", "通过", "已接收", "接收", "已入库", "合格"})
"""What platforms write for a row that they took."""
_MIDNIGHT = "T00:00:00+08:00"
_LAST_MOMENT = "T23:59:59+08:00"
_read_instant = cells.reader(Kind.INSTANT, {}) or str

_COLUMNS = (
    Column(
        "document_no",
        "文书号",
        Kind.CODE,
        (
            "文号",
            "决定书文号",
            "行政处罚决定书文号",
            "行政许可决定文书号",
            "许可决定文书号",
            "处罚决定书文号",
        ),
        most=128,
        help="与数据行编号至少填一项；几条数据行同号的，须填数据行编号",
        example="舞卫公罚〔2026〕31号",
    ),
    Column("row_id", "数据行编号", Kind.CODE, most=128, help="xinglin feed 列出的编号"),
    Column(
        "code",
        "结果代码",
        Kind.CODE,
        ("结果", "反馈结果", "反馈代码", "返回码", "返回代码", "错误代码", "状态", "上报结果", "处理结果"),
        required=True,
        most=128,
        help="0000 或 成功 为已接收，其余为退回的代码",
        example="0000",
    ),
    Column(
        "message",
        "结果说明",
        Kind.TEXT,
        ("说明", "反馈说明", "返回信息", "错误信息", "错误原因", "原因", "失败原因", "结果描述", "退回原因"),
        most=5000,
    ),
    Column(
        "answered_at",
        "反馈时间",
        Kind.INSTANT,
        ("反馈日期", "返回时间", "审核时间", "处理时间", "入库时间"),
        help="只有日期的按当天最后一刻；没有的按首次提交的时间",
        example="2026-05-20 08:30",
    ),
    Column(
        "feed",
        "报送渠道",
        Kind.CODE,
        most=128,
        help="路由表中平台的代码；提交单位只答复一个平台的不填",
        example="credit-china",
        ours=True,
    ),
    REVISION,
)


def _read(values: Mapping[str, str], context: Context) -> Stated:
    stated = context.fill(values)
    data: dict[str, Any] = {column.code: stated[column.code] for column in _COLUMNS[:-1] if column.code in stated}
    if "code" in data:
        data["code"] = _read_code(data["code"])
    if "answered_at" in data:
        data["answered_at"] = _read_time(data["answered_at"])
    return Stated(RESULT, data)


def _read_code(said: str) -> str:
    if said in _TAKEN:
        return _ACCEPTED
    if said != _ACCEPTED and set(said) == {"0"}:
        says = f"“{said}”不是结果代码：原为 0000 的，把该列设为文本后重新填写；尚未处理的，删去该行"
        raise RowUnusable(Reason.ITEM_INVALID, "code", says)
    return said


def _read_time(said: str) -> str:
    """Return the time of an answer; of a day, for which spreadsheets write midnight, the last moment.

    At any other one the answer could be taken for one from before the row was sent.
    """
    at: str = _read_instant(said)
    if at == said and ":" not in said:
        try:
            return f"{forms.read_day(said):%Y-%m-%d}{_LAST_MOMENT}"
        except PydanticCustomError:
            return said
    return at.replace(_MIDNIGHT, _LAST_MOMENT)


def _write(data: Mapping[str, Any]) -> Written:
    known = {column.code for column in _COLUMNS}
    values = {code: str(value) for code, value in data.items() if code in known and value not in (None, "")}
    if "answered_at" in values:
        values["answered_at"] = cells.write_instant(values["answered_at"])
    return Written(values, tuple(code for code in data if code not in known))


ANSWER = Template(name=RESULT, title="平台反馈", type=RESULT, columns=_COLUMNS, read=_read, write=_write)
