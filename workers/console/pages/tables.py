"""Spreadsheets handed in: uploaded, watched until every row is through, and their verdicts fetched."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response

from credit.access import foureyes
from credit.identity import MASKED
from credit.record.rows import FileRow
from credit.store import files
from credit.store.queries.files import Filter, Handed, find_files, key_of, read_file, stream_outcomes
from credit.store.queries.page import Part
from credit.vault import SealBroken
from schemas.errors import PermanentError
from schemas.rights import Right
from schemas.sheets import Template
from schemas.states import FileState, RowState
from workers.console import screens, uploads
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.choosing import organs_of
from workers.console.screens import Button, Cell, Column, Listing, Menu, Page, Screen, Shown, code, nobody
from workers.console.telling import refuse_to_differ, telling
from workers.files import taking, verdicts
from workers.files.ending import explain, finish
from workers.files.sheetwriter import write_template
from workers.files.taking import Who
from workers.files.verdicts.summary import MENDED
from workers.show.files import explain_rows
from workers.show.style import moment
from workers.show.words import say

_MOST_BYTES = 20 * 1024 * 1024
_CHUNK = 1 << 20
_SHOWN = 200
_NAME = re.compile(r"[^\w.（）()\-〔〕 ]")
_ID = re.compile(r"[0-9a-f]{64}")
_NO_FILE = "没有这个表格。"
"""Said in the same words where it is another organ's."""

_lock, _busy = Lock(), set[str]()
"""The accounts whose file is being taken in."""


@contextmanager
def _alone(account: str) -> Iterator[None]:
    """Let an account hand in one file at a time.

    Raises:
        Incomplete: another one of it is being taken in.
    """
    with _lock:
        if account in _busy:
            raise Incomplete("您的上一个表格还在读取，请等它读完再上传。")
        _busy.add(account)
    try:
        yield
    finally:
        with _lock:
            _busy.discard(account)


