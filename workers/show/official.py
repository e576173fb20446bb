"""Official grades for officials: closed years, the table of grades, who was not assessed, and reviews of falls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from credit.grading.regime import Regime
from credit.grading.result import Reason
from credit.grading.rows import CloseRow, OfficialRow
from credit.store.queries.official import Count, Fall, Standing, Status
from schemas.papers import PaperKind
from schemas.states import Decided
from workers.show.style import ALARM, GOOD, QUIET, WAITING, day, new_table, plain, show_code, stack
from workers.show.words import word


def show_status(found: Status, regimes: Mapping[str, Regime]) -> RenderableType:
    """Show for each regime its closed years, and how current grades are spread in the years that are not closed."""
    if not regimes:
        return plain("没有启用评价制度。在 routing.yaml 的 regimes 中写明启用哪些。", WAITING)
    table = new_table("年度评定", "评价制度", "年度", "状态", "等级分布", whole={"年度"})
    for code, regime in regimes.items():
        closed = {row.year: row for row in found.closed if row.regime == code}
        years = {each.year for each in found.current if each.regime == code} - closed.keys()
        for year in sorted(closed.keys() | years):
            counts = found.official if year in closed else found.current
            spread = [each for each in counts if (each.regime, each.year) == (code, year)]
            table.add_row(
                stack(regime.name, code),
                plain(year),
                _closed(closed[year]) if year in closed else stack("未评定", f"{year + 1}-01-01 起可评定"),
                _spread(spread, regime),
            )
        if not closed and not years:
            table.add_row(stack(regime.name, code), plain("—"), plain("尚无等级", QUIET), plain(""))
    return table


def _closed(row: CloseRow) -> Text:
    counts = f"参评 {row.assessed:,} 个，未能评定 {row.not_assessed:,} 个"
    return stack(f"✓ {day(row.closed_on)} 由 {row.by} 评定", counts)


def say_spread(counts: Iterable[Count], regime: Regime) -> list[str]:
    """Return a line for each scale: how many have which grade."""
    lines: dict[str, list[str]] = {}
    for each in counts:
        scale = regime.scale(each.scale, each.year)
        names = scale.grades if scale is not None else {}
        word = "未能评定" if each.grade is None else names.get(each.grade, each.grade)
        lines.setdefault(scale.name if scale is not None else each.scale, []).append(f"{word} {each.subjects:,}")
    return [f"{name}：{'，'.join(spread)}" for name, spread in lines.items()]


def _spread(counts: Iterable[Count], regime: Regime) -> Text:
    return Text("\n").join(map(plain, say_spread(counts, regime)))


def show_closed(row: CloseRow, regime: Regime, counts: Iterable[Count]) -> RenderableType:
    """Show what a close came to."""
    spread = [each for each in counts if (each.regime, each.year) == (row.regime, row.year)]
    head = f"✓ {regime.name} {row.year} 年度已评定：参评 {row.assessed:,} 个，未能评定 {row.not_assessed:,} 个"
    return Group(plain(head, GOOD), _spread(spread, regime), plain(f"结果摘要 {row.digest}", QUIET))


def show_table(rows: Sequence[Standing], regime: Regime) -> RenderableType:
    """Show the table of official grades that is published."""
    if not rows:
        return plain("没有评定结果。", WAITING)
    table = new_table(
        f"{regime.name} {rows[0].row.year} 年度等级", "名称", "等级", "得分", "评定", right={"得分"}, whole={"等级"}
    )
    for each in rows:
        row = each.row
        assert isinstance(row, OfficialRow)
        table.add_row(
            stack(each.name, each.identifier),
            plain(_grade(regime, row.scale, row.year, row.grade)),
            plain(row.number or "—"),
            Text.assemble(show_code(Decided(row.cause)), plain(f" {day(row.decided_on)}", QUIET)),
        )
    return table


def show_not_assessed(rows: Sequence[Standing]) -> RenderableType:
    """Show who could not be assessed, and why."""
    if not rows:
        return plain("✓ 没有未能评定的对象。", GOOD)
    table = new_table("未能评定", "名称", "原因")
    for each in rows:
        table.add_row(stack(each.name, each.identifier), _effects(each.reasons))
    return table


def show_reviews(rows: Sequence[Fall], regimes: Mapping[str, Regime]) -> RenderableType:
    """Show falls below official grades, with the day by which each is to be reported."""
    if not rows:
        return plain("✓ 没有待复核的等级下降。", GOOD)
    table = new_table("等级下降的复核", "名称", "等级", "上报期限 / 状态", "原因", whole={"上报期限 / 状态"})
    for each in rows:
        row, regime = each.row, regimes[each.row.regime]
        scale = regime.scale(row.scale, row.year)
        change = " → ".join(_grade(regime, row.scale, row.year, name) for name in (row.from_grade, row.to_grade))
        due = plain(f"{day(row.report_by)}{' 已逾期' if each.overdue else ''}\n", ALARM if each.overdue else "")
        table.add_row(
            stack(each.name, each.identifier),
            stack(change, f"{regime.name}·{scale.name if scale else row.scale} {row.year}"),
            due.append_text(show_code(each.state)),
            _effects(each.reasons),
        )
    return table


def show_review(each: Fall, regime: Regime) -> RenderableType:
    """Show one fall with its reasons, the records behind them, and what was or is to be decided."""
    row = each.row
    change = " → ".join(_grade(regime, row.scale, row.year, name) for name in (row.from_grade, row.to_grade))
    head = [
        Text.assemble(plain(each.name, "bold"), plain(f"  {each.identifier}", QUIET)),
        plain(f"{regime.name} {row.year} 年度：{change}"),
        Text.assemble(
            plain(f"自 {day(row.since)} 的事实起，上报期限 {day(row.report_by)}，", ALARM if each.overdue else ""),
            show_code(each.state),
            plain("，已逾期" if each.overdue else "", ALARM),
        ),
    ]
    if row.decided_grade is not None:
        head.append(plain(f"复核后等级 {_grade(regime, row.scale, row.year, row.decided_grade)}"))
    paper = _name_paper(regime, row.scale, row.year)
    if paper is not None:
        head.append(plain(f"应送达的文书：{paper}", QUIET))
    return Group(*head, *(_reason(reason) for reason in each.reasons))


def _name_paper(regime: Regime, scale_id: str, year: int) -> str | None:
    """Return what the paper is called that a fall calls for; None where it calls for none."""
    scale = regime.scale(scale_id, year)
    paper = scale.during_year.paper if scale is not None and scale.during_year is not None else None
    return word(PaperKind, paper) if paper is not None else None


def _reason(reason: Reason) -> Text:
    lines = [plain(f"· {reason.effect}"), plain(f"  依据 {reason.clause}", QUIET)]
    lines += [plain(f"  {day(cited.occurred_on)} {cited.document_no}", QUIET) for cited in reason.records]
    return Text("\n").join(lines)


def _effects(reasons: Iterable[Reason]) -> Text:
    return Text("\n").join(plain(reason.effect) for reason in reasons)


def _grade(regime: Regime, scale_id: str, year: int, grade: str | None) -> str:
    scale = regime.scale(scale_id, year)
    return scale.grades.get(grade, grade) if scale is not None and grade is not None else grade or "—"
