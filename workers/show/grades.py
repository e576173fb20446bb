"""Grades for officials: why a subject has its grade, and what another policy would change."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text
from rich.tree import Tree

from credit.grading.beside import Beside
from credit.grading.difference import Difference, Turn, Turnover
from credit.grading.regime import Regime
from credit.grading.result import Reason
from credit.store.queries.explained import Explained, Explanation
from credit.store.queries.what_if import WhatIf
from schemas.policy import Confidence
from schemas.record import State
from workers.show.names import Names
from workers.show.style import GOOD, QUIET, WAITING, day, new_table, plain, show_code, stack
from workers.show.words import say


def show_explanation(found: Explanation, regime: Regime, names: Names) -> RenderableType:
    """Show every step of each grade with its clause, records and messages, and what a better one asks for."""
    head = Text("\n").join(
        (
            Text.assemble(plain(found.name, "bold"), "  ", plain(found.subject_id, QUIET)),
            plain(f"{regime.name}，{found.year} 年度，评价日 {day(found.as_of)}"),
        )
    )
    parts: list[RenderableType] = [Panel(head, title="信用等级说明", title_align="left", padding=(0, 2))]
    if not found.grades:
        edition = regime.edition(found.year)
        why = "该制度当年尚未施行。" if edition is None else "该主体不在这一制度的评价范围内（按登记和许可认定）。"
        parts.append(plain(why, WAITING))
    parts += [_grade(each, regime, found.messages, names) for each in found.grades]
    if found.left_out:
        parts.append(_left_out(found, names))
    return Group(*parts)


def _grade(each: Explained, regime: Regime, messages: Mapping[str, str], names: Names) -> RenderableType:
    scale = regime.scale(each.result.scale, each.result.year)
    assert scale is not None
    grade = plain(each.word, "bold") if each.word else plain("未评定", WAITING)
    tree = Tree(Text.assemble(plain(scale.name), "：", grade), guide_style=QUIET)
    for reason in each.result.reasons:
        node = tree.add(_reason(reason))
        for cited in reason.records:
            family = say(names.vocabulary.titles, cited.family)
            text = f"{day(cited.occurred_on)} {family} {cited.document_no}（报文 {messages.get(cited.record_id, '—')}）"
            node.add(plain(text, QUIET))
    if each.upward is not None:
        node = tree.add(plain(f"升至“{scale.grades[each.upward.grade]}”还需：", GOOD))
        for way in each.upward.ways:
            node.add(plain(way.text))
    if each.beside is not None:
        _add_own_sheet(tree, each.beside)
    return tree


def _add_own_sheet(tree: Tree, beside: Beside) -> None:
    """Add the sheet that the subject filled in itself, and where the official one differs."""
    number = f"{beside.number} 分" if beside.number is not None else "没有适用的项目"
    node = tree.add(plain(f"自评 {number}（{day(beside.occurred_on)}，不计入评定），{len(beside.differing)} 项不同"))
    for line in beside.differing:
        node.add(plain(f"{line.code}：自评 {_marks(line.own)}，现场评价 {_marks(line.official)}", QUIET))


def _marks(marks: Decimal | None) -> str:
    return f"{marks.normalize():f} 分" if marks is not None else "不适用"


def _reason(reason: Reason) -> Text:
    text = Text.assemble(
        show_code(reason.step), "  ", plain(reason.effect), "\n", plain(f"依据 {reason.clause}", QUIET)
    )
    if reason.confidence is not Confidence.HIGH:
        text.append_text(plain(f"（{reason.confidence.word}）", WAITING))
    return text


def _left_out(found: Explanation, names: Names) -> RenderableType:
    table = new_table("评价日不计入的记录", "日期", "类别", "文书号", "状态", whole={"日期", "状态"})
    for row in found.left_out:
        table.add_row(
            plain(day(row.occurred_on)),
            plain(say(names.vocabulary.titles, row.family)),
            plain(row.document_no),
            show_code(State(row.state)),
        )
    return table


def show_what_if(found: WhatIf, old: Regime, new: Regime) -> RenderableType:
    """Show how many subjects go from which grade to which, and each mover with the reasons that went and came."""
    head = f"{new.name}，{found.year} 年度：{found.moved} 个等级变化，{found.listed} 处名单变化"
    parts: list[RenderableType] = [plain(head, "bold")]
    for each in found.scales:
        names = name_grades(each, old, new, found.year)
        parts.append(_turns(each, names, _name_scale(each.scale, old, new, found.year)))
        if each.movers:
            parts.append(_movers(each, names, found.names))
    called = name_lists(old, new)
    for turnover in found.lists:
        name = f"{called[turnover.list_id]}：{turnover.stay:,} 处不变"
        parts.append(_turnover(turnover, name, found.names) if turnover.moved else plain(name))
    return Group(*parts)


def name_lists(old: Regime, new: Regime) -> dict[str, str]:
    """Return what the lists of either policy are called, by their ids."""
    editions = (edition for regime in (old, new) if regime.lists is not None for edition in regime.lists.editions)
    return {each.id: each.name for edition in editions for each in edition.lists}


def _turnover(each: Turnover, name: str, called: Mapping[str, str]) -> RenderableType:
    title = f"{name}，列入 {len(each.came):,}，移出 {len(each.went):,}"
    table = new_table(title, "主体", "年度", "变化", "原因", whole={"年度", "变化"})
    for word, seats in (("移出", each.went), ("列入", each.came)):
        for seat in seats:
            year = str(seat.year) if seat.year else "—"
            whom = stack(called.get(seat.subject_id, "—"), seat.subject_id)
            table.add_row(whom, plain(year), plain(word, "bold"), plain(seat.because))
    return table


def name_grades(each: Difference, old: Regime, new: Regime, year: int) -> dict[str | None, str]:
    """Return what the grades of a scale are called under either policy, and that somebody has none."""
    names: dict[str | None, str] = {None: "未评定"}
    for regime in (old, new):
        scale = regime.scale(each.scale, year)
        if scale is not None:
            names.update(scale.grades)
    return names


def _name_scale(scale_id: str, old: Regime, new: Regime, year: int) -> str:
    scale = new.scale(scale_id, year) or old.scale(scale_id, year)
    return scale.name if scale is not None else scale_id


def _turns(each: Difference, names: Mapping[str | None, str], name: str) -> RenderableType:
    olds, news = ([*dict.fromkeys(grades)] for grades in zip(*each.turns, strict=True))
    order = [grade for grade in names if grade in {*olds, *news}]
    heads = [names[grade] for grade in order]
    table = new_table(f"{name}：从（行）到（列）", "旧 \\ 新", *heads, right=frozenset(heads))
    for before in order:
        counts = [each.turns.get(Turn(before, after), 0) for after in order]
        if any(counts):
            cells = (
                plain(f"{number:,}" if number else "·", QUIET if before == after or not number else WAITING)
                for number, after in zip(counts, order, strict=True)
            )
            table.add_row(plain(names[before]), *cells)
    return table


def _movers(each: Difference, names: Mapping[str | None, str], called: Mapping[str, str]) -> RenderableType:
    table = new_table("等级变化的主体", "主体", "旧", "新", "原因", whole={"旧", "新"})
    for mover in each.movers:
        reasons = [plain(f"－ {reason.effect}", QUIET) for reason in mover.went]
        reasons += [plain(f"＋ {reason.effect}") for reason in mover.came]
        table.add_row(
            stack(called.get(mover.subject_id, "—"), mover.subject_id),
            plain(names[mover.turn.before]),
            plain(names[mover.turn.after], "bold"),
            Text("\n").join(reasons),
        )
    return table
