"""What every command shares: the home, the choice between a table and JSON, and who is speaking."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from credit.identity import mask_text
from credit.record.rows import Decision
from schemas.errors import XinglinError
from schemas.rights import Right
from workers import footing, settings
from workers.decisions import concord, persons
from workers.decisions.persons import Deed
from workers.letters import escape
from workers.onlooker import Onlooker, open_onlooker
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.show.style import QUIET, WAITING, plain

Home = Annotated[
    Path | None,
    typer.Option("--home", help="单机状态目录，默认 $XINGLIN_HOME 或 ./var。", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出，供程序读取。")]
Sender = Annotated[
    str | None,
    typer.Option("--sender", help="报送单位代码， 默认为主管部门。", show_default=False),
]
_PAPER = 100


def say_something(text: str) -> str:
    """Return what a person has to say, as it may be kept in clear.

    Raises:
        BadParameter: nothing was said.
    """
    if not text.strip():
        raise typer.BadParameter("不能为空：要留存在处理经过中")
    return mask_text(text.strip())  # it is kept in clear, and shown to everybody


By = Annotated[
    str,
    typer.Option("--by", help="作出决定的人员姓名， 留存备查。", callback=say_something),
]
Why = Annotated[str, typer.Option("--why", help="理由，留存备查。", callback=say_something)]


def screen(*, stderr: bool = False) -> Console:
    """Return the console for results; where they go to a file, it is as wide as a sheet of paper allows.

    On standard error it is for what a person has to see beside JSON.
    """
    stream = sys.stderr if stderr else sys.stdout
    return Console(highlight=False, width=None if stream.isatty() else _PAPER, stderr=stderr)


@contextmanager
def runtime(home: Path | None) -> Iterator[Runtime]:
    """Open the Xinglin that the environment and `--home` describe; what is not there yet is refused, never made."""
    chosen = settings.read(home=home)
    footing.require(chosen)
    tell_footing(chosen)
    with open_runtime(chosen) as opened:
        yield opened


@contextmanager
def permitted(home: Path | None, right: Right, by: str | None) -> Iterator[Runtime]:
    """Open Xinglin for somebody whose account has a right, and whose name is the one that was given, if any was."""
    with runtime(home) as opened:
        persons.require(opened, right, by)
        yield opened


@contextmanager
def acting(home: Path | None, right: Right, by: str | None, deed: Deed | None) -> Iterator[Runtime]:
    """Do as `permitted` for somebody who does something; once it is done, the log has it. None: it is only tried."""
    with permitted(home, right, by) as opened:
        try:
            yield opened
        except typer.Exit:  # so a command says by its status what became of what it has done
            persons.log(opened, deed)
            raise
        persons.log(opened, deed)


@contextmanager
def deciding(home: Path | None, right: Right, by: str | None, deed: Deed | None) -> Iterator[Runtime]:
    """Do as `acting` for somebody who decides by the routing and law of the workers that are at work."""
    with acting(home, right, by, deed) as opened:
        concord.refuse_to_differ(opened)
        yield opened


def decide(opened: Runtime, by: str, why: str) -> Decision:
    """Return what is kept of a decision: the name, the reason, and the account that acts."""
    return Decision(by, why, opened.clock(), persons.find(opened).account)


@contextmanager
def looking(home: Path | None) -> Iterator[Onlooker]:
    """Open the archive for somebody who only looks; routing or law that cannot be used is said, and no hindrance."""
    chosen = settings.read(home=home)
    footing.require(chosen)
    tell_footing(chosen)
    with open_onlooker(chosen) as opened:
        for trouble in opened.troubles:
            _warn(f"! {trouble.told}：{trouble.error}")
        yield opened


def _warn(text: str) -> None:
    Console(stderr=True, highlight=False).print(plain(text, WAITING), soft_wrap=True)


def tell_footing(chosen: Settings) -> None:
    """Say on standard error, in one line, which archive, routing and law a command uses.

    Standard output stays what it is, for people and for programs: a table, JSON, a hash.
    """
    found = footing.describe(chosen)
    line = plain(f"档案 {found.archive}；路由 {found.routing}；法规 {found.law}", QUIET)
    Console(stderr=True, highlight=False).print(line, soft_wrap=True)


def tell(text: str, style: str = "") -> None:
    """Print what a command did, in Chinese."""
    screen().print(plain(text, style))


@contextmanager
def telling(clerk: str) -> Iterator[None]:
    """Give an error that ends the block a sentence in Chinese, which the command line prints before its text."""
    try:
        yield
    except XinglinError as error:
        error.add_note(clerk)
        raise


def print_json(value: Any) -> None:
    """Print a value as JSON: UTF-8 as it is, instants with offset, days as YYYY-MM-DD, times in seconds.

    Scores are texts, as in messages.

    What holds a `row` is one flat object: the columns of the row, but for bytes, and what the value says itself.
    """
    typer.echo(escape(json.dumps(_plain(value), ensure_ascii=False, indent=2)))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(_flatten(value))
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _write(value)


def _write(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Path):
        return str(value)
    return value.total_seconds() if isinstance(value, timedelta) else value


def _flatten(value: Any) -> dict[str, Any]:
    own = {field.name: getattr(value, field.name) for field in fields(value)}
    columns = _columns(own.get("row"))
    if columns:
        del own["row"]
    return columns | own


def _columns(row: Any) -> dict[str, Any]:
    """Return what a row can show; nothing where it is not a row but, as in a table of checks, its number."""
    found = _flatten(row) if is_dataclass(row) else row._asdict() if hasattr(row, "_asdict") else {}
    return {name: column for name, column in found.items() if not isinstance(column, bytes)}
