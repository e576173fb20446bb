"""`xinglin explain`: why a subject has its grade, rule by rule, and what would have to change for a better one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from connectors import registry
from credit.grading import loading
from credit.grading.regime import Regime
from credit.store.engine import reading
from credit.store.queries.explained import explain_grades
from schemas.documents import suggest
from schemas.errors import ConfigurationError, PermanentError
from workers import settings
from workers.cli.common import AsJson, Home, looking, print_json, screen, telling
from workers.cli.subject import NOT_FOUND, Key
from workers.decisions import persons
from workers.show.grades import show_explanation


def read_day(text: str) -> date:
    """Return the day that an option names.

    Raises:
        BadParameter: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} 不是日期，应如 2026-12-31") from error


RegimeName = Annotated[
    str, typer.Option("--regime", help="评价制度的代码，即 policies/regimes 下的文件夹名。", show_default=False)
]
Year = Annotated[int | None, typer.Option("--year", help="评价年度，默认评价日所在年。", min=1949, max=2199)]
AsOf = Annotated[
    date | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", parser=read_day, help="评价日，默认今天。", show_default=False),
]


def find_regime(policies: Path, name: str) -> Regime:
    """Return a regime of a folder of policies by its code.

    Raises:
        ConfigurationError: its files cannot be used.
        PermanentError: there is none of that name; the nearest is named.
    """
    folder = policies / "regimes"
    found = loading.load(folder, registry.load().models())
    if name not in found:
        error = PermanentError(f"{folder} has no regime '{name}'{suggest(name, found)}")
        error.add_note(f"没有这个评价制度。现有：{'、'.join(found) or '无'}。")
        raise error
    return found[name]


def explain(
    key: Key, regime: RegimeName, year: Year = None, as_of: AsOf = None, home: Home = None, as_json: AsJson = False
) -> None:
    """说明一个主体的信用等级：规则、条款和信用记录。

    并说明升至上一等级还需什么。
    """
    by = find_regime(settings.read().policies, regime)
    with looking(home) as opened, telling(NOT_FOUND):
        if opened.law is None:
            raise ConfigurationError(opened.troubles[0].error)
        day = as_of or opened.today
        view = persons.look(opened, key, "explain")
        with reading(opened.engine) as connection:
            found = explain_grades(connection, key, by, year or day.year, day, opened.law, view)
        names = opened.names()
    if as_json:
        print_json(found)
    else:
        screen().print(show_explanation(found, by, names))
