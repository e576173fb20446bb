"""`xinglin parked`: the messages that wait for a person, and what a person does with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from credit.identity import IN_FULL, MASKED
from credit.record.rows import Decision
from credit.store.engine import reading, writing
from credit.store.parked import count
from credit.store.queries import parked as queries
from credit.store.queries.page import Part
from credit.store.queries.parked_piles import find_piles
from schemas.rights import Right
from workers import logs
from workers.cli import parking
from workers.cli.common import AsJson, Home, looking, permitted, print_json, screen, telling
from workers.cli.parked_choice import Number, OneReason, Sender, Since, Source, Until, read_choice
from workers.decisions import persons
from workers.show.parked import show_list, show_piles, show_story
from workers.show.style import QUIET, plain
from workers.show.withheld import withhold
from workers.whom import find_of_parked

app = typer.Typer(help="挂起的报文：汇总、列表、查看、修正、重放、作废。", no_args_is_help=True)

_NOT_FOUND = "没有这一编号的挂起报文。用 xinglin parked list --all 查看全部编号。"

All = Annotated[bool, typer.Option("--all", help="包括已处理的报文。")]
Raw = Annotated[bool, typer.Option("--raw", help="输出原始字节，含完整证件号码；查看会留存。")]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="最多列出多少份。")]
AfterNumber = Annotated[
    int | None, typer.Option("--after", metavar="ID", help="接着编号为此数的一份往下列，用于翻页。", show_default=False)
]
NewestFirst = Annotated[bool, typer.Option("--newest-first", help="最近挂起的在前。")]
_A_PAGE = 200

app.command("replay")(parking.replay)
app.command("mend")(parking.mend)
app.command("discard")(parking.discard)


@app.command("summary")
def summary(home: Home = None, as_json: AsJson = False) -> None:
    """按原因、来源和发送单位汇总挂起的报文，各附一份示例。"""
    with looking(home) as opened, reading(opened.engine) as connection:
        piles = find_piles(connection, opened.view(MASKED))
    if as_json:
        print_json(piles)
    else:
        screen().print(show_piles(piles))


@app.command("list")
def list_parked(
    reason: OneReason = None,
    source: Source = None,
    sender: Sender = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = _A_PAGE,
    after: AfterNumber = None,
    newest_first: NewestFirst = False,
    everything: All = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """列出挂起的报文，最早的在前；一次一页，还有时在末尾说明如何翻页。"""
    choice = read_choice(reason=reason, source=source, sender=sender, since=since, until=until)
    part = Part(queries.key_of(after) if after is not None else "", limit)
    with looking(home) as opened, reading(opened.engine) as connection:
        found = queries.find_parked(connection, MASKED, choice, part, closed=everything, newest_first=newest_first)
        total = count(connection, choice, closed=everything)
    if as_json:
        print_json(found)
    else:
        screen().print(show_list(found, total, opened.registry.vocabulary()))
    if len(found) == limit:
        _tell_more(found[-1].parked_id)


def _tell_more(last: int) -> None:
    more = plain(f"可能还有；下一页：同一命令加 --after {last}", QUIET)
    Console(stderr=True, highlight=False).print(more, soft_wrap=True)


@app.command("show")
def show(number: Number, raw: Raw = False, home: Home = None, as_json: AsJson = False) -> None:
    """查看一份报文：挂起原因、处理经过和内容，证件号码已脱敏。"""
    if raw:
        _show_raw(number, home, as_json=as_json)
        return
    with looking(home) as opened, telling(_NOT_FOUND):
        watcher = persons.watch(opened, "parked show")
        with reading(opened.engine) as connection:
            items = parking.find_items(connection, opened.registry, number)
            whole = queries.read_story(connection, number, opened.keyring, MASKED)
            about = find_of_parked(connection, opened.registry, opened.keyring, whole.row)
        story = withhold(whole, opened.law)
        if story == whole:
            watcher.show(about)
    if as_json:
        print_json(story)
    else:
        screen().print(show_story(story, items))


def _show_raw(number: int, home: Path | None, *, as_json: bool) -> None:
    """Show a message in full, and keep who looked."""
    with permitted(home, Right.NUMBERS, None) as opened, telling(_NOT_FOUND):
        account, watcher = persons.find(opened).account, persons.watch(opened, "parked show")
        look = Decision(account, "", opened.clock(), account)
        with writing(opened.engine) as connection:
            found = queries.read_raw(connection, number, opened.keyring, IN_FULL, look)
        with reading(opened.engine) as connection:
            story = queries.read_story(connection, number, opened.keyring, IN_FULL)
            about = find_of_parked(connection, opened.reader.registry, opened.keyring, story.row)
        watcher.show(about)
        logs.always().info("bytes_shown", parked_id=number, account=account)
        if as_json:
            print_json(story)
        else:
            _write_raw(found)


def _write_raw(raw: bytes) -> None:
    """Write the exact bytes to a file or program; on a terminal, which they could steer, as it can show them."""
    if sys.stdout.isatty():
        screen().print(plain(raw.decode("utf-8", "backslashreplace")), soft_wrap=True)
    else:
        sys.stdout.buffer.write(raw)
