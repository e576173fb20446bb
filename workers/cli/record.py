"""`xinglin record`: what a person decides of records: a number of several parties, a source that contradicts itself."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.disputes import find_disputed, find_settlements
from credit.store.queries.page import WHOLE
from credit.store.queries.splits import find_splits
from schemas.rights import Right
from workers.cli.common import (
    AsJson,
    By,
    Home,
    Why,
    acting,
    decide,
    deciding,
    print_json,
    runtime,
    screen,
    tell,
    telling,
)
from workers.cli.explain import read_day
from workers.decisions import disputes, persons, records
from workers.decisions.disputes import Decided, Dispute
from workers.decisions.persons import Deed
from workers.decisions.records import Effect
from workers.runtime import Runtime
from workers.show.disputes import show_dispute, show_disputed, show_settlements
from workers.show.names import read_names
from workers.show.record import show_parties, show_splits
from workers.show.style import GOOD, WAITING

app = typer.Typer(help="争议记录的认定：拆分、采信、询问，均可取消。", no_args_is_help=True)

_NOT_FOUND = "没有查到。请按决定书原样填写文号，或填写告警中的记录编号。"
_NOT_SETTLED = "没有办理，档案没有变化。请核对报文和编号：xinglin record disputes 文号。"
_NOT_DONE = "没有办理，档案没有变化。请核对报文和编号：xinglin record parties 文号、xinglin record splits。"

Named = Annotated[str, typer.Argument(metavar="NUMBER", help="文号，或告警中的记录编号。", show_default=False)]
Message = Annotated[
    str,
    typer.Argument(
        metavar="MESSAGE", help="报文（来源和编号），如 '/inspection 2026-1'，见 parties。", show_default=False
    ),
]
Settled = Annotated[int, typer.Argument(metavar="ID", help="认定的编号，见 disputes。", show_default=False)]
Due = Annotated[
    date,
    typer.Option("--due", metavar="YYYY-MM-DD", parser=read_day, help="请来源单位答复的期限。", show_default=False),
]
Number = Annotated[int, typer.Argument(metavar="ID", help="拆分的编号，见 splits。", show_default=False)]


@app.command("parties")
def parties(named: Named, home: Home = None, as_json: AsJson = False) -> None:
    """列出一个文号的全部报文，以及各报文所称的当事人。"""
    with runtime(home) as opened, telling(_NOT_FOUND):
        found = records.list_parties(opened, named, MASKED)
        persons.watch(opened, "record parties").show(each.subject_id for each in found)
    if as_json:
        print_json(found)
    else:
        screen().print(show_parties(found))


@app.command("split")
def split(message: Message, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """拆分：报文 MESSAGE 所称当事人的处理另立一项记录，文号后加“之二”等。"""
    with acting(home, Right.DECIDE, by, Deed("record split", message, why)) as opened, telling(_NOT_DONE):
        effect = records.split(opened, message, decide(opened, by, why))
    _report(effect, f"✓ 已拆分：{effect.document_no} 和 {effect.part} 各为一项记录。", as_json=as_json)


@app.command("join")
def join(number: Number, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """取消一项拆分：报文并回原文号，就拆出记录发出的通知和报送随之撤回。"""
    with acting(home, Right.DECIDE, by, Deed("record join", str(number), why)) as opened, telling(_NOT_DONE):
        effect = records.join(opened, number, decide(opened, by, why))
    _report(effect, f"✓ 拆分 {number} 号已取消，{effect.part} 并回 {effect.document_no}。", as_json=as_json)


@app.command("splits")
def splits(home: Home = None, as_json: AsJson = False) -> None:
    """列出全部拆分，包括已取消的。"""
    with runtime(home) as opened:
        watcher = persons.watch(opened, "record splits")
        with reading(opened.engine) as connection:
            found = find_splits(connection)
        watcher.show(row.subject_id for row in found)
    if as_json:
        print_json(found)
    else:
        screen().print(show_splits(found))


@app.command("disputes")
def list_disputes(
    named: Annotated[
        str | None, typer.Argument(metavar="NUMBER", help="文号，或记录编号。", show_default="全部")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """列出来源前后不一的记录和已作的认定；写明文号的，并列各报文所称。"""
    with runtime(home) as opened, telling(_NOT_FOUND):
        if named is not None:
            _show_one(disputes.read_disputes(opened, named, MASKED), opened, as_json=as_json)
            return
        with reading(opened.engine) as connection:
            open_ones, decided = find_disputed(connection, WHOLE), find_settlements(connection)
        names = read_names(opened.reader.registry, opened.reader.routes, opened.reader.law)
    if as_json:
        print_json({"disputed": open_ones, "settlements": decided})
    else:
        screen().print(show_disputed(open_ones, names), show_settlements(decided), sep="\n")


def _show_one(found: list[Dispute], opened: Runtime, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    names = read_names(opened.reader.registry, opened.reader.routes, opened.reader.law)
    for each in found:
        screen().print(show_dispute(each, names), show_settlements(each.settlements), sep="\n")
    if not found:
        tell("这一文号的报文没有前后不一。", GOOD)


@app.command("take")
def take(message: Message, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """采信：来源前后不一的，以报文 MESSAGE 的内容为准，通知、报送和等级随之变动。"""
    with deciding(home, Right.DECIDE, by, Deed("record take", message, why)) as opened, telling(_NOT_SETTLED):
        decided = disputes.take(opened, message, decide(opened, by, why))
    _report_decided(
        decided, f"✓ 已认定（{decided.number} 号）：{decided.document_no} 以 {message} 为准。", as_json=as_json
    )


@app.command("ask")
def ask(named: Named, due: Due, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """询问：登记已请来源单位核对，列入待办。

    至来源单位报来新版或作出认定为止。不发出任何消息；核对函由 xinglin paper source-inquiry 或工作台印制。
    """
    with deciding(home, Right.DECIDE, by, Deed("record ask", named, why)) as opened, telling(_NOT_SETTLED):
        decided = disputes.ask(opened, named, due, decide(opened, by, why))
    _report_decided(
        decided, f"✓ 已登记（{decided.number} 号）：{decided.document_no} 请来源单位于 {due} 前答复。", as_json=as_json
    )


@app.command("undo")
def undo(number: Settled, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """取消一项认定（采信或询问）：记录恢复到没有这项认定的样子。"""
    with deciding(home, Right.DECIDE, by, Deed("record undo", str(number), why)) as opened, telling(_NOT_SETTLED):
        decided = disputes.undo(opened, number, decide(opened, by, why))
    _report_decided(decided, f"✓ 认定 {number} 号已取消：{decided.document_no}。", as_json=as_json)


def _report_decided(decided: Decided, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(decided)
        return
    tell(done, GOOD)
    told = decided.told
    tell(f"发出通知 {told.issued} 件，解除 {told.lifted} 件；报送变动 {told.feed_operations} 行。")


def _report(effect: Effect, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(effect)
        return
    tell(done, GOOD)
    tell(f"发出通知 {effect.issued} 件，解除 {effect.lifted} 件；报送变动 {effect.feed_operations} 行。")
    if effect.acts:
        tell(f"原文号下有 {effect.acts} 项撤销、异议、修复或告知，只作用于 {effect.document_no}，请核实。", WAITING)
