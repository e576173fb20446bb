"""Answers of a platform as files: each row becomes the message by which a platform answers.

A file names rows by the number of the document, as platforms do, or by the `row_id` that we sent. It is taken when it
has stood still, and moved to `done` with a list of what nobody could make out, in Chinese, beside it.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from credit.record.rows import FeedRow
from credit.store.engine import reading
from credit.store.queries.feeds import find_by_number
from credit.telling.feeds import ACCEPTED
from schemas import wire
from schemas.errors import PermanentError, TransientError
from schemas.party import squeeze_document_no
from schemas.sheets import Column, Context, Kind, Stated, Template
from workers.broker import Fate, Outgoing
from workers.files.grid import FileRefused
from workers.files.rows import Row, SheetRows, read_sheets
from workers.runtime import Runtime

_log = structlog.get_logger(__name__)

TYPE = "credit.feed.result.v1"
DONE = "done"
_ENDINGS = frozenset({".xlsx", ".xls", ".csv"})
_CONTENT_TYPE = "application/cloudevents+json"
_DEADLINE_SECONDS = 60.0
_AT_ONCE = 500
_TAKEN = frozenset({ACCEPTED, "成功", "入库成功", "上报成功", "通过", "已接收", "接收", "已入库", "合格"})
"""What platforms write for a row that they took."""


def _read(_values: Mapping[str, str], _context: Context) -> Stated:
    raise NotImplementedError  # rows of answers are read here, and stated nowhere


_NUMBERS = (
    "文号",
    "文书号",
    "决定书文号",
    "行政处罚决定书文号",
    "行政许可决定文书号",
    "许可决定文书号",
    "处罚决定书文号",
)
_RESULTS = ("结果", "反馈结果", "反馈代码", "返回码", "返回代码", "错误代码", "状态", "上报结果", "处理结果")
_REASONS = ("说明", "反馈说明", "返回信息", "错误信息", "错误原因", "原因", "失败原因", "结果描述", "退回原因")

ANSWER = Template(
    name="feed-answer",
    title="平台反馈",
    type=TYPE,
    columns=(
        Column("number", "文书号", Kind.TEXT, _NUMBERS),
        Column("row_id", "数据行编号", Kind.TEXT),
        Column("code", "结果代码", Kind.TEXT, _RESULTS, required=True),
        Column("message", "结果说明", Kind.TEXT, _REASONS),
    ),
    read=_read,
)


class Unclear(NamedTuple):
    """A row of an answer that closes nothing: why not, in Chinese."""

    row: int
    number: str
    why: str


class _Seen(NamedTuple):
    size: int
    changed: int


@dataclass(slots=True)
class Answers:
    """The folder with the answers of one feed."""

    feed: str
    folder: Path
    opened: Runtime
    sender: str
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def step(self) -> int:
        """Take every file that has stood still since the last call; return how many rows were answered.

        Raises:
            TransientError: the folder, the broker or the database cannot be reached; doing it again goes on.
        """
        try:
            found = {path.name: path for path in sorted(self.folder.iterdir()) if path.suffix.lower() in _ENDINGS}
            still = [path for name, path in found.items() if self._seen.get(name) == _look(path)]
            self._seen = {name: _look(path) for name, path in found.items()}
            return sum(map(self._take, still))
        except OSError as error:
            raise TransientError(f"{self.folder}: answers cannot be read there: {error.strerror}") from error

    def _take(self, path: Path) -> int:
        changed = path.stat().st_mtime
        at = datetime.fromtimestamp(changed, UTC)
        # The same after a crash; laid there once more it is another answer, which says the same.
        mark = hashlib.sha256(path.read_bytes() + str(changed).encode()).hexdigest()
        unclear: list[Unclear] = []
        done = 0
        try:
            for rows in _lots(_rows(path)):
                done += self._send(list(self._answer(rows, mark, at, unclear)))
        except FileRefused as refused:
            unclear.append(Unclear(0, "", f"文件无法读取：{refused.detail or refused.reason.value}"))
        self._put_away(path, unclear)
        _log.info("answers", feed=self.feed, file=path.name, rows=done, unclear=len(unclear))
        return done

    def _answer(self, rows: Sequence[Row], mark: str, at: datetime, unclear: list[Unclear]) -> Iterator[Outgoing]:
        numbers = {squeeze_document_no(row.values["number"]) for row in rows if "number" in row.values}
        with reading(self.opened.engine) as connection:
            known = find_by_number(connection, self.feed, numbers)
        for row in rows:
            number, said = row.values.get("number", ""), row.values.get("code", "").strip()
            ids = [row.values["row_id"]] if "row_id" in row.values else _ids(known.get(squeeze_document_no(number), ()))
            if len(ids) != 1 or not said:
                unclear.append(Unclear(row.number, number, _why(ids, said)))
                continue
            code = ACCEPTED if said in _TAKEN else said
            message = {"feed": self.feed, "row_id": ids[0], "code": code, "message": row.values.get("message")}
            yield self._compose(message, f"answer-{mark[:32]}-{row.number}", at)

    def _compose(self, message: Mapping[str, str | None], message_id: str, at: datetime) -> Outgoing:
        body = wire.compose(
            {name: value for name, value in message.items() if value is not None},
            message_type=TYPE,
            message_id=message_id,
            source=f"/feed/{self.feed}",
            sender=self.sender,
            time=at,
        )
        return Outgoing(message_id, self.opened.reader.routes.exchange_in, TYPE, body, _CONTENT_TYPE, {})

    def _send(self, messages: Sequence[Outgoing]) -> int:
        if not messages:
            return 0
        publisher = self.opened.broker.publisher()
        try:
            fates = publisher.publish(messages, _DEADLINE_SECONDS)
        finally:
            publisher.close()
        if Fate.RETURNED in fates.values():
            raise PermanentError("no inbound queue takes answers of feeds; run `xinglin doctor`")
        if Fate.REFUSED in fates.values():
            raise TransientError("the broker refused an answer; it is sent again")
        return len(messages)

    def _put_away(self, path: Path, unclear: Sequence[Unclear]) -> None:
        done = self.folder / DONE
        done.mkdir(exist_ok=True)
        place = next(
            each
            for number in range(1, 10_000)
            if not (each := done / (path.name if number == 1 else f"{path.stem}.{number}{path.suffix}")).exists()
        )
        if unclear:
            with place.with_suffix(".未办结.csv").open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["行", "文书号", "未办结的原因"])
                writer.writerows((one.row, _as_text(one.number), one.why) for one in unclear)
        path.replace(place)
        self._seen.pop(path.name, None)


def _look(path: Path) -> _Seen:
    found = path.stat()
    return _Seen(found.st_size, found.st_mtime_ns)


def _rows(path: Path) -> Iterator[Row]:
    for sheet in read_sheets(path, [ANSWER]):
        if isinstance(sheet, SheetRows):
            yield from sheet.rows


def _lots(rows: Iterator[Row]) -> Iterator[list[Row]]:
    lot: list[Row] = []
    for row in rows:
        lot.append(row)
        if len(lot) == _AT_ONCE:
            yield lot
            lot = []
    if lot:
        yield lot


def _ids(rows: Sequence[FeedRow]) -> list[str]:
    return [row.row_id for row in rows]


def _why(ids: Sequence[str], said: str) -> str:
    if not said:
        return "没有填写结果代码"
    return "该文书号有几条数据行，请另填数据行编号" if ids else "没有向该平台报送过该文书号的数据"


def _as_text(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in set("=+-@\t\r") else text
