"""`xinglin draws`: the draws that were held, their proof, who goes instead, and the plan against the visits made."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from credit.grading.draws import TooFewInspectors
from credit.grading.rows import DrawRow
from credit.identity import MASKED
from credit.store import draws as held_draws
from credit.store.draws import NoSuchDraw, NotOnVisit
from credit.store.engine import reading
from credit.store.queries import subjects
from credit.store.queries.draws import find_draws, find_inspector, read_draw, read_plan
from schemas.errors import XinglinError
from schemas.rights import Right
from workers.cli.common import (
    AsJson,
    By,
    Home,
    Why,
    acting,
    decide,
    looking,
    print_json,
    runtime,
    screen,
    tell,
    telling,
)
from workers.decisions import persons
from workers.decisions.persons import Deed
from workers.show.draws import show_draw, show_draws, show_plan, show_proof
from workers.show.style import GOOD

app = typer.Typer(help="列出双随机抽取结果，验证、更换执法人员，对照检查计划。", invoke_without_command=True)

Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="抽取编号，如 wugang/random/2026，见 draws。", show_default=False)
]
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="检查对象的代码或号码。", show_default=False)]
Inspector = Annotated[
    str, typer.Argument(metavar="INSPECTOR", help="不能前往的执法人员：执法证号或姓名。", show_default=False)
]
Regime = Annotated[str, typer.Argument(metavar="REGIME", help="评价制度代码，如 wugang。", show_default=False)]
_NOT_FOUND = "没有这一抽取编号，用 xinglin draws 查看。"


@app.callback()
def draws(context: typer.Context, home: Home = None, as_json: AsJson = False) -> None:
    """列出已举行的双随机抽取：编号、种子、对象总数和抽中数。"""
    if context.invoked_subcommand is not None:
        return
    with looking(home) as opened, reading(opened.engine) as connection:
        rows = find_draws(connection)
    if as_json:
        print_json([_plain(row) for row in rows])
    else:
        screen().print(show_draws(rows))


@app.command("show")
def show(
    number: Number,
    verify: Annotated[bool, typer.Option("--verify", help="以留存的种子和名单重新抽取，与留存结果比对。")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """显示一次抽取：各等级比例、抽中对象和执法人员；--verify 重抽比对，不符时退出码为 1。"""
    with looking(home) as opened, telling(_NOT_FOUND):
        watcher = persons.watch(opened, "draws show")
        with reading(opened.engine) as connection:
            found = read_draw(connection, number, watcher.view)
            proof = held_draws.verify(held_draws.read(connection, number)) if verify else None
        watcher.show(each.subject_id for each in found.visits)
    if as_json:
        print_json(found if proof is None else {"draw": found, "differences": proof.differences})
    else:
        screen().print(show_draw(found))
        if proof is not None:
            screen().print(show_proof(proof))
    if proof is not None and proof.differences:
        raise typer.Exit(1)


@app.command("replace")
def replace(
    number: Number, subject: Subject, inspector: Inspector, by: By, why: Why, home: Home = None, as_json: AsJson = False
) -> None:
    """更换不能前往的执法人员。

    由无利害关系者中顺位最前的替代，留存姓名和理由。
    """
    with acting(home, Right.DECIDE, by, Deed("draws replace", number, why)) as opened:
        decision = decide(opened, by, why)
        try:
            with reading(opened.engine) as connection:
                found = read_draw(connection, number, opened.view(MASKED))
                whom = subjects.find(connection, subject, opened.keyring).current
            cannot = find_inspector(found, whom, inspector)
            done = held_draws.replace(opened.engine, opened.rules(), number, whom, cannot, decision)
        except XinglinError as error:
            error.add_note(_explain(error))
            raise
        with reading(opened.engine) as connection:
            found = read_draw(connection, number, opened.view(MASKED))
        persons.watch(opened, "draws replace").show([whom])
    visit = next(each for each in found.visits if each.subject_id == whom)
    if as_json:
        print_json(visit)
        return
    last = visit.replaced[-1]
    tell(f"✓ {visit.name}：{last.inspector.name} 不能前往，改由 {last.instead.name}（{done.by}：{done.why}）", GOOD)


@app.command("plan")
def plan(
    regime: Regime,
    year: Annotated[int | None, typer.Option("--year", help="年度。", show_default="当年", min=2000, max=2100)] = None,
    missing: Annotated[bool, typer.Option("--missing", help="只列出检查次数不足的。")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """对照检查计划：应检查几次、依据哪条、已检查几次。

    投诉核查和专项检查不计。
    """
    unknown = "没有这一评价制度，或其没有 supervision.yaml：请核对 routing.yaml。"
    with runtime(home) as opened, telling(unknown):
        watcher, rules = persons.watch(opened, "draws plan"), opened.rules()
        with reading(opened.engine) as connection:
            planned = read_plan(connection, watcher.view, rules, regime, year or rules.at.today.year)
        found = sorted(planned, key=lambda each: (-each.missing, each.subject_id))
        shown = [each for each in found if each.missing or not missing]
        watcher.show(each.subject_id for each in shown)
    if as_json:
        print_json(shown)
    else:
        screen().print(show_plan(found, shown))


def _explain(error: XinglinError) -> str:
    """Return in Chinese why nobody was replaced."""
    match error:
        case TooFewInspectors():
            return "没有更换：没有其他在岗且无利害关系的执法人员。"
        case NoSuchDraw():
            return _NOT_FOUND
        case NotOnVisit():
            return "没有更换：该对象未被抽中，或该执法人员不在其检查组中（同名的写执法证号），见 xinglin draws show。"
        case _:
            return "没有更换，抽取结果没有变化。"


def _plain(row: DrawRow) -> dict[str, Any]:
    """Return a draw without its ballot, which is long, and with its report as JSON."""
    shown = row._asdict() | {"report": json.loads(row.report)}
    del shown["ballot"]
    return shown
