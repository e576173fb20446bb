"""`xinglin parked`: the messages that wait for a person, and what a person does with them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from connectors.vocabulary import Item
from credit.identity import IN_FULL, MASKED
from credit.law.law import Law
from credit.record.rows import Decision
from credit.store.engine import reading
from credit.store.queries import parked as queries
from credit.store.queries.parked import Story
from schemas.envelope import family_of
from schemas.reasons import HINTS, Reason
from workers.cli.choices import choose
from workers.cli.common import AsJson, By, Home, Why, print_json, runtime, screen, tell, telling
from workers.decisions import parking
from workers.runtime import Runtime
from workers.show.detail import NO_ITEMS
from workers.show.parked import show_list, show_story, show_verdict
from workers.show.style import GOOD

app = typer.Typer(help="挂起的报文：列表、查看、修正、重放、作废。", no_args_is_help=True)

_WITHHELD = "可能涉及封存记录，内容不显示；有权人员用 --raw 查看原文。"
_CUT = "\n…… 共 "
"""Where a long message is cut on the screen: what follows is not looked at, so it may be of a sealed record."""
_NOT_FOUND = "没有这一编号的挂起报文。用 xinglin parked list --all 查看全部编号。"
_NOT_DONE = "没有办理，报文保持原状。请核对编号；修正时，文件须为同一份报文。"

Number = Annotated[int, typer.Argument(metavar="ID", help="列表中的编号。", show_default=False)]
Mended = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="修正后的完整报文。",
        exists=True,
        dir_okay=False,
        readable=True,
        show_default=False,
    ),
]
OneReason = Annotated[
    str | None, typer.Option("--reason", help="只列出因该原因（reason code）挂起的报文。", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="包括已处理的报文。")]
Raw = Annotated[bool, typer.Option("--raw", help="输出原始字节，含完整证件号码，供存为文件后修正。")]


@app.command("list")
def list_parked(reason: OneReason = None, everything: All = False, home: Home = None, as_json: AsJson = False) -> None:
    """列出挂起的报文，最早的在前。"""
    chosen = choose("--reason", reason, [each.value for each in Reason])
    with runtime(home) as opened, reading(opened.engine) as connection:
        found = queries.find_parked(connection, MASKED, reason=Reason(chosen) if chosen else None, closed=everything)
    if as_json:
        print_json(found)
    else:
        screen().print(show_list(found, opened.reader.registry.vocabulary()))


@app.command("show")
def show(number: Number, raw: Raw = False, home: Home = None, as_json: AsJson = False) -> None:
    """查看一份报文：挂起原因、处理经过和内容，证件号码已脱敏。"""
    with runtime(home) as opened, reading(opened.engine) as connection, telling(_NOT_FOUND):
        viewer = IN_FULL if raw else MASKED
        if raw and not as_json:
            sys.stdout.buffer.write(queries.read_raw(connection, number, opened.keyring, viewer))
            return
        story = queries.read_story(connection, number, opened.keyring, viewer)
        items = _items_of(opened, number)
        if not viewer.sees_sealed:
            story = withhold(story, opened.reader.law)
    if as_json:
        print_json(story)
    else:
        screen().print(show_story(story, items))


@app.command("mend")
def mend(number: Number, file: Mended, by: By, why: Why, *, home: Home = None, as_json: AsJson = False) -> None:
    """以 FILE 替换挂起的报文并重新处理；仍然挂起时退出码为 1。"""
    with runtime(home) as opened, telling(_NOT_DONE):
        rules = opened.rules()
        decision = Decision(by, why, rules.at.now)
        verdict = parking.mend(opened.engine, number, file.read_bytes(), decision, opened.reader, rules)
        items = _items_of(opened, number) if verdict is not None and not as_json else NO_ITEMS
    _report(number, verdict, items, as_json=as_json)


@app.command("replay")
def replay(number: Number, by: By, home: Home = None, as_json: AsJson = False) -> None:
    """将挂起的报文原样重新处理；仍然挂起时退出码为 1。"""
    with runtime(home) as opened, telling(_NOT_DONE):
        verdict = parking.replay(opened.engine, number, by, opened.reader, opened.rules())
        items = _items_of(opened, number) if verdict is not None and not as_json else NO_ITEMS
    _report(number, verdict, items, as_json=as_json)


@app.command("discard")
def discard(number: Number, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """将挂起的报文作废，不再处理；内容和经过留存。"""
    with runtime(home) as opened, telling(_NOT_DONE):
        parking.discard(opened.engine, number, Decision(by, why, opened.clock()))
    if as_json:
        print_json({"parked_id": number, "discarded": True})
    else:
        tell(f"✓ {number} 号报文已作废，内容和经过留存。", GOOD)


def withhold(story: Story, law: Law) -> Story:
    """Keep back what a parked message says where it may be about a sealed record; why it is parked by code stays."""
    family = family_of(story.row.type) if story.row.type else None
    texts = [story.message, *(event.before for event in story.events if event.before is not None)]
    if not any(_CUT in text or law.may_seal(family, text) for text in texts) or not _sealable(family, law):
        return story
    events = tuple(replace(each, before=each.before and _WITHHELD, note=_WITHHELD) for each in story.events)
    row = replace(story.row, detail=_WITHHELD)
    return replace(story, row=row, headers=_WITHHELD, message=_WITHHELD, events=events)


def _sealable(family: str | None, law: Law) -> bool:
    return family is None or family in law.sealing


def _items_of(opened: Runtime, number: int) -> Mapping[str, Item]:
    """Return the items of the type of a parked message, by which its reason is told."""
    with reading(opened.engine) as connection:
        kind = queries.read_type(connection, number)
    return opened.reader.registry.vocabulary().items(family_of(kind)) if kind else NO_ITEMS


def _report(number: int, verdict: str | None, items: Mapping[str, Item], *, as_json: bool) -> None:
    """Print what came of a message, and end with status 1 when it stays parked."""
    if as_json:
        reason, _, detail = (verdict or "").partition(": ")
        why = {"reason": reason, "hint": HINTS[Reason(reason)], "detail": detail} if verdict else {}
        print_json({"parked_id": number, "applied": verdict is None} | why)
    else:
        screen().print(show_verdict(number, verdict, items))
    if verdict is not None:
        raise typer.Exit(1)
