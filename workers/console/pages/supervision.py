"""Supervision: what units have to do by when, draws that were held, and the plan against the visits made."""

from __future__ import annotations

import json
from collections.abc import Callable

from credit.grading.rows import DrawRow
from credit.store import draws as held
from credit.store.draws import NoSuchDraw
from credit.store.queries.draws import Filter as Held
from credit.store.queries.draws import Planned, find_draws, read_draw, read_plan
from credit.store.queries.draws import key_of as key_of_draw
from credit.store.queries.duties import (
    TO_DO,
    Duty,
    Filter,
    Tally,
    Untransferred,
    UntransferredFilter,
    count_transfers,
    find_untransferred,
    key_of,
    key_of_untransferred,
    read_duties,
    tally,
)
from credit.store.queries.page import Part
from schemas.rights import Right
from schemas.states import DutyState
from schemas.words import Tone
from workers.console import screens
from workers.console.asked import Asked, Missing
from workers.console.drawn import draw
from workers.console.pages.grading import find_regime, read_year, regime_filter
from workers.console.screens import Button, Cell, Column, Listing, Menu, Page, Screen, code, nobody
from workers.show.draws import say_often, show_draw, show_proof
from workers.show.duties import find_duty, find_units, name_unit, say_transfers
from workers.show.style import day, moment
from workers.show.words import say


def _show_duties(asked: Asked) -> Listing[Duty]:
    regimes = asked.runtime.reader.regimes
    state = asked.one_of("state", DutyState)
    chosen = Filter(asked.query("regime") or None, asked.query("unit") or None, (state,) if state else TO_DO)
    with asked.reading() as connection:
        rows = read_duties(connection, asked.view(), chosen, Part(asked.query("after"), asked.limit))

    def name(each: Duty) -> str:
        known = find_duty(each, regimes)
        return known.name if known else each.row.duty

    def clause(each: Duty) -> str:
        known = find_duty(each, regimes)
        return str(known.source) if known else "—"

    return Listing(
        "职责",
        (
            Column("期限", _due),
            Column("职责", name),
            Column("单位", lambda each: name_unit(each.row.regime, each.row.unit, regimes)),
            Column("所涉", _about),
            Column("文书", lambda each: each.document_no or each.row.period or "—"),
            Column("状态", lambda each: code(each.state)),
            Column("办结", _done),
            Column("依据", clause),
        ),
        rows,
        empty="没有符合条件的职责。",
        after=key_of(rows[-1].row) if len(rows) == asked.limit else None,
        about=lambda each: each.row.subject_id,
        filters=(
            regime_filter(asked),
            screens.Filter(
                "unit",
                "单位",
                {name: each.name for regime in regimes.values() for name, each in find_units(regime).items()},
            ),
            screens.Filter("state", "状态", {each.value: each.word for each in DutyState}),
        ),
        buttons=(Button("各单位汇总", "/duties/units"), Button("未移送的案件", "/duties/transfers")),
    )


def _due(each: Duty) -> Cell:
    open_end = "" if each.row.covered else "（节假日未公布，期限可能变动）"
    return Cell(f"{day(each.row.due_on)}{open_end}", tone=Tone.ALARM if each.state is DutyState.MISSED else None)


def _about(each: Duty) -> Cell:
    if not each.row.subject_id:
        return Cell(each.row.period or "—")
    return Cell(each.subject or each.row.subject_id, f"/subjects/{each.row.subject_id}")


def _done(each: Duty) -> str:
    row = each.row
    progress = f"{row.times}/{row.asked}" if row.asked > 1 else ""
    if row.done_on is None:
        return progress or "—"
    parts = (day(row.done_on), progress, each.done_document_no or "", "逾期办结" if each.late else "")
    return "，".join(part for part in parts if part)


def _show_units(asked: Asked) -> Listing[Tally]:
    regimes = asked.runtime.reader.regimes
    with asked.reading() as connection:
        rows = tally(connection, asked.view(), Filter(asked.query("regime") or None))
    return Listing(
        "各单位职责",
        (
            Column("评价制度", lambda each: regimes[each.regime].name if each.regime in regimes else each.regime),
            Column("单位", lambda each: name_unit(each.regime, each.unit, regimes)),
            *(Column(state.word, _counter(state), number=True) for state in DutyState),
            Column("其中逾期办结", lambda each: f"{each.late:,}", number=True),
        ),
        rows,
        empty="没有职责：没有评价制度，或 assessor、scheduler 未运行。",
        about=nobody,
        filters=(regime_filter(asked),),
        buttons=(Button("回到列表", "/duties"), Button("未移送的案件", "/duties/transfers")),
    )


def _counter(state: DutyState) -> Callable[[Tally], Cell]:
    def count(each: Tally) -> Cell:
        number = getattr(each, state.value)
        return Cell(f"{number:,}", tone=state.tone if number else None)

    return count


