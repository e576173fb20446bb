"""A changed file of a regime tried: what it would change of grades and lists. Nothing is written."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.responses import Response

from connectors import registry
from credit.access.refusal import AccessRefused
from credit.grading import loading
from credit.grading.difference import Difference, Mover, Seat, Turnover
from credit.grading.lists import Found
from credit.grading.regime import Regime
from credit.grading.result import Reason
from credit.store.queries.what_if import WhatIf
from schemas.errors import ConfigurationError
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.drawn import Block, draw
from workers.console.pages.grading import find_regime, read_year, why_not_try
from workers.console.screens import EXPORT, Cell, Column, Listing, Page, Screen, Shown
from workers.console.trying import TRIES, Try, new_number
from workers.show.grades import name_grades, name_lists, show_what_if
from workers.show.policy_sentences import say_policy
from workers.web.pages import with_query

_TITLES = {
    "regime": "评分、分档和限级",
    "lists": "名单",
    "supervision": "分级监管和抽查",
    "duties": "职责",
    "papers": "文书",
    "consumers": "结果使用单位",
}
"""What each of `schemas.regime.files.FILES` lays down."""
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


def _which(name: str) -> str:
    """Return which file of a regime is meant, without `.yaml`.

    Raises:
        Missing: a regime has no such file.
    """
    if name not in _TITLES:
        raise Missing("评价制度没有这样的文件。")
    return name


def _home(asked: Asked, regime: Regime) -> Path:
    return asked.runtime.settings.policies / "regimes" / regime.code


def _show(asked: Asked) -> Page:
    _refuse_some(asked)
    return _page(asked, _find(asked), "regime", ())


def _page(asked: Asked, regime: Regime, which: str, wrong: Sequence[str], status: int = 200) -> Page:
    home = _home(asked, regime)
    values = {
        "title": f"试改政策：{regime.name}",
        "regime": regime.code,
        "files": [(name, title, (home / f"{name}.yaml").is_file()) for name, title in _TITLES.items()],
        "choices": {name: f"{title}（{name}.yaml）" for name, title in _TITLES.items()},
        "which": which,
        "year": asked.text("year") or asked.view().today.year,
        "wrong": wrong,
        "most": _MOST_BYTES // 1024,
    }
    return Page("what_if.html", values, status)


def _send_file(asked: Asked) -> Response:
    """Hand out the file that is in use, to be changed."""
    path = _home(asked, _find(asked)) / f"{_which(asked.query('which', 'regime'))}.yaml"
    if not path.is_file():
        raise Missing("这一评价制度没有这个文件。")
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return Response(path.read_bytes(), media_type="application/yaml", headers=headers)


def _do(asked: Asked) -> Shown:
    _refuse_some(asked)
    old, which = _find(asked), _which(asked.required("which", "哪个文件"))
    sent = asked.files("file")
    if len(sent) != 1:
        raise Incomplete(f"请选择一个改过的 {which}.yaml。")
    if sent[0].size is None or sent[0].size > _MOST_BYTES:
        raise Incomplete(f"文件超过 {_MOST_BYTES // 1024} KB，不是评价制度的文件。")
    year = read_year(asked)
    try:
        new, changes = _read(_home(asked, old) / f"{which}.yaml", sent[0], old)
    except ConfigurationError as error:
        return _page(asked, old, which, [_say(line) for line in str(error).splitlines()], 400)
    at = Found(asked.view().today, asked.now)
    wanted = Try(new_number(), asked.holder.account, which, old, new, year, at, changes=changes)
    TRIES.begin(asked.runtime.engine, wanted)
    return asked.go(f"/policies/what-if/{wanted.number}", "文件可用，已开始推演。不写入任何数据。")


def _read(current: Path, sent: UploadFile, old: Regime) -> tuple[Regime, Sequence[str]]:
    """Return the regime as it would be with a file in the place of one in use, and the lines in which the two differ.

    Raises:
        ConfigurationError: the file, or another one of the regime with it, cannot be used; each mistake with its line.
    """
    with tempfile.TemporaryDirectory(prefix="xinglin-what-if-") as place:
        tried = Path(place) / current.parent.name
        tried.mkdir(mode=0o700)
        for path in current.parent.glob("*.yaml"):
            shutil.copyfile(path, tried / path.name)
        (tried / current.name).write_bytes(sent.file.read(_MOST_BYTES))
        new = replace(loading.make(loading.read(tried, registry.load().models())), from_year=old.from_year)
        return new, _compare(current, tried / current.name)


def _compare(current: Path, changed: Path) -> Sequence[str]:
    before = current.read_text("utf-8").splitlines() if current.is_file() else []
    after = changed.read_text("utf-8-sig").splitlines()
    lines = list(unified_diff(before, after, n=0, lineterm=""))[2:]  # after the names of the two
    return [line for line in lines if not line.startswith("@@")]


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
        return _list_places(wanted) if wanted.file == "lists" else _list_grades(wanted)
    drawn: Sequence[Block] = ()
    if found is not None:
        scales = tuple(replace(each, movers=each.movers[:_SHOWN]) for each in found.scales)
        lists = tuple(replace(each, went=each.went[:_SHOWN], came=each.came[:_SHOWN]) for each in found.lists)
        drawn = draw(show_what_if(replace(found, scales=scales, lists=lists), wanted.old, wanted.new))
    return Page(
        "what_if_run.html",
        {
            "title": f"试改政策：{wanted.new.name} {wanted.year} 年度",
            "run": wanted,
            "file": f"{_TITLES[wanted.file]}（{wanted.file}.yaml）",
            "drawn": drawn,
            "decides": wanted.file in {"regime", "lists"},
            "moved": found is not None and bool(found.moved or found.listed),
            "cut": found is not None and _is_long(found),
            "shown": _SHOWN,
            "changes": wanted.changes[:_SHOWN],
            "more": len(wanted.changes) > _SHOWN,
            "sheet": with_query(asked.request.url.path, {"as": "xlsx"}),
            "again": with_query("/policies/what-if", {"regime": wanted.old.code}),
        },
    )


def _is_long(found: WhatIf) -> bool:
    lengths = [len(each.movers) for each in found.scales]
    lengths += [max(len(each.went), len(each.came)) for each in found.lists]
    return max(lengths, default=0) > _SHOWN


class Moved(NamedTuple):
    """A subject whose grade on a scale moves."""

    scale: Difference
    mover: Mover


def _list_grades(wanted: Try) -> Listing[Moved]:
    found = _need(wanted)
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


class Place(NamedTuple):
    """A place on a list that is given or taken."""

    turnover: Turnover
    seat: Seat
    word: str


def _list_places(wanted: Try) -> Listing[Place]:
    found, names = _need(wanted), name_lists(wanted.old, wanted.new)
    places = [
        Place(each, seat, word)
        for each in found.lists
        for word, seats in (("移出", each.went), ("列入", each.came))
        for seat in seats
    ]
    return Listing(
        f"试改政策 {wanted.new.name} 名单",
        (
            Column("主体", lambda each: Cell(each.seat.subject_id)),
            Column("名称", lambda each: found.names.get(each.seat.subject_id, "—")),
            Column("名单", lambda each: names[each.turnover.list_id]),
            Column("年度", lambda each: str(each.seat.year or "—")),
            Column("变化", lambda each: each.word),
            Column("原因", lambda each: each.seat.because),
        ),
        places[:EXPORT],
        empty="没有名单变化。",
        about=lambda each: each.seat.subject_id,
    )


def _need(wanted: Try) -> WhatIf:
    if wanted.found is None:
        raise Incomplete("还没有推演完，没有可以导出的结果。")
    return wanted.found


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
