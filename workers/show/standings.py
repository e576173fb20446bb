"""Where subjects stand in assessment, for officials: grades and lists of one subject, and everybody on a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from credit.grading.regime import Regime
from credit.grading.result import load
from credit.grading.rows import EntryRow, GradeRow, OfficialRow
from credit.store.queries.assessment import Listed, Standings
from schemas.regime.lists import SubjectList
from schemas.states import Decided, EntryState
from workers.show.style import PAST, QUIET, day, new_table, plain, show_code, stack

Regimes = Mapping[str, Regime]


def show_standings(found: Standings, regimes: Regimes) -> list[RenderableType]:
    """Show grades and list entries of a subject, each as far as there are any."""
    shown = [_grades(found, regimes), _entries(found.entries, regimes)]
    return [table for table in shown if table.row_count]


def _grades(found: Standings, regimes: Regimes) -> Table:
    table = new_table("信用等级", "评价制度", "年度", "当前等级", "正式等级", whole={"年度"})
    current = {(row.regime, row.scale, row.year): row for row in found.current}
    decided = {(row.regime, row.scale, row.year): row for row in found.official}
    for key in sorted(current.keys() | decided.keys(), key=lambda key: (key[0], key[1], -key[2])):
        table.add_row(
            stack(_name_regime(key[0], regimes), _name_scale(*key, regimes)),
            plain(key[2]),
            _current(current.get(key), regimes),
            _official(decided.get(key), regimes),
        )
    return table


def _current(row: GradeRow | None, regimes: Regimes) -> Text:
    if row is None:
        return plain("—", QUIET)
    word = plain(name_grade(regimes, row.regime, row.scale, row.year, row.grade), PAST if row.hidden else "")
    said = [f"{row.number} 分"] if row.number is not None else []
    said += ["不再公示"] if row.hidden else []
    said.append(f"依据 {row.records} 条记录")
    return Text("\n").join([word, plain("，".join(said), QUIET)])


def _official(row: OfficialRow | None, regimes: Regimes) -> Text:
    if row is None:
        return plain("尚未评定", QUIET)
    word = plain(name_grade(regimes, row.regime, row.scale, row.year, row.grade))
    return Text("\n").join([word, plain(f"{Decided(row.cause).word} {day(row.decided_on)}", QUIET)])


def _entries(rows: Iterable[EntryRow], regimes: Regimes) -> Table:
    table = new_table("名单", "名单 / 评价制度", "年度", "状态", "列入 / 期限", "原因", whole={"年度", "状态"})
    for row in rows:
        table.add_row(
            stack(_name_list(row, regimes), _name_regime(row.regime, regimes)),
            plain(row.year or "—"),
            _state(row),
            _span(row),
            plain("；".join(reason.effect for reason in load(row.reasons))),
        )
    return table


def show_list(rows: Sequence[Listed], regime: Regime, each: SubjectList) -> RenderableType:
    """Show who is on a list, since when and why."""
    if not rows:
        return plain(f"{each.name}：没有在列的对象。", QUIET)
    title = f"{regime.name}：{each.name}"
    table = new_table(title, "名称", "年度", "状态", "列入 / 期限", "原因 / 依据", whole={"年度", "状态"})
    for listed in rows:
        row = listed.row
        clauses = dict.fromkeys(reason.clause for reason in listed.reasons)
        why = stack("；".join(reason.effect for reason in listed.reasons), *clauses)
        who = stack(listed.name, listed.identifier)
        table.add_row(who, plain(row.year or "—"), _state(row), _span(row), why)
    return table


def _state(row: EntryRow) -> Text:
    state = show_code(EntryState(row.state))
    return state.append(f"\n{day(row.left_on)}", QUIET) if row.left_on is not None else state


def _span(row: EntryRow) -> Text:
    return stack(day(row.since), f"至 {day(row.until)}") if row.until is not None else plain(day(row.since))


def name_grade(regimes: Regimes, regime: str, scale: str, year: int, grade: str | None) -> str:
    """Return what officials call a grade; its code where the regime is not at hand."""
    if grade is None:
        return "未能评定"
    found = regimes[regime].scale(scale, year) if regime in regimes else None
    return found.grades.get(grade, grade) if found is not None else grade


def _name_regime(code: str, regimes: Regimes) -> str:
    return regimes[code].name if code in regimes else code


def _name_scale(regime: str, scale: str, year: int, regimes: Regimes) -> str:
    found = regimes[regime].scale(scale, year) if regime in regimes else None
    return found.name if found is not None else scale


def _name_list(row: EntryRow, regimes: Regimes) -> str:
    found = find_list(regimes[row.regime], row.list_id) if row.regime in regimes else None
    return found.name if found is not None else row.list_id


def find_list(regime: Regime, list_id: str) -> SubjectList | None:
    """Return a list of a regime as its last edition has it."""
    editions = regime.lists.editions if regime.lists is not None else ()
    return next((each for edition in reversed(editions) for each in edition.lists if each.id == list_id), None)
