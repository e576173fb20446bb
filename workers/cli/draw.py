"""`xinglin draw`: hold a draw of subjects to inspect and of the inspectors."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from credit.grading.draws import TooFewInspectors, make_seed
from credit.identity import mask_text
from credit.record.rows import Decision
from credit.store import draws
from credit.store.draws import AlreadyDrawn, NoSuchDraw
from credit.store.engine import reading
from credit.store.queries.draws import read_draw
from schemas.errors import XinglinError
from schemas.rights import Right
from workers.cli.common import AsJson, Home, deciding, print_json, screen
from workers.decisions import persons
from workers.decisions.persons import Deed
from workers.show.draws import show_draw

_PERIOD = re.compile(r"[0-9]{4}(-[0-9A-Za-z]{1,10})?")
_LONGEST = 200


def _read_period(text: str) -> str:
    if not _PERIOD.fullmatch(text):
        raise typer.BadParameter("写年度或年度加期次，如 2026、2026-03、2026-Q1")
    return text


def read_seed(text: str | None) -> str | None:
    """Return a seed that can be kept and read aloud.

    Raises:
        BadParameter: it is empty, long, of several lines, or holds the number of a person.
    """
    if text is None:
        return None
    seed = text.strip()
    if not seed or len(seed) > _LONGEST or not seed.isprintable():
        raise typer.BadParameter(f"写一行不超过 {_LONGEST} 个字符的种子，如当众宣读的数字")
    if mask_text(seed) != seed:
        raise typer.BadParameter("种子公开留存，不能含有个人证件号码")
    return seed


Regime = Annotated[str, typer.Argument(metavar="REGIME", help="评价制度代码，如 wugang。", show_default=False)]
Draw = Annotated[str, typer.Argument(metavar="DRAW", help="抽查编号，见制度的 supervision.yaml。", show_default=False)]
Period = Annotated[
    str, typer.Option("--period", help="期次：年度，或年度加期次，如 2026-Q1。每期只抽一次。", callback=_read_period)
]
Seed = Annotated[
    str | None,
    typer.Option("--seed", help="种子，如当众宣读的数字。", show_default="系统随机产生", callback=read_seed),
]
By = Annotated[
    str | None,
    typer.Option("--by", help="主持抽取的人员姓名，留存备查。", show_default="登录用户名"),
]


def draw(
    regime: Regime,
    name: Draw,
    period: Period,
    seed: Seed = None,
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """双随机抽取检查对象和执法人员。

    按等级比例抽取对象，每个对象抽取无利害关系的执法人员；结果留存，可重复验证。
    """
    said = mask_text(by.strip()) if by and by.strip() else None
    with deciding(home, Right.DECIDE, said, Deed("draw", f"{regime} {name} {period}")) as opened:
        rules, person = opened.rules(), persons.find(opened)
        held_by = said or (person.holder.person if person.holder is not None else person.account)
        decision = Decision(held_by, "", rules.at.now, person.account)
        try:
            followed, what = draws.find(rules, regime, name)
            held = draws.hold(opened.engine, rules, what, followed, period, seed or make_seed(), decision)
        except XinglinError as error:
            error.add_note(_explain(error))
            raise
        watcher = persons.watch(opened, "draw")
        with reading(opened.engine) as connection:
            found = read_draw(connection, held.row.draw_no, watcher.view)
        watcher.show(each.subject_id for each in found.visits)
    if as_json:
        print_json(found)
    else:
        screen().print(show_draw(found))


def _explain(error: XinglinError) -> str:
    """Return in Chinese why nothing was drawn."""
    match error:
        case TooFewInspectors():
            return f"没有抽取：每次检查需 {error.needed} 人，无利害关系且在岗的执法人员至少还缺 {error.missing} 人。"
        case AlreadyDrawn():
            return "没有抽取：本期已经抽取过，重抽等于挑选结果。查看用 xinglin draws show，另抽请另写期次。"
        case NoSuchDraw():
            return "没有抽取：没有这一评价制度或抽查事项，请核对 routing.yaml 和该制度的 supervision.yaml。"
        case _:
            return "没有抽取，档案没有变化。"
