"""`xinglin assess`: close a year of a regime, and see what was decided. A closed year is never opened again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console

from credit.grading.regime import Regime
from credit.identity import MASKED
from credit.store import closing
from credit.store.engine import reading
from credit.store.queries import official
from credit.store.queries.census import count_subjects
from credit.store.queries.page import Part
from schemas.errors import PermanentError
from schemas.rights import Right
from workers import settings
from workers.cli.choices import choose
from workers.cli.common import AsJson, By, Home, decide, deciding, looking, print_json, runtime, screen
from workers.cli.explain import RegimeName, find_regime
from workers.cli.ingest import progress
from workers.decisions import persons
from workers.decisions.persons import Deed
from workers.process import calm_collector
from workers.show.official import show_closed, show_not_assessed, show_status, show_table
from workers.show.style import QUIET, plain

app = typer.Typer(help="年度评定：评定一个年度，查看结果、等级表和未能评定的对象。", no_args_is_help=True)

Year = Annotated[int, typer.Option("--year", help="评价年度。", min=1949, max=2199, show_default=False)]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="最多列出多少个。")]
After = Annotated[
    str, typer.Option("--after", metavar="ID", help="从这一主体之后列起， 用于翻页。", show_default=False)
]
ScaleName = Annotated[
    str | None, typer.Option("--scale", help="评价标准的代码； 制度只有一个标准时不必写。", show_default=False)
]
A_PAGE = 200
"""So many subjects are listed unless more are asked for."""


def choose_regime(code: str, followed: Iterable[str]) -> str:
    """Return the regime that is meant, of those that routing.yaml follows.

    Raises:
        PermanentError: none is followed.
        BadParameter: there is none of that name among them.
    """
    followed = list(followed)
    if not followed:
        error = PermanentError("no regime is followed; name those that are under regimes in routing.yaml")
        error.add_note("没有启用评价制度。在 routing.yaml 的 regimes 中写明启用哪些。")
        raise error
    chosen = choose("--regime", code, followed)
    assert chosen is not None
    return chosen


@app.command("close")
def close(regime: RegimeName, year: Year, by: By, home: Home = None, as_json: AsJson = False) -> None:
    """评定一个已结束的年度，向使用单位发布。

    定级、名额、正式结果一次完成，不能撤回重来。
    """
    with deciding(home, Right.CLOSE, by, Deed("assess close", f"{regime} {year}")) as opened:
        code = choose_regime(regime, opened.reader.regimes)
        decision = decide(opened, by, "")
        calm_collector()
        with progress() as bar:
            with reading(opened.engine) as connection:
                task = bar.add_task("评定", total=count_subjects(connection))
            row = closing.close(opened.engine, code, year, decision, opened.rules(), lambda n: bar.advance(task, n))
        with reading(opened.engine) as connection:
            counts = official.read_status(connection, opened.view(MASKED), [code]).official
        by_regime = opened.reader.regimes[code]
    if as_json:
        print_json(row)
    else:
        screen().print(show_closed(row, by_regime, counts))


@app.command("status")
def status(home: Home = None, as_json: AsJson = False) -> None:
    """各评价制度已评定哪些年度，等级如何分布。

    尚未评定的年度按目前的等级。
    """
    with runtime(home) as opened, reading(opened.engine) as connection:
        regimes = opened.reader.regimes
        found = official.read_status(connection, opened.view(MASKED), regimes)
    if as_json:
        print_json(found)
    else:
        screen().print(show_status(found, regimes))


@app.command("table")
def table(
    regime: RegimeName,
    year: Year,
    scale: ScaleName = None,
    grade: Annotated[str | None, typer.Option("--grade", help="只列这一等级。", show_default=False)] = None,
    limit: Limit = A_PAGE,
    after: After = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """供公布的等级表：一个年度的正式等级，包括评定后的复核和更正。"""
    by = find_regime(settings.read().policies, regime)
    chosen = _choose_scale(by, year, scale)
    known = by.scale(chosen, year)
    wanted = choose("--grade", grade, known.grades) if known is not None else grade
    with looking(home) as opened:
        watcher = persons.watch(opened, "assess table")
        with reading(opened.engine) as connection:
            found = official.find_table(connection, watcher.view, by.code, chosen, year, Part(after, limit), wanted)
        watcher.show(each.row.subject_id for each in found)
    if as_json:
        print_json(found)
    else:
        screen().print(show_table(found, by))
    if len(found) == limit:
        tell_more(found[-1].row.subject_id)


@app.command("not-assessed")
def not_assessed(
    regime: RegimeName,
    year: Year,
    limit: Limit = A_PAGE,
    after: After = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """未能评定的对象和原因；年度尚未评定时按目前的情况。"""
    by = find_regime(settings.read().policies, regime)
    with looking(home) as opened:
        watcher = persons.watch(opened, "assess not-assessed")
        with reading(opened.engine) as connection:
            found = official.find_not_assessed(connection, watcher.view, by.code, year, Part(after, limit))
        watcher.show(each.row.subject_id for each in found)
    if as_json:
        print_json(found)
    else:
        screen().print(show_not_assessed(found))
    if len(found) == limit:
        tell_more(found[-1].row.subject_id)


def _choose_scale(regime: Regime, year: int, scale: str | None) -> str:
    edition = regime.edition(year)
    known = [each.id for each in edition.scales] if edition is not None else []
    if scale is None and len(known) == 1:
        return known[0]
    if not known:
        raise typer.BadParameter(f"该制度在 {year} 年度尚未施行", param_hint="'--year'")
    if scale is None:
        raise typer.BadParameter(f"该制度有几个评价标准，请写明：{'、'.join(known)}", param_hint="'--scale'")
    chosen = choose("--scale", scale, known)
    assert chosen is not None
    return chosen


def tell_more(last: str) -> None:
    """Say how to list those that come after a subject."""
    more = plain(f"可能还有；下一页：同一命令加 --after {last}", QUIET)
    Console(stderr=True, highlight=False).print(more, soft_wrap=True)
