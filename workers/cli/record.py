"""`xinglin record`: one document number of several parties taken apart, as a person decides it; it can be undone."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.identity import MASKED
from credit.store.engine import reading
from credit.store.queries.splits import list_splits
from schemas.rights import Right
from workers.cli.common import AsJson, By, Home, Why, acting, print_json, runtime, screen, tell, telling
from workers.decisions import records
from workers.decisions.records import Effect
from workers.show.record import show_parties, show_splits
from workers.show.style import GOOD, WAITING

app = typer.Typer(help="同一文号涉及多个当事人时，按当事人拆分信用记录，可取消。", no_args_is_help=True)

_NOT_FOUND = "没有查到。请按决定书原样填写文号，或填写告警中的记录编号。"
_NOT_DONE = "没有办理，档案没有变化。请核对报文和编号：xinglin record parties 文号、xinglin record splits。"

Named = Annotated[str, typer.Argument(metavar="NUMBER", help="文号，或告警中的记录编号。", show_default=False)]
Message = Annotated[
    str,
    typer.Argument(
        metavar="MESSAGE", help="报文（来源和编号），如 '/inspection 2026-1'，见 parties。", show_default=False
    ),
]
Number = Annotated[int, typer.Argument(metavar="ID", help="拆分的编号，见 splits。", show_default=False)]


@app.command("parties")
def parties(named: Named, home: Home = None, as_json: AsJson = False) -> None:
    """列出一个文号的全部报文，以及各报文所称的当事人。"""
    with runtime(home) as opened, telling(_NOT_FOUND):
        found = records.list_parties(opened, named, MASKED)
    if as_json:
        print_json(found)
    else:
        screen().print(show_parties(found))


@app.command("split")
def split(message: Message, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """拆分：报文 MESSAGE 所称当事人的处理另立一项记录，文号后加“之二”等。"""
    with acting(home, Right.DECIDE, by) as opened, telling(_NOT_DONE):
        effect = records.split(opened, message, by, why)
    _report(effect, f"✓ 已拆分：{effect.document_no} 和 {effect.part} 各为一项记录。", as_json=as_json)


@app.command("join")
def join(number: Number, by: By, home: Home = None, as_json: AsJson = False) -> None:
    """取消一项拆分：报文并回原文号，就拆出记录发出的通知和报送随之撤回。"""
    with acting(home, Right.DECIDE, by) as opened, telling(_NOT_DONE):
        effect = records.join(opened, number, by)
    _report(effect, f"✓ 拆分 {number} 号已取消，{effect.part} 并回 {effect.document_no}。", as_json=as_json)


@app.command("splits")
def splits(home: Home = None, as_json: AsJson = False) -> None:
    """列出全部拆分，包括已取消的。"""
    with runtime(home) as opened, reading(opened.engine) as connection:
        found = list_splits(connection)
    if as_json:
        print_json(found)
    else:
        screen().print(show_splits(found))


def _report(effect: Effect, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(effect)
        return
    tell(done, GOOD)
    tell(f"发出通知 {effect.issued} 件，解除 {effect.lifted} 件；报送变动 {effect.feed_operations} 行。")
    if effect.acts:
        tell(f"原文号下有 {effect.acts} 项撤销、异议、修复或告知，只作用于 {effect.document_no}，请核实。", WAITING)
