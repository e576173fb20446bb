"""Duties as officials see them: how each unit stands, what is to do by when, and what shows it done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from credit.grading.regime import Regime
from credit.store.queries.duties import Duty, Tally, Transfers
from schemas.regime import duties as language
from schemas.states import DutyState
from workers.show.style import ALARM, GOOD, QUIET, WAITING, coloured, day, new_table, plain, show_code, stack

_UNCOVERED = "节假日未公布，期限可能变动"


def show_duties(
    found: Sequence[Duty], tallies: Sequence[Tally], transfers: Transfers, regimes: Mapping[str, Regime]
) -> RenderableType:
    """Show how units stand, the duties that were chosen, and the share of cases handed to the police."""
    if not tallies:
        return Group(plain("没有职责：没有评价制度，或 assessor、scheduler 未运行。", QUIET), show_transfers(transfers))
    return Group(show_tallies(tallies, regimes), _show_each(found, regimes), show_transfers(transfers))


def find_units(regime: Regime) -> dict[str, language.Unit]:
    """Return the units of a regime by their code, as its last edition has them."""
    editions = regime.duties.editions if regime.duties else ()
    return {code: unit for edition in editions for code, unit in edition.units.items()}


def name_unit(regime: str, unit: str, regimes: Mapping[str, Regime]) -> str:
    """Return what a unit is called; its code where the regime is not at hand."""
    known = find_units(regimes[regime]) if regime in regimes else {}
    return known[unit].name if unit in known else unit


def find_duty(each: Duty, regimes: Mapping[str, Regime]) -> language.Duty | None:
    """Return a duty as the last edition of its regime has it; None where there is none."""
    of = regimes.get(each.row.regime)
    editions = of.duties.editions if of and of.duties else ()
    found = [duty for edition in editions for duty in edition.duties if duty.id == each.row.duty]
    return found[-1] if found else None


def show_tallies(tallies: Sequence[Tally], regimes: Mapping[str, Regime]) -> Table:
    """Show how the duties of each unit stand."""
    words = (*(state.word for state in DutyState), "其中逾期办结")
    table = new_table("各单位职责", "评价制度", "单位", *words, right=words)
    for each in tallies:
        table.add_row(
            plain(regimes[each.regime].name if each.regime in regimes else each.regime),
            stack(name_unit(each.regime, each.unit, regimes), each.unit),
            *(coloured(f"{getattr(each, state.value):,}", state) for state in DutyState),
            plain(f"{each.late:,}", WAITING if each.late else ""),
        )
    return table


def _show_each(found: Sequence[Duty], regimes: Mapping[str, Regime]) -> Table:
    table = new_table(
        f"职责（{len(found):,} 项）",
        "职责 / 依据",
        "单位",
        "所涉 / 编号",
        "期限",
        "状态",
        "办结",
        whole={"期限", "状态"},
    )
    for each in found:
        row, duty = each.row, find_duty(each, regimes)
        about = each.subject or row.period or "—"
        lines = [each.document_no] if each.document_no else []
        lines += [row.about] if row.about and row.about != row.subject_id else []
        lines += [row.period] if row.period and row.period != about else []
        table.add_row(
            stack(duty.name if duty else row.duty, row.duty, *([str(duty.source)] if duty else [])),
            plain(name_unit(row.regime, row.unit, regimes)),
            stack(about, *([row.subject_id] if row.subject_id else []), *lines),
            _say_due(each),
            show_code(each.state),
            _say_done(each),
        )
    return table


def _say_due(each: Duty) -> Text:
    said = plain(day(each.row.due_on), ALARM if each.state is DutyState.MISSED else "")
    return said if each.row.covered else said.append(plain(f"\n{_UNCOVERED}", WAITING))


def _say_done(each: Duty) -> Text:
    row = each.row
    progress = f"{row.times}/{row.asked}" if row.asked > 1 else ""
    if row.done_on is None:
        return plain(progress or "—", QUIET)
    said = stack(day(row.done_on), *([progress] if progress else []), each.done_document_no or row.done_by)
    return said.append(plain("\n逾期办结", WAITING)) if each.late else said


def say_transfers(called_for: int, handed_over: int) -> str:
    """Say of the penalties that suspect a crime how many cases were handed to the police."""
    if not called_for:
        return "没有涉嫌犯罪、应移送公安机关的处罚。"
    share = 100 * handed_over / called_for
    return f"涉嫌犯罪案件移送：应移送 {called_for:,} 件，已移送 {handed_over:,} 件（{share:.1f}%）"


def show_transfers(transfers: Transfers) -> RenderableType:
    """Show of the penalties that suspect a crime how many cases were handed to the police, and which were not."""
    said = say_transfers(transfers.called_for, transfers.handed_over)
    if not transfers.called_for:
        return Text("\n").append(plain(said, QUIET))
    complete = transfers.handed_over == transfers.called_for
    head = plain(f"\n{said}", GOOD if complete else ALARM)
    if complete:
        return head
    table = new_table("未移送的案件", "决定书文号", "决定机关", "移送期限", "", whole={"移送期限"})
    for each in transfers.missing:
        late = plain("逾期", ALARM) if each.late else plain("")
        table.add_row(plain(each.document_no), plain(each.organ_code), plain(day(each.due_on)), late)
    return Group(head, table)