def _show_transfers(asked: Asked) -> Listing[Untransferred]:
    organs = asked.names.organs
    wanted = UntransferredFilter(asked.query("organ") or None, asked.whether("late"))
    with asked.reading() as connection:
        called_for, handed_over = count_transfers(connection, asked.view())
        rows = find_untransferred(connection, asked.view(), Part(asked.query("after"), asked.limit), wanted)
    return Listing(
        "未移送的案件",
        (
            Column("移送期限", lambda each: Cell(day(each.due_on), tone=Tone.ALARM if each.late else None)),
            Column("决定书文号", lambda each: each.document_no),
            Column("决定机关", lambda each: say(organs, each.organ_code)),
        ),
        rows,
        empty="没有符合条件的未移送案件。",
        after=key_of_untransferred(rows[-1]) if len(rows) == asked.limit else None,
        about=nobody,
        filters=(
            screens.Filter("organ", "决定机关", organs),
            screens.Filter("late", "期限", {"yes": "逾期的", "no": "未逾期的"}),
        ),
        buttons=(Button("回到列表", "/duties"),),
        note=say_transfers(called_for, handed_over),
    )


def _show_draws(asked: Asked) -> Listing[DrawRow]:
    wanted = Held(asked.query("regime") or None, asked.query("draw") or None)
    with asked.reading() as connection:
        page = find_draws(connection, Part(asked.query("after"), asked.limit), wanted)
    supervised = [each.supervision for each in asked.runtime.reader.regimes.values() if each.supervision is not None]
    named = {each.id: each.name for of in supervised for edition in of.editions for each in edition.draws}

    def said(each: DrawRow, name: str) -> str:
        return str(json.loads(each.report)[name])

    return Listing(
        "双随机抽查",
        (
            Column("编号", lambda each: Cell(each.draw_no, f"/draws/{each.draw_no}")),
            Column("名称", lambda each: said(each, "name")),
            Column("抽取时间", lambda each: moment(each.drawn_at)),
            Column("主持", lambda each: each.by),
            Column("种子", lambda each: each.seed),
            Column("对象", lambda each: said(each, "population"), number=True),
            Column("检查", lambda each: said(each, "visits"), number=True),
        ),
        page,
        empty="没有举行过抽取。",
        after=key_of_draw(page[-1]) if len(page) == asked.limit else None,
        about=nobody,
        filters=(regime_filter(asked), screens.Filter("draw", "抽查", named)),
        buttons=(Button("检查计划", "/plan"),),
    )


def _show_draw(asked: Asked) -> Page:
    number, verify = asked.path("number"), asked.query("verify") == "yes"
    try:
        with asked.reading() as connection:
            found = read_draw(connection, number, asked.view())
            proof = held.verify(held.read(connection, number)) if verify else None
    except NoSuchDraw as error:
        raise Missing("没有这个抽取编号。") from error
    shown = [show_draw(found), *([show_proof(proof)] if proof is not None else [])]
    return Page(
        "blocks_page.html",
        {
            "title": f"双随机抽查 {number}",
            "actions": (Button("以留存的种子和名单验证", f"/draws/{number}?verify=yes"),),
            "drawn": draw(*shown),
            "back": ("回到列表", "/draws"),
        },
        about=[each.subject_id for each in found.visits],
    )


def _show_plan(asked: Asked) -> Listing[Planned]:
    regime, year = find_regime(asked), read_year(asked)
    rows: list[Planned] = []
    has_plan = regime is not None and regime.supervision is not None
    # It is worked out from the facts of one subject after the other: only where somebody asks for it.
    if has_plan and regime is not None and asked.query("year"):
        part, rules, lacking = (
            Part(asked.query("after"), asked.limit),
            asked.runtime.rules(),
            bool(asked.query("missing")),
        )
        with asked.reading() as connection:
            rows = read_plan(connection, asked.view(), rules, regime.code, year, part, lacking=lacking)
    return Listing(
        "检查计划",
        (
            Column("对象", lambda each: Cell(each.name, f"/subjects/{each.subject_id}")),
            Column("规则", lambda each: each.rule_name),
            Column("应查", say_often),
            Column("已查", lambda each: Cell(str(each.done), tone=Tone.ALARM if each.beyond else None), number=True),
            Column(
                "尚缺", lambda each: Cell(str(each.missing), tone=Tone.WAITING if each.missing else None), number=True
            ),
            Column("依据", lambda each: each.clause),
        ),
        rows,
        empty="没有检查计划所及的对象。" if asked.query("year") else "请填写年度后筛选：计划按全部主体的事实计算。",
        after=rows[-1].subject_id if len(rows) == asked.limit else None,
        about=lambda each: each.subject_id,
        filters=(
            regime_filter(asked),
            screens.Filter("year", "年度", kind="number"),
            screens.Filter("missing", "范围", {"yes": "只列次数不足的"}),
        ),
    )


SCREENS = (
    Screen("/duties", "职责", Right.LOOK, _show_duties, menu=Menu.TODAY),
    Screen("/duties/units", "各单位职责", Right.LOOK, _show_units),
    Screen("/duties/transfers", "未移送的案件", Right.LOOK, _show_transfers),
    Screen("/draws", "双随机抽查", Right.LOOK, _show_draws, menu=Menu.GRADES),
    Screen("/draws/{number:path}", "双随机抽查", Right.LOOK, _show_draw),
    Screen("/plan", "检查计划", Right.LOOK, _show_plan, menu=Menu.GRADES),
)