def _show_upload(asked: Asked) -> Page:
    return Page("table_upload.html", {"senders": _senders(asked), "most": _MOST_BYTES // 1024 // 1024})


def _senders(asked: Asked) -> dict[str, str]:
    """Return for which organs the account may hand files in, the authority first, with their names."""
    routes, organs = asked.runtime.reader.routes, organs_of(asked.holder, Right.UPLOAD)
    partners = {agency.organ_code for agency in routes.partners.values()}
    named = [routes.authority, *sorted(partners - {routes.authority})] if organs is None else sorted(organs)
    return {each: say(asked.names.organs, each) for each in named}


def _upload(asked: Asked) -> Shown:
    sent, sender = asked.files("file"), asked.text("sender")
    if len(sent) != 1:
        raise Incomplete("请选择一个表格文件。")
    if sender not in _senders(asked):
        raise Incomplete("您不得以该单位的名义导入。")
    if sent[0].size is None or sent[0].size > _MOST_BYTES:
        raise Incomplete(f"文件超过 {_MOST_BYTES // 1024 // 1024} MB，请拆成几个再上传。")
    refuse_to_differ(asked)
    with _alone(asked.holder.account):
        return _take(asked, sent[0], sender)


def _take(asked: Asked, sent: UploadFile, sender: str) -> Shown:
    home = asked.runtime.settings.home
    uploads.forget_old(home, asked.now)
    with uploads.workplace(home) as place:
        path = place / _safe(sent.filename or "")
        with os.fdopen(uploads.write_alone(path), "wb") as out:
            shutil.copyfileobj(sent.file, out, _CHUNK)
        return _hand_in(asked, path, sender)


def _hand_in(asked: Asked, path: Path, sender: str) -> Shown:
    """Take a file, and send its rows to the last; one that was taken before goes on from where it stands.

    It is kept before anything of it is written down: whatever ends this process, the rest can be sent from the copy.
    """
    home, file_id = asked.runtime.settings.home, taking.identify(path, sender)
    known = uploads.is_kept(home, file_id)
    uploads.keep(home, asked.runtime.keyring, file_id, path)
    who = Who(sender, asked.holder.person, asked.holder.account, of_two=foureyes.OF_TWO)
    asked.runtime.broker.declare(asked.runtime.reader.routes.topology)
    with telling("没有接收这个文件。"):
        taken = taking.take(asked.runtime, path, who)
    with closing(taken):
        if taken.refused:
            if not known:
                uploads.forget(home, file_id)
            # Said here: the page shows the same bytes, and they were taken where they came under another name before.
            word, hint = explain(taken.row.reason or "")
            return asked.go(f"/files/{file_id}", f"表格未接收：{word}（{taken.row.detail}）。{hint}")
        with telling("表格已登记，但没有队列接收其中的报文。"):
            taking.publish(asked.runtime, taken)
    return asked.go(f"/files/{file_id}", f"已接收 {taken.row.rows:,} 行，正在处理。")


def _is_open(row: FileRow) -> bool:
    """Tell whether rows of a file are still to be sent."""
    return row.state == FileState.TAKEN and row.sent < row.rows


def _send_rest(asked: Asked) -> Shown:
    """Go on with a file that was uploaded here and not sent to its last row."""
    row = _read(asked).row
    asked.holder.require(Right.UPLOAD, row.sender)
    if not _is_open(row):
        raise Incomplete("这个表格已经送完。")
    refuse_to_differ(asked)
    with _alone(asked.holder.account), uploads.workplace(asked.runtime.settings.home) as place:
        return _hand_in(asked, _open_again(asked, row, place), row.sender)


def _open_again(asked: Asked, row: FileRow, place: Path) -> Path:
    """Lay a file that was uploaded here into a folder, in clear."""
    path = place / _safe(row.name)
    try:
        uploads.open_again(asked.runtime.settings.home, asked.runtime.keyring, row.file_id, path)
    except (OSError, SealBroken):
        raise Missing("这个表格不是从这里上传的，或已超过七日；办理结果请在本页查看。") from None
    return path


def _safe(name: str) -> str:
    """Return the name of a file without what leads elsewhere, and not too long."""
    bare = _NAME.sub("_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".") or "表格"
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[:60]}{dot}{ending[:8]}" if dot else bare[:60]


def _show_files(asked: Asked) -> Listing[Handed]:
    uploads.forget_old(asked.runtime.settings.home, asked.now)
    state = asked.one_of("state", FileState)
    wanted = Filter(asked.query("sender") or None, (state, asked.now) if state is not None else None)
    with asked.reading() as connection:
        found = find_files(connection, asked.masked(), Part(asked.query("after"), asked.limit), wanted)
    counted = [Column(state.word, _counter(state), number=True) for state in RowState]
    return Listing(
        "导入的表格",
        (
            Column("表格", lambda each: Cell(each.row.name, f"/files/{each.row.file_id}")),
            Column("状态", lambda each: code(files.stands(each.row, asked.now))),
            Column("报送单位", lambda each: say(asked.names.organs, each.row.sender)),
            Column("提交", lambda each: f"{moment(each.row.taken_at)} {each.row.by}"),
            Column("行数", lambda each: f"{each.row.rows:,}", number=True),
            *counted,
        ),
        found,
        empty="还没有导入过表格。",
        after=key_of(found[-1].row) if len(found) == asked.limit else None,
        about=nobody,
        filters=(
            screens.Filter("sender", "报送单位", asked.names.organs),
            screens.Filter("state", "状态", {each.value: each.word for each in FileState}),
        ),
        buttons=(
            Button("导入表格", "/upload", asked.why_not(Right.UPLOAD), primary=True),
            Button("取模板", "/templates"),
        ),
    )


def _counter(state: RowState) -> Callable[[Handed], Cell]:
    return lambda each: Cell(f"{each.counts[state]:,}", tone=state.tone if each.counts[state] else None)


def _read(asked: Asked) -> Handed:
    file_id = asked.path("file")
    if _ID.fullmatch(file_id) is None:
        raise Missing(_NO_FILE)
    try:
        with asked.reading() as connection:
            found = read_file(connection, MASKED, file_id)
    except PermanentError:
        raise Missing(_NO_FILE) from None
    if asked.holder.organs is not None and found.row.sender not in asked.holder.organs:
        raise Missing(_NO_FILE)
    return found


def _show_file(asked: Asked) -> Page:
    handed = _read(asked)
    row = handed.row
    stands = files.stands(row, asked.now)
    left, kept = handed.counts[RowState.WAITING], uploads.is_kept(asked.runtime.settings.home, row.file_id)
    templates = asked.runtime.reader.registry.templates()
    with asked.reading() as connection:
        found = (each for each in stream_outcomes(connection, row.file_id) if each.state in MENDED)
        rows = list(explain_rows(row, islice(found, _SHOWN), templates))
    return Page(
        "table_file.html",
        {
            "title": f"表格 {row.name}",
            "row": row,
            "sender": say(asked.names.organs, row.sender),
            "state": code(stands),
            "refused": explain(row.reason or "") if row.state == FileState.REFUSED else None,
            "left": left,
            "unsent": _is_open(row),
            # Its rows may all be through: whoever sent them ended before that was noted.
            "half": stands is FileState.HALF,
            "kept": kept,
            "why_not": asked.why_not(Right.UPLOAD),
            "counts": [
                (state.word, Cell(f"{count:,}", tone=state.tone if count else None))
                for state, count in handed.counts.items()
            ],
            "rows": [(outcome, code(outcome.state), says) for outcome, says in rows],
            "verdict": Button(
                "取办理结果",
                f"/files/{row.file_id}/verdict",
                asked.holder.why_not(Right.UPLOAD, row.sender),
                primary=True,
            ),
            "ready": left == 0 and row.state != FileState.REFUSED and kept,
        },
    )


def _send_verdict(asked: Asked) -> Response:
    handed, home = _read(asked), asked.runtime.settings.home
    row = handed.row
    asked.holder.require(Right.UPLOAD, row.sender)
    if handed.counts[RowState.WAITING]:
        raise Incomplete("还有行没有处理完，请稍后再取办理结果。")
    with uploads.workplace(home) as place:
        path = _open_again(asked, row, place)
        out = verdicts.verdict_path(path, place)
        with telling("写不出办理结果。"):
            finish(asked.runtime, path, row.file_id, out)
        body, name = out.read_bytes(), out.name
    headers = {"Content-Disposition": f"attachment; filename=\"verdict{out.suffix}\"; filename*=UTF-8''{quote(name)}"}
    return Response(body, media_type="application/octet-stream", headers=headers)


def _show_templates(asked: Asked) -> Listing[Template]:
    templates = list(asked.runtime.reader.registry.templates().values())
    return Listing(
        "导入模板",
        (
            Column("模板", lambda one: Cell(one.title, f"/templates/{one.name}")),
            Column("名称", lambda one: one.name),
            Column("必填栏", lambda one: "、".join(column.title for column in one.columns if column.required)),
        ),
        templates,
        empty="没有模板。",
        about=nobody,
    )


def _send_template(asked: Asked) -> Response:
    templates, name = asked.runtime.reader.registry.templates(), asked.path("name")
    if name not in templates:
        raise Missing("没有这个模板。")
    with tempfile.TemporaryDirectory(prefix="xinglin-template-") as place:
        path = Path(place) / "template.xlsx"
        write_template(templates[name], path)
        body = path.read_bytes()
    headers = {"Content-Disposition": f"attachment; filename=\"template.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"}
    return Response(
        body, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers=headers
    )


SCREENS = (
    Screen("/upload", "导入表格", Right.UPLOAD, _show_upload, _upload, menu=Menu.ENTRY),
    Screen("/files", "导入的表格", Right.LOOK, _show_files, menu=Menu.ENTRY),
    Screen("/files/{file}", "导入的表格", Right.LOOK, _show_file, _send_rest),
    Screen("/files/{file}/verdict", "办理结果", Right.UPLOAD, _send_verdict),
    Screen("/templates", "导入模板", Right.LOOK, _show_templates, menu=Menu.ENTRY),
    Screen("/templates/{name}", "导入模板", Right.LOOK, _send_template),
)
