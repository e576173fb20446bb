"""The report on a period, and the bulletin of its figures."""

from __future__ import annotations

from collections.abc import Iterator

from credit.store.queries import period
from credit.store.queries.period import Span
from schemas.papers.common import Amount, Paper, Section
from schemas.papers.reports import Bulletin, PeriodReport
from schemas.statement import ActKind, Category
from workers.papers.asked import Asked, Shelf

_ACTS = {
    "准予信用修复": (ActKind.REPAIR, "granted"),
    "不予信用修复": (ActKind.REPAIR, "refused"),
    "异议成立": (ActKind.OBJECTION, "upheld"),
    "异议不成立": (ActKind.OBJECTION, "rejected"),
}


def make_report(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the report on a period: facts by kind, lists, repairs and objections, duties late or missed."""
    yield _report(shelf, asked)


def make_bulletin(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the bulletin of a period: the figures of its report, under the issue that the number names."""
    issue = asked.need("number")
    report = _report(shelf, asked)
    counted = {
        "归集的信息": report.facts,
        "名单情况": report.lists,
        "信用修复和异议": report.repairs,
        "报送和办理时效": report.lateness,
    }
    span = Section(heading="统计时段", paragraphs=(f"{report.since.isoformat()}至{report.until.isoformat()}。",))
    told = (Section(heading=heading, amounts=amounts) for heading, amounts in counted.items() if amounts)
    yield Bulletin(issued_on=asked.on, issue=issue, sections=(span, *told))


def _report(shelf: Shelf, asked: Asked) -> PeriodReport:
    span = Span(asked.need_day("since"), asked.need_day("until"))
    facts = period.count_facts(shelf.connection, span)
    acts = period.count_acts(shelf.connection, span)
    withdrawn = sum(count for (kind, _), count in acts.items() if kind == ActKind.WITHDRAWAL.value)
    return PeriodReport(
        number=asked.numbers().next(),
        issued_on=asked.on,
        since=span.since,
        until=span.until,
        facts=tuple(Amount(name=each.word, value=str(facts[each])) for each in Category if each in facts),
        lists=tuple(_lists(shelf, span)),
        repairs=(
            *(Amount(name=name, value=str(acts.get((kind.value, state), 0))) for name, (kind, state) in _ACTS.items()),
            Amount(name="撤销原决定", value=str(withdrawn)),
        ),
        lateness=tuple(_lateness(shelf, span)),
    )


def _lists(shelf: Shelf, span: Span) -> Iterator[Amount]:
    editions = shelf.regime.lists.editions if shelf.regime.lists is not None else ()
    names = {each.id: each.name for edition in editions for each in edition.lists}
    tiers = {(each.id, tier.id): tier.name for edition in editions for each in edition.lists for tier in each.tiers}
    for each in period.count_movements(shelf.connection, shelf.regime.code, span):
        name = names.get(each.list_id, each.list_id)
        if each.tier is not None:
            name += f"（{tiers.get((each.list_id, each.tier), each.tier)}）"
        yield Amount(name=name, value=f"列入{each.entered}，移出{each.left}")


def _lateness(shelf: Shelf, span: Span) -> Iterator[Amount]:
    editions = shelf.regime.duties.editions if shelf.regime.duties is not None else ()
    names = {each.id: each.name for edition in editions for each in edition.duties}
    for each in period.count_duties(shelf.connection, shelf.regime.code, span, shelf.view.today):
        told = [
            f"{word}{count}（{count * 100 / each.due:.1f}%）"
            for word, count in (("逾期", each.late), ("未办", each.missed))
        ]
        yield Amount(name=names.get(each.duty, each.duty), value="，".join([f"应办{each.due}", *told]))
