"""Years of assessment: how grades are spread, and the close of a year, which is never taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from credit.access.account import EVERY_ORGAN
from credit.grading.regime import Regime
from credit.grading.rows import CloseRow
from credit.store import closing
from credit.store.queries import official
from credit.store.queries.official import Count
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.screens import Cell, Column, Listing, Menu, Page, Screen, Shown, nobody
from workers.console.telling import refuse_to_differ
from workers.show.official import say_spread
from workers.show.style import day
from workers.web.pages import with_query


class _Year(NamedTuple):
    """A year of a regime, closed or not."""

    regime: Regime
    year: int
    closed: CloseRow | None
    counts: tuple[Count, ...]


def _show_years(asked: Asked) -> Listing[_Year]:
    regimes = asked.runtime.reader.regimes
    with asked.reading() as connection:
        found = official.read_status(connection, asked.view(), regimes)
    years = [
        _Year(regime, year, row, _spread(found.official if row else found.current, code, year))
        for code, regime in regimes.items()
        for year, row in _years(code, found.closed, found.current)
    ]
    return Listing(
        "年度评定",
        (
            Column("评价制度", lambda each: each.regime.name),
            Column("年度", lambda each: str(each.year), number=True),
            Column("状态", lambda each: _state(asked, each)),
            Column("等级分布", lambda each: "；".join(say_spread(each.counts, each.regime))),
            Column("等级表", lambda each: Cell("查看", _table(each))),
        ),
        years,
        empty="没有启用评价制度，或尚无等级。",
        about=nobody,
        note="尚未评定的年度按目前的等级。评定一次完成，不能撤回重来；此后的撤销和更正以更正方式发出。",
    )


def _years(code: str, closed: Iterable[CloseRow], current: Iterable[Count]) -> list[tuple[int, CloseRow | None]]:
    known = {row.year: row for row in closed if row.regime == code}
    years = known.keys() | {count.year for count in current if count.regime == code}
    return [(year, known.get(year)) for year in sorted(years, reverse=True)]


def _spread(counts: Iterable[Count], code: str, year: int) -> tuple[Count, ...]:
    return tuple(count for count in counts if (count.regime, count.year) == (code, year))


def _state(asked: Asked, each: _Year) -> Cell:
    if each.closed is not None:
        return Cell(f"{day(each.closed.closed_on)} 由 {each.closed.by} 评定", tone=Tone.GOOD)
    if each.year >= asked.runtime.rules().at.today.year:
        return Cell(f"{each.year + 1}-01-01 起可评定", tone=Tone.PAST)
    may = asked.holder.may(Right.CLOSE, EVERY_ORGAN)
    return Cell("待评定", f"/assess/{each.regime.code}/{each.year}" if may else None, Tone.WAITING)


def _table(each: _Year) -> str:
    return with_query("/grades", {"regime": each.regime.code, "year": str(each.year)})


def _find(asked: Asked) -> tuple[Regime, int]:
    regime, said = asked.runtime.reader.regimes.get(asked.path("regime")), asked.path("year")
    if regime is None or not (said.isascii() and said.isdecimal() and len(said) == 4):
        raise Missing("没有这一评价制度或年度。")
    return regime, int(said)


def _show_close(asked: Asked) -> Page:
    asked.holder.require(Right.CLOSE, EVERY_ORGAN)
    regime, year = _find(asked)
    with asked.reading() as connection:
        found = official.read_status(connection, asked.view(), [regime.code])
    closed = next((row for row in found.closed if row.year == year), None)
    counts = _spread(found.official if closed else found.current, regime.code, year)
    values = {
        "title": f"{regime.name} {year} 年度评定",
        "regime": regime,
        "year": year,
        "closed": closed,
        "spread": say_spread(counts, regime),
        "table": _table(_Year(regime, year, closed, counts)),
    }
    return Page("closing.html", values)


def _close(asked: Asked) -> Shown:
    asked.holder.require(Right.CLOSE, EVERY_ORGAN)
    regime, year = _find(asked)
    if asked.required("confirm", "确认年度") != str(year):
        raise Incomplete(f"要评定的是 {year} 年度：请在“确认年度”中填写 {year}。")
    refuse_to_differ(asked)
    decision = asked.decision(asked.required("why", "依据或说明"))
    row = closing.close(asked.runtime.engine, regime.code, year, decision, asked.runtime.rules())
    told = f"{year} 年度已评定：参评 {row.assessed} 个，未能评定 {row.not_assessed} 个。"
    return asked.go(f"/assess/{regime.code}/{year}", told)


SCREENS = (
    Screen("/assess", "年度评定", Right.LOOK, _show_years, menu=Menu.GRADES),
    Screen("/assess/{regime}/{year}", "年度评定", Right.CLOSE, _show_close, _close),
)
