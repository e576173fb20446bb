"""A changed policy tried: what it would change of the grades of a year, before it is in force. Nothing is written."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.responses import Response

from connectors import registry
from credit.access.refusal import AccessRefused
from credit.grading import loading
from credit.grading.difference import Difference, Mover
from credit.grading.regime import Regime
from credit.grading.result import Reason
from schemas.errors import ConfigurationError
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.drawn import Block, draw
from workers.console.pages.grading import find_regime, read_year, why_not_try
from workers.console.screens import EXPORT, Cell, Column, Listing, Page, Screen, Shown
from workers.console.trying import TRIES, Try, new_number
from workers.show.grades import name_grades, show_what_if
from workers.show.policy_sentences import say_policy
from workers.web.pages import with_query

_FILE = "regime.yaml"
_MOST_BYTES = 256 * 1024
"""The largest file: those of authorities have a twentieth of it."""
_SHOWN = 200
_LINE = re.compile(r"^(?P<path>.*?\.yaml):(?:(?P<line>\d+):)? ?(?P<text>.*)$")


def _refuse_some(asked: Asked) -> None:
    """Refuse whom the account shows some organs alone: what a policy changes is counted over all.

    Raises:
        AccessRefused: the account sees some organs alone.
    """
    told = why_not_try(asked)
    if told is not None:
        raise AccessRefused(f"account {asked.holder.account} sees some organs alone", told)


def _find(asked: Asked) -> Regime:
    regime = find_regime(asked)
    if regime is None:
        raise Missing("没有启用评价制度。")
    return regime


def _home(asked: Asked, regime: Regime) -> Path:
    return asked.runtime.settings.policies / "regimes" / regime.code


def _show(asked: Asked) -> Page:
    _refuse_some(asked)
    return _page(asked, _find(asked), ())


def _page(asked: Asked, regime: Regime, wrong: Sequence[str], status: int = 200) -> Page:
    values = {
        "title": f"试改政策：{regime.name}",
        "regime": regime.code,
        "year": asked.text("year") or asked.view().today.year,
        "wrong": wrong,
        "most": _MOST_BYTES // 1024,
    }
    return Page("what_if.html", values, status)


def _send_file(asked: Asked) -> Response:
    """Hand out the file that is in use, to be changed."""
    body = (_home(asked, _find(asked)) / _FILE).read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{_FILE}"'}
    return Response(body, media_type="application/yaml", headers=headers)


def _do(asked: Asked) -> Shown:
    _refuse_some(asked)
    old = _find(asked)
    sent = asked.files("file")
    if len(sent) != 1:
        raise Incomplete(f"请选择一个改过的 {_FILE}。")
    if sent[0].size is None or sent[0].size > _MOST_BYTES:
        raise Incomplete(f"文件超过 {_MOST_BYTES // 1024} KB，不是评价制度的文件。")
    year = read_year(asked)
    try:
        new = _read(_home(asked, old), sent[0], old)
    except ConfigurationError as error:
        return _page(asked, old, [_say(line) for line in str(error).splitlines()], 400)
    file = sent[0].filename or _FILE
    wanted = Try(new_number(), asked.holder.account, file[:60], old, new, year, asked.now)
    TRIES.begin(asked.runtime.engine, wanted)
    return asked.go(f"/policies/what-if/{wanted.number}", "文件可用，已开始推演。不写入任何数据。")


def _read(home: Path, sent: UploadFile, old: Regime) -> Regime:
    """Return the regime as it would be with the file that was sent in the place of the one in use.

    Raises:
        ConfigurationError: the file, or another one of the regime with it, cannot be used; each mistake with its line.
    """
    with tempfile.TemporaryDirectory(prefix="xinglin-what-if-") as place:
        tried = Path(place) / home.name
        tried.mkdir(mode=0o700)
        for path in home.glob("*.yaml"):
            shutil.copyfile(path, tried / path.name)
        (tried / _FILE).write_bytes(sent.file.read(_MOST_BYTES))
        return replace(loading.make(loading.read(tried, registry.load().models())), from_year=old.from_year)


def _say(line: str) -> str:
    found = _LINE.match(line)
    if found is None:
        return line
    where = f"{Path(found['path']).name} 第 {found['line']} 行" if found["line"] else Path(found["path"]).name
    return f"{where}：{say_policy(found['text'])}"


def _take_up(asked: Asked) -> Try:
    found = TRIES.find(asked.path("number"))
    if found is None or found.account != asked.holder.account:
        raise Missing("没有这次推演，或工作台已重新启动。请重新上传。")
    return found


def _show_try(asked: Asked) -> Shown:
    wanted = _take_up(asked)
    found = wanted.found
    if asked.limit == EXPORT:
        return _list(wanted)
    drawn: Sequence[Block] = ()
    if found is not None:
        first = tuple(replace(each, movers=each.movers[:_SHOWN]) for each in found.scales)
        drawn = draw(show_what_if(replace(found, scales=first), wanted.old, wanted.new))
    return Page(
        "what_if_run.html",
        {
            "title": f"试改政策：{wanted.new.name} {wanted.year} 年度",
            "run": wanted,
            "drawn": drawn,
            "moved": found.moved if found is not None else 0,
            "cut": found is not None and any(len(each.movers) > _SHOWN for each in found.scales),
            "shown": _SHOWN,
            "sheet": with_query(asked.request.url.path, {"as": "xlsx"}),
            "again": with_query("/policies/what-if", {"regime": wanted.old.code}),
        },
    )


class Moved(NamedTuple):
    """A subject whose grade on a scale moves."""

    scale: Difference
    mover: Mover


def _list(wanted: Try) -> Listing[Moved]:
    found = wanted.found
    if found is None:
        raise Incomplete("还没有推演完，没有可以导出的结果。")
    names = {each.scale: name_grades(each, wanted.old, wanted.new, wanted.year) for each in found.scales}
    return Listing(
        f"试改政策 {wanted.new.name} {wanted.year} 年度",
        (
            Column("主体", lambda each: Cell(each.mover.subject_id)),
            Column("名称", lambda each: found.names.get(each.mover.subject_id, "—")),
            Column("标准", lambda each: each.scale.scale),
            Column("旧", lambda each: names[each.scale.scale][each.mover.turn.before]),
            Column("新", lambda each: names[each.scale.scale][each.mover.turn.after]),
            Column("不再适用的原因", lambda each: _join(each.mover.went)),
            Column("新适用的原因", lambda each: _join(each.mover.came)),
        ),
        [Moved(each, mover) for each in found.scales for mover in each.movers][:EXPORT],
        empty="没有等级变化。",
        about=lambda each: each.mover.subject_id,
    )


def _join(reasons: Sequence[Reason]) -> str:
    return "；".join(reason.effect for reason in reasons) or "—"


def _stop(asked: Asked) -> Shown:
    wanted = _take_up(asked)
    wanted.stop.set()
    return asked.go(f"/policies/what-if/{wanted.number}", "正在停止。")


SCREENS = (
    Screen("/policies/what-if", "试改政策", Right.POLICY, _show, _do),
    Screen("/policies/what-if/file", "现行文件", Right.POLICY, _send_file),
    Screen("/policies/what-if/{number}", "试改政策", Right.POLICY, _show_try, _stop),
)
