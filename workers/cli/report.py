"""`xinglin report`: the reports that subjects ask for about themselves, with the codes that they are fetched by."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer
from rich.console import RenderableType

from credit.record.own_reports import state_of
from credit.record.rows import OwnReportRow
from credit.store.engine import reading
from credit.store.queries.archive import read_archive
from schemas.own_reports import Asker
from schemas.rights import Right
from workers.cli.choices import choose
from workers.cli.common import AsJson, By, Home, permitted, print_json, say_something, screen, tell, telling
from workers.cli.subject import NOT_FOUND, Key
from workers.decisions import own_reports, persons
from workers.decisions.own_reports import Made, Wish
from workers.papers import rules
from workers.runtime import Runtime
from workers.show.style import GOOD, WAITING, moment, new_table, plain

app = typer.Typer(help="本人信用报告：出具、列出、作废。", no_args_is_help=True)

_ASKERS = "、 ".join(f"{each}（{each.word}）" for each in Asker)
_NOT_DONE = "没有办理。"


@app.callback()
def report() -> None:
    """本人信用报告：出具、列出、作废。"""


@app.command("own")
def own(
    key: Key,
    by: By,
    regime: Annotated[str, typer.Option("--regime", help="评价制度，即 policies/regimes 下的目录名。")],
    number: Annotated[str, typer.Option("--number", help="报告编号。")],
    proof: Annotated[str, typer.Option("--proof", help="核验的证件，不写证件号码。", callback=say_something)],
    purpose: Annotated[str, typer.Option("--purpose", help="用途。", callback=say_something)],
    *,
    asker: Annotated[str, typer.Option("--asker", help=f"申请人： {_ASKERS}。")] = Asker.SELF.value,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """出具主体本人的信用报告，给出领取码；领取码只显示一次。

    报告凭码在公示网页上领取一次。
    """
    who = Asker(choose("--asker", asker, Asker) or "")
    with permitted(home, Right.LOOK, by) as opened, telling(_NOT_DONE):
        named = choose("--regime", regime, rules.regimes(opened.settings.policies)) or ""
        wish = Wish(key, named, number, who, proof, purpose, secrets.token_hex(16))
        person = _require(opened)
        made = own_reports.make(opened, wish, person.actor("report own"), by)
        address = opened.settings.public_address
    if as_json:
        print_json(made)
    else:
        _show(made, address)


@app.command("list")
def list_(key: Key, home: Home = None, as_json: AsJson = False) -> None:
    """列出主体的本人信用报告：何时出具，是否领取。"""
    with permitted(home, Right.LOOK, None) as opened, telling(NOT_FOUND):
        view = persons.look(opened, key, "report list")
        with reading(opened.engine) as connection:
            archive = read_archive(connection, key, view)
        found, now = own_reports.read(opened, archive.subject_id), opened.clock()
    if as_json:
        print_json([row._asdict() | {"state": state_of(row, now)} for row in found])
        return
    table = new_table(
        f"本人信用报告（{len(found)} 份）", "编号", "报告编号", "申请人 / 用途", "出具", "领取截止", "状态"
    )
    for row in found:
        table.add_row(*_cells(row), plain(state_of(row, now).word))
    screen().print(table)


@app.command("revoke")
def revoke(
    key: Key,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="编号，见 list。", show_default=False)],
    by: By,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """作废一份没有领取的报告，例如领取码遗失；作废的不计入每年的份数。"""
    with permitted(home, Right.LOOK, by) as opened, telling(_NOT_DONE):
        person = _require(opened)
        row = own_reports.revoke(opened, key, number, person.actor("report revoke"))
    if as_json:
        print_json({"own_report_id": number, "revoked": True})
    else:
        tell(f"✓ 报告 {row.number} 已作废。", GOOD)


def _require(opened: Runtime) -> persons.Person:
    person = persons.find(opened)
    if person.holder is not None:
        own_reports.require(person.holder)
    return person


def _cells(row: OwnReportRow) -> list[RenderableType]:
    said = (row.own_report_id, row.number, f"{Asker(row.asker).word}\n{row.purpose}", moment(row.made_at))
    return [plain(each) for each in (*said, moment(row.expires_at))]


def _show(made: Made, address: str) -> None:
    tell(f"✓ 报告 {made.number} 已经备好，今年还可免费出具 {made.left} 份。", GOOD)
    tell(f"领取码  {made.code}")
    tell(f"领取网址  {f'{address}/own' if address else '公示网页的“领取报告”'}，{moment(made.expires_at)} 前领取一次")
    tell("领取码没有保存，请立即交给申请人。", WAITING)
